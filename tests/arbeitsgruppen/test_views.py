"""Public pages of the groups, the download of the Heft, and how many queries they cost."""

import re
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from arbeitsgruppen.bestellung import NEUER_VERSUCH
from arbeitsgruppen.models import Abschnitt, Aeusserung, Heftausgabe
from konferenz.models import Konferenz
from tests import vorlage
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    FolieFactory,
    KonferenzFactory,
    ModerationFactory,
    ProgrammpunktFactory,
    TextseiteFactory,
    VortragFactory,
)

pytestmark = pytest.mark.django_db

HOECHSTENS = 17


@pytest.fixture
def gruppe():
    konferenz = KonferenzFactory(slug="fachtag", status=Konferenz.Status.VEROEFFENTLICHT)
    return ArbeitsgruppeFactory(konferenz=konferenz, nummer=3, titel="Wohnen")


def test_gruppe_zeigt_frage_moderation_und_aeusserungen_im_wortlaut(client: Client, gruppe) -> None:
    gruppe.fragestellung, gruppe.unterfragen = "Was fehlt?", "Wo?\nWem?"
    gruppe.save()
    ModerationFactory(
        arbeitsgruppe=gruppe, person__titel="", person__vorname="Jo", person__nachname="Groß", angabe="Ulm"
    )
    abschnitt = AbschnittFactory(
        arbeitsgruppe=gruppe, ueberschrift="Was läuft bei Ihnen gut?", kategorie="gut"
    )
    eintrag = AeusserungFactory(abschnitt=abschnitt, text='Klienten  werden "unsichtbar" <oft> & schnell')
    AeusserungFactory(abschnitt=abschnitt, uebergeordnet=eintrag, text="mit Zoom-Terminen")
    text = client.get("/fachtag/ag/3/").text
    assert "Was fehlt?" in text
    assert re.search(r"<li>Wo\?</li>\s*<li>Wem\?</li>", text)
    assert "Jo Groß, Ulm" in text
    assert "Klienten  werden &quot;unsichtbar&quot; &lt;oft&gt; &amp; schnell</p>" in text
    assert "mit Zoom-Terminen" in text
    assert text.count("<h1") == 1


def test_gruppe_fasst_kategorien_zusammen_und_zaehlt_nur_die_teilnehmenden(client: Client, gruppe) -> None:
    for kategorie, herkunft, anzahl in (
        ("gut", "teilnehmende", 2),
        ("weiteres", "rueckblick", 3),
        ("gut", "teilnehmende", 1),
        ("weiteres", "leitfrage", 1),
    ):
        abschnitt = AbschnittFactory(arbeitsgruppe=gruppe, kategorie=kategorie, herkunft=herkunft)
        AeusserungFactory.create_batch(anzahl, abschnitt=abschnitt)
    text = client.get("/fachtag/ag/3/").text
    assert "3 Äußerungen der Teilnehmenden und 4 weitere Einträge" in text
    assert re.findall(r'<section class="kd-kategorie" id="(\w+)"', text) == ["gut", "weiteres"]
    assert "Aus einer früheren Veranstaltung" in text
    assert "Leitfragen der Moderation" in text


def test_adressen_im_text_werden_links_und_kein_html(client: Client, gruppe) -> None:
    AeusserungFactory(
        abschnitt__arbeitsgruppe=gruppe, text="siehe https://bamf-navi.bamf.de/de/\nsehr gut <b>"
    )
    text = client.get("/fachtag/ag/3/").text
    assert (
        '<a href="https://bamf-navi.bamf.de/de/" rel="nofollow">https://bamf-navi.bamf.de/de/</a>\nsehr gut'
        in text
    )
    assert "<b>" not in text


def test_leere_gruppe_sagt_dass_nichts_erfasst_ist(client: Client, gruppe) -> None:
    assert "noch nichts erfasst" in client.get("/fachtag/ag/3/").text


@pytest.mark.parametrize(
    "adresse", ["/fachtag/ag/4/", "/fachtag/ag/0/", "/andere/ag/3/", "/fachtag/ag/99999999999999999999/"]
)
def test_unbekannte_gruppe_ergibt_404(client: Client, gruppe, adresse: str) -> None:
    assert client.get(adresse).status_code == 404


