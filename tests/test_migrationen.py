"""From every state that was ever handed out, with the data of that time, to the present one."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader

# The last migrations of `konferenz` and `arbeitsgruppen` at each landing; a new migration adds its own line.
STAENDE = [
    ("0001_initial", "0001_initial"),
    ("0001_initial", "0002_heftausgabe"),
    ("0002_erfassung", "0003_erfassung"),
    ("0003_verlauf_vollstaendig", "0004_verlauf_und_papierkorb"),
    ("0004_entwurf_ist_eine_adresse", "0004_verlauf_und_papierkorb"),
    ("0006_pflichtseiten", "0007_abkuerzungen"),
    ("0007_seitenstand", "0007_abkuerzungen"),
    ("0007_seitenstand", "0008_erzeugnis"),
]
IN_VOLLER_LAENGE = bool(os.environ.get("DAUER"))
GRUPPEN = 40 if IN_VOLLER_LAENGE else 2
# What was changed on purpose: /entwurf/ became an address of the site.
UMBENANNT = [
    "konferenz_historicalkonferenz.slug: 'entwurf' ist 'entwurf-2018'",
    "konferenz_konferenz.slug: 'entwurf' ist 'entwurf-2018'",
]


@pytest.fixture
def leere_datenbank(db, tmp_path: Path) -> Iterator[str]:
    """Make a database of the kind of the run, with nothing in it; return its address."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'damals.sqlite3'}"
        return
    import psycopg

    d, name = connection.settings_dict, f"damals_{secrets.token_hex(4)}"
    server = f"postgres://{d['USER']}:{d['PASSWORD']}@{d['HOST']}:{d['PORT']}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as verbindung:
        verbindung.execute(f'CREATE DATABASE "{name}"')
        yield f"{server}/{name}"
        verbindung.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.dauer
@pytest.mark.parametrize(
    "stand", STAENDE if IN_VOLLER_LAENGE else [STAENDE[0], STAENDE[3]], ids=lambda stand: " und ".join(stand)
)
def test_von_jedem_stand_geht_es_mit_den_daten_von_damals_vorwaerts(leere_datenbank: str, stand):
    lauf = subprocess.run(
        [sys.executable, "-m", "tests.migrationsprobe", *stand, "25", str(GRUPPEN)],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": leere_datenbank, "DEBUG": "1"},
        capture_output=True,
        text=True,
    )
    assert lauf.returncode == 0, lauf.stderr[-3000:]
    ergebnis = json.loads(lauf.stdout.splitlines()[-1])
    print(ergebnis["zeilen"], "Zeilen,", round(ergebnis["sekunden"], 1), "s")
    assert ergebnis["aeusserungen"] > 60 * GRUPPEN
    assert sorted(ergebnis["abweichungen"]) == (UMBENANNT if stand[0] < "0004" else [])
    assert ergebnis["seiten"] == [200, 200, 200]
    assert ergebnis["verlauf"] >= ergebnis["aeusserungen"]


@pytest.fixture(scope="module")
def loader() -> MigrationLoader:
    return MigrationLoader(None)


def test_der_letzte_stand_ist_der_heutige(loader: MigrationLoader):
    heute = tuple(loader.graph.leaf_nodes(app)[0][1] for app in ("konferenz", "arbeitsgruppen"))
    assert STAENDE[-1] == heute, "Neue Migration: ihren Stand in STAENDE ergänzen."


def test_jeder_stand_ist_eine_zeile_weiter_als_der_vorige(loader: MigrationLoader):
    assert sorted(STAENDE) == STAENDE
    for stand in STAENDE:
        for app, name in zip(("konferenz", "arbeitsgruppen"), stand, strict=True):
            assert (app, name) in loader.disk_migrations


def _sperrt(migration: migrations.Migration) -> bool:
    """Whether a migration reads or writes a whole table that was there before, and locks it meanwhile."""
    neue = {op.name.lower() for op in migration.operations if isinstance(op, migrations.CreateModel)}
    return any(
        isinstance(op, migrations.AddIndex | migrations.AddConstraint)
        or (isinstance(op, migrations.AddField) and getattr(op.field, "generated", False))
        for op in migration.operations
        if getattr(op, "model_name", "").lower() not in neue
    )


def test_handbuch_nennt_jede_migration_die_eine_tabelle_sperrt(loader: MigrationLoader):
    sperrende = {
        f"`{app}.{name}`"
        for (app, name), migration in loader.disk_migrations.items()
        if app in ("konferenz", "arbeitsgruppen") and _sperrt(migration)
    }
    handbuch = (Path(settings.BASE_DIR) / "docs/betrieb.md").read_text()
    assert sperrende
    assert [name for name in sorted(sperrende) if name not in handbuch] == []
