"""The clock of the machine is set, forwards or back: nothing is lost, done twice, stale or for ever.

What only measures goes by a clock that nobody sets (time.monotonic), which here goes on as it does.
"""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from arbeitsgruppen import hintergrund
from arbeitsgruppen.ausgabe import Heftausgabe, hefte_erneuern, heftseite, noch_zu_haben, verlangen
from arbeitsgruppen.auswahl import Auswahl
from arbeitsgruppen.bestellung import NEUER_VERSUCH, gemaechlich
from arbeitsgruppen.hintergrund import (
    HOECHSTENS,
    TOT_NACH,
    Beobachtung,
    Hintergrunddienst,
    Waechter,
    nachhelfen,
    verwaiste_wieder_aufnehmen,
)
from arbeitsgruppen.models import Abkuerzung, Dienst
from konferenz import rueckmeldung
from konferenz.anmeldeprotokoll import alte_loeschen
from konferenz.drosselung import GRENZEN, Grenze
from konferenz.entwurfslink import Entwurfslink, LinkAbgelaufen
from konferenz.models import Konferenz, Rueckmeldung
from konferenz.seitenstand import stand
from tests.fabriken import AeusserungFactory, KonferenzFactory, RueckmeldungFactory
from tests.formular import formulardaten

pytestmark = pytest.mark.django_db

STUNDE = timedelta(hours=1)
JAHR = timedelta(days=365)
SEKUNDE = timedelta(seconds=1)

Stellen = Callable[[timedelta], None]


@pytest.fixture
def stellen(monkeypatch) -> Stellen:
    """Return what sets the clock that tells the time of day, by so much; else it stands still."""
    zeit = [timezone.now()]
    for ort in ("django.utils.timezone", "axes.attempts", "axes.handlers.proxy"):
        monkeypatch.setattr(f"{ort}.now", lambda: zeit[0])
    monkeypatch.setattr(time, "time", lambda: zeit[0].timestamp())

    def stellen(um: timedelta) -> None:
        zeit[0] += um

    return stellen


beide_richtungen = pytest.mark.parametrize("sprung", [STUNDE, -STUNDE], ids=["vor", "zurück"])


@pytest.fixture
def konferenz() -> Konferenz:
    konferenz = KonferenzFactory(slug="fachtag", veroeffentlicht=True)
    AeusserungFactory(
        abschnitt__arbeitsgruppe__konferenz=konferenz, abschnitt__arbeitsgruppe__status="freigegeben"
    )
    return konferenz


# --- Background tasks ---


def laufende(dienst: str) -> DBTaskResult:
    """Return a task that a service is at work on."""
    auftrag = hefte_erneuern.enqueue(1)
    DBTaskResult.objects.filter(pk=auftrag.id).update(
        status=TaskResultStatus.RUNNING, started_at=timezone.now(), worker_ids=[dienst]
    )
    return DBTaskResult.objects.get(pk=auftrag.id)


class Steppuhr:
    """A steady clock that goes as far as it is told."""

    def __init__(self) -> None:
        self.stand = 1000.0

    def __call__(self) -> float:
        return self.stand


@beide_richtungen
def test_was_ein_lebender_dienst_macht_nimmt_ihm_niemand_weg(stellen: Stellen, sprung: timedelta):
    uhr, name = Steppuhr(), "anderswo:1:a"
    beobachtung = Beobachtung(uhr)
    Dienst.objects.create(kennung=name, zuletzt=timezone.now())
    aufgabe = laufende(name)
    verwaiste_wieder_aufnehmen(beobachtung)
    stellen(sprung)
    for _ in range(20):  # some minutes
        uhr.stand += 9
        verwaiste_wieder_aufnehmen(beobachtung)  # before the next sign
        Dienst.objects.update_or_create(pk=name, defaults={"zuletzt": timezone.now()})
        verwaiste_wieder_aufnehmen(beobachtung)
        stellen(9 * SEKUNDE)
    aufgabe.refresh_from_db()
    assert aufgabe.status == TaskResultStatus.RUNNING