def test_blaettern_fuehrt_zu_den_nachbarn(client: Client, gruppe) -> None:
    ArbeitsgruppeFactory(konferenz=gruppe.konferenz, nummer=1, titel="Erste")
    ArbeitsgruppeFactory(konferenz=gruppe.konferenz, nummer=7, titel="Letzte")
    text = client.get("/fachtag/ag/3/").text
    assert 'href="/fachtag/ag/1/" rel="prev"' in text
    assert 'href="/fachtag/ag/7/" rel="next"' in text
    assert 'rel="prev"' not in client.get("/fachtag/ag/1/").text


def test_kennung_fuehrt_zum_platz_der_aeusserung(client: Client, gruppe) -> None:
    aeusserung = AeusserungFactory(abschnitt__arbeitsgruppe=gruppe)
    ziel = f"/fachtag/ag/3/#a-{aeusserung.kennung}"
    assert client.get(aeusserung.get_absolute_url())["Location"] == ziel
    assert client.get(f"/a/{aeusserung.kennung.upper()}/")["Location"] == ziel
    assert f'id="a-{aeusserung.kennung}"' in client.get("/fachtag/ag/3/").text


def test_kennung_fuehrt_nach_einem_umzug_an_den_neuen_platz(client: Client, gruppe) -> None:
    aeusserung = AeusserungFactory(abschnitt__arbeitsgruppe=gruppe)
    neu = AbschnittFactory(arbeitsgruppe__konferenz=gruppe.konferenz, arbeitsgruppe__nummer=8)
    Aeusserung.objects.filter(pk=aeusserung.pk).update(abschnitt=neu)
    assert client.get(aeusserung.get_absolute_url())["Location"].startswith("/fachtag/ag/8/#")


@pytest.mark.parametrize(
    ("pfad", "status"),
    [
        ("/fachtag/", 200),
        ("/fachtag/ag/3/", 200),
        ("/a/{}/", 302),
        ("/fachtag/heft.pdf", 202),
        ("/fachtag/heft/", 200),
        ("/fachtag/ag/3/heft.pdf", 202),
        ("/fachtag/ag/3/heft/", 200),
        ("/fachtag/heft.pdf?ag=99", 400),
    ],
)
def test_entwurf_verraet_nichts(
    client: Client, fremd: Client, organisation: Client, gruppe, pfad: str, status: int
) -> None:
    aeusserung = AeusserungFactory(abschnitt__arbeitsgruppe=gruppe)
    Konferenz.objects.update(status=Konferenz.Status.ENTWURF)
    pfad = pfad.format(aeusserung.kennung)
    assert client.get(pfad).status_code == 404
    assert fremd.get(pfad).status_code == 404
    assert not Heftausgabe.objects.exists()
    assert organisation.get(pfad).status_code == status


def test_konferenz_zeigt_programm_gruppen_vortraege_textseiten_und_zahlen(client: Client, gruppe) -> None:
    punkt = ProgrammpunktFactory(konferenz=gruppe.konferenz, titel="Gruppenarbeit")
    gruppe.programmpunkt = punkt
    gruppe.save()
    VortragFactory(konferenz=gruppe.konferenz, titel="Zum Stand", slug="stand", programmpunkt=punkt)
    TextseiteFactory(konferenz=gruppe.konferenz, ueberschrift="Dank", text="an alle")
    AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, abschnitt__kategorie="hakt")
    text = client.get("/fachtag/").text
    for erwartet in ("Gruppenarbeit", "Vortrag: Zum Stand", "AG 3: Wohnen", "Dank", "1 hakt"):
        assert erwartet in text
    assert re.search(r"<dt>Äußerung der Teilnehmenden</dt><dd>1</dd>", text)


def _abfragen(client: Client, adresse: str, django_assert_max_num_queries) -> int:
    with django_assert_max_num_queries(HOECHSTENS) as abfragen:
        assert client.get(adresse).status_code == 200
    assert isinstance(abfragen, CaptureQueriesContext)
    return len(abfragen)


