"""During an update two versions run side by side: the one before goes on working with the new tables.

The web process of the version landed before runs as it was then, from git; that of today beside it, on the
same database. Somebody whose requests go to one and to the other, as a proxy sends them, reads and saves.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader

from tests.formular import formulardaten
from tests.test_migrationen import STAENDE, leere_datenbank
from tests.verbund import KENNWORT, Besucher

BASIS = Path(settings.BASE_DIR)
IN_VOLLER_LAENGE = bool(os.environ.get("DAUER"))
SLUG = "pakt-fuer-integration-2021"
RUNDEN = 25 if IN_VOLLER_LAENGE else 4
# The state of the last version that people could install. A landing moves it to the last of STAENDE then.
GELANDET = ("0006_pflichtseiten", "0007_abkuerzungen")

__all__ = ["leere_datenbank"]  # a fixture


def neuere(loader: MigrationLoader) -> list[tuple[str, str]]:
    """Return the migrations of the project that came after GELANDET."""
    return sorted(
        (app, name)
        for app, letzte in zip(("konferenz", "arbeitsgruppen"), GELANDET, strict=True)
        for app_, name in loader.disk_migrations
        if app_ == app and name > letzte
    )


# --- The rule, for every migration ---

# What takes something away that the version before may ask for, or is asked for what it does not know.
VERBOTEN = (
    migrations.RemoveField,
    migrations.RenameField,
    migrations.DeleteModel,
    migrations.RenameModel,
    migrations.AlterModelTable,
)
# Migrations that may: what they take away has not been used since the version before. With the reason.
ERLAUBT: dict[tuple[str, str], str] = {}


def verstoesse(migration: migrations.Migration) -> list[str]:
    """Return what of a migration the version before could not live with, in words."""
    neue = {op.name.lower() for op in migration.operations if isinstance(op, migrations.CreateModel)}
    gefunden = []
    for op in migration.operations:
        modell = str(getattr(op, "model_name", getattr(op, "name", ""))).lower()
        if modell in neue:
            continue
        if isinstance(op, VERBOTEN):
            gefunden.append(f"{type(op).__name__} {modell}")
        elif isinstance(op, migrations.AddField) and not _kommt_ohne_wert_aus(op.field):
            gefunden.append(f"{modell}.{op.name} braucht null=True oder db_default")
    return gefunden


def _kommt_ohne_wert_aus(feld: Any) -> bool:
    """Whether rows can be stored by who does not know this column."""
    return bool(feld.null or feld.generated or feld.many_to_many or feld.has_db_default())


def test_mit_jeder_neuen_migration_kann_die_fassung_davor_weiterarbeiten():
    loader = MigrationLoader(None)
    assert GELANDET in STAENDE
    assert neuere(loader)
    gefunden = {
        f"{app}.{name}": verstoesse(loader.disk_migrations[app, name])
        for app, name in neuere(loader)
        if (app, name) not in ERLAUBT
    }
    assert {name: was for name, was in gefunden.items() if was} == {}


@pytest.mark.parametrize(
    ("operation", "verstoss"),
    [
        (migrations.AddField("folie", "x", models.TextField(default="")), True),
        (migrations.AddField("folie", "x", models.TextField(db_default="")), False),
        (migrations.AddField("folie", "x", models.TextField(null=True)), False),
        (migrations.RemoveField("folie", "text"), True),
        (migrations.RenameField("folie", "text", "inhalt"), True),
        (migrations.DeleteModel("Notiz"), True),
        (migrations.AlterModelOptions("folie", {}), False),
    ],
    ids=["ohne Wert", "mit Wert", "leer", "gelöscht", "umbenannt", "Tabelle gelöscht", "nur Worte"],
)
def test_was_die_fassung_davor_nicht_kennt_faellt_auf(operation: Any, verstoss: bool):
    migration = migrations.Migration("0099_test", "konferenz")
    migration.operations = [operation]  # type: ignore[misc]
    assert bool(verstoesse(migration)) is verstoss


# --- Side by side ---


def git(*befehl: str) -> bytes:
    return subprocess.run(
        ["git", "-c", "safe.directory=*", *befehl], cwd=BASIS, capture_output=True, check=True
    ).stdout


def letzte_fassung() -> str:
    """Return the commit before the first migration after GELANDET; skip where git does not have it."""
    if not shutil.which("git") or not (BASIS / ".git").exists():
        pytest.skip("die Fassung davor steht nur in git")
    if git("rev-parse", "--is-shallow-repository").strip() == b"true":
        pytest.skip("die Fassung davor fehlt in einem flachen Klon (git fetch --unshallow)")
    pfade = [f"{app}/migrations/{name}.py" for app, name in neuere(MigrationLoader(None))]
    neue = git("log", "--reverse", "--diff-filter=A", "--format=%H", "--", *pfade).split()
    if not neue:
        pytest.skip("die Fassung davor steht nicht in diesem git")
    return git("rev-parse", f"{neue[0].decode()}^").decode().strip()


class Fassung:
    """The web process of a version, on a database that several share."""

    def __init__(self, baum: Path, umgebung: dict[str, str], protokoll: Path) -> None:
        with socket.socket() as frei:
            frei.bind(("127.0.0.1", 0))
            self.port: int = frei.getsockname()[1]
        self.baum, self._protokoll = baum, protokoll
        self.umgebung = {**umgebung, "BIND": f"127.0.0.1:{self.port}"}
        self._prozess: subprocess.Popen[bytes] | None = None

    def verwaltung(self, *befehl: str) -> str:
        """Run a command of manage.py, which has to end well; return what it said."""
        lauf = subprocess.run(
            [sys.executable, "manage.py", *befehl],
            cwd=self.baum,
            env=self.umgebung,
            capture_output=True,
            text=True,
        )
        assert lauf.returncode == 0, lauf.stderr[-3000:]
        return lauf.stdout

    def starten(self) -> None:
        """Start the web process and wait until it answers."""
        gunicorn = [sys.executable, "-m", "gunicorn", "konferenz.wsgi", "--workers", "1", "--threads", "4"]
        with self._protokoll.open("wb") as ausgabe:
            self._prozess = subprocess.Popen(
                [*gunicorn, "--bind", f"127.0.0.1:{self.port}"],
                cwd=self.baum,
                env=self.umgebung,
                stdin=subprocess.DEVNULL,
                stdout=ausgabe,
                stderr=subprocess.STDOUT,
            )
        frist = time.monotonic() + 60
        while Besucher(self.adresse).get("/").status != 200:
            assert time.monotonic() < frist, self.gesagt()
            time.sleep(0.1)

    @property
    def adresse(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def gesagt(self) -> str:
        """Return the last of what it wrote."""
        return self._protokoll.read_text(errors="replace")[-4000:]

    def beenden(self) -> None:
        """Stop it."""
        if self._prozess:
            self._prozess.terminate()
            self._prozess.wait(30)


@pytest.fixture
def fassungen(leere_datenbank: str, tmp_path: Path) -> Iterator[tuple[Fassung, Fassung]]:
    """Fill a database with the version before, and start it; then migrate, and start that of today."""
    alter_baum = tmp_path / "davor"
    with tarfile.open(fileobj=BytesIO(git("archive", letzte_fassung()))) as archiv:
        archiv.extractall(alter_baum, filter="data")
    (alter_baum / "node_modules").symlink_to(BASIS / "node_modules")
    umgebung = {
        **{name: wert for name, wert in os.environ.items() if name not in ("DEBUG", "CACHE_URL")},
        "DATABASE_URL": leere_datenbank,
        "MEDIA_ROOT": str(tmp_path / "medien"),
        "SECRET_KEY": "nur-fuer-tests-" + "x" * 50,
        "ALLOWED_HOSTS": "127.0.0.1",
        "SITE_URL": "http://127.0.0.1",
        "DROSSELUNG": "0",
    }
    davor = Fassung(alter_baum, umgebung, tmp_path / "davor.txt")
    heute = Fassung(BASIS, umgebung, tmp_path / "heute.txt")
    davor.verwaltung("migrate", "--verbosity=0")
    davor.verwaltung("loaddata", "--verbosity=0", SLUG, "themen")
    davor.verwaltung(
        "shell",
        "-c",
        "from django.contrib.auth.models import User\n"
        "from arbeitsgruppen.models import Arbeitsgruppe\n"
        "from konferenz.models import Konferenz\n"
        f"User.objects.create_superuser('organisation', password='{KENNWORT}')\n"
        "Konferenz.objects.update(status='veroeffentlicht')\n"
        "Arbeitsgruppe.objects.filter(nummer__lt=8).update(status='freigegeben')\n",
    )
    for fassung in (davor, heute):
        fassung.verwaltung("collectstatic", "--noinput", "--verbosity=0")
    try:
        davor.starten()
        heute.verwaltung("migrate", "--verbosity=0")  # while that of before runs
        heute.starten()
        yield davor, heute
    finally:
        for fassung in (davor, heute):
            fassung.beenden()


class Wechselnd:
    """A browser whose requests a proxy sends to one version and the other in turn."""

    def __init__(self, fassungen: tuple[Fassung, Fassung]) -> None:
        self._fassungen = fassungen
        self._besucher = Besucher(fassungen[0].adresse)
        self._folge = 0
        self.gescheitert: list[tuple[str, int]] = []

    def an(self, welche: int) -> "Wechselnd":
        """Send the next request to the version before (0) or to today's (1)."""
        self._folge = welche
        return self

    def get(self, pfad: str) -> Any:
        """Ask the next version in turn."""
        return self._von(pfad, lambda: self._besucher.get(pfad))

    def post(self, pfad: str, daten: dict[str, Any]) -> Any:
        """Send a form to the next version in turn."""
        return self._von(pfad, lambda: self._besucher.post(pfad, daten))

    def anmelden(self) -> None:
        """Sign in: the form comes from one, and goes to the other."""
        daten = formulardaten(self.get("/admin/login/"))
        antwort = self.post("/admin/login/", {**daten, "username": "organisation", "password": KENNWORT})
        assert antwort.status == 302, antwort.content.decode()

    def _von(self, pfad: str, fragen: Callable[[], Any]) -> Any:
        self._besucher.adresse = self._fassungen[self._folge % 2].adresse
        self._folge += 1
        antwort = fragen()
        if not antwort.status or antwort.status >= 500:
            self.gescheitert.append((pfad, antwort.status))
        return antwort


