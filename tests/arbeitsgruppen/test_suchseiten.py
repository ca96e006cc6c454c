"""The page of the search: what it shows, what it says to bad input, and what it keeps to itself."""

import json
import re
from datetime import date
from html import escape
from io import BytesIO

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from pytest_django.asserts import assertContains, assertNotContains

from arbeitsgruppen import suche as modul
from arbeitsgruppen import suchexport
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe, Erzeugnis, Thema
from konferenz.models import Konferenz
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    FolieFactory,
    ModerationFactory,
    PersonFactory,
    ProgrammpunktFactory,
    VortragFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def gruppe() -> Arbeitsgruppe:
    return ArbeitsgruppeFactory(
        konferenz__slug="fachtag",
        konferenz__titel="Fachtag",
        konferenz__veroeffentlicht=True,
        nummer=3,
        titel="Wohnen",
    )


def gesagt(gruppe: Arbeitsgruppe, text: str, **abschnitt: str) -> str:
    aeusserung = AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=gruppe, **abschnitt), text=text)
    return aeusserung.kennung


def test_treffer_zeigt_wortlaut_gruppe_ueberschrift_kategorie_konferenz_und_adresse(client: Client, gruppe):
    kennung = gesagt(gruppe, "zu wenige Wohnungen", kategorie="hakt", ueberschrift="Was fehlt?")
    antwort = client.get("/suche/", {"q": "Wohnung"})
    for erwartet in ("AG 3: Wohnen", "Hakt · Was fehlt?", "Fachtag (2021)", f"/a/{kennung}/", "1 Äußerung"):
        assertContains(antwort, erwartet)
    assertContains(antwort, "zu wenige <mark>Wohnungen</mark>", html=False)


def test_seite_setzt_kein_cookie(client: Client, gruppe):
    assert not client.get("/suche/", {"q": "x"}).cookies


@pytest.mark.parametrize("rolle", [None, "Organisation", "Ministerium"])
def test_entwuerfe_findet_niemand(client: Client, gruppe, rolle):
    if rolle:
        client.force_login(BenutzerFactory(rolle=rolle))
    entwurf = ArbeitsgruppeFactory(titel="Geheim", konferenz__titel="Geheime Tagung")
    gesagt(entwurf, "Geheimnis")
    ProgrammpunktFactory(konferenz=entwurf.konferenz, titel="Geheimer Punkt")
    FolieFactory(vortrag=VortragFactory(konferenz=entwurf.konferenz, titel="Geheimvortrag"), text="geheim")
    ModerationFactory(arbeitsgruppe=entwurf, person=PersonFactory(nachname="Geheimrat"))
    zurueck = ArbeitsgruppeFactory(konferenz=gruppe.konferenz, zur_pruefung=True)
    gesagt(zurueck, "auch geheim", ueberschrift="Geheime Überschrift")
    antwort = client.get("/suche/", {"q": "geheim"})
    assertContains(antwort, "Keine Äußerung gefunden")
    assertNotContains(antwort, "Außerdem gefunden")
    assertNotContains(antwort, "<mark>")


def test_auch_gruppen_ueberschriften_programm_vortraege_und_personen_werden_gefunden(client: Client, gruppe):
    konferenz = gruppe.konferenz
    gesagt(gruppe, "anderes", ueberschrift="Wohnen und Leben")
    ProgrammpunktFactory(konferenz=konferenz, titel="Zum Wohnen")
    vortrag = VortragFactory(konferenz=konferenz, titel="Wohnraum", slug="wohnraum")
    folie = FolieFactory(vortrag=vortrag, ueberschrift="Zahlen", text="Wohngeld steigt")
    person = PersonFactory(vorname="Ada", nachname="Wohnig")
    ModerationFactory(arbeitsgruppe=gruppe, person=person, angabe="Wohnstatt e. V.")
    vortrag.vortragende.add(person)
    antwort = client.get("/suche/", {"q": "Wohn"})
    for erwartet in (
        'href="/fachtag/ag/3/#abschnitt-1"',
        'href="/fachtag/#programm"',
        'href="/fachtag/vortraege/wohnraum/"',
        f'href="/fachtag/vortraege/wohnraum/#folie-{folie.position}"',
        "Moderation der AG 3",
        "Vortrag „Wohnraum“",
    ):
        assertContains(antwort, erwartet)