@pytest.mark.parametrize("geht_falsch", [STUNDE, -STUNDE], ids=["vor", "nach"])
def test_ein_dienst_dessen_uhr_falsch_geht_lebt_solange_er_sich_meldet(geht_falsch: timedelta):
    uhr, name = Steppuhr(), "anderswo:1:a"
    beobachtung = Beobachtung(uhr)
    Dienst.objects.create(kennung=name, zuletzt=timezone.now() + abs(geht_falsch))
    aufgabe = laufende(name)
    verwaiste_wieder_aufnehmen(beobachtung)
    for nummer in range(20):
        uhr.stand += 10
        Dienst.objects.filter(pk=name).update(zuletzt=timezone.now() + geht_falsch + nummer * SEKUNDE)
        verwaiste_wieder_aufnehmen(beobachtung)
    aufgabe.refresh_from_db()
    assert aufgabe.status == TaskResultStatus.RUNNING


def test_ein_lebenszeichen_aus_der_zukunft_gilt_nicht_fuer_immer(client: Client):
    uhr, name = Steppuhr(), "anderswo:1:a"
    beobachtung = Beobachtung(uhr)
    Dienst.objects.create(kennung=name, zuletzt=timezone.now() + STUNDE)
    aufgabe = laufende(name)
    verwaiste_wieder_aufnehmen(beobachtung)
    aufgabe.refresh_from_db()
    assert aufgabe.status == TaskResultStatus.RUNNING
    assert client.get("/bereit").json()["hintergrunddienst"] == "warnung"
    uhr.stand += TOT_NACH.total_seconds() + 1
    verwaiste_wieder_aufnehmen(beobachtung)
    aufgabe.refresh_from_db()
    assert aufgabe.status == TaskResultStatus.READY
    assert not Dienst.objects.exists()


@beide_richtungen
def test_ein_verstummter_wird_nach_derselben_zeit_beerbt(stellen: Stellen, sprung: timedelta):
    uhr, name = Steppuhr(), "anderswo:1:a"
    beobachtung = Beobachtung(uhr)
    Dienst.objects.create(kennung=name, zuletzt=timezone.now())
    aufgabe = laufende(name)
    verwaiste_wieder_aufnehmen(beobachtung)
    stellen(sprung)
    for vergangen, erwartet in ((TOT_NACH - SEKUNDE, "RUNNING"), (2 * SEKUNDE, "READY")):
        uhr.stand += vergangen.total_seconds()
        verwaiste_wieder_aufnehmen(beobachtung)
        aufgabe.refresh_from_db()
        assert aufgabe.status == erwartet


@beide_richtungen
def test_die_wache_meldet_sich_weiter_und_raeumt_nicht_doppelt_auf(
    stellen: Stellen, sprung: timedelta, monkeypatch
):
    dienst, gezaehlt = Hintergrunddienst(), {"meldungen": 0, "geraeumt": 0, "blicke": 0}
    stetig = Steppuhr()

    def zaehlen(was: str) -> Callable[..., None]:
        def zaehlen(*_: object) -> None:
            gezaehlt[was] += 1

        return zaehlen

    def warten(takt: float) -> bool:
        stetig.stand += takt
        if gezaehlt["blicke"] == 30:
            stellen(sprung)
        return gezaehlt["blicke"] >= 60

    monkeypatch.setattr(hintergrund.time, "monotonic", stetig)
    monkeypatch.setattr(dienst._ende, "wait", warten)
    monkeypatch.setattr(dienst, "_lebenszeichen", zaehlen("meldungen"))
    monkeypatch.setattr(Waechter, "schauen", zaehlen("blicke"))
    monkeypatch.setattr(hintergrund, "aufraeumen", zaehlen("geraeumt"))
    monkeypatch.setattr(hintergrund, "close_old_connections", lambda: None)
    dienst._wache_halten()
    assert gezaehlt == {"meldungen": 6, "geraeumt": 1, "blicke": 60}