@pytest.mark.parametrize(
    "adresse", ["/", "/fachtag/", "/fachtag/ag/3/", "/fachtag/programm.ics", "/fachtag/vortraege/stand/"]
)
@pytest.mark.parametrize("angemeldet", [False, True], ids=["anonym", "organisation"])
def test_zahl_der_abfragen_haengt_nicht_von_der_menge_ab(
    client: Client,
    organisation: Client,
    gruppe,
    adresse: str,
    angemeldet: bool,
    django_assert_max_num_queries,
) -> None:
    def fuellen(anzahl: int) -> None:
        for _ in range(anzahl):
            konferenz = gruppe.konferenz
            FolieFactory(vortrag=vortrag)
            VortragFactory(konferenz=konferenz, programmpunkt=ProgrammpunktFactory(konferenz=konferenz))
            TextseiteFactory(konferenz=konferenz)
            for g in (gruppe, ArbeitsgruppeFactory(konferenz=konferenz)):
                ModerationFactory(arbeitsgruppe=g)
                abschnitt = AbschnittFactory(arbeitsgruppe=g)
                for eintrag in AeusserungFactory.create_batch(3, abschnitt=abschnitt):
                    AeusserungFactory(abschnitt=abschnitt, uebergeordnet=eintrag)

    vortrag = VortragFactory(konferenz=gruppe.konferenz, slug="stand")
    wer = organisation if angemeldet else client
    fuellen(1)
    wenige = _abfragen(wer, adresse, django_assert_max_num_queries)
    fuellen(4)
    assert _abfragen(wer, adresse, django_assert_max_num_queries) == wenige


def test_jede_seite_der_echten_konferenz_kommt_mit_wenigen_abfragen_aus(
    client: Client, echte_konferenz, django_assert_max_num_queries
) -> None:
    adressen = [f"/{vorlage.SLUG}/", *(g.get_absolute_url() for g in echte_konferenz.arbeitsgruppen.all())]
    adressen += [v.get_absolute_url() for v in echte_konferenz.vortraege.all()]
    for adresse in adressen:
        _abfragen(client, adresse, django_assert_max_num_queries)


def test_alle_aeusserungen_der_echten_konferenz_stehen_mit_ihrer_kennung_auf_den_seiten(
    client: Client, echte_konferenz
) -> None:
    gefunden = set()
    for gruppe in echte_konferenz.arbeitsgruppen.all():
        gefunden |= set(re.findall(r'id="a-(\w+)"', client.get(gruppe.get_absolute_url()).text))
    assert gefunden == set(Aeusserung.objects.values_list("kennung", flat=True))
    assert len(gefunden) == 464


# --- The Heft: made in the background, shown how far it is, sent ---


@pytest.fixture(params=["anonym", "fremd", "organisation"])
def leser(request, client: Client) -> Client:
    """Return each kind of reader in turn."""
    return client if request.param == "anonym" else request.getfixturevalue(request.param)


HEFTE = ["/fachtag/heft.pdf", "/fachtag/ag/3/heft.pdf", "/fachtag/heft.pdf?form=bericht&vortraege=nein"]


@pytest.mark.parametrize("adresse", HEFTE)
def test_heft_zeigt_erst_den_fortschritt_und_kommt_dann_als_pdf(
    leser: Client, gruppe, setzer, erledigen, adresse: str
) -> None:
    antwort = leser.get(adresse)
    assert antwort.status_code == 202
    assert antwort["Content-Type"].startswith("text/html")
    assert antwort["Retry-After"] == "2"
    assert antwort["Cache-Control"] == "private, no-store"
    assert antwort["X-Robots-Tag"] == "noindex"
    stand = adresse.replace("heft.pdf", "heft/").replace("&", "&amp;")
    # Who has JavaScript follows without loading the page again.
    assert re.findall(r'http-equiv="refresh" content="([^"]+)"', antwort.text) == [f"2; url={stand}"]
    assert re.search(r"<noscript><meta http-equiv=\"refresh\"[^>]*></noscript>", antwort.text)
    assert "Das Heft wird gesetzt" in antwort.text
    assert "Es beginnt gleich." in antwort.text
    assert leser.get(adresse).status_code == 202

    assert erledigen() == ["heft_setzen"]
    antwort = leser.get(adresse)
    daten = antwort.getvalue()
    assert antwort.status_code == 200
    assert daten.endswith(setzer.gesetzt[0].kennung.encode())
    assert antwort["Content-Type"] == "application/pdf"
    assert antwort["Content-Length"] == str(len(daten))
    assert antwort["Accept-Ranges"] == "bytes"
    assert antwort["ETag"] == f'"{Heftausgabe.objects.get().schluessel}"'
    assert antwort["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize(
    ("adresse", "name"),
    [
        ("/fachtag/heft.pdf", "fachtag.pdf"),
        ("/fachtag/heft.pdf?form=bericht", "fachtag-bericht.pdf"),
        ("/fachtag/heft.pdf?ag=3", "fachtag-ag-3.pdf"),
        ("/fachtag/ag/3/heft.pdf?form=bericht", "fachtag-bericht-ag-3.pdf"),
        ("/fachtag/heft.pdf?vortraege=nein", "fachtag-auswahl.pdf"),
    ],
)
def test_heft_heisst_nach_konferenz_und_auswahl(
    client: Client, gruppe, setzer, erledigen, adresse: str, name: str
) -> None:
    ArbeitsgruppeFactory(konferenz=gruppe.konferenz, nummer=4)
    client.get(adresse)
    erledigen()
    assert client.get(adresse)["Content-Disposition"] == f'inline; filename="{name}"'