@pytest.mark.parametrize(
    ("anfrage", "meldung"),
    [
        ({"q": "x" * 201}, "Eine Suche hat höchstens 200 Zeichen, diese hat 201."),
        ({"q": "a\0b"}, "Null"),
        ({"konferenz": "gibt-es-nicht"}, "Diese Konferenz gibt es nicht."),
        ({"konferenz": "a\0"}, "Null"),
        ({"thema": "nie"}, "Dieses Thema gibt es nicht."),
        ({"kategorie": "schlecht"}, "Diese Kategorie gibt es nicht. Möglich: gut, hakt, loesung, weiteres."),
        ({"herkunft": "'"}, "Diese Herkunft gibt es nicht."),
        ({"ag": "drei"}, "Die Nummer einer AG ist eine Zahl."),
        ({"ag": "9" * 40}, "9999"),
        ({"jahr": "<script>"}, "Ein Jahr ist eine Zahl, zum Beispiel 2021."),
    ],
)
def test_falsche_angabe_wird_genannt(client: Client, gruppe, anfrage, meldung):
    antwort = client.get("/suche/", anfrage)
    assertContains(antwort, meldung, status_code=400)
    assertNotContains(antwort, "<script>", status_code=400)


def test_entwurf_ist_keine_konferenz_zum_eingrenzen(client: Client):
    entwurf = ArbeitsgruppeFactory().konferenz
    assert client.get("/suche/", {"konferenz": entwurf.slug}).status_code == 400


@pytest.mark.parametrize("seite", ["0", "-1", "99", "x", "\0"])
def test_falsche_seite_fuehrt_zu_einer_die_es_gibt(client: Client, gruppe, seite):
    gesagt(gruppe, "Wohnung")
    assertContains(client.get("/suche/", {"q": "Wohnung", "seite": seite}), "<mark>Wohnung</mark>")


def test_jede_seite_hat_zwanzig_und_der_verweis_behaelt_die_suche(client: Client, gruppe):
    abschnitt = AbschnittFactory(arbeitsgruppe=gruppe)
    AeusserungFactory.create_batch(45, abschnitt=abschnitt, text="Wohnung & Haus")
    erste = client.get("/suche/", {"q": "Wohnung", "konferenz": "fachtag", "ag": ""})
    assert erste.text.count("<mark>") == 20
    assertContains(erste, 'href="?q=Wohnung&amp;konferenz=fachtag&amp;seite=3"')
    assert client.get("/suche/?q=Wohnung&konferenz=fachtag&seite=3").text.count("<mark>") == 5


def test_kategorie_ist_mit_einem_klick_gewaehlt_und_wieder_aufgehoben(client: Client, gruppe):
    gesagt(gruppe, "Wohnung da", kategorie="gut")
    gesagt(gruppe, "Wohnung fehlt", kategorie="hakt")
    ziel = re.search(r'href="(\?[^"]*kategorie=hakt)"', client.get("/suche/?q=Wohnung").text)
    assert ziel
    eingegrenzt = client.get("/suche/" + ziel[1].replace("&amp;", "&"))
    assertContains(eingegrenzt, "1 Äußerung")
    assertContains(eingegrenzt, '<a href="?q=Wohnung" aria-current="true">')


def test_ohne_treffer_wird_gesagt_was_hilft(client: Client, gruppe):
    gesagt(gruppe, "Wohnung", kategorie="gut")
    assertContains(client.get("/suche/?q=Xylophon"), "Schreiben Sie weniger Wörter.")
    assertContains(client.get("/suche/?q=-Wohnung"), "Schreiben Sie mindestens ein Wort")
    eingegrenzt = client.get("/suche/?q=Wohnung&kategorie=hakt")
    assertContains(eingegrenzt, "Ohne Eingrenzung gibt es eine Äußerung.")
    assertContains(eingegrenzt, 'href="?q=Wohnung"')


def test_tippfehler_wird_genannt(client: Client, gruppe):
    gesagt(gruppe, "Wohnungen")
    antwort = client.get("/suche/?q=Wohnugnen")
    assertContains(antwort, "„Wohnugnen“ kommt nirgends vor.")
    assertContains(antwort, "<mark>Wohnungen</mark>")