@beide_richtungen
def test_eine_bearbeitung_nach_dem_sprung_gibt_ein_neues_heft_und_nur_eines(
    konferenz, stellen: Stellen, sprung: timedelta
):
    waechter = Waechter()

    def bestellt() -> int:
        waechter.schauen(timezone.now())
        return int(DBTaskResult.objects.all().delete()[0])

    stellen(STUNDE)
    assert bestellt() == 1
    stellen(sprung)
    konferenz.titel = "Neuer Titel"
    konferenz.save()
    hefte = 0
    for _ in range(int(HOECHSTENS.total_seconds()) + 2):
        hefte += bestellt()
        stellen(SEKUNDE)
    assert hefte == 1
    assert Abkuerzung.history.exists()


@beide_richtungen
def test_springt_die_uhr_waehrend_jemand_bearbeitet_wartet_das_heft_nicht_laenger(
    konferenz, stellen: Stellen, sprung: timedelta
):
    waechter = Waechter()
    waechter.schauen(timezone.now())
    DBTaskResult.objects.all().delete()
    konferenz.save()
    waechter.schauen(timezone.now())
    stellen(sprung)
    for _ in range(int(HOECHSTENS.total_seconds()) + 2):
        waechter.schauen(timezone.now())
        stellen(SEKUNDE)
    assert DBTaskResult.objects.count() == 1


@beide_richtungen
def test_ein_gescheitertes_heft_wird_nach_dem_sprung_noch_einmal_versucht(
    konferenz, stellen: Stellen, sprung: timedelta, setzer, erledigen
):
    setzer.fehler = "Zu lang."
    verlangen(konferenz, Auswahl())
    erledigen()
    setzer.fehler = ""
    stellen(sprung)
    verlangen(konferenz, Auswahl())
    assert erledigen() == ["heft_setzen"]
    assert verlangen(konferenz, Auswahl()).fertig
    assert STUNDE > NEUER_VERSUCH


@beide_richtungen
def test_eine_aufgabe_die_wartet_oder_laeuft_wird_nicht_noch_einmal_bestellt(
    konferenz, stellen: Stellen, sprung: timedelta, setzer, erledigen
):
    verlangen(konferenz, Auswahl())
    stellen(sprung)
    verlangen(konferenz, Auswahl())
    assert erledigen() == ["heft_setzen"]
    stellen(-sprung)
    verlangen(konferenz, Auswahl())
    assert erledigen() == []


def test_eine_pause_wird_durch_den_sprung_keine_stunde_lang(konferenz, stellen: Stellen, setzer, erledigen):
    hefte_erneuern.enqueue(konferenz.pk)
    DBTaskResult.objects.update(run_after=timezone.now() + timedelta(minutes=5))
    stellen(-STUNDE)
    verwaiste_wieder_aufnehmen()
    assert erledigen()[0] == "hefte_erneuern"


def test_ohne_dienst_hilft_auch_nach_dem_sprung_jemand_nach(
    konferenz, stellen: Stellen, settings, monkeypatch
):
    gestartet: list[object] = []
    settings.HINTERGRUND_SELBST = True
    monkeypatch.setattr(hintergrund, "_helfer", None)
    monkeypatch.setattr(hintergrund.subprocess, "Popen", lambda *a, **_: gestartet.append(a))
    Dienst.objects.create(kennung="anderswo:1:a", zuletzt=timezone.now())  # has died
    ausgabe = verlangen(konferenz, Auswahl())
    stellen(-STUNDE)
    nachhelfen(ausgabe.auftrag)
    assert len(gestartet) == 1


