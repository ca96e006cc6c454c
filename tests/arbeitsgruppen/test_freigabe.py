"""The steps of groups and conferences: who may take which, what each leaves behind, who comes too late."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied

from arbeitsgruppen.freigabe import (
    Ueberholt,
    gruppenschritt,
    ist_leer,
    konferenzschritt,
    letzter_wechsel,
    schritte,
)
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe
from konferenz.berechtigungen import (
    MINISTERIUM,
    MODERATION,
    ORGANISATION,
    darf_erfassen,
    moegliche_konferenzschritte,
    moegliche_schritte,
)
from konferenz.models import Konferenz
from tests.fabriken import AeusserungFactory, ArbeitsgruppeFactory, BenutzerFactory, KonferenzFactory
from tests.verlaufspruefung import unverzeichnetes

pytestmark = pytest.mark.django_db

IN_BEARBEITUNG, ZUR_PRUEFUNG, FREIGEGEBEN = Arbeitsgruppe.Status.values
ENTWURF, VEROEFFENTLICHT, ARCHIVIERT = Konferenz.Status.values


@pytest.fixture
def gruppe() -> Arbeitsgruppe:
    return ArbeitsgruppeFactory(nummer=3, in_bearbeitung=True)


@pytest.fixture
def konten(gruppe) -> dict[str, User | AnonymousUser]:
    """Return an account of every kind; „eigene“ moderates the group."""
    eigene = BenutzerFactory(rolle=MODERATION)
    gruppe.konten.add(eigene)
    return {
        "Organisation": BenutzerFactory(rolle=ORGANISATION),
        "eigene": eigene,
        "fremde": BenutzerFactory(rolle=MODERATION),
        "Ministerium": BenutzerFactory(rolle=MINISTERIUM),
        "ohne Rolle": BenutzerFactory(mitarbeit=True),
        "anonym": AnonymousUser(),
    }


def stellen(objekt: Arbeitsgruppe | Konferenz, status: str) -> None:
    """Set a state past all rules."""
    type(objekt).objects.filter(pk=objekt.pk).update(status=status)
    objekt.refresh_from_db()


# --- Who may do what


@pytest.mark.parametrize("wer", ["Organisation", "eigene", "fremde", "Ministerium", "ohne Rolle", "anonym"])
@pytest.mark.parametrize("von", Arbeitsgruppe.Status.values)
@pytest.mark.parametrize("ziel", Arbeitsgruppe.Status.values)
def test_schritt_gelingt_genau_denen_die_ihn_duerfen(gruppe, konten, wer, von, ziel):
    stellen(gruppe, von)
    eigene = {(IN_BEARBEITUNG, ZUR_PRUEFUNG), (ZUR_PRUEFUNG, IN_BEARBEITUNG)}
    darf = {"Organisation": von != ziel, "eigene": (von, ziel) in eigene}.get(wer, False)
    assert (ziel in moegliche_schritte(konten[wer], gruppe)) == darf
    assert (ziel in [schritt.ziel for schritt in schritte(konten[wer], gruppe)]) == darf
    if darf or (von == ziel and wer in ("Organisation", "eigene")):  # clicked twice
        assert gruppenschritt(konten[wer], gruppe, ziel, von).status == ziel
    else:
        with pytest.raises(PermissionDenied):
            gruppenschritt(konten[wer], gruppe, ziel, von)
    gruppe.refresh_from_db()
    assert gruppe.status == (ziel if darf else von)


@pytest.mark.parametrize("wer", ["Organisation", "eigene", "fremde", "Ministerium", "ohne Rolle", "anonym"])
@pytest.mark.parametrize("von", Konferenz.Status.values)
@pytest.mark.parametrize("ziel", Konferenz.Status.values)
def test_konferenz_bringt_nur_die_organisation_in_einen_anderen_stand(gruppe, konten, wer, von, ziel):
    konferenz = gruppe.konferenz
    stellen(konferenz, von)
    darf = wer == "Organisation"
    assert (ziel in moegliche_konferenzschritte(konten[wer], konferenz)) == (darf and von != ziel)
    if darf:
        assert konferenzschritt(konten[wer], konferenz, ziel, von)[0].status == ziel
    else:
        with pytest.raises(PermissionDenied):
            konferenzschritt(konten[wer], konferenz, ziel, von)
    konferenz.refresh_from_db()
    assert konferenz.status == (ziel if darf else von)


@pytest.mark.parametrize(
    ("konferenz", "stand", "duerfen"),
    [
        (VEROEFFENTLICHT, IN_BEARBEITUNG, {"Organisation", "eigene"}),
        (ENTWURF, ZUR_PRUEFUNG, {"Organisation"}),
        (VEROEFFENTLICHT, FREIGEGEBEN, {"Organisation"}),
        (ARCHIVIERT, IN_BEARBEITUNG, set()),
        (ARCHIVIERT, FREIGEGEBEN, set()),
    ],
)
def test_in_einer_archivierten_konferenz_erfasst_niemand_mehr(gruppe, konten, konferenz, stand, duerfen):
    stellen(gruppe.konferenz, konferenz)
    stellen(gruppe, stand)
    assert {wer for wer, konto in konten.items() if darf_erfassen(konto, gruppe)} == duerfen


def test_in_einer_archivierten_konferenz_geht_kein_schritt_bevor_sie_zurueckgenommen_ist(gruppe, konten):
    stellen(gruppe.konferenz, ARCHIVIERT)
    for wer in ("Organisation", "eigene"):
        assert schritte(konten[wer], gruppe) == []
        with pytest.raises(Ueberholt, match="archiviert"):
            gruppenschritt(konten[wer], gruppe, ZUR_PRUEFUNG, IN_BEARBEITUNG)
    konferenzschritt(konten["Organisation"], gruppe.konferenz, VEROEFFENTLICHT, ARCHIVIERT)
    assert gruppenschritt(konten["eigene"], gruppe, ZUR_PRUEFUNG, IN_BEARBEITUNG).status == ZUR_PRUEFUNG


def test_ueblich_ist_nur_der_naechste_schritt_vorwaerts(gruppe, konten):
    erwartet = {
        IN_BEARBEITUNG: [("Zur Prüfung geben", True), ("Freigeben", False)],
        ZUR_PRUEFUNG: [("Freigeben", True), ("Zurück in Bearbeitung geben", False)],
        FREIGEGEBEN: [("Freigabe zurücknehmen", False), ("Zurück in Bearbeitung geben", False)],
    }
    for von, knoepfe in erwartet.items():
        stellen(gruppe, von)
        assert [(s.knopf, s.ueblich) for s in schritte(konten["Organisation"], gruppe)] == knoepfe


# --- What a step leaves behind


def test_schritt_steht_mit_seinem_weg_im_verlauf_und_sonst_nichts(gruppe, konten):
    aeusserung = AeusserungFactory(abschnitt__arbeitsgruppe=gruppe)
    vorher = gruppe.history.count()
    gruppenschritt(konten["eigene"], gruppe, ZUR_PRUEFUNG, IN_BEARBEITUNG)
    zeile = gruppe.history.first()
    assert (zeile.status, zeile.history_change_reason) == (ZUR_PRUEFUNG, "Freigabe")
    assert gruppe.history.count() == vorher + 1
    assert aeusserung.history.count() == 1


def test_mit_dem_ende_der_erfassung_steht_der_wortlaut_fest(gruppe, konten):
    eintrag = AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text="wie  gesagt")
    unterpunkt = AeusserungFactory(uebergeordnet=eintrag, text="dazu")
    andere = AeusserungFactory(text="einer anderen Gruppe")
    gruppenschritt(konten["Organisation"], gruppe, FREIGEGEBEN, IN_BEARBEITUNG)
    assert set(Aeusserung.objects.values_list("text", "original")) == {
        ("wie  gesagt", "wie  gesagt"),
        ("dazu", "dazu"),
        (andere.text, None),
    }
    unterpunkt.refresh_from_db()
    assert not unterpunkt.redaktionell_geaendert
    assert unverzeichnetes() == []
    assert unterpunkt.history.count() == 1


def test_wortlaut_der_ersten_aufnahme_bleibt_wenn_die_gruppe_noch_einmal_in_bearbeitung_war(gruppe, konten):
    eintrag = AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text="zuerst")
    gruppenschritt(konten["eigene"], gruppe, ZUR_PRUEFUNG, IN_BEARBEITUNG)
    gruppenschritt(konten["eigene"], gruppe, IN_BEARBEITUNG, ZUR_PRUEFUNG)
    eintrag.refresh_from_db()
    eintrag.umformulieren("dann", gruppe)
    eintrag.save()
    neue = AeusserungFactory(abschnitt=eintrag.abschnitt, text="dazugekommen")
    gruppenschritt(konten["eigene"], gruppe, ZUR_PRUEFUNG, IN_BEARBEITUNG)
    eintrag.refresh_from_db()
    neue.refresh_from_db()
    assert (eintrag.original, eintrag.redaktionell_geaendert) == ("zuerst", True)
    assert (neue.original, neue.redaktionell_geaendert) == ("dazugekommen", False)


def test_leer_ist_eine_gruppe_ohne_aeusserung(gruppe):
    assert ist_leer(gruppe)
    AeusserungFactory(abschnitt__arbeitsgruppe=gruppe)
    assert not ist_leer(gruppe)


# --- Together with the conference


def test_veroeffentlichen_gibt_auf_wunsch_frei_was_geprueft_ist(gruppe, konten):
    konferenz = gruppe.konferenz
    geprueft = [ArbeitsgruppeFactory(konferenz=konferenz, zur_pruefung=True) for _ in range(2)]
    anderswo = ArbeitsgruppeFactory(zur_pruefung=True)
    konferenz, freigegebene = konferenzschritt(
        konten["Organisation"], konferenz, VEROEFFENTLICHT, ENTWURF, gepruefte=True
    )
    assert konferenz.status == VEROEFFENTLICHT
    assert freigegebene == geprueft
    for objekt, stand in ((gruppe, IN_BEARBEITUNG), (geprueft[0], FREIGEGEBEN), (anderswo, ZUR_PRUEFUNG)):
        objekt.refresh_from_db()
        assert objekt.status == stand
    # One Vorgang: it can be shown, and taken back, as a whole.
    zeilen = [konferenz.history.first(), *(g.history.first() for g in geprueft)]
    assert len({zeile.vorgang for zeile in zeilen}) == 1
    assert {zeile.history_change_reason for zeile in zeilen} == {"Freigabe"}


def test_veroeffentlichen_ohne_diesen_wunsch_laesst_die_gruppen_wie_sie_sind(gruppe, konten):
    geprueft = ArbeitsgruppeFactory(konferenz=gruppe.konferenz, zur_pruefung=True)
    konferenzschritt(konten["Organisation"], gruppe.konferenz, VEROEFFENTLICHT, ENTWURF)
    geprueft.refresh_from_db()
    assert geprueft.status == ZUR_PRUEFUNG


def test_gepruefte_gruppen_werden_auch_spaeter_in_einem_schritt_freigegeben(gruppe, konten):
    geprueft = ArbeitsgruppeFactory(konferenz=gruppe.konferenz, zur_pruefung=True)
    stellen(gruppe.konferenz, VEROEFFENTLICHT)
    _, freigegebene = konferenzschritt(
        konten["Organisation"], gruppe.konferenz, VEROEFFENTLICHT, VEROEFFENTLICHT, gepruefte=True
    )
    assert freigegebene == [geprueft]
    assert gruppe.konferenz.history.count() == 1  # it has not changed


def test_in_einer_archivierten_konferenz_wird_auch_geprueftes_nicht_freigegeben(gruppe, konten):
    ArbeitsgruppeFactory(konferenz=gruppe.konferenz, zur_pruefung=True)
    stellen(gruppe.konferenz, ARCHIVIERT)
    with pytest.raises(Ueberholt, match="archiviert"):
        konferenzschritt(konten["Organisation"], gruppe.konferenz, ARCHIVIERT, ARCHIVIERT, gepruefte=True)
    assert not gruppe.konferenz.arbeitsgruppen.filter(status=FREIGEGEBEN).exists()


# --- Too late


@pytest.mark.parametrize("jetzt", [IN_BEARBEITUNG, FREIGEGEBEN])
def test_schritt_von_einem_ueberholten_stand_aendert_nichts_und_nennt_den_jetzigen(gruppe, konten, jetzt):
    stellen(gruppe, jetzt)
    ziel = FREIGEGEBEN if jetzt == IN_BEARBEITUNG else IN_BEARBEITUNG
    with pytest.raises(Ueberholt, match=f"AG 3 ist inzwischen „{gruppe.get_status_display()}“"):
        gruppenschritt(konten["Organisation"], gruppe, ziel, ZUR_PRUEFUNG)
    gruppe.refresh_from_db()
    assert gruppe.status == jetzt


def test_schritt_einer_konferenz_von_einem_ueberholten_stand_aendert_nichts(gruppe, konten):
    geprueft = ArbeitsgruppeFactory(konferenz=gruppe.konferenz, zur_pruefung=True)
    stellen(gruppe.konferenz, ARCHIVIERT)
    with pytest.raises(Ueberholt, match="inzwischen „archiviert“"):
        konferenzschritt(konten["Organisation"], gruppe.konferenz, VEROEFFENTLICHT, ENTWURF, gepruefte=True)
    geprueft.refresh_from_db()
    assert geprueft.status == ZUR_PRUEFUNG


@pytest.mark.django_db(transaction=True)
def test_acht_gleichzeitige_schritte_von_demselben_stand_gelingen_einmal(anlage):
    organisation = BenutzerFactory(rolle=ORGANISATION)
    gruppe = ArbeitsgruppeFactory(in_bearbeitung=True)
    AeusserungFactory(abschnitt__arbeitsgruppe=gruppe)
    betrieb = anlage()
    ausgabe = betrieb.python(
        f"""
        from concurrent.futures import ThreadPoolExecutor
        from threading import Barrier
        from django.contrib.auth.models import User
        from django.db import connection
        from arbeitsgruppen.freigabe import Ueberholt, gruppenschritt
        from arbeitsgruppen.models import Arbeitsgruppe

        start = Barrier(8)

        def schritt(nummer):
            try:
                konto = User.objects.get(pk={organisation.pk})
                gruppe = Arbeitsgruppe.objects.get(pk={gruppe.pk})
                start.wait(20)
                ziel = "zur_pruefung" if nummer % 2 else "freigegeben"
                return gruppenschritt(konto, gruppe, ziel, "in_bearbeitung").status
            except Ueberholt:
                return "zu spät"
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            print(sorted(pool.map(schritt, range(8))))
        """
    )
    # Those that wanted the same find it done, the others are told.
    assert ausgabe.count("zu spät") == 4
    assert betrieb.sql("SELECT count(*) FROM arbeitsgruppen_historicalarbeitsgruppe") == [(2,)]


# --- When and who


def test_letzter_wechsel_nennt_wann_und_nicht_spaetere_bearbeitungen(gruppe):
    gruppe.status = ZUR_PRUEFUNG
    gruppe.save()
    wechsel = gruppe.history.first()
    gruppe.titel = "Umbenannt"
    gruppe.save()
    letzter = letzter_wechsel(gruppe)
    assert letzter
    assert letzter.wann == wechsel.history_date
    assert letzter.wer is None


def test_ohne_verlauf_ist_der_letzte_wechsel_unbekannt(gruppe):
    gruppe.history.all().delete()
    assert letzter_wechsel(gruppe) is None


def test_konferenz_hat_einen_letzten_wechsel():
    konferenz = KonferenzFactory()
    letzter = letzter_wechsel(konferenz)
    assert letzter
    assert letzter.wann == konferenz.history.get().history_date