def test_woerter_die_nur_einzeln_vorkommen_werden_einzeln_angeboten(client: Client, gruppe):
    gesagt(gruppe, "Wohnungen")
    gesagt(gruppe, "Kurse")
    gesagt(gruppe, "Kurse")
    antwort = client.get("/suche/?q=Wohnung+Kurs+Xylophon&konferenz=fachtag")
    assertContains(antwort, '<a href="?konferenz=fachtag&amp;q=Wohnung">Wohnung</a> (1)')
    assertContains(antwort, '<a href="?konferenz=fachtag&amp;q=Kurs">Kurs</a> (2)')
    assertNotContains(antwort, ">Xylophon</a>")


def test_kennung_fuehrt_zu_ihrer_aeusserung(client: Client, gruppe):
    kennung = gesagt(gruppe, "Wohnung")
    assertContains(client.get(f"/suche/?q={kennung.upper()}"), f'href="/a/{kennung}/"')
    geheim = gesagt(ArbeitsgruppeFactory(), "Wohnung")
    assertNotContains(client.get(f"/suche/?q={geheim}"), f"/a/{geheim}/")


def test_thema_das_nur_in_entwuerfen_vorkommt_gibt_es_nicht(client: Client, gruppe):
    Thema.objects.create(titel="Geheimthema", slug="geheim", woerter="Geheimnis")
    gesagt(ArbeitsgruppeFactory(konferenz=gruppe.konferenz, zur_pruefung=True), "Geheimnis")
    antwort = client.get("/suche/?thema=geheim")
    assertContains(antwort, "Dieses Thema gibt es nicht.", status_code=400)
    assertNotContains(antwort, "Geheimthema", status_code=400)


def test_unterpunkte_werden_fuer_sich_gezaehlt(client: Client, gruppe):
    aeusserung = AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=gruppe), text="Wohnung")
    AeusserungFactory(uebergeordnet=aeusserung, text="Wohnung")
    assertContains(client.get("/suche/?q=Wohnung"), "1 Äußerung und 1 Unterpunkt<")


def test_gleich_heissende_konferenzen_tragen_ihr_datum(client: Client, gruppe):
    gesagt(gruppe, "Wohnung")
    zweite = ArbeitsgruppeFactory(
        konferenz__titel="Fachtag", konferenz__datum=date(2021, 9, 1), konferenz__veroeffentlicht=True
    )
    gesagt(zweite, "Wohnung")
    antwort = client.get("/suche/?q=Wohnung")
    assertContains(antwort, "Fachtag (21. April 2021) (1)")
    assertContains(antwort, "Fachtag (1. September 2021) (1)")


def test_gefundenes_laesst_sich_als_daten_mitnehmen(client: Client, gruppe):
    kennung = gesagt(gruppe, "=Wohnung", ueberschrift="Was fehlt?", kategorie="hakt")
    gesagt(gruppe, "Anderes")
    assertContains(client.get("/suche/?q=Wohnung&kategorie="), 'href="/suche/daten.xlsx?q=Wohnung"')
    daten = json.loads(client.get("/suche/daten.json?q=Wohnung").getvalue())
    assert [zeile["text"] for zeile in daten["aeusserungen"]] == ["=Wohnung"]
    assert daten["quelle"].endswith("/suche/?q=Wohnung")
    csv = client.get("/suche/daten.csv?q=Wohnung").getvalue().decode("utf-8-sig")
    assert kennung in csv
    assert "'=Wohnung" in csv
    mappe = load_workbook(BytesIO(client.get("/suche/daten.xlsx?q=Wohnugn").getvalue()))
    assert mappe["Äußerungen"]["J2"].value == "=Wohnung"
    assert any("Wohnugn" in str(zeile[1].value) for zeile in mappe.worksheets[0].iter_rows())


def test_daten_ohne_treffer_sind_leer_und_mit_falscher_angabe_keine(client: Client, gruppe):
    leer = json.loads(client.get("/suche/daten.json?q=Xylophon").getvalue())
    assert leer["aeusserungen"] == []
    assertContains(client.get("/suche/daten.csv?ag=drei"), "ist eine Zahl", status_code=400)


def test_zu_viel_fuer_eine_datei_wird_gesagt(client: Client, gruppe, monkeypatch):
    monkeypatch.setattr(modul, "HOECHSTENS", 1)
    gesagt(gruppe, "Wohnung 1")
    gesagt(gruppe, "Wohnung 2")
    assertContains(client.get("/suche/daten.csv?q=Wohnung"), "Grenzen Sie die Suche ein.", status_code=400)


