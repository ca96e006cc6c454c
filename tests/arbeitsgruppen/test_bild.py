"""The picture with and without what is not released yet."""

import pytest

from arbeitsgruppen.bild import STATT_ERGEBNISSEN, gruppenbild, konferenzbild
from arbeitsgruppen.models import Arbeitsgruppe
from konferenz.models import Konferenz
from tests.fabriken import AeusserungFactory, ArbeitsgruppeFactory, KonferenzFactory, ModerationFactory

pytestmark = pytest.mark.django_db

FREIGEGEBEN = Arbeitsgruppe.Status.FREIGEGEBEN
UNFERTIG = [Arbeitsgruppe.Status.IN_BEARBEITUNG, Arbeitsgruppe.Status.ZUR_PRUEFUNG]


@pytest.fixture
def konferenz() -> Konferenz:
    """Return a released conference with a statement in AG 1, released, and in AG 2, not released."""
    konferenz = KonferenzFactory(veroeffentlicht=True)
    for nummer, status in ((1, FREIGEGEBEN), (2, UNFERTIG[0])):
        gruppe = ArbeitsgruppeFactory(konferenz=konferenz, nummer=nummer, status=status, titel="Wohnen")
        ModerationFactory(arbeitsgruppe=gruppe)
        AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text=f"aus AG {nummer}")
    return konferenz


@pytest.mark.parametrize("status", UNFERTIG)
def test_was_nicht_freigegeben_ist_wird_zurueckgehalten_nicht_aber_frage_und_moderation(
    konferenz, status
) -> None:
    Arbeitsgruppe.objects.filter(nummer=2).update(status=status)
    bild = konferenzbild(konferenz)
    freigegeben, unfertig = bild.gruppen
    assert (freigegeben.anzahl, freigegeben.statt_ergebnissen) == (1, "")
    assert (unfertig.abschnitte, unfertig.statt_ergebnissen) == ((), STATT_ERGEBNISSEN)
    assert unfertig.titel
    assert unfertig.fragestellung
    assert len(unfertig.moderation) == 1
    assert bild.anzahl == 1
    assert bild.zurueckgehaltene == (2,)
    assert not bild.vorlaeufig
    assert gruppenbild(konferenz.arbeitsgruppen.get(nummer=2)) == unfertig
    assert "aus AG 2" not in repr(bild)


def test_bild_von_allem_zeigt_es_und_ist_vorlaeufig(konferenz) -> None:
    bild = konferenzbild(konferenz, alles=True)
    assert [gruppe.anzahl for gruppe in bild.gruppen] == [1, 1]
    assert (bild.zurueckgehaltene, bild.vorlaeufige, bild.vorlaeufig) == ((), (2,), True)
    assert gruppenbild(konferenz.arbeitsgruppen.get(nummer=2), alles=True) == bild.gruppen[1]


def test_offene_gruppe_zeigt_nur_sich_selbst(konferenz) -> None:
    dritte = AeusserungFactory(
        abschnitt__arbeitsgruppe=ArbeitsgruppeFactory(konferenz=konferenz, nummer=3, zur_pruefung=True)
    ).abschnitt.arbeitsgruppe
    bild = konferenzbild(konferenz, offen=[dritte.pk])
    assert (bild.zurueckgehaltene, bild.vorlaeufige) == ((2,), (3,))


def test_bild_eines_entwurfs_ist_vorlaeufig_auch_wenn_alles_freigegeben_ist(konferenz) -> None:
    Arbeitsgruppe.objects.update(status=FREIGEGEBEN)
    assert konferenzbild(konferenz, alles=True) == konferenzbild(konferenz)
    assert not konferenzbild(konferenz).vorlaeufig
    konferenz.status = Konferenz.Status.ENTWURF
    assert konferenzbild(konferenz).vorlaeufig