def test_gruppenheft_ist_dasselbe_wie_das_heft_dieser_gruppe(
    client: Client, gruppe, setzer, erledigen
) -> None:
    ArbeitsgruppeFactory(konferenz=gruppe.konferenz, nummer=4)
    client.get("/fachtag/ag/3/heft.pdf")
    erledigen()
    eines, anderes = client.get("/fachtag/ag/3/heft.pdf"), client.get("/fachtag/heft.pdf?ag=3&form=folien")
    assert eines.getvalue() == anderes.getvalue()
    assert eines["ETag"] == anderes["ETag"]


@pytest.fixture
def fertig(client: Client, gruppe, setzer, erledigen) -> Heftausgabe:
    """Return the finished Heft of the conference."""
    client.get("/fachtag/heft.pdf")
    erledigen()
    return Heftausgabe.objects.get()


def test_wer_das_heft_schon_hat_bekommt_es_nicht_noch_einmal(client: Client, fertig) -> None:
    marke = f'"{fertig.schluessel}"'
    antwort = client.get("/fachtag/heft.pdf", headers={"If-None-Match": f'"alt", {marke}'})
    assert antwort.status_code == 304
    assert antwort["ETag"] == marke
    assert antwort.content == b""
    assert client.get("/fachtag/heft.pdf", headers={"If-None-Match": '"alt"'}).status_code == 200


def test_nach_einer_bearbeitung_gilt_die_alte_marke_nicht_mehr(
    client: Client, gruppe, fertig, erledigen
) -> None:
    gruppe.titel = "Umbenannt"
    gruppe.save()
    kopf = {"If-None-Match": f'"{fertig.schluessel}"'}
    assert client.get("/fachtag/heft.pdf", headers=kopf).status_code == 202
    erledigen()
    assert client.get("/fachtag/heft.pdf", headers=kopf).status_code == 200


def test_kopf_des_hefts_kommt_ohne_inhalt(client: Client, gruppe, setzer, erledigen) -> None:
    assert client.head("/fachtag/heft.pdf").status_code == 202
    erledigen()
    antwort = client.head("/fachtag/heft.pdf")
    assert antwort.status_code == 200
    assert int(antwort["Content-Length"]) == Heftausgabe.objects.get().datei.size
    assert b"".join(antwort) == b""


def test_teil_des_hefts_kommt_fuer_sich(client: Client, fertig) -> None:
    antwort = client.get("/fachtag/heft.pdf", headers={"Range": "bytes=0-3"})
    assert antwort.status_code == 206
    assert antwort.getvalue() == b"%PDF"


@pytest.mark.parametrize("methode", ["post", "put", "delete"])
@pytest.mark.parametrize("adresse", ["/fachtag/heft.pdf", "/fachtag/heft/", "/fachtag/ag/3/heft.pdf"])
def test_heft_laesst_sich_nur_lesen(client: Client, gruppe, methode: str, adresse: str) -> None:
    assert getattr(client, methode)(adresse).status_code == 405


def test_heft_eines_entwurfs_bekommt_nur_die_organisation_und_kein_zwischenspeicher(
    client: Client, fremd: Client, organisation: Client, gruppe, setzer, erledigen
) -> None:
    Konferenz.objects.update(status=Konferenz.Status.ENTWURF)
    assert organisation.get("/fachtag/heft.pdf").status_code == 202
    erledigen()
    ausgabe = f"/fachtag/heft/{Heftausgabe.objects.get().schluessel}.pdf"
    for adresse in ("/fachtag/heft.pdf", ausgabe):
        antwort = organisation.get(adresse)
        assert antwort.status_code == 200
        assert antwort["Cache-Control"] == "private, no-store"
        assert client.get(adresse).status_code == 404
        assert fremd.get(adresse).status_code == 404

    # Released, the same address still names what was set from the draft.
    Konferenz.objects.update(status=Konferenz.Status.VEROEFFENTLICHT)
    assert organisation.get(ausgabe).status_code == 200
    assert client.get(ausgabe).status_code == 404
    assert fremd.get(ausgabe).status_code == 404
    assert "vorige Ausgabe" not in client.get("/fachtag/heft.pdf").text


