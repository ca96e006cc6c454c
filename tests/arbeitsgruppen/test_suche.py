"""Searching: what is found, in which order, how it is counted, and what helps who mistypes."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from arbeitsgruppen import suche as modul
from arbeitsgruppen.models import Abkuerzung, Aeusserung, Arbeitsgruppe, Thema, Themenentscheidung
from arbeitsgruppen.suche import Anfrage, Ergebnis, Korrektur, suchen
from konferenz.models import Konferenz
from tests.fabriken import AbschnittFactory, AeusserungFactory, ArbeitsgruppeFactory

pytestmark = pytest.mark.django_db
GOLD = Path(__file__).parent / "daten" / "suche"


def texte(ergebnis: Ergebnis) -> list[str]:
    alle = Aeusserung.objects.in_bulk([fund.pk for fund in ergebnis.funde])
    return [alle[fund.pk].text for fund in ergebnis.funde]


def wahlen(ergebnis: Ergebnis, name: str) -> dict[str, int]:
    return {wahl.wert: wahl.anzahl for wahl in ergebnis.wahlen[name]}


@pytest.fixture
def gruppe() -> Arbeitsgruppe:
    return ArbeitsgruppeFactory(konferenz__slug="fachtag", konferenz__veroeffentlicht=True, nummer=3)


def gesagt(gruppe: Arbeitsgruppe, kategorie: str, *was: str, **abschnitt: str) -> list[Aeusserung]:
    bei = AbschnittFactory(arbeitsgruppe=gruppe, kategorie=kategorie, **abschnitt)
    return [AeusserungFactory(abschnitt=bei, text=text) for text in was]


def test_gefunden_wird_nur_was_freigegeben_ist(gruppe):
    gesagt(gruppe, "gut", "Sprachkurse")
    gesagt(ArbeitsgruppeFactory(konferenz=gruppe.konferenz, in_bearbeitung=True), "gut", "Sprachkurse")
    gesagt(ArbeitsgruppeFactory(konferenz=gruppe.konferenz, zur_pruefung=True), "gut", "Sprachkurse")
    gesagt(ArbeitsgruppeFactory(), "gut", "Sprachkurse")
    gesagt(ArbeitsgruppeFactory(konferenz__archiviert=True), "gut", "Sprachkurs")
    ergebnis = suchen(Anfrage(q="Sprachkurs"))
    assert sorted(texte(ergebnis)) == ["Sprachkurs", "Sprachkurse"]
    assert sum(wahlen(ergebnis, "konferenz").values()) == 2


def test_ganze_woerter_stehen_vor_zusammengesetzten_und_teilnehmende_vor_anderen(gruppe):
    gesagt(gruppe, "gut", "Integrationskurse")
    gesagt(gruppe, "gut", "ein Kurs von früher", herkunft="rueckblick")
    gesagt(gruppe, "gut", "ein Kurs", "Kursangebote")
    assert texte(suchen(Anfrage(q="Kurs"))) == [
        "ein Kurs",
        "ein Kurs von früher",
        "Kursangebote",
        "Integrationskurse",
    ]


def test_neueste_konferenz_zuerst_dann_wie_gedruckt(gruppe):
    gesagt(gruppe, "hakt", "Kurs 2", "Kurs 3")
    neue = ArbeitsgruppeFactory(konferenz__veroeffentlicht=True, konferenz__datum=date(2023, 1, 1))
    gesagt(neue, "gut", "Kurs 1")
    assert texte(suchen(Anfrage(q="Kurs"))) == ["Kurs 1", "Kurs 2", "Kurs 3"]


def test_unterpunkt_ist_eine_aeusserung(gruppe):
    (eine,) = gesagt(gruppe, "gut", "Angebote")
    AeusserungFactory(uebergeordnet=eine, text="Nachhilfe")
    assert texte(suchen(Anfrage(q="Nachhilfe"))) == ["Nachhilfe"]


def test_filter_sagen_wie_viele_jede_wahl_liesse(gruppe):
    gesagt(gruppe, "gut", "Kurs", "Kurse")
    gesagt(gruppe, "hakt", "kein Kurs")
    andere = ArbeitsgruppeFactory(konferenz=gruppe.konferenz, nummer=5)
    gesagt(andere, "hakt", "Kurs zu teuer", "Wohnung")
    ergebnis = suchen(Anfrage(q="Kurs", kategorie="hakt"))
    assert sorted(texte(ergebnis)) == ["Kurs zu teuer", "kein Kurs"]
    assert wahlen(ergebnis, "kategorie") == {"gut": 2, "hakt": 2}
    assert wahlen(ergebnis, "ag") == {"3": 1, "5": 1}
    assert wahlen(ergebnis, "jahr") == {"2021": 2}
    for name, angebote in ergebnis.wahlen.items():
        for wahl in angebote:
            wert = int(wahl.wert) if name in ("ag", "jahr") else wahl.wert
            andere_wahl: dict[str, Any] = {"q": "Kurs", "kategorie": "hakt", name: wert}
            mit = suchen(Anfrage(**andere_wahl))
            assert len(mit.funde) == wahl.anzahl


def test_wahl_die_nichts_laesst_bleibt_sichtbar(gruppe):
    gesagt(gruppe, "gut", "Kurs")
    ergebnis = suchen(Anfrage(q="Kurs", konferenz="fachtag", ag=9, kategorie="loesung", jahr=1999))
    assert not ergebnis.funde
    assert ergebnis.ohne_filter == 1
    assert wahlen(ergebnis, "ag") == {"9": 0}
    assert wahlen(ergebnis, "jahr") == {"1999": 0}


def test_gruppen_werden_erst_in_einer_konferenz_angeboten(gruppe):
    gesagt(gruppe, "gut", "Kurs")
    gesagt(ArbeitsgruppeFactory(konferenz__veroeffentlicht=True, nummer=3), "gut", "Kurs")
    assert not suchen(Anfrage(q="Kurs")).wahlen["ag"]
    assert wahlen(suchen(Anfrage(q="Kurs", konferenz="fachtag")), "ag") == {"3": 1}
    assert len(suchen(Anfrage(q="Kurs", ag=3)).funde) == 2


def test_thema_gilt_nach_woertern_und_nach_entscheidungen(gruppe):
    eine, andere, dritte = gesagt(gruppe, "gut", "Ehrenamt hilft", "Ehrenamt fehlt", "Paten helfen")
    thema = Thema.objects.create(titel="Ehrenamt", slug="ehrenamt", woerter="Ehrenamt\nEA")
    Themenentscheidung.objects.create(thema=thema, aeusserung=andere, gehoert_dazu=False)
    Themenentscheidung.objects.create(thema=thema, aeusserung=dritte, gehoert_dazu=True)
    ergebnis = suchen(Anfrage(thema="ehrenamt"))
    assert {fund.pk for fund in ergebnis.funde} == {eine.pk, dritte.pk}
    assert wahlen(suchen(Anfrage(q="Ehrenamt")), "thema") == {"ehrenamt": 1}


def test_abkuerzung_findet_alle_schreibweisen(gruppe):
    Abkuerzung.objects.create(schreibweisen="SLZ\nSprachlernzentrum")
    gesagt(gruppe, "gut", "im SLZ", "im Sprachlernzentrum", "slz klein")
    assert texte(suchen(Anfrage(q="SLZ"))) == ["im SLZ", "im Sprachlernzentrum"]


@pytest.mark.parametrize("grenze", [1, 2, 3])
@pytest.mark.parametrize("filter_", [{}, {"kategorie": "hakt"}, {"thema": "kurse"}, {"jahr": 2021, "ag": 3}])
def test_ueber_der_grenze_gelten_die_filter_ebenso(gruppe, monkeypatch, grenze: int, filter_: dict[str, Any]):
    Thema.objects.create(titel="Kurse", slug="kurse", woerter="teuer")
    gesagt(gruppe, "gut", "Kurs", "Kurs teuer")
    gesagt(gruppe, "hakt", "kein Kurs", "Kurs zu teuer")
    alle = {fund.pk for fund in suchen(Anfrage(q="Kurs", **filter_)).funde}
    monkeypatch.setattr(modul, "HOECHSTENS", grenze)
    ergebnis = suchen(Anfrage(q="Kurs", **filter_))
    gefunden = {fund.pk for fund in ergebnis.funde}
    assert gefunden <= alle
    assert len(gefunden) == min(grenze, len(alle))
    assert ergebnis.ueber == (len(alle) > grenze)


def test_nur_ausgeschlossenes_findet_nichts(gruppe):
    gesagt(gruppe, "gut", "Kurs")
    assert not suchen(Anfrage(q="-Corona")).funde


def test_ohne_woerter_wird_alles_gezeigt_wie_gedruckt(gruppe):
    gesagt(gruppe, "gut", "zweitens", "erstens")
    assert texte(suchen(Anfrage())) == ["zweitens", "erstens"]


@pytest.mark.parametrize(
    ("anfrage", "statt", "gefunden"),
    [
        ("Sprachkrus", "Sprachkurs", ["Sprachkurse"]),
        ("sprahckurse", "Sprachkurse", ["Sprachkurse"]),
        ("Homeoffice", "Home office", ["im Home Office"]),
        ("Kinderbetreung", "Kinderbetreuung", ["Kinderbetreuungsplätze"]),
        ("Behröden", "Behörden", ["Ausländerbehörden"]),
    ],
)
def test_ein_tippfehler_wird_verziehen_und_gesagt(gruppe, anfrage, statt, gefunden):
    gesagt(gruppe, "gut", "Sprachkurse", "im Home Office", "Kinderbetreuungsplätze", "Ausländerbehörden")
    ergebnis = suchen(Anfrage(q=anfrage))
    assert texte(ergebnis) == gefunden
    assert ergebnis.korrekturen == (Korrektur(anfrage, statt),)


@pytest.mark.parametrize("anfrage", ["Kruse", "Xylophon", "„Sprachkrus“", "Sprachkrus Xylophon"])
def test_was_nichts_meint_bleibt_ohne_treffer(gruppe, anfrage):
    gesagt(gruppe, "gut", "Sprachkurse", "Kurse")
    ergebnis = suchen(Anfrage(q=anfrage))
    assert not ergebnis.funde
    assert not ergebnis.korrekturen


def test_vorschlag_verraet_nichts_aus_entwuerfen(gruppe):
    gesagt(ArbeitsgruppeFactory(), "gut", "Geheimprojekt")
    gesagt(gruppe, "gut", "Anderes")
    ergebnis = suchen(Anfrage(q="Geheimprojkt"))
    assert not ergebnis.funde
    assert not ergebnis.korrekturen


def test_zahl_der_abfragen_haengt_nicht_von_der_menge_ab(gruppe, django_assert_max_num_queries):
    Thema.objects.create(titel="Kurse", slug="kurse", woerter="Kurs")

    def abfragen() -> int:
        with django_assert_max_num_queries(9) as gezaehlt:
            assert isinstance(gezaehlt, CaptureQueriesContext)
            assert suchen(Anfrage(q="Kurs")).wahlen
        return len(gezaehlt)

    gesagt(gruppe, "gut", "Kurs")
    wenige = abfragen()
    for nummer in range(10, 15):
        gesagt(ArbeitsgruppeFactory(konferenz=gruppe.konferenz, nummer=nummer), "gut", "Kurs", "Kurse")
    assert abfragen() == wenige


# --- the real conference -----------------------------------------------------------------------------------


@pytest.fixture
def echte(echte_konferenz: Konferenz) -> dict[int, str]:
    """Return the Kennungen of the real conference by primary key; all of it is released."""
    Konferenz.objects.update(status=Konferenz.Status.VEROEFFENTLICHT)
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.FREIGEGEBEN)
    return dict(Aeusserung.objects.values_list("pk", "kennung"))


def guete(datei: str, haelfte: str, kennungen: dict[int, str]) -> tuple[float, float]:
    """Return recall and precision of all queries of one half taken together."""
    richtig = fehlend = falsch = 0
    for zeile in json.loads((GOLD / datei).read_text()):
        if zeile["haelfte"] == haelfte:
            gefunden = {kennungen[fund.pk] for fund in suchen(Anfrage(q=zeile["anfrage"])).funde}
            soll = set(zeile["gefunden"])
            richtig += len(soll & gefunden)
            fehlend += len(soll - gefunden)
            falsch += len(gefunden - soll - set(zeile.get("auch", [])))
    return richtig / (richtig + fehlend), richtig / (richtig + falsch)


@pytest.mark.parametrize("haelfte", ["a", "b"])
def test_goldsatz_wird_gefunden(echte, haelfte):
    trefferquote, genauigkeit = guete("anfragen.json", haelfte, echte)
    assert trefferquote >= 0.97
    assert genauigkeit >= 0.90


@pytest.mark.parametrize("haelfte", ["a", "b"])
def test_goldsatz_mit_einem_tippfehler_wird_gefunden(echte, haelfte):
    trefferquote, genauigkeit = guete("tippfehler.json", haelfte, echte)
    assert trefferquote >= 0.90
    assert genauigkeit >= 0.90
