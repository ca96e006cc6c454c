"""The background service: takes up tasks, takes up again those of services that died, keeps Hefte fresh.

django-tasks' own worker leaves the task of a killed worker RUNNING for ever, and ends when the database
is locked or away for a moment; this one goes on.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from arbeitsgruppen import erzeugnisse, suchwoerter
from arbeitsgruppen.aufbewahrung import leeren
from arbeitsgruppen.ausgabe import (
    Aenderung,
    aenderungen,
    aufraeumen,
    hefte_erneuern,
    neueste_aenderung,
    seither_geaenderte,
    themenaenderung,
)
from arbeitsgruppen.models import Dienst
from konferenz import protokoll
from konferenz.metriken import AUFGABEN
from konferenz.models import Konferenz

logger = logging.getLogger(__name__)
aufgabenlogger = logging.getLogger("arbeitsgruppen.aufgabe")

TAKT = 1.0  # seconds between two looks at what has changed
LEBENSZEICHEN = timedelta(seconds=10)
# Longer than a locked SQLite database makes anybody wait (20 s), or a busy service would be taken for dead.
TOT_NACH = timedelta(seconds=60)
# So long after an attempt that failed the next begins: what it lacks (room, a store) may be back by then.
PAUSEN = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5))
VERSUCHE = len(PAUSEN) + 1
# Edits that follow each other so closely are set together, but nobody waits longer than the second.
RUHE = timedelta(seconds=3)
HOECHSTENS = timedelta(seconds=30)
SCHUB = 100  # conferences looked at in one query
AUFRAEUMEN = timedelta(hours=6)
SPAETER = timedelta(minutes=1)  # where it failed
ERLEDIGTES_BLEIBT = timedelta(days=14)  # finished tasks, for whoever looks for the cause of a failure


class DienstVerloren(Exception):
    """The process that worked on a task died, time and again."""


class Hintergrunddienst(Worker):
    """A worker with signs of life and a watch that it keeps in a thread beside its tasks."""

    def __init__(self, einmal: bool = False) -> None:
        super().__init__(
            queue_names=["*"],
            interval=0.3,
            batch=einmal,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=_neue_kennung(),
            excluded_queue_names=[],
        )
        self._ende = threading.Event()
        self._andere = Beobachtung()

    def run(self) -> None:
        """Work until told to stop, or until there is nothing left to do where only that was asked for."""
        wache = threading.Thread(target=self._wachen, daemon=True)
        wache.start()
        try:
            while not self._gearbeitet():
                time.sleep(1)
        finally:
            self._ende.set()
            wache.join(5)
            Dienst.objects.filter(pk=self.worker_id).delete()

    def _gearbeitet(self) -> bool:
        try:
            self._lebenszeichen()  # also under a new name, before it takes up a task
            verwaiste_wieder_aufnehmen(self._andere)
            super().run()
        except (DatabaseError, InterfaceError):
            logger.exception("The background service lost its database and goes on.")
            connections.close_all()
            # The old name falls silent, so that the task it was at is taken up again.
            self.worker_id = _neue_kennung()
            return False
        return True

    def run_task(self, db_task_result: DBTaskResult) -> None:
        """Do a task, and write a line about it under its id."""
        beginn = time.perf_counter()
        with protokoll.unter(str(db_task_result.pk)):
            super().run_task(db_task_result)
            wird_wiederholt = _spaeter_noch_einmal(db_task_result)
            AUFGABEN.labels(db_task_result.task_path, db_task_result.status).inc()
            aufgabenlogger.info(
                "Aufgabe",
                extra={
                    "aufgabe": db_task_result.task_path,
                    "status": db_task_result.status,
                    "versuch": len(db_task_result.worker_ids),
                    "wird_wiederholt": wird_wiederholt,
                    "dauer_ms": round((time.perf_counter() - beginn) * 1000, 1),
                    "ausnahme": db_task_result.exception_class_path,
                },
            )

    def _wachen(self) -> None:
        try:
            self._wache_halten()
        finally:
            connections.close_all()
            if not self._ende.is_set():
                # Without a watch the service would soon be taken for dead: better to end and be started anew.
                os.kill(os.getpid(), signal.SIGTERM)

    def _wache_halten(self) -> None:
        naechstes_lebenszeichen = naechstes_aufraeumen = time.monotonic()
        waechter = Waechter()
        while not self._ende.wait(TAKT):
            try:
                close_old_connections()
                jetzt = time.monotonic()
                if jetzt >= naechstes_lebenszeichen:
                    self._lebenszeichen()
                    verwaiste_wieder_aufnehmen(self._andere)
                    naechstes_lebenszeichen = jetzt + LEBENSZEICHEN.total_seconds()
                if not self.batch:
                    waechter.schauen(timezone.now())
                if jetzt >= naechstes_aufraeumen:
                    naechstes_aufraeumen = jetzt + SPAETER.total_seconds()
                    aufraeumen()
                    erzeugnisse.aufraeumen()
                    leeren()
                    alt = timezone.now() - ERLEDIGTES_BLEIBT
                    DBTaskResult.objects.finished().filter(finished_at__lt=alt).delete()
                    naechstes_aufraeumen = jetzt + AUFRAEUMEN.total_seconds()
            except (DatabaseError, InterfaceError):
                logger.warning("The watch of the background service lost its database.", exc_info=True)
            except OSError:
                logger.warning("The background service could not tidy up the store of files.", exc_info=True)

    def _lebenszeichen(self) -> None:
        Dienst.objects.update_or_create(pk=self.worker_id, defaults={"zuletzt": timezone.now()})


class Waechter:
    """Keeps up with edits: with the list of words at once, with released Hefte after a few quiet seconds."""

    def __init__(self) -> None:
        self._gesehen: tuple[int, ...] = ()
        self._erneuert: dict[int, Aenderung] = {}
        self._seit: dict[int, datetime] = {}

    def schauen(self, jetzt: datetime) -> None:
        """Look once; a conference that is seen for the first time is renewed, too."""
        neueste = neueste_aenderung()
        if neueste == self._gesehen and not self._seit:
            return
        if neueste != self._gesehen:
            suchwoerter.nachtragen()
        offen: dict[int, datetime] = {}  # without what was deleted or taken back since
        themen = themenaenderung()
        for konferenz, aenderung in self._anzusehende(neueste):
            letzte = aenderung.mit(themen)
            if self._erneuert.get(konferenz) == letzte:
                continue
            zuletzt = letzte.zuletzt
            seit = min(self._seit.get(konferenz, jetzt), jetzt)  # never ahead
            if zuletzt is None or jetzt - zuletzt >= RUHE or jetzt - seit >= HOECHSTENS:
                hefte_erneuern.enqueue(konferenz)
                self._erneuert[konferenz] = letzte
            else:
                offen[konferenz] = seit
        # Last, so that a database that was away in between has it all looked at again.
        self._gesehen, self._seit = neueste, offen

    def _anzusehende(self, neueste: tuple[int, ...]) -> Iterator[tuple[int, Aenderung]]:
        """Yield the released conferences of which something may have changed, with their last change.

        The first time all of them; later an edit in one of ten thousand costs no more than in one of ten.
        """
        oeffentliche = Konferenz.objects.oeffentlich()
        betroffene = seither_geaenderte(self._gesehen, neueste) if self._gesehen else None
        if betroffene is not None:
            oeffentliche = oeffentliche.filter(pk__in=betroffene | self._seit.keys())
        schluessel = list(oeffentliche.values_list("pk", flat=True))
        for ab in range(0, len(schluessel), SCHUB):
            schub = schluessel[ab : ab + SCHUB]
            gefunden = aenderungen(schub)
            yield from ((konferenz, gefunden.get(konferenz, Aenderung())) for konferenz in schub)


def _neue_kennung() -> str:
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{get_random_string(8)}"


def _gestorben(kennung: str) -> bool:
    """Whether a service on this very machine is known to be dead; of others only their silence tells."""
    rechner, prozess, _ = kennung.rsplit(":", 2)
    if rechner != socket.gethostname()[:30]:
        return False
    try:
        os.kill(int(prozess), 0)
        # Dead, but its parent has not asked for its end: a zombie (proc(5), field 3 of stat).
        return Path(f"/proc/{prozess}/stat").read_text().rpartition(") ")[2].startswith("Z")
    except ProcessLookupError:
        return True
    except OSError:  # of somebody else, or a system without /proc
        return False


def _spaeter_noch_einmal(aufgabe: DBTaskResult) -> bool:
    """Put a task back that ended in an error nobody foresaw, after a growing pause, and return whether so.

    What cannot be made whoever tries, such as a Heft of too many pages, ends no task in an error.
    """
    versuche = len(aufgabe.worker_ids)
    if aufgabe.status != TaskResultStatus.FAILED or versuche >= VERSUCHE:
        return False
    gescheiterte = DBTaskResult.objects.failed().filter(pk=aufgabe.pk, started_at=aufgabe.started_at)
    wann = timezone.now() + PAUSEN[versuche - 1]
    return bool(gescheiterte.update(status=TaskResultStatus.READY, run_after=wann, finished_at=None))


class Beobachtung:
    """Who gives signs of life: told by seeing them change, not by what time of day they bear.

    Clocks are set, and those of two machines differ. Only how old a sign is that is seen for the first time
    its time has to tell; one that lies ahead is new then.
    """

    def __init__(self, stetig: Callable[[], float] = time.monotonic) -> None:
        self._stetig = stetig
        self._gesehen: dict[str, tuple[datetime, float]] = {}

    def lebende(self) -> set[str]:
        """Look at all services; return the names of those that are not silent for longer than TOT_NACH."""
        stetig, gesehen = self._stetig(), {}
        for dienst in Dienst.objects.all():
            bisher = self._gesehen.get(dienst.pk)
            if bisher and bisher[0] == dienst.zuletzt:
                gesehen[dienst.pk] = bisher
            else:
                alter = timedelta(0) if bisher else max(timedelta(0), timezone.now() - dienst.zuletzt)
                gesehen[dienst.pk] = (dienst.zuletzt, stetig - alter.total_seconds())
        self._gesehen = gesehen
        frist = stetig - TOT_NACH.total_seconds()
        return {name for name, (_, seit) in gesehen.items() if seit >= frist and not _gestorben(name)}


def verwaiste_wieder_aufnehmen(beobachtung: Beobachtung | None = None) -> None:
    """Put tasks back whose service gives no sign of life; give up on one that has lost VERSUCHE of them.

    `beobachtung` remembers what was seen before.
    """
    jetzt = timezone.now()
    lebende = (beobachtung or Beobachtung()).lebende()
    lange = 10 * TOT_NACH
    Dienst.objects.exclude(zuletzt__range=(jetzt - lange, jetzt + lange)).exclude(pk__in=lebende).delete()
    # No pause is as long as this: the clock was set back since it began.
    zu_spaet = DBTaskResult.objects.filter(
        status=TaskResultStatus.READY, run_after__gt=jetzt + 2 * PAUSEN[-1]
    )
    zu_spaet.filter(run_after__lt=jetzt + ERLEDIGTES_BLEIBT).update(run_after=jetzt)
    for aufgabe in DBTaskResult.objects.running():
        if aufgabe.worker_ids and aufgabe.worker_ids[-1] in lebende:
            continue
        # Only this attempt: another service may be doing the same right now.
        diese = DBTaskResult.objects.running().filter(pk=aufgabe.pk, started_at=aufgabe.started_at)
        if len(aufgabe.worker_ids) < VERSUCHE:
            # The first may have died of something else than this task, such as an update.
            pause = PAUSEN[len(aufgabe.worker_ids) - 2] if len(aufgabe.worker_ids) > 1 else timedelta(0)
            diese.update(status=TaskResultStatus.READY, started_at=None, run_after=jetzt + pause)
        else:
            diese.update(
                status=TaskResultStatus.FAILED,
                finished_at=jetzt,
                exception_class_path=f"{__name__}.{DienstVerloren.__name__}",
                traceback=f"Lost with {', '.join(aufgabe.worker_ids)}",
            )


_helfer: subprocess.Popen[Any] | None = None


def nachhelfen(auftrag: Any) -> None:
    """Start a process that does what there is to do, where nobody takes up this task.

    At most one at a time for each web process; does nothing where the settings forbid it.
    """
    global _helfer
    if not settings.HINTERGRUND_SELBST or (_helfer and _helfer.poll() is None):
        return
    jetzt = timezone.now()
    offen = DBTaskResult.objects.ready() | DBTaskResult.objects.running()
    offen = offen.filter(pk=auftrag).exclude(enqueued_at__range=(jetzt - timedelta(seconds=1), jetzt))
    lebende = Dienst.objects.mit_lebenszeichen(2 * LEBENSZEICHEN, jetzt)
    if offen.exists() and all(_gestorben(dienst.pk) for dienst in lebende):
        _helfer = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, settings.BASE_DIR / "manage.py", "hintergrunddienst", "--einmal"],
            # Addresses are part of a Heft, and the demo gives its own.
            env={**os.environ, "SITE_URL": settings.SITE_URL, "DEBUG": "1" if settings.DEBUG else "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