@pytest.fixture
def grosse_suche(gruppe, monkeypatch) -> str:
    """Return the address of a search that finds too much to be written while somebody waits."""
    monkeypatch.setattr(suchexport, "SOFORT", 1)
    for nummer in range(3):
        gesagt(gruppe, f"Wohnung {nummer}", kategorie="hakt")
    return "/suche/daten.xlsx?q=Wohnung&kategorie=hakt"


def texte(antwort) -> list[str]:
    mappe = load_workbook(BytesIO(antwort.getvalue()))
    return [zeile[9].value for zeile in mappe["Äußerungen"].iter_rows(min_row=2)]


def test_grosse_mappe_wird_im_hintergrund_geschrieben(client: Client, grosse_suche, erledigen):
    antwort = client.get(grosse_suche)
    assert antwort.status_code == 202
    assert antwort["Retry-After"] == "2"
    assert "no-store" in antwort["Cache-Control"]
    assert client.get(grosse_suche).status_code == 202
    assertContains(antwort, f'data-ziel="{escape(grosse_suche)}"', status_code=202)
    stand = f"/suche/daten/{Erzeugnis.objects.get().schluessel}/"
    assertContains(antwort, f'data-hier="{stand}"', status_code=202)
    assertContains(client.get(stand), "Es beginnt gleich.")

    assert erledigen() == ["herstellen"]
    assertContains(client.get(stand), "Die Datei ist fertig")
    datei = client.get(grosse_suche)
    assert datei.status_code == 200
    assert datei["Content-Disposition"] == 'inline; filename="suche.xlsx"'
    assert texte(datei) == ["Wohnung 0", "Wohnung 1", "Wohnung 2"]
    assert not client.cookies


def test_csv_und_json_kommen_immer_sofort(client: Client, grosse_suche):
    for endung in ("csv", "json"):
        assert client.get(grosse_suche.replace("xlsx", endung)).status_code == 200
    assert not Erzeugnis.objects.exists()


def test_grosse_mappe_ist_dieselbe_wie_eine_sofort_geschriebene(
    client: Client, grosse_suche, erledigen, monkeypatch
):
    client.get(grosse_suche)
    erledigen()
    spaeter = client.get(grosse_suche).getvalue()
    monkeypatch.setattr(suchexport, "SOFORT", 1000)
    assert client.get(grosse_suche).getvalue() == spaeter


def test_fremdes_aendert_an_einer_grossen_mappe_nichts(client: Client, grosse_suche, gruppe, erledigen):
    client.get(grosse_suche)
    gesagt(gruppe, "etwas anderes")
    ArbeitsgruppeFactory()
    assert client.get(f"{grosse_suche}&utm=1&seite=3").status_code == 202
    assert Erzeugnis.objects.count() == 1
    erledigen()
    assert client.get(grosse_suche).status_code == 200


def test_nach_einer_aenderung_gibt_es_die_grosse_mappe_von_vorher_nicht_mehr(
    client: Client, grosse_suche, erledigen
):
    client.get(grosse_suche)
    erledigen()
    Aeusserung.objects.get(text="Wohnung 1").delete()
    assert client.get(grosse_suche).status_code == 202
    erledigen()
    assert texte(client.get(grosse_suche)) == ["Wohnung 0", "Wohnung 2"]


def test_was_zwischen_auftrag_und_schreiben_anders_wird_kommt_in_keine_mappe(
    client: Client, grosse_suche, erledigen
):
    client.get(grosse_suche)
    stand = f"/suche/daten/{Erzeugnis.objects.get().schluessel}/"
    Aeusserung.objects.filter(text="Wohnung 1").update(text="Wohnung 7")
    erledigen()
    assertContains(client.get(stand), "Inzwischen hat sich geändert, was gefunden wird.")


def test_gescheiterte_grosse_mappe_sagt_was_hilft(client: Client, grosse_suche):
    client.get(grosse_suche)
    Erzeugnis.objects.update(fehler="Das ist unerwartet gescheitert.")
    antwort = client.get(grosse_suche)
    assert antwort.status_code == 503
    assertContains(antwort, "Das ist unerwartet gescheitert.", status_code=503)
    assertContains(antwort, "Ein kleinerer Ausschnitt", status_code=503)
    assertContains(antwort, 'href="/suche/?q=Wohnung&amp;kategorie=hakt"', status_code=503)