def test_zurueckgezogene_konferenz_gibt_auch_ihre_fertigen_hefte_nicht_mehr_her(
    client: Client, organisation: Client, fertig
) -> None:
    Konferenz.objects.update(status=Konferenz.Status.ENTWURF)
    adresse = f"/fachtag/heft/{fertig.schluessel}.pdf"
    assert client.get(adresse).status_code == 404
    assert client.get("/fachtag/heft.pdf").status_code == 404
    assert organisation.get(adresse).status_code == 200


def test_ausgabe_gehoert_zu_ihrer_konferenz(client: Client, fertig) -> None:
    KonferenzFactory(slug="andere", veroeffentlicht=True)
    assert client.get(f"/fachtag/heft/{fertig.schluessel}.pdf").status_code == 200
    assert client.get(f"/andere/heft/{fertig.schluessel}.pdf").status_code == 404
    assert client.get(f"/fachtag/heft/{'0' * 64}.pdf").status_code == 404


def test_unfertige_ausgabe_hat_noch_keine_datei(client: Client, gruppe) -> None:
    client.get("/fachtag/heft.pdf")
    schluessel = Heftausgabe.objects.get().schluessel
    assert client.get(f"/fachtag/heft/{schluessel}.pdf").status_code == 404


@pytest.mark.parametrize(
    ("anfrage", "fehler"),
    [
        ("ag=99", "Eine AG 99 gibt es in dieser Konferenz nicht. Vorhanden: 3, 4."),
        ("ag=0", "Eine AG 0 gibt es in dieser Konferenz nicht."),
        ("ag=-3", "„-3“ ist keine Nummer einer AG."),
        ("ag=drei", "„drei“ ist keine Nummer einer AG."),
        (f"ag={'9' * 5000}", f"„{'9' * 30}…“ ist keine Nummer einer AG."),
        ("ag=3%00", "„3\N{REPLACEMENT CHARACTER}“ ist keine Nummer einer AG."),
        ("ag=<script>", "„&lt;script&gt;“ ist keine Nummer einer AG."),
        ("form=xyz", "„xyz“ ist keine Form des Hefts. Möglich: folien, bericht."),
        ("form=%00", "„\N{REPLACEMENT CHARACTER}“ ist keine Form des Hefts."),
        ("form=folien&form=bericht", "Ein Heft hat nur eine Form."),
        ("kategorie=schlecht", "Eine Kategorie „schlecht“ gibt es nicht."),
        ("kategorie=hakt", "Zu „hakt“ ist in dieser Konferenz nichts erfasst."),
        ("vortraege=vielleicht", "„vielleicht“ ist keine Angabe zu den Vorträgen."),
    ],
    ids=lambda wert: wert[:20],
)
@pytest.mark.parametrize("seite", ["heft.pdf", "heft/"])
def test_unmoegliche_auswahl_wird_beim_namen_genannt_und_nichts_verlangt(
    client: Client, gruppe, seite: str, anfrage: str, fehler: str
) -> None:
    AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, abschnitt__kategorie="gut")
    ArbeitsgruppeFactory(konferenz=gruppe.konferenz, nummer=4)
    antwort = client.get(f"/fachtag/{seite}?{anfrage}")
    assert antwort.status_code == 400
    assert fehler in antwort.text
    assert "So lässt sich das Heft nicht erstellen" in antwort.text
    assert 'action="/fachtag/heft.pdf"' in antwort.text
    assert "refresh" not in antwort.text
    assert antwort["Cache-Control"] == "private, no-store"
    assert not Heftausgabe.objects.exists()


@pytest.mark.parametrize(
    "anfrage", ["", "kategorie=", "ag=&form=", "utm_source=rundbrief", "ag=3&ag=4", "ag=03&ag=4"]
)
def test_was_nichts_auswaehlt_ergibt_das_ganze_heft(client: Client, gruppe, anfrage: str) -> None:
    ArbeitsgruppeFactory(konferenz=gruppe.konferenz, nummer=4)
    assert client.get(f"/fachtag/heft.pdf?{anfrage}").status_code == 202
    assert Heftausgabe.objects.get().auswahl == ""