@beide_richtungen
def test_der_fortschritt_bleibt_nicht_stehen(stellen: Stellen, sprung: timedelta, monkeypatch):
    gemeldet: list[int] = []
    stetig = Steppuhr()
    monkeypatch.setattr("arbeitsgruppen.bestellung.time.monotonic", stetig)
    weitersagen = gemaechlich(lambda fertig, *_: gemeldet.append(fertig))
    for nummer in range(4):
        weitersagen(nummer, 4, "")
        stetig.stand += 0.3
        stellen(sprung)
    assert gemeldet == [0, 2]


def test_ein_altes_heft_bleibt_nicht_zu_haben_weil_die_letzte_aenderung_in_der_zukunft_liegt(
    konferenz, stellen: Stellen, setzer, erledigen
):
    alte = verlangen(konferenz, Auswahl())
    erledigen()
    alte.refresh_from_db()
    stellen(JAHR)
    konferenz.titel = "Neuer Titel"
    konferenz.save()
    assert noch_zu_haben(Heftausgabe.objects.get())  # the next is being made
    stellen(-JAHR)
    assert not noch_zu_haben(Heftausgabe.objects.get())


# --- What is kept ---


@beide_richtungen
def test_eine_gemerkte_seite_ist_auch_nach_dem_sprung_nie_von_gestern(
    konferenz, stellen: Stellen, sprung: timedelta, client: Client, settings
):
    settings.DEBUG = False
    assert "Umbenannt" not in client.get("/fachtag/").text
    stellen(sprung)
    Konferenz.objects.update(titel="Umbenannt")
    assert "Umbenannt" in client.get("/fachtag/").text
    stellen(-sprung)
    Konferenz.objects.update(titel="Noch einmal anders")
    assert "Noch einmal anders" in client.get("/fachtag/").text


def test_der_stand_waechst_auch_wenn_die_uhr_der_datenbank_zurueckgestellt_wird(konferenz):
    # As it is where the clock was an hour ahead until now: that of the database nobody can set from here.
    with connection.cursor() as zeiger:
        zeiger.execute("UPDATE konferenz_seitenstand SET nummer = nummer + 3600000")
    gesehen = [stand()]
    for titel in ("eins", "zwei", "drei"):
        Konferenz.objects.update(titel=titel)
        gesehen.append(stand())
    assert gesehen == sorted(set(gesehen))


def test_die_seite_im_heft_ist_nach_dem_sprung_nicht_die_von_vorher(
    konferenz, stellen: Stellen, setzer, erledigen
):
    kennung = konferenz.arbeitsgruppen.get().abschnitte.get().aeusserungen.get().kennung
    setzer.stellen = {f"a-{kennung}": 7}
    verlangen(konferenz, Auswahl())
    erledigen()
    assert heftseite(konferenz, kennung) == 7
    stellen(-STUNDE)
    konferenz.titel = "Neuer Titel"
    konferenz.save()
    assert heftseite(konferenz, kennung) is None  # the next edition is yet to come


# --- People ---


def angemeldet() -> Client:
    client = Client()
    User.objects.create_superuser("eva", password="ein langes Kennwort")
    daten = formulardaten(client.get("/admin/login/"))
    antwort = client.post("/admin/login/", {**daten, "username": "eva", "password": "ein langes Kennwort"})
    assert antwort.status_code == 302
    return client


