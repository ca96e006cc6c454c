"""What each role may do, asked of the predicates themselves."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User

from arbeitsgruppen.models import Arbeitsgruppe
from konferenz import rollen as django_gruppen
from konferenz.berechtigungen import (
    MINISTERIUM,
    MODERATION,
    ORGANISATION,
    ROLLEN,
    darf_entwuerfe_lesen,
    darf_erfassen,
    darf_konto_verwalten,
    ist_organisation,
    moegliche_konferenzschritte,
    moegliche_schritte,
    rollen,
)
from konferenz.konten import rolle_geben
from tests.fabriken import ArbeitsgruppeFactory, BenutzerFactory, KonferenzFactory

pytestmark = pytest.mark.django_db

IN_BEARBEITUNG, ZUR_PRUEFUNG, FREIGEGEBEN = Arbeitsgruppe.Status.values
GAST, OHNE, EIGENE, FREMDE, HAUPT = "Gast", "ohne Rolle", "eigene Gruppe", "andere Gruppe", "Hauptkonto"


def wer(art: str, gruppe: Arbeitsgruppe | None = None) -> User | AnonymousUser:
    """Return an account of a kind, a Moderation that writes this group or another one."""
    if art == GAST:
        return AnonymousUser()
    if art in (EIGENE, FREMDE):
        eigene = gruppe if art == EIGENE else ArbeitsgruppeFactory()
        return BenutzerFactory(rolle=MODERATION, rolle__gruppen=[eigene])
    return BenutzerFactory(mitarbeit=art == OHNE, leitung=art == HAUPT, rolle=art if art in ROLLEN else None)


@pytest.mark.parametrize(
    ("art", "hat"),
    [
        (GAST, set()),
        (OHNE, set()),
        (ORGANISATION, {ORGANISATION}),
        (MODERATION, {MODERATION}),
        (MINISTERIUM, {MINISTERIUM}),
        (HAUPT, {ORGANISATION}),
    ],
)
def test_jede_rolle_liest_entwuerfe_und_nur_die_organisation_darf_alles(art, hat):
    konto = wer(art)
    assert rollen(konto) == hat
    assert darf_entwuerfe_lesen(konto) == bool(hat)
    assert ist_organisation(konto) == (ORGANISATION in hat)


def test_deaktiviertes_konto_hat_keine_rolle():
    assert rollen(BenutzerFactory(rolle=ORGANISATION, is_active=False)) == frozenset()
    assert rollen(BenutzerFactory(leitung=True, is_active=False)) == frozenset()


def test_gleichnamige_rolle_macht_nur_die_gruppe_von_django_selbst():
    konto = BenutzerFactory()
    konto.groups.add(Group.objects.create(name="organisation"))
    assert rollen(konto) == frozenset()


def test_neue_rolle_gilt_sofort_auch_fuer_dasselbe_objekt():
    konto = BenutzerFactory(rolle=MINISTERIUM)
    assert rollen(konto) == {MINISTERIUM}
    rolle_geben(konto, ORGANISATION)
    assert rollen(konto) == {ORGANISATION}


def test_rollen_werden_je_anfrage_einmal_nachgesehen(django_assert_num_queries):
    konto = User.objects.get(username=BenutzerFactory(rolle=MODERATION).username)
    with django_assert_num_queries(1):
        for _ in range(3):
            rollen(konto)


def test_geloeschte_gruppe_einer_rolle_legt_migrate_wieder_an():
    Group.objects.all().delete()
    django_gruppen.einrichten()
    django_gruppen.einrichten()
    assert sorted(Group.objects.values_list("name", flat=True)) == sorted(ROLLEN)


@pytest.mark.parametrize(
    ("art", "status"),
    [
        (ORGANISATION, {IN_BEARBEITUNG, ZUR_PRUEFUNG, FREIGEGEBEN}),
        (HAUPT, {IN_BEARBEITUNG, ZUR_PRUEFUNG, FREIGEGEBEN}),
        (EIGENE, {IN_BEARBEITUNG}),
        (FREMDE, set()),
        (MINISTERIUM, set()),
        (OHNE, set()),
        (GAST, set()),
    ],
)
def test_erfassen_darf_die_organisation_immer_und_die_moderation_ihre_gruppe_in_bearbeitung(art, status):
    gruppen = {s: ArbeitsgruppeFactory(status=s) for s in Arbeitsgruppe.Status.values}
    assert {s for s, gruppe in gruppen.items() if darf_erfassen(wer(art, gruppe), gruppe)} == status


@pytest.mark.parametrize(
    ("art", "status", "schritte"),
    [
        (ORGANISATION, IN_BEARBEITUNG, {ZUR_PRUEFUNG, FREIGEGEBEN}),
        (ORGANISATION, FREIGEGEBEN, {IN_BEARBEITUNG, ZUR_PRUEFUNG}),
        (EIGENE, IN_BEARBEITUNG, {ZUR_PRUEFUNG}),
        (EIGENE, ZUR_PRUEFUNG, {IN_BEARBEITUNG}),
        (EIGENE, FREIGEGEBEN, set()),
        (FREMDE, IN_BEARBEITUNG, set()),
        (MINISTERIUM, IN_BEARBEITUNG, set()),
        (OHNE, IN_BEARBEITUNG, set()),
        (GAST, IN_BEARBEITUNG, set()),
    ],
)
def test_schritte_einer_gruppe_je_rolle_und_stand(art, status, schritte):
    gruppe = ArbeitsgruppeFactory(status=status)
    assert set(moegliche_schritte(wer(art, gruppe), gruppe)) == schritte


@pytest.mark.parametrize("art", [ORGANISATION, HAUPT, EIGENE])
def test_in_einer_archivierten_konferenz_aendert_niemand_etwas(art):
    gruppe = ArbeitsgruppeFactory(konferenz=KonferenzFactory(archiviert=True))
    konto = wer(art, gruppe)
    assert not darf_erfassen(konto, gruppe)
    assert moegliche_schritte(konto, gruppe) == []


@pytest.mark.parametrize(
    ("art", "schritte"),
    [(ORGANISATION, {"veroeffentlicht", "archiviert"}), (EIGENE, set()), (MINISTERIUM, set())],
)
def test_schritte_einer_konferenz_macht_nur_die_organisation(art, schritte):
    gruppe = ArbeitsgruppeFactory()
    assert set(moegliche_konferenzschritte(wer(art, gruppe), gruppe.konferenz)) == schritte


def test_konten_verwaltet_die_organisation_und_hauptkonten_nur_ein_hauptkonto():
    haupt, organisation, moderation = (wer(art) for art in (HAUPT, ORGANISATION, MODERATION))
    anderes_haupt = wer(HAUPT)
    darf = {
        (haupt, anderes_haupt): True,
        (haupt, moderation): True,
        (organisation, wer(ORGANISATION)): True,
        (organisation, moderation): True,
        (organisation, haupt): False,
        (moderation, moderation): False,
        (AnonymousUser(), moderation): False,
    }
    assert {(a, b): darf_konto_verwalten(a, b) for a, b in darf} == darf  # type: ignore[arg-type]
