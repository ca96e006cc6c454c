"""Public pages of the groups, and how many queries they cost."""

import re

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arbeitsgruppen.models import Aeusserung
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

HOECHSTENS = 12  # queries of a page, whatever its size


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


@pytest.mark.parametrize("pfad", ["/fachtag/", "/fachtag/ag/3/", "/a/{}/", "/fachtag/ag/3/heft.pdf"])
def test_entwurf_verraet_nichts(
    client: Client, fremd: Client, organisation: Client, gruppe, pfad: str
) -> None:
    aeusserung = AeusserungFactory(abschnitt__arbeitsgruppe=gruppe)
    Konferenz.objects.update(status=Konferenz.Status.ENTWURF)
    pfad = pfad.format(aeusserung.kennung)
    assert client.get(pfad).status_code == 404
    assert fremd.get(pfad).status_code == 404
    assert organisation.get(pfad).status_code in (200, 302)


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
