"""Found statements as rows: the same as in the data of their conference, in a fixed number of queries."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from arbeitsgruppen.bild import konferenzbild
from arbeitsgruppen.daten import zeilen
from arbeitsgruppen.fundstellen import fundzeilen
from arbeitsgruppen.models import Aeusserung
from tests.fabriken import AbschnittFactory, AeusserungFactory

SEITE = "https://doku.example.de"
MIT_ORT = "abschnitt__arbeitsgruppe__konferenz"


def test_alle_aeusserungen_ergeben_die_zeilen_der_konferenz(echte_konferenz) -> None:
    alle = Aeusserung.objects.select_related(MIT_ORT)
    erwartet = {zeile.adresse: zeile for zeile in zeilen(konferenzbild(echte_konferenz), SEITE)}
    themen = {a.pk: erwartet[f"{SEITE}/a/{a.kennung}/"].themen for a in alle}

    assert {zeile.adresse: zeile for zeile in fundzeilen(alle, SEITE, themen)} == erwartet


def test_reihenfolge_des_gefundenen_bleibt_und_nummern_sind_die_der_gruppe(db) -> None:
    abschnitt = AbschnittFactory()
    _, zweite, dritte = (AeusserungFactory(abschnitt=abschnitt, position=p, text=f"{p}") for p in (3, 5, 9))
    punkt = AeusserungFactory(uebergeordnet=zweite, position=4, text="dazu")
    Aeusserung.objects.filter(pk=dritte.pk).update(original="früher")

    gefunden = [Aeusserung.objects.select_related(MIT_ORT).get(pk=a.pk) for a in (dritte, punkt, zweite)]
    ergebnis = fundzeilen(gefunden, SEITE, {})

    assert [(z.text, z.nummer, z.unterpunkt) for z in ergebnis] == [
        ("9", 3, None),
        ("dazu", 2, 1),
        ("5", 2, None),
    ]
    assert [z.redaktionell_geaendert for z in ergebnis] == [True, False, False]


def test_nichts_gefunden_ergibt_keine_zeilen(db) -> None:
    assert fundzeilen([], SEITE, {}) == []


def test_viele_kosten_so_viele_abfragen_wie_eine(db) -> None:
    def abfragen() -> int:
        with CaptureQueriesContext(connection) as erfasst:
            fundzeilen(Aeusserung.objects.select_related(MIT_ORT), SEITE, {})
        return len(erfasst)

    AeusserungFactory()
    eine = abfragen()
    for _ in range(5):
        AeusserungFactory(uebergeordnet=AeusserungFactory())
    assert abfragen() == eine == 2