@pytest.mark.parametrize(
    "adresse",
    [
        "/fachtag/ag/4/heft.pdf",
        "/fachtag/ag/0/heft/",
        "/fachtag/ag/99999999999999999999/heft.pdf",
        "/andere/heft.pdf",
        "/andere/heft/",
        "/fachtag/heft/kurz.pdf",
    ],
)
def test_heft_von_etwas_unbekanntem_ergibt_404(leser: Client, gruppe, adresse: str) -> None:
    assert leser.get(adresse).status_code == 404
    assert not Heftausgabe.objects.exists()


def test_fehler_beim_gruppenheft_fuehrt_zum_formular_der_gruppe(client: Client, gruppe) -> None:
    antwort = client.get("/fachtag/ag/3/heft.pdf?form=xyz")
    assert antwort.status_code == 400
    assert 'action="/fachtag/ag/3/heft.pdf"' in antwort.text


@pytest.mark.parametrize("adresse", ["/fachtag/heft.pdf", "/fachtag/heft/"])
def test_heft_das_sich_nicht_setzen_laesst_sagt_warum(
    leser: Client, gruppe, setzer, erledigen, adresse: str
) -> None:
    setzer.fehler = "Das Setzen kam nicht voran (bei „AG <3>“)."
    leser.get(adresse)
    erledigen()
    antwort = leser.get(adresse)
    assert antwort.status_code == 503
    assert antwort["Retry-After"] == "900"
    assert "Das Setzen kam nicht voran (bei „AG &lt;3&gt;“)." in antwort.text
    assert "refresh" not in antwort.text
    assert "heft-stand.js" not in antwort.text
    assert erledigen() == []

    Heftausgabe.objects.update(verlangt=Heftausgabe.objects.get().verlangt - 2 * NEUER_VERSUCH)
    assert leser.get(adresse).status_code in (200, 202)


@pytest.mark.parametrize("adresse", ["/fachtag/heft.pdf", "/fachtag/heft/"])
def test_bei_voller_warteschlange_soll_man_spaeter_wiederkommen(
    leser: Client, gruppe, settings, adresse: str
) -> None:
    settings.HEFT_WARTESCHLANGE = 0
    antwort = leser.get(adresse)
    assert antwort.status_code == 503
    assert antwort["Retry-After"] == "60"
    assert "in einer Minute noch einmal" in antwort.text
    assert not Heftausgabe.objects.exists()


@pytest.mark.parametrize("adresse", ["/fachtag/heft.pdf", "/fachtag/heft/"])
def test_verlorenes_heft_wird_neu_gemacht(client: Client, fertig, erledigen, adresse: str) -> None:
    default_storage.delete(fertig.datei.name)
    antwort = client.get(adresse)
    assert antwort.status_code == (202 if adresse.endswith("pdf") else 200)
    assert "Das Heft wird gesetzt" in antwort.text
    assert erledigen() == ["heft_setzen"]
    assert client.get("/fachtag/heft.pdf").status_code == 200


def test_verlorene_ausgabe_ergibt_404_und_verschwindet(client: Client, fertig) -> None:
    default_storage.delete(fertig.datei.name)
    assert client.get(f"/fachtag/heft/{fertig.schluessel}.pdf").status_code == 404
    assert not Heftausgabe.objects.exists()


def test_stand_zeigt_die_gesetzten_seiten_und_fuehrt_dann_zum_heft(
    leser: Client, gruppe, setzer, erledigen
) -> None:
    antwort = leser.get("/fachtag/heft/?form=bericht&ag=3")
    assert antwort.status_code == 200
    assert antwort["Cache-Control"] == "private, no-store"
    assert 'data-stand="arbeit"' in antwort.text
    assert "Retry-After" not in antwort

    Heftausgabe.objects.update(gesetzt=7, umfang=19)
    text = leser.get("/fachtag/heft/?form=bericht&ag=3").text
    assert "7 von etwa 19 Seiten sind gesetzt." in text
    assert re.search(r'<progress [^>]*max="19" value="7"', text)
    Heftausgabe.objects.update(gesetzt=19)
    assert (
        "Alle 19 Seiten sind gesetzt, das PDF wird geschrieben."
        in leser.get("/fachtag/heft/?form=bericht&ag=3").text
    )

    erledigen()
    text = leser.get("/fachtag/heft/?form=bericht&ag=3").text
    assert 'data-stand="fertig"' in text
    assert "3 Seiten" in text
    ziel = "/fachtag/heft.pdf?form=bericht&amp;ag=3"
    assert f'data-ziel="{ziel}"' in text
    assert f'href="{ziel}"' in text
    assert re.findall(r'http-equiv="refresh" content="([^"]+)"', text) == [f"1; url={ziel}"]
    assert leser.get(ziel.replace("&amp;", "&")).status_code == 200


