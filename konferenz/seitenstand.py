"""The state of all that pages show, as a number that only grows: what was made for it holds until the next.

The database itself counts, by triggers on every table that a page reads, so that no way of writing goes by:
bulk updates, SQL by hand, another process. A transaction counts in one of 256 rows, by its number, and the
sum is the state: those that write at once don't wait for each other, and one that commits late makes the sum
another, too, where the largest number of a row would hide it.

Counting begins with the time in milliseconds, and goes on from it where that is later. So a database that was
restored from a copy never comes by a number for which other pages were made before.
"""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from django.apps import apps
from django.db import connections

TABELLE = "konferenz_seitenstand"
AUSLOESER = "kd_seitenstand"
EREIGNISSE = ("INSERT", "UPDATE", "DELETE")
# What no page shows to everybody, or what only says how far something has come. All other tables are watched.
NICHT_BEOBACHTET = frozenset(
    {
        "Arbeitsgruppe_konten",
        "Bearbeitung",
        "Dienst",
        "ErloscheneKennung",
        "Heftausgabe",
        "Importstand",
        "Kommentar",
        "Notiz",
        "Quelldatei",
        "Rueckmeldung",
        "Seitenstand",
        "Suchwort",
        "Suchwortstand",
    }
)

# Only one transaction writes at a time, so one row is enough.
SQLITE = """
CREATE TRIGGER {name} AFTER {ereignis} ON {tabelle} BEGIN
    INSERT INTO konferenz_seitenstand (platz, nummer)
    VALUES (0, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
    ON CONFLICT (platz) DO UPDATE SET nummer = max(nummer + 1, excluded.nummer);
END
"""
POSTGRES_FUNKTION = """
CREATE OR REPLACE FUNCTION kd_seitenstand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO konferenz_seitenstand AS bisher (platz, nummer)
    VALUES (txid_current() % 256, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
    ON CONFLICT (platz) DO UPDATE SET nummer = greatest(bisher.nummer + 1, excluded.nummer);
    RETURN NULL;
END $$
"""
POSTGRES = """
CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {tabelle}
FOR EACH STATEMENT EXECUTE FUNCTION kd_seitenstand()
"""


def stand(using: str = "default") -> int:
    """Return the present state, in one query and without models: it is asked for every page that is read."""
    with connections[using].cursor() as zeiger:
        zeiger.execute("SELECT COALESCE(SUM(nummer), 0) FROM konferenz_seitenstand")
        return int(zeiger.fetchone()[0])


def beobachtete() -> Iterator[str]:
    """Yield the tables of which a page may show something."""
    for app in ("konferenz", "arbeitsgruppen"):
        for modell in apps.get_app_config(app).get_models(include_auto_created=True):
            if modell.__name__ not in NICHT_BEOBACHTET and not modell.__name__.startswith("Historical"):
                yield modell._meta.db_table


def ausloeser_einrichten(using: str = "default", **_: object) -> None:
    """Put the triggers on all watched tables that lack them: new ones, and those that a migration made anew.

    After every `migrate`: SQLite forgets a table's triggers when its columns change.
    """
    verbindung = connections[using]
    tabellen = set(verbindung.introspection.table_names())
    if TABELLE not in tabellen:
        return  # an earlier state, on the way back
    anlegen = _in_postgres if verbindung.vendor == "postgresql" else _in_sqlite
    with verbindung.cursor() as zeiger:
        for befehl in anlegen(zeiger, [tabelle for tabelle in beobachtete() if tabelle in tabellen]):
            zeiger.execute(befehl)


def _in_sqlite(zeiger: Any, tabellen: Iterable[str]) -> list[str]:
    zeiger.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    vorhandene = {name for (name,) in zeiger.fetchall()}
    alle = product(tabellen, EREIGNISSE)
    return [
        SQLITE.format(name=name, tabelle=tabelle, ereignis=ereignis)
        for tabelle, ereignis in alle
        if (name := f"{AUSLOESER}_{tabelle}_{ereignis.lower()}") not in vorhandene
    ]


def _in_postgres(zeiger: Any, tabellen: Iterable[str]) -> list[str]:
    zeiger.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = %s", [AUSLOESER])
    vorhandene = {name for (name,) in zeiger.fetchall()}
    fehlende = [tabelle for tabelle in tabellen if tabelle not in vorhandene]
    return [POSTGRES_FUNKTION, *(POSTGRES.format(name=AUSLOESER, tabelle=tabelle) for tabelle in fehlende)]