def drin(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


@beide_richtungen
def test_eine_stunde_wirft_niemanden_hinaus(stellen: Stellen, sprung: timedelta):
    client = angemeldet()
    stellen(sprung)
    assert drin(client)
    stellen(-sprung)
    assert drin(client)


@pytest.mark.parametrize("falsch", [STUNDE, JAHR], ids=["Stunde", "Jahr"])
def test_niemand_bleibt_angemeldet_weil_die_uhr_einmal_vorging(stellen: Stellen, falsch: timedelta, settings):
    stellen(falsch)
    client = angemeldet()
    stellen(-falsch)
    assert drin(client)
    stellen(settings.SITZUNG_RUHE + timedelta(minutes=2))
    assert not drin(client)


def test_auch_wer_immer_da_ist_wird_nach_einem_arbeitstag_abgemeldet(stellen: Stellen, settings):
    stellen(JAHR)
    client = angemeldet()
    stellen(-JAHR)
    for _ in range(4):
        assert drin(client)
        stellen(settings.SITZUNG_DAUER / 4 + SEKUNDE)
    assert not drin(client)


@beide_richtungen
def test_wer_zu_oft_fragte_darf_spaetestens_nach_dem_sprung_und_einem_fenster_wieder(
    stellen: Stellen, sprung: timedelta, client: Client, settings, monkeypatch
):
    settings.DROSSELUNG = 1
    enge = Grenze("suche", 2, 60)
    monkeypatch.setitem(GRENZEN, "suche", enge)

    def suchen() -> int:  # with a parameter that no page knows, for what is kept counts for nobody
        return client.get("/suche/?neu=1").status_code

    assert [suchen() for _ in range(3)] == [200, 200, 429]
    stellen(sprung)
    stellen(timedelta(seconds=enge.in_sekunden))
    assert [suchen() for _ in range(3)] == [200, 200, 429]


def test_rueckmeldungen_aus_der_zukunft_sperren_niemanden_aus(stellen: Stellen, client: Client):
    stellen(JAHR)
    for _ in range(rueckmeldung.HOECHSTENS):
        RueckmeldungFactory()
    Rueckmeldung.objects.update(eingegangen=timezone.now())
    assert rueckmeldung.zu_viele()
    stellen(-JAHR)
    assert not rueckmeldung.zu_viele()


def test_ein_formular_aus_der_zukunft_laesst_sich_senden(stellen: Stellen, client: Client):
    daten = formulardaten(client.get("/barrierefreiheit/rueckmeldung/"))
    stellen(-STUNDE)
    antwort = client.post("/barrierefreiheit/rueckmeldung/", {**daten, "text": "Die Schrift ist zu klein."})
    assert antwort.status_code == 302


@beide_richtungen
def test_links_zu_entwuerfen_enden_zu_ihrer_zeit(stellen: Stellen, sprung: timedelta):
    link = Entwurfslink.fuer(KonferenzFactory(), 1)
    stellen(sprung)
    assert Entwurfslink.aus(link.marke) == link
    stellen(-sprung)
    stellen(timedelta(days=1) + SEKUNDE)
    with pytest.raises(LinkAbgelaufen):
        Entwurfslink.aus(link.marke)


@beide_richtungen
def test_eine_sperre_der_anmeldung_endet_von_selbst(stellen: Stellen, sprung: timedelta, client: Client):
    User.objects.create_superuser("eva", password="ein langes Kennwort")

    def anmelden(kennwort: str) -> int:
        daten = formulardaten(Client().get("/admin/login/"))
        return client.post("/admin/login/", {**daten, "username": "eva", "password": kennwort}).status_code

    for _ in range(6):
        anmelden("falsch")
    assert anmelden("ein langes Kennwort") == 429
    stellen(sprung)
    stellen(abs(sprung) + timedelta(minutes=16))
    assert anmelden("ein langes Kennwort") == 302


def test_eine_sperre_aus_der_zukunft_raeumt_der_dienst_weg(stellen: Stellen):
    stellen(JAHR)
    AccessAttempt.objects.create(username="eva", attempt_time=timezone.now(), failures_since_start=5)
    stellen(-JAHR)
    gerade = AccessAttempt.objects.create(username="jo", failures_since_start=5)
    AccessAttempt.objects.filter(pk=gerade.pk).update(attempt_time=timezone.now())
    AccessAttempt.objects.filter(username="eva").update(attempt_time=timezone.now() + JAHR)
    alte_loeschen()
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["jo"]