def nummer_der_gruppe(fassung: Fassung) -> int:
    programm = (
        "from arbeitsgruppen.models import Arbeitsgruppe; print(Arbeitsgruppe.objects.get(nummer=8).pk)"
    )
    return int(fassung.verwaltung("shell", "-c", programm).split()[-1])


def texte(fassung: Fassung, modell: str) -> list[str]:
    programm = (
        f"import json; from arbeitsgruppen.models import {modell}\n"
        f"zeilen = {modell}.objects.filter(text__startswith='Runde ').values_list('text', flat=True)\n"
        "print(); print(json.dumps(list(zeilen)))"
    )
    return list(json.loads(fassung.verwaltung("shell", "-c", programm).splitlines()[-1]))


@pytest.mark.dauer
def test_waehrend_einer_aktualisierung_lesen_und_speichern_beide_fassungen(
    fassungen: tuple[Fassung, Fassung],
):
    davor, heute = fassungen
    gruppe = nummer_der_gruppe(heute)
    erfassung, kommentare = f"/admin/erfassung/{gruppe}/", f"/admin/erfassung/{gruppe}/kommentare/"
    person = Wechselnd(fassungen)
    person.anmelden()
    gesagt, kommentiert = [], []
    for runde in range(RUNDEN):
        # The page comes from one version and is saved by the other, each way round.
        seite = person.an(runde).get(erfassung)
        assert seite.status == 200, (davor if runde % 2 == 0 else heute).gesagt()
        daten = formulardaten(seite, "erfassung")
        feld = next(name for name in daten if name.endswith("-text"))
        satz = f"Runde {runde}: {runde * 7919:x} wurde gesagt."
        antwort = person.post(erfassung, {**daten, feld: f"{daten[feld]}\r\n{satz}", "aktion": "speichern"})
        assert antwort.status == 302, (runde, antwort.status, antwort.content.decode()[:2000])
        gesagt.append(satz)
        kommentar = f"Runde {runde}: Bitte prüfen, ob {runde * 104729:x} so gesagt wurde."
        daten = formulardaten(person.get(kommentare))
        assert person.post(kommentare, {**daten, "text": kommentar}).status == 302
        kommentiert.append(kommentar)
        for welche in (0, 1):
            assert satz in person.an(welche).get(erfassung).content.decode()
    assert sorted(texte(heute, "Aeusserung")) == sorted(gesagt)
    assert sorted(texte(heute, "Kommentar")) == sorted(kommentiert)

    leserin = Wechselnd(fassungen)
    seiten = [
        "/",
        "/suche/?q=Ehrenamt",
        *(f"/{SLUG}/{teil}" for teil in ("", "ag/3/", "themen/", "daten.json")),
    ]
    for welche in (0, 1):
        assert [leserin.an(welche).get(seite).status for seite in seiten] == [200] * len(seiten)
    # What one changes the other shows.
    for welche in (0, 1):
        titel = f"Umbenannt {welche}"
        adresse = f"/admin/arbeitsgruppen/arbeitsgruppe/{gruppe}/change/"
        daten = formulardaten(person.an(welche).get(adresse))
        assert person.an(welche).post(adresse, {**daten, "titel": titel}).status == 302
        for andere in (0, 1):
            assert titel in leserin.an(andere).get(f"/{SLUG}/").content.decode()

    hefte = [f"/{SLUG}/ag/3/heft.pdf", f"/{SLUG}/ag/4/heft.pdf"]
    for welche, heft in enumerate(hefte):
        assert leserin.an(welche).get(heft).status == 202
    for fassung in fassungen:  # the services, too, are of both versions for a while
        fassung.verwaltung("hintergrunddienst", "--einmal")
    frist = time.monotonic() + 120
    while leserin.an(1).get(hefte[1]).status != 200:
        assert time.monotonic() < frist, heute.gesagt()
        heute.verwaltung("hintergrunddienst", "--einmal")
    assert leserin.an(0).get(hefte[0]).status in (200, 202)
    assert (person.gescheitert, leserin.gescheitert) == ([], []), davor.gesagt() + heute.gesagt()
