"""What all tests share: the real conference, signed-in users, one browser, the work in the background."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.conf import settings as einstellungen
from django.contrib.auth.models import User
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from arbeitsgruppen import migrations
from arbeitsgruppen.ausgabe import fassung
from arbeitsgruppen.models import Abkuerzung
from arbeitsgruppen.satz import Pdf, Satz, SatzFehler
from konferenz.models import Konferenz, Seitenstand
from tests import vorlage

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ["tests.ausgelassen"]

# Playwright's synchronous interface runs an event loop, in which Django refuses to touch the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(autouse=True)
def _leerer_cache() -> None:
    """Start every test with empty caches."""
    for speicher in caches.all(initialized_only=True):
        speicher.clear()


@pytest.fixture(autouse=True)
def _dateien(settings, tmp_path: Path) -> None:
    """Keep uploads of tests out of the project."""
    settings.MEDIA_ROOT = tmp_path / "medien"


@pytest.fixture(autouse=True, scope="session")
def _keine_gesammelten(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let no test read the static files that another one is collecting in the project."""
    einstellungen.STATIC_ROOT = tmp_path_factory.mktemp("statisch")


@pytest.fixture(autouse=True)
def _schnelle_kennwoerter(settings) -> None:
    """Hash passwords in no time: the real hash takes half a second for every account of a test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _keine_fremden_prozesse(settings) -> None:
    """Keep tests from starting a service on the real database."""
    settings.HINTERGRUND_SELBST = False


class Schnellsetzer:
    """Stands in for the renderer: gives a small file at once and notes what it was to set.

    `fehler` is what it cannot set; `waehrend` is called in the middle of setting; `stellen` are the pages on
    which ids stand.
    """

    def __init__(self) -> None:
        self.gesetzt: list[Satz] = []
        self.fehler: Exception | str = ""
        self.waehrend: Callable[[], object] = lambda: None
        self.stellen: dict[str, int] = {}

    def setzen(self, satz: Satz, fortschritt: Callable[[int, int, str], None]) -> Pdf:
        fortschritt(1, 3, "Titel")
        self.waehrend()
        if self.fehler:
            raise self.fehler if isinstance(self.fehler, Exception) else SatzFehler(self.fehler)
        self.gesetzt.append(satz)
        return Pdf(b"%PDF-1.7 " + satz.kennung.encode(), 3, self.stellen)


@pytest.fixture
def setzer(monkeypatch) -> Schnellsetzer:
    """Put a renderer without WeasyPrint in the place of the real one."""
    setzer = Schnellsetzer()
    monkeypatch.setattr("arbeitsgruppen.ausgabe.setzer", lambda: setzer)
    return setzer


@pytest.fixture
def erledigen(db) -> Callable[..., list[str]]:
    """Return what does the waiting tasks in this process and returns their names, in order."""

    def erledigen(hoechstens: int = 100, gelingt: bool = True) -> list[str]:
        arbeiter = Worker(
            queue_names=["*"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id="test",
            excluded_queue_names=[],
        )
        namen: list[str] = []
        while len(namen) < hoechstens:
            with transaction.atomic():
                aufgabe = DBTaskResult.objects.ready().get_locked()
                if aufgabe is None:
                    break
                aufgabe.claim(arbeiter.worker_id)
            arbeiter.run_task(aufgabe)
            assert (aufgabe.status == TaskResultStatus.SUCCESSFUL) == gelingt, aufgabe.traceback
            namen.append(aufgabe.task_name)
        return namen

    return erledigen


class Anlage:
    """An installation with what is in the test's database; its processes are those of production."""

    def __init__(self, ordner: Path, settings: Any) -> None:
        self._basis, self._ordner = settings.BASE_DIR, ordner
        self._datei = ordner / "doku.sqlite3"
        self._protokolle: dict[subprocess.Popen[bytes], Path] = {}
        if connection.vendor == "sqlite":  # in memory, where no other process can read it
            connection.ensure_connection()
            with self.sqlite() as ziel:
                connection.connection.backup(ziel)
            adresse = f"sqlite:///{self._datei}"
        else:
            d = connection.settings_dict
            adresse = f"postgres://{d['USER']}:{d['PASSWORD']}@{d['HOST']}:{d['PORT']}/{d['NAME']}"
        self.umgebung = {
            **os.environ,
            "DATABASE_URL": adresse,
            "MEDIA_ROOT": str(settings.MEDIA_ROOT),
            "SITE_URL": settings.SITE_URL,
            "DEBUG": "1",
        }

    def starten(self, *befehl: str) -> "subprocess.Popen[bytes]":
        """Start a command of manage.py in a process group of its own, which ends with the test."""
        protokoll = self._ordner / f"protokoll-{len(self._protokolle)}.txt"
        with protokoll.open("wb") as ausgabe:
            prozess = subprocess.Popen(
                [sys.executable, "manage.py", *befehl],
                cwd=self._basis,
                env=self.umgebung,
                stdin=subprocess.DEVNULL,
                stdout=ausgabe,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._protokolle[prozess] = protokoll
        return prozess

    def protokoll(self, prozess: "subprocess.Popen[bytes]") -> str:
        """Return what a process has said so far."""
        return self._protokolle[prozess].read_text()

    def erledigt(self, *befehl: str) -> str:
        """Run a command of manage.py to its end, which has to be a good one; return what it said."""
        prozess = self.starten(*befehl)
        assert prozess.wait(60) == 0, self.protokoll(prozess)
        return self.protokoll(prozess)

    def python_starten(self, programm: str) -> "subprocess.Popen[bytes]":
        """Start a program with the models of the installation."""
        return self.starten("shell", "--no-imports", "-c", textwrap.dedent(programm))

    def python(self, programm: str) -> str:
        """Run a program with the models of the installation; return what it said."""
        return self.erledigt("shell", "--no-imports", "-c", textwrap.dedent(programm))

    def sqlite(self) -> "closing[sqlite3.Connection]":
        """Return a connection to the database of its own kind, in autocommit."""
        return closing(sqlite3.connect(self._datei, timeout=20, isolation_level=None))

    def sql(self, abfrage: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        if connection.vendor == "sqlite":
            with self.sqlite() as verbindung:
                return verbindung.execute(abfrage).fetchall()
        with connection.cursor() as cursor:
            cursor.execute(abfrage)
            return cursor.fetchall()

    def warten(self, bedingung: Callable[[], Any], sekunden: float = 40) -> Any:
        """Return what the condition gives as soon as it gives something."""
        frist = time.monotonic() + sekunden
        while not (ergebnis := bedingung()):
            assert time.monotonic() < frist, [self.protokoll(prozess) for prozess in self._protokolle]
            time.sleep(0.02)
        return ergebnis

    def abschalten(self) -> None:
        """End whatever still runs, children included."""
        for prozess in self._protokolle:
            with suppress(ProcessLookupError):
                os.killpg(prozess.pid, signal.SIGKILL)
            prozess.wait()


@pytest.fixture
def anlage(transactional_db, settings, tmp_path: Path) -> Iterator[Callable[[], Anlage]]:
    """Return what sets up an installation with the present content of the test's database."""
    fassung.cache_clear()  # its processes read the files anew, and somebody may be editing them
    anlagen: list[Anlage] = []

    def einrichten() -> Anlage:
        anlagen.append(Anlage(tmp_path, settings))
        return anlagen[-1]

    yield einrichten
    for anlage in anlagen:
        anlage.abschalten()


def _spalten(modell: type[Model], davor: str = "") -> str:
    felder = modell._meta.local_concrete_fields
    return ", ".join(f'{davor}"{feld.column}"' for feld in felder if not feld.generated)


def _zeilen() -> dict[type[Model], list[tuple[Any, ...]]]:
    """Return what is in every table with content, as SQLite keeps it, parents first."""
    zeilen = {}
    with connection.cursor() as cursor:
        for modell in apps.get_models(include_auto_created=True):
            if modell._meta.app_label in ("konferenz", "arbeitsgruppen") and modell is not Seitenstand:
                # An expression, unlike a column, is not converted to what Python would make of it.
                cursor.execute(f"SELECT {_spalten(modell, '+')} FROM {modell._meta.db_table} ORDER BY 1")  # noqa: S608
                zeilen[modell] = cursor.fetchall()
    return zeilen


# What was there before the real conference was loaded in this process, and what came to it.
GELADEN: list[tuple[dict[type[Model], Any], dict[type[Model], Any]]] = []


def _laden() -> None:
    """Load the real conference; on SQLite its rows are copied where there is what there was the first time.

    To load it takes most of a second, and more than a hundred tests want it.
    """
    vorher = _zeilen() if connection.vendor == "sqlite" else {}
    for damals, neue in GELADEN:
        if damals == vorher:
            with transaction.atomic(), connection.cursor() as cursor:
                for modell, zeilen in neue.items():
                    ziel, werte = modell._meta.db_table, ", ".join(["%s"] * len(zeilen[0]))
                    cursor.executemany(
                        f"INSERT INTO {ziel} ({_spalten(modell)}) VALUES ({werte})",  # noqa: S608
                        zeilen,
                    )
            return
    call_command("loaddata", vorlage.SLUG, verbosity=0)
    if vorher:
        neue = {modell: zeilen for modell, zeilen in _zeilen().items() if zeilen != vorher[modell]}
        if len(GELADEN) < 4 and not any(vorher[modell] for modell in neue):
            GELADEN.append((vorher, neue))


@pytest.fixture
def echte_konferenz(db) -> Konferenz:
    """Load the real conference, released."""
    _laden()
    konferenz = Konferenz.objects.get(slug=vorlage.SLUG)
    konferenz.status = Konferenz.Status.VEROEFFENTLICHT
    konferenz.save()
    return konferenz


@pytest.fixture
def echte_themen(echte_konferenz: Konferenz) -> Konferenz:
    """Load the real conference with its topics, what was decided about them, and the abbreviations."""
    call_command("loaddata", "themen", "themenentscheidungen", verbosity=0)
    # A migration made them, but tests in a browser empty the database.
    (name,) = (Path(migrations.__file__).parent).glob("*_abkuerzungen.py")
    for gruppe in import_module(f"{migrations.__name__}.{name.stem}").GRUPPEN:
        Abkuerzung.objects.get_or_create(schreibweisen="\n".join(gruppe))
    return echte_konferenz


@pytest.fixture
def organisation(db) -> Client:
    """Return a client that is signed in as an organiser."""
    client = Client()
    client.force_login(User.objects.create_superuser("organisation"))
    return client


@pytest.fixture
def fremd(db) -> Client:
    """Return a client that is signed in as somebody without any rights."""
    client = Client()
    client.force_login(User.objects.create_user("fremd"))
    return client


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Start the one browser of the run."""
    from playwright.sync_api import sync_playwright

    from tests.ausgelassen import chromium

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        yield browser
        browser.close()
