"""The background service: what it takes up again, what it renews, and that nothing ends it too early."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as einstellungen
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from arbeitsgruppen import hintergrund
from arbeitsgruppen.ausgabe import hefte_erneuern, verlangen
from arbeitsgruppen.auswahl import Auswahl
from arbeitsgruppen.hintergrund import (
    HOECHSTENS,
    LEBENSZEICHEN,
    PAUSEN,
    RUHE,
    TOT_NACH,
    VERSUCHE,
    DienstVerloren,
    Hintergrunddienst,
    Waechter,
    nachhelfen,
    verwaiste_wieder_aufnehmen,
)
from arbeitsgruppen.models import Abkuerzung, Dienst
from konferenz.models import Konferenz
from tests.fabriken import (
    AbkuerzungFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    KonferenzFactory,
    ThemaFactory,
    ThemenentscheidungFactory,
)

pytestmark = pytest.mark.django_db

HIER = socket.gethostname()[:30]
SEKUNDE = timedelta(seconds=1)


def tote_nummer() -> int:
    """Return the number of a process that has ended."""
    prozess = subprocess.Popen([sys.executable, "-c", ""])
    prozess.wait()
    return prozess.pid


def dienst(kennung: str, schweigt: timedelta = SEKUNDE) -> str:
    Dienst.objects.create(kennung=kennung, zuletzt=timezone.now() - schweigt)
    return kennung


def test_toter_dienst_dessen_ende_niemand_abgeholt_hat_gilt_als_tot():
    prozess = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert prozess.stdout
    prozess.stdout.read()  # it has ended, or is about to
    os.waitid(os.P_PID, prozess.pid, os.WEXITED | os.WNOWAIT)
    name = f"{socket.gethostname()[:30]}:{prozess.pid}:abc"
    assert hintergrund._gestorben(name)
    prozess.wait()
    assert hintergrund._gestorben(name)
    assert not hintergrund._gestorben(f"{socket.gethostname()[:30]}:{os.getpid()}:abc")


# --- Taking up again what a dead service left behind ---


def aufgabe(*dienste: str, status: TaskResultStatus = TaskResultStatus.RUNNING) -> DBTaskResult:
    """Return a task that these services have taken up, one after the other."""
    auftrag = hefte_erneuern.enqueue(1)
    DBTaskResult.objects.filter(pk=auftrag.id).update(
        status=status, started_at=timezone.now(), worker_ids=list(dienste)
    )
    return DBTaskResult.objects.get(pk=auftrag.id)


def test_aufgabe_eines_unbekannten_dienstes_wartet_wieder(erledigen):
    verwaiste = aufgabe("anderswo:1:abcdefgh")
    verwaiste_wieder_aufnehmen()
    verwaiste.refresh_from_db()
    assert verwaiste.status == TaskResultStatus.READY
    assert verwaiste.started_at is None
    assert erledigen() == ["hefte_erneuern"]
    verwaiste.refresh_from_db()
    assert verwaiste.status == TaskResultStatus.SUCCESSFUL
    assert len(verwaiste.worker_ids) == 2


@pytest.mark.parametrize(
    ("kennung", "schweigt", "erwartet"),
    [
        ("anderswo:1:a", SEKUNDE, TaskResultStatus.RUNNING),
        ("anderswo:1:a", TOT_NACH - 5 * SEKUNDE, TaskResultStatus.RUNNING),
        ("anderswo:1:a", TOT_NACH + SEKUNDE, TaskResultStatus.READY),
        (f"{HIER}:{os.getpid()}:a", SEKUNDE, TaskResultStatus.RUNNING),
        (f"{HIER}:{os.getpid()}:a", TOT_NACH + SEKUNDE, TaskResultStatus.READY),
        (f"{HIER}:tot:a", SEKUNDE, TaskResultStatus.READY),
        ("rechner:mit:doppelpunkten:tot:a", SEKUNDE, TaskResultStatus.RUNNING),
    ],
    ids=[
        "anderswo am Leben",
        "anderswo seit kurzem still",
        "anderswo lange still",
        "hier am Leben",
        "hier lange still",
        "hier tot",
        "toter Prozess, aber anderer Rechner",
    ],
)
def test_wieder_aufgenommen_wird_nur_was_niemand_mehr_bearbeitet(kennung, schweigt, erwartet):
    laufende = aufgabe(dienst(kennung.replace("tot", str(tote_nummer())), schweigt))
    verwaiste_wieder_aufnehmen()
    laufende.refresh_from_db()
    assert laufende.status == erwartet


def test_prozess_eines_anderen_nutzers_gilt_als_lebend(monkeypatch):
    def verweigern(prozess: int, zeichen: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", verweigern)
    laufende = aufgabe(dienst(f"{HIER}:1:a"))
    verwaiste_wieder_aufnehmen()
    laufende.refresh_from_db()
    assert laufende.status == TaskResultStatus.RUNNING


def test_es_zaehlt_wer_die_aufgabe_zuletzt_hatte():
    toter, lebender = f"{HIER}:{tote_nummer()}:a", dienst(f"{HIER}:{os.getpid()}:b")
    laufende, verwaiste = aufgabe(toter, lebender), aufgabe(lebender, toter)
    verwaiste_wieder_aufnehmen()
    for eine in (laufende, verwaiste):
        eine.refresh_from_db()
    assert laufende.status == TaskResultStatus.RUNNING
    assert verwaiste.status == TaskResultStatus.READY


@pytest.mark.parametrize(
    "status", [TaskResultStatus.READY, TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED]
)
def test_was_nicht_laeuft_bleibt_wie_es_ist(status):
    andere = aufgabe("anderswo:1:a", status=status)
    verwaiste_wieder_aufnehmen()
    vorher = (andere.status, andere.started_at)
    andere.refresh_from_db()
    assert (andere.status, andere.started_at) == vorher


def test_aufgabe_die_einen_dienst_nach_dem_anderen_umbringt_wartet_immer_laenger_und_wird_aufgegeben():
    verwaiste = aufgabe("a:1:a")
    dienste, pausen = ["a:1:a"], []
    while verwaiste.status != TaskResultStatus.FAILED:
        DBTaskResult.objects.update(status=TaskResultStatus.RUNNING, worker_ids=dienste)
        jetzt = timezone.now()
        verwaiste_wieder_aufnehmen()
        verwaiste.refresh_from_db()
        pausen.append(verwaiste.run_after - jetzt)
        dienste = [*dienste, f"a:{len(dienste) + 1}:b"]
    assert len(verwaiste.worker_ids) == VERSUCHE
    assert [round(pause.total_seconds()) for pause in pausen[:-1]] == [
        0,
        *(round(pause.total_seconds()) for pause in PAUSEN[:-1]),
    ]
    ergebnis = hefte_erneuern.get_result(str(verwaiste.pk))
    assert ergebnis.finished_at
    assert ergebnis.errors[0].exception_class is DienstVerloren
    assert "a:1:a, a:2:b, a:3:b" in ergebnis.errors[0].traceback


def test_lange_verstummte_dienste_werden_vergessen():
    dienst("a:1:a", schweigt=11 * TOT_NACH)
    bleibt = dienst("a:2:b", schweigt=2 * TOT_NACH)
    verwaiste_wieder_aufnehmen()
    assert list(Dienst.objects.values_list("pk", flat=True)) == [bleibt]


def test_kennung_ist_jedes_mal_neu_und_gehoert_zu_diesem_prozess(monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "r" * 64)
    eine, andere = hintergrund._neue_kennung(), hintergrund._neue_kennung()
    assert eine != andere
    assert len(eine) <= 64
    dienst(eine)  # fits into its column
    assert not hintergrund._gestorben(eine)
    assert hintergrund._gestorben(eine.replace(f":{os.getpid()}:", f":{tote_nummer()}:"))


# --- Keeping Hefte fresh ---


@pytest.fixture
def bestellt() -> Callable[[], list[int]]:
    """Return what tells which conferences were to be renewed since it was last asked."""

    def bestellt() -> list[int]:
        auftraege = DBTaskResult.objects.filter(task_path__endswith="hefte_erneuern").order_by("enqueued_at")
        nummern = [auftrag.args_kwargs["args"][0] for auftrag in auftraege]
        auftraege.delete()
        return nummern

    return bestellt


def veroeffentlicht(geaendert: timedelta = timedelta(days=1)) -> Konferenz:
    """Return a released conference that was last changed so long ago."""
    konferenz = KonferenzFactory(veroeffentlicht=True)
    konferenz.history.update(history_date=timezone.now() - geaendert)
    Abkuerzung.history.update(history_date=timezone.now() - geaendert)  # the test's database is new
    return konferenz


def bearbeiten(konferenz: Konferenz, wann: datetime) -> None:
    konferenz.save()
    konferenz.history.filter(pk=konferenz.history.latest().pk).update(history_date=wann)


def test_wer_zum_ersten_mal_gesehen_wird_wird_sofort_und_einmal_erneuert(bestellt):
    konferenz = veroeffentlicht()
    waechter, jetzt = Waechter(), timezone.now()
    waechter.schauen(jetzt)
    assert bestellt() == [konferenz.pk]
    waechter.schauen(jetzt + timedelta(hours=1))
    assert bestellt() == []


def test_konferenz_ohne_geschichte_wird_einmal_erneuert(bestellt):
    konferenz = veroeffentlicht()
    konferenz.history.all().delete()
    waechter, jetzt = Waechter(), timezone.now()
    for sekunden in range(3):
        waechter.schauen(jetzt + sekunden * SEKUNDE)
    assert bestellt() == [konferenz.pk]


@pytest.mark.parametrize("fabrik", [ThemaFactory, ThemenentscheidungFactory, AbkuerzungFactory])
def test_nach_einer_aenderung_an_themen_wird_erneuert_sobald_ruhe_ist(bestellt, fabrik):
    konferenz = veroeffentlicht()
    waechter, jetzt = Waechter(), timezone.now()
    waechter.schauen(jetzt)
    bestellt()
    fabrik()
    waechter.schauen(jetzt + SEKUNDE)
    assert bestellt() == []
    waechter.schauen(jetzt + 2 * RUHE)
    assert bestellt() == [konferenz.pk]
    waechter.schauen(jetzt + 3 * RUHE)
    assert bestellt() == []


def test_nach_einer_bearbeitung_wird_erneuert_sobald_ruhe_ist(bestellt):
    konferenz = veroeffentlicht()
    waechter, jetzt = Waechter(), timezone.now()
    waechter.schauen(jetzt)
    bestellt()
    bearbeiten(konferenz, jetzt)
    waechter.schauen(jetzt + RUHE - SEKUNDE)
    assert bestellt() == []
    bearbeiten(konferenz, jetzt + RUHE)
    waechter.schauen(jetzt + 2 * RUHE - SEKUNDE)
    assert bestellt() == []
    waechter.schauen(jetzt + 2 * RUHE)
    assert bestellt() == [konferenz.pk]
    waechter.schauen(jetzt + 3 * RUHE)
    assert bestellt() == []


def test_wer_ohne_pause_bearbeitet_bekommt_doch_alle_dreissig_sekunden_neue_hefte(bestellt):
    konferenz = veroeffentlicht()
    waechter, anfang = Waechter(), timezone.now()
    waechter.schauen(anfang)
    bestellt()
    erneuert = []
    for sekunde in range(2, 100, 2):
        bearbeiten(konferenz, anfang + sekunde * SEKUNDE)
        waechter.schauen(anfang + sekunde * SEKUNDE)
        if bestellt():
            erneuert.append(sekunde)
    hoechstens = int(HOECHSTENS.total_seconds())
    assert erneuert == [2 + hoechstens, 4 + 2 * hoechstens, 6 + 3 * hoechstens]


def test_erneuert_wird_nur_die_bearbeitete_konferenz(bestellt):
    bearbeitete, andere = veroeffentlicht(), veroeffentlicht()
    waechter, jetzt = Waechter(), timezone.now()
    waechter.schauen(jetzt)
    assert sorted(bestellt()) == sorted([bearbeitete.pk, andere.pk])
    bearbeiten(bearbeitete, jetzt)
    waechter.schauen(jetzt + RUHE)
    assert bestellt() == [bearbeitete.pk]


def test_entwurf_wird_nie_erneuert_und_erst_mit_der_veroeffentlichung_gesehen(bestellt):
    konferenz = KonferenzFactory()
    waechter, jetzt = Waechter(), timezone.now()
    waechter.schauen(jetzt)
    bearbeiten(konferenz, jetzt)
    waechter.schauen(jetzt + HOECHSTENS)
    assert bestellt() == []
    konferenz.status = Konferenz.Status.VEROEFFENTLICHT
    bearbeiten(konferenz, jetzt + HOECHSTENS)
    waechter.schauen(jetzt + HOECHSTENS + RUHE)
    assert bestellt() == [konferenz.pk]


def test_solange_nichts_geschieht_kostet_der_blick_eine_abfrage(bestellt, django_assert_num_queries):
    veroeffentlicht()
    veroeffentlicht()
    waechter, jetzt = Waechter(), timezone.now()
    waechter.schauen(jetzt)
    with django_assert_num_queries(1):
        waechter.schauen(jetzt + SEKUNDE)


def test_eine_bearbeitung_kostet_bei_vielen_konferenzen_nicht_mehr_abfragen_als_bei_wenigen(
    bestellt, django_assert_max_num_queries
):
    eine, *_ = [veroeffentlicht() for _ in range(2)]
    waechter, jetzt = Waechter(), timezone.now()
    waechter.schauen(jetzt)
    bearbeiten(eine, jetzt)
    with CaptureQueriesContext(connection) as bei_zweien:
        waechter.schauen(jetzt + RUHE)
    assert bestellt()[-1] == eine.pk

    for _ in range(20):
        veroeffentlicht()
    waechter.schauen(jetzt + 2 * RUHE)
    bestellt()
    bearbeiten(eine, jetzt + 2 * RUHE)
    with django_assert_max_num_queries(len(bei_zweien)):
        waechter.schauen(jetzt + 3 * RUHE)
    assert bestellt() == [eine.pk]


def test_vor_der_ruhe_geloeschte_konferenz_beschaeftigt_den_waechter_nicht_weiter(
    bestellt, django_assert_num_queries
):
    konferenz = veroeffentlicht()
    waechter, jetzt = Waechter(), timezone.now()
    waechter.schauen(jetzt)
    bearbeiten(konferenz, jetzt)
    waechter.schauen(jetzt + SEKUNDE)
    konferenz.delete()
    waechter.schauen(jetzt + 2 * SEKUNDE)
    bestellt()
    with django_assert_num_queries(1):
        waechter.schauen(jetzt + RUHE)


def test_bearbeitung_geht_nicht_verloren_wo_die_datenbank_beim_hinsehen_weg_war(bestellt, monkeypatch):
    konferenz = veroeffentlicht()
    waechter, jetzt = Waechter(), timezone.now()
    with monkeypatch.context() as weg:

        def fehlt(konferenz: Konferenz) -> None:
            raise OperationalError("server closed the connection unexpectedly")

        weg.setattr(hintergrund, "aenderungen", fehlt)
        with pytest.raises(OperationalError):
            waechter.schauen(jetzt)
    waechter.schauen(jetzt + SEKUNDE)
    assert bestellt() == [konferenz.pk]


# --- Helping out where no service runs ---


@pytest.fixture
def helfer(monkeypatch, settings) -> list[Any]:
    """Return the processes that were started, as stand-ins whose `rest` is what poll() says."""
    gestartet: list[Any] = []

    class Helfer:
        rest: int | None = None

        def __init__(self, befehl: list[Any], **angaben: Any) -> None:
            self.befehl = [str(teil) for teil in befehl]
            gestartet.append(self)

        def poll(self) -> int | None:
            return self.rest

    settings.HINTERGRUND_SELBST = True
    monkeypatch.setattr(hintergrund, "_helfer", None)
    monkeypatch.setattr(hintergrund, "subprocess", SimpleNamespace(Popen=Helfer, DEVNULL=subprocess.DEVNULL))
    return gestartet


@pytest.fixture
def auftrag() -> Any:
    """Return the number of a task that nobody has taken up for two seconds."""
    nummer = hefte_erneuern.enqueue(1).id
    DBTaskResult.objects.update(enqueued_at=timezone.now() - 2 * SEKUNDE)
    return nummer


def test_wo_kein_dienst_laeuft_startet_einer_fuer_das_was_wartet(helfer, auftrag):
    nachhelfen(auftrag)
    (prozess,) = helfer
    assert prozess.befehl[-2:] == ["hintergrunddienst", "--einmal"]
    assert Path(prozess.befehl[-3]).is_file()


def test_es_hilft_hoechstens_einer_zur_zeit(helfer, auftrag):
    for _ in range(3):
        nachhelfen(auftrag)
    assert len(helfer) == 1
    helfer[0].rest = 0
    nachhelfen(auftrag)
    assert len(helfer) == 2


def test_eben_erst_verlangtes_bekommt_der_dienst_zuerst(helfer, auftrag):
    DBTaskResult.objects.update(enqueued_at=timezone.now())
    nachhelfen(auftrag)
    assert helfer == []


@pytest.mark.parametrize("status", ["SUCCESSFUL", "FAILED"])
def test_fuer_erledigtes_hilft_niemand(helfer, auftrag, status):
    DBTaskResult.objects.update(status=status)
    nachhelfen(auftrag)
    assert helfer == []


@pytest.mark.parametrize("nummer", [None, "4a1b0f0e-0000-4000-8000-000000000000"])
def test_fuer_unbekanntes_hilft_niemand(helfer, nummer):
    nachhelfen(nummer)
    assert helfer == []


@pytest.mark.parametrize(
    ("kennung", "schweigt", "hilft"),
    [
        ("anderswo:1:a", SEKUNDE, False),
        ("anderswo:1:a", 2 * LEBENSZEICHEN + SEKUNDE, True),
        (f"{HIER}:{os.getpid()}:a", SEKUNDE, False),
        (f"{HIER}:tot:a", SEKUNDE, True),
    ],
    ids=["anderswo am Leben", "anderswo still", "hier am Leben", "hier tot"],
)
def test_geholfen_wird_nur_wo_niemand_lebt(helfer, auftrag, kennung, schweigt, hilft):
    dienst(kennung.replace("tot", str(tote_nummer())), schweigt)
    nachhelfen(auftrag)
    assert bool(helfer) == hilft


def test_auch_neben_einem_toten_dienst_genuegt_ein_lebender(helfer, auftrag):
    dienst(f"{HIER}:{tote_nummer()}:a")
    dienst("anderswo:1:b")
    nachhelfen(auftrag)
    assert helfer == []


def test_verbotene_selbsthilfe_startet_nichts(helfer, auftrag, settings):
    settings.HINTERGRUND_SELBST = False
    nachhelfen(auftrag)
    assert helfer == []


def test_wer_auf_ein_heft_wartet_stoesst_die_selbsthilfe_an(helfer, client: Client):
    konferenz = KonferenzFactory(slug="fachtag", veroeffentlicht=True)
    verlangen(konferenz, Auswahl())
    DBTaskResult.objects.update(enqueued_at=timezone.now() - 2 * SEKUNDE)
    assert client.get("/fachtag/heft/").status_code == 200
    assert len(helfer) == 1


# --- The service itself ---


@pytest.mark.django_db(transaction=True)
def test_dienst_macht_nach_einem_fehler_der_datenbank_unter_neuem_namen_weiter(monkeypatch):
    namen: list[str] = []

    def arbeiten(self: Hintergrunddienst) -> None:
        # Who takes up a task without having given a sign of life is taken for dead.
        assert Dienst.objects.filter(pk=self.worker_id).exists()
        namen.append(self.worker_id)
        if len(namen) < 3:
            raise OperationalError("database is locked")

    monkeypatch.setattr(Worker, "run", arbeiten)
    monkeypatch.setattr(hintergrund.time, "sleep", lambda sekunden: None)
    Hintergrunddienst(einmal=True).run()
    assert len(set(namen)) == 3
    # The names before are left to fall silent, so that what they were at is taken up again.
    assert set(Dienst.objects.values_list("pk", flat=True)) == set(namen[:2])


def test_dienst_ohne_wache_beendet_sich(monkeypatch):
    def stirbt(self: Hintergrunddienst) -> None:
        raise RuntimeError("unerwartet")

    gesendet: list[tuple[int, int]] = []
    monkeypatch.setattr(Hintergrunddienst, "_wache_halten", stirbt)
    monkeypatch.setattr(hintergrund.connections, "close_all", lambda: None)
    monkeypatch.setattr(os, "kill", lambda *was: gesendet.append(was))
    einer = Hintergrunddienst()
    with pytest.raises(RuntimeError):
        einer._wachen()
    assert gesendet == [(os.getpid(), signal.SIGTERM)]


# --- End to end, in processes of their own and with the real renderer ---

GANZ = pytest.mark.django_db(transaction=True)
FERTIGE = "SELECT auswahl, datei FROM arbeitsgruppen_heftausgabe WHERE fertig IS NOT NULL ORDER BY auswahl"
AUFGABEN = "SELECT status, worker_ids FROM django_tasks_database_dbtaskresult ORDER BY enqueued_at"
DIENSTE = "SELECT kennung FROM arbeitsgruppen_dienst"


def konferenz_mit_gruppe(**angaben: Any) -> Konferenz:
    konferenz = KonferenzFactory(slug="fachtag", **angaben)
    AeusserungFactory(abschnitt__arbeitsgruppe=ArbeitsgruppeFactory(konferenz=konferenz, nummer=1))
    return konferenz


def renderer(dienst: "subprocess.Popen[bytes]") -> int | None:
    """Return the number of the renderer that a service has started, as soon as there is one."""
    for kinder in Path(f"/proc/{dienst.pid}/task").glob("*/children"):
        with suppress(OSError):  # a thread or a child that has ended meanwhile
            for nummer in kinder.read_text().split():
                if b"arbeitsgruppen.setzer" in Path(f"/proc/{nummer}/cmdline").read_bytes():
                    return int(nummer)
    return None


def laeuft(prozess: int) -> bool:
    try:
        return Path(f"/proc/{prozess}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def versuche(zeile: tuple[Any, ...]) -> int:
    return len(json.loads(zeile[1]) if isinstance(zeile[1], str) else zeile[1])


@GANZ
def test_befehl_setzt_was_wartet_und_endet_und_dann_kommt_das_heft(anlage, client: Client):
    verlangen(konferenz_mit_gruppe(veroeffentlicht=True), Auswahl())
    betrieb = anlage()
    ausgabe = betrieb.erledigt("hintergrunddienst", "--einmal")
    assert "Der Hintergrunddienst läuft." in ausgabe
    ((_, datei),) = betrieb.sql(FERTIGE)
    daten = (einstellungen.MEDIA_ROOT / datei).read_bytes()
    assert daten.startswith(b"%PDF-")
    assert [zeile[0] for zeile in betrieb.sql(AUFGABEN)] == ["SUCCESSFUL"]
    assert betrieb.sql(DIENSTE) == []
    gesendet = betrieb.python(
        """
        from hashlib import sha256
        from django.test import Client
        antwort = Client(SERVER_NAME="localhost").get("/fachtag/heft.pdf")
        assert antwort.status_code == 200, antwort.content
        print(antwort["Content-Length"])
        """
    )
    assert gesendet.split()[-1] == str(len(daten))


@GANZ
def test_ohne_dienst_wird_das_heft_doch_fertig_wo_jemand_wartet(anlage):
    konferenz_mit_gruppe(veroeffentlicht=True)
    betrieb = anlage()
    betrieb.python(
        """
        import time
        from django.test import Client
        client, stati, frist = Client(SERVER_NAME="localhost"), [], time.monotonic() + 40
        while not stati or stati[-1] == 202 and time.monotonic() < frist:
            stati.append(client.get("/fachtag/heft.pdf").status_code)
            time.sleep(0.1)
        assert set(stati) == {200, 202}, stati
        """
    )
    assert len(betrieb.sql(FERTIGE)) == 1
    betrieb.warten(lambda: not betrieb.sql(DIENSTE))


@GANZ
def test_aufgabe_eines_abgeschossenen_dienstes_macht_der_naechste_fertig(anlage):
    verlangen(konferenz_mit_gruppe(), Auswahl())
    betrieb = anlage()
    dienst = betrieb.starten("hintergrunddienst")
    setzer = betrieb.warten(lambda: renderer(dienst))
    os.kill(setzer, signal.SIGSTOP)
    dienst.kill()
    dienst.wait()
    ((status, _),) = betrieb.sql(AUFGABEN)
    assert status == "RUNNING"
    assert len(betrieb.sql(DIENSTE)) == 1

    os.kill(setzer, signal.SIGCONT)
    betrieb.warten(lambda: not laeuft(setzer))  # it doesn't outlive the service by more than a Heft
    betrieb.erledigt("hintergrunddienst", "--einmal")
    (zeile,) = betrieb.sql(AUFGABEN)
    assert zeile[0] == "SUCCESSFUL"
    assert versuche(zeile) == 2
    assert len(betrieb.sql(FERTIGE)) == 1


@GANZ
def test_abgeschossener_setzer_wird_ersetzt_und_beide_hefte_werden_fertig(anlage):
    konferenz = konferenz_mit_gruppe()
    verlangen(konferenz, Auswahl())
    verlangen(konferenz, Auswahl(gruppen=(1,)))
    betrieb = anlage()
    dienst = betrieb.starten("hintergrunddienst", "--einmal")
    os.kill(betrieb.warten(lambda: renderer(dienst)), signal.SIGKILL)
    assert dienst.wait(60) == 0
    assert sorted(auswahl for auswahl, _ in betrieb.sql(FERTIGE)) == ["", "ag=1"]


@GANZ
def test_gebetener_dienst_macht_seine_aufgabe_fertig_und_keine_neue(anlage):
    konferenz = konferenz_mit_gruppe()
    verlangen(konferenz, Auswahl())
    verlangen(konferenz, Auswahl(gruppen=(1,)))
    betrieb = anlage()
    dienst = betrieb.starten("hintergrunddienst")
    setzer = betrieb.warten(lambda: renderer(dienst))
    os.kill(setzer, signal.SIGSTOP)
    dienst.terminate()
    betrieb.warten(lambda: "gracefully" in betrieb.protokoll(dienst))
    assert dienst.poll() is None
    os.kill(setzer, signal.SIGCONT)
    assert dienst.wait(60) == 0
    assert [auswahl for auswahl, _ in betrieb.sql(FERTIGE)] == [""]
    assert [zeile[0] for zeile in betrieb.sql(AUFGABEN)] == ["SUCCESSFUL", "READY"]
    assert betrieb.sql(DIENSTE) == []
    betrieb.warten(lambda: not laeuft(setzer))


@GANZ
@pytest.mark.parametrize("zeichen", [signal.SIGTERM, signal.SIGINT])
def test_strg_c_trifft_auch_den_setzer_und_laesst_das_heft_doch_fertig_werden(anlage, zeichen):
    verlangen(konferenz_mit_gruppe(), Auswahl())
    betrieb = anlage()
    dienst = betrieb.starten("hintergrunddienst")
    setzer = betrieb.warten(lambda: renderer(dienst))
    os.kill(setzer, signal.SIGSTOP)
    os.killpg(dienst.pid, zeichen)  # as a terminal does, and systemd unless told otherwise
    os.kill(setzer, signal.SIGCONT)
    assert dienst.wait(60) == 0
    assert betrieb.sql("SELECT fehler FROM arbeitsgruppen_heftausgabe") == [("",)]
    assert len(betrieb.sql(FERTIGE)) == 1


@GANZ
def test_dienst_haelt_veroeffentlichtes_frisch_auch_nachdem_die_datenbank_weg_war(anlage, tmp_path: Path):
    KonferenzFactory(slug="fachtag", veroeffentlicht=True)
    betrieb = anlage()
    (tmp_path / "ungeduldig.py").write_text(
        "from konferenz.settings import *\n"
        "if 'timeout' in DATABASES['default'].get('OPTIONS', {}):\n"
        "    DATABASES['default']['OPTIONS']['timeout'] = 0.5\n"
    )
    betrieb.umgebung |= {"PYTHONPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": "ungeduldig"}
    dienst = betrieb.starten("hintergrunddienst")
    betrieb.warten(lambda: [auswahl for auswahl, _ in betrieb.sql(FERTIGE)] == ["", "form=bericht"])
    erste = {datei for _, datei in betrieb.sql(FERTIGE)}

    if connection.vendor == "sqlite":
        with betrieb.sqlite() as sperre:
            sperre.execute("BEGIN IMMEDIATE")
            betrieb.warten(lambda: "lost its database and goes on" in betrieb.protokoll(dienst))
    else:
        betrieb.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    betrieb.python(
        """
        from konferenz.models import Konferenz
        konferenz = Konferenz.objects.get()
        konferenz.titel = "Neuer Titel"
        konferenz.save()
        """
    )

    def erneuert() -> bool:
        dateien = [datei for _, datei in betrieb.sql(FERTIGE)]
        return len(dateien) == 2 and erste.isdisjoint(dateien)  # the old ones go just after the new have come

    betrieb.warten(erneuert)
    dienst.terminate()
    assert dienst.wait(30) == 0