def test_fuer_zu_viele_grosse_mappen_auf_einmal_ist_kein_platz(client: Client, grosse_suche, settings):
    settings.HEFT_WARTESCHLANGE = 0
    antwort = client.get(grosse_suche)
    assertContains(antwort, "sehr viele Dateien", status_code=503)
    assert antwort["Retry-After"] == "60"


def test_unbekannte_datei_hat_keinen_stand(client: Client):
    assert client.get(f"/suche/daten/{'0' * 64}/").status_code == 404


@pytest.mark.parametrize("adresse", ["/", "/fachtag/"])
def test_startseite_und_konferenz_haben_ein_suchfeld(client: Client, gruppe, adresse):
    assertContains(client.get(adresse), 'role="search"')


def test_wer_wenig_findet_sieht_was_die_woerter_einzeln_finden(client: Client, gruppe):
    abschnitt = AbschnittFactory(arbeitsgruppe=gruppe)
    for text in (
        "es finden keine Sprachkurse statt",
        "Sprachkurse fehlen",
        "Sprachkurse online",
        "es fehlt Zeit",
    ):
        AeusserungFactory(abschnitt=abschnitt, text=text)
    antwort = client.get("/suche/?q=fehlende+Sprachkurse")
    assert [fund.text for fund in antwort.context["treffer"]] == ["Sprachkurse fehlen"]
    assertContains(
        antwort, '<a href="?q=fehlende">fehlende</a> (2), <a href="?q=Sprachkurse">Sprachkurse</a> (3)'
    )
    assertNotContains(client.get("/suche/?q=Sprachkurse"), "einzeln")


def test_wofuer_es_ein_thema_gibt_dazu_fuehrt_die_suche(client: Client, gruppe):
    Thema.objects.create(titel="Sprachkurse", slug="sprachkurse", woerter="Sprachkurs\nDeutschkurs")
    Thema.objects.create(titel="Geheimes", slug="geheimes", woerter="Sprachkurs Xylophon")
    AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text="Deutschkurs am Abend")
    verweis = '<a href="?kategorie=gut&amp;thema=sprachkurse">Thema „Sprachkurse“</a>'
    assertContains(client.get("/suche/?q=fehlende+Sprachkurse&kategorie=gut"), verweis)
    assertNotContains(client.get("/suche/?q=Xylophon+Sprachkurs"), "Geheimes")
    assertNotContains(client.get("/suche/?q=Sprachkurse&thema=sprachkurse"), "Dazu gesammelt")


def test_unterpunkte_stehen_in_der_summe_fuer_sich(client: Client, gruppe):
    aeusserung = AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text="Wohnung")
    AeusserungFactory(uebergeordnet=aeusserung, text="Wohnung")
    assertContains(client.get("/suche/?q=Wohnung"), "2 Fundstellen: 1 Äußerung und 1 Unterpunkt</h2>")


def test_zahl_der_abfragen_haengt_nicht_von_der_menge_ab(
    client: Client, gruppe, django_assert_max_num_queries
):
    Thema.objects.create(titel="Wohnen", slug="wohnen", woerter="Wohnung")

    def fuellen(konferenz: Konferenz) -> None:
        for _ in range(3):
            g = ArbeitsgruppeFactory(konferenz=konferenz, titel="Wohnung")
            aeusserung = AeusserungFactory(
                abschnitt=AbschnittFactory(arbeitsgruppe=g, ueberschrift="Wohnung"), text="Wohnung"
            )
            AeusserungFactory(uebergeordnet=aeusserung, text="Wohnung")
            ModerationFactory(arbeitsgruppe=g, person=PersonFactory(organisation="Wohnung"))
            ProgrammpunktFactory(konferenz=konferenz, titel="Wohnung")
            vortrag = VortragFactory(konferenz=konferenz, titel="Wohnung")
            FolieFactory(vortrag=vortrag, text="Wohnung")
            vortrag.vortragende.add(PersonFactory(ort="Wohnung"))

    def abfragen() -> int:
        with django_assert_max_num_queries(22) as gezaehlt:
            assert isinstance(gezaehlt, CaptureQueriesContext)
            assert client.get("/suche/?q=Wohnung&konferenz=fachtag&thema=wohnen").status_code == 200
        return len(gezaehlt)

    fuellen(gruppe.konferenz)
    wenige = abfragen()
    fuellen(gruppe.konferenz)
    fuellen(ArbeitsgruppeFactory(konferenz__veroeffentlicht=True).konferenz)
    assert abfragen() == wenige