def test_solange_gesetzt_wird_gibt_es_die_vorige_ausgabe(client: Client, gruppe, fertig, erledigen) -> None:
    Heftausgabe.objects.update(fertig=fertig.fertig - timedelta(days=3))
    gruppe.titel = "Umbenannt"
    gruppe.save()
    antwort = client.get("/fachtag/heft.pdf")
    vorige = f"/fachtag/heft/{fertig.schluessel}.pdf"
    assert antwort.status_code == 202
    assert f'href="{vorige}"' in antwort.text
    assert client.get(vorige).status_code == 200
    assert "vorige Ausgabe" not in client.get("/fachtag/ag/3/heft.pdf").text

    erledigen()
    assert "vorige Ausgabe" not in client.get("/fachtag/heft/").text
    assert client.get(vorige).status_code == 404


def test_was_aus_der_konferenz_genommen_wurde_bleibt_nicht_in_einer_alten_ausgabe_oeffentlich(
    client: Client, gruppe, fertig
) -> None:
    alte = f"/fachtag/heft/{fertig.schluessel}.pdf"
    gruppe.titel = "Anders"
    gruppe.save()
    assert client.get(alte).status_code == 200
    for modell in (Konferenz, type(gruppe), Abschnitt, Aeusserung):
        modell.history.update(history_date=timezone.now() - timedelta(hours=2))
    assert client.get(alte).status_code == 404
    assert alte not in client.get("/fachtag/heft/").text


def test_auch_wo_das_neue_scheitert_gibt_es_die_vorige_ausgabe(
    client: Client, gruppe, fertig, setzer, erledigen
) -> None:
    gruppe.titel = "Umbenannt"
    gruppe.save()
    setzer.fehler = "Zu lang."
    client.get("/fachtag/heft.pdf")
    erledigen()
    antwort = client.get("/fachtag/heft.pdf")
    assert antwort.status_code == 503
    assert f'href="/fachtag/heft/{fertig.schluessel}.pdf"' in antwort.text


def test_was_am_heft_scheiterte_sieht_auf_der_seite_der_konferenz_nur_die_organisation(
    client: Client, fremd: Client, organisation: Client, gruppe, setzer, erledigen
) -> None:
    setzer.fehler = "Das Setzen brach ab (bei „AG <3>“)."
    client.get("/fachtag/heft.pdf")
    erledigen()
    assert "brach ab (bei „AG &lt;3&gt;“)" in organisation.get("/fachtag/").text
    for leser in (client, fremd):
        assert "brach ab" not in leser.get("/fachtag/").text


@pytest.mark.parametrize("adresse", HEFTE)
def test_zahl_der_abfragen_fuer_ein_heft_haengt_nicht_von_der_menge_ab(
    client: Client, gruppe, setzer, erledigen, adresse: str, django_assert_max_num_queries
) -> None:
    def abfragen(status: int) -> int:
        with django_assert_max_num_queries(27) as abfragen:
            assert client.get(adresse).status_code == status
        return len(abfragen)

    def einmal() -> list[int]:
        zahlen = [abfragen(202), abfragen(202)]
        erledigen()
        return [*zahlen, abfragen(200)]

    def fuellen(anzahl: int) -> None:
        for _ in range(anzahl):
            konferenz = gruppe.konferenz
            FolieFactory(vortrag=VortragFactory(konferenz=konferenz))
            TextseiteFactory(konferenz=konferenz)
            ProgrammpunktFactory(konferenz=konferenz)
            for g in (gruppe, ArbeitsgruppeFactory(konferenz=konferenz)):
                ModerationFactory(arbeitsgruppe=g)
                AeusserungFactory(uebergeordnet=AeusserungFactory(abschnitt__arbeitsgruppe=g))

    einmal()  # from now on there is an edition before
    fuellen(1)
    wenige = einmal()
    fuellen(4)
    assert einmal() == wenige
