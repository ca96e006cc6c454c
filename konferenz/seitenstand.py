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
        "Erzeugnis",
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

# What is entered into groups is shown only once they are released, and until then it is changed most of all:
# it counts only where this finds the released group of a row. To release a group is a change of its own.
# SQLite counts everything: a trigger that names other tables is in the way when a migration makes those anew.
_FREIGEGEBENE = "SELECT 1 FROM arbeitsgruppen_arbeitsgruppe AS g"
NUR_FREIGEGEBENES = {
    "arbeitsgruppen_abschnitt": f"{_FREIGEGEBENE} WHERE g.id = {{zeile}}.arbeitsgruppe_id",
    "arbeitsgruppen_aeusserung": f"{_FREIGEGEBENE} JOIN arbeitsgruppen_abschnitt AS a"
    " ON a.arbeitsgruppe_id = g.id WHERE a.id = {zeile}.abschnitt_id",
}
BEDINGUNG = "EXISTS ({suche} AND g.status = 'freigegeben')"

# Only one transaction writes at a time, so one row is enough.
SQLITE = """
CREATE TRIGGER {name} AFTER {ereignis} ON {tabelle} BEGIN
    INSERT INTO konferenz_seitenstand (platz, nummer)
    VALUES (0, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
    ON CONFLICT (platz) DO UPDATE SET nummer = max(nummer + 1, excluded.nummer);
END
"""
POSTGRES_FUNKTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {bedingung} THEN
        INSERT INTO konferenz_seitenstand AS bisher (platz, nummer)
        VALUES (txid_current() % 256, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
        ON CONFLICT (platz) DO UPDATE SET nummer = greatest(bisher.nummer + 1, excluded.nummer);
    END IF;
    RETURN NULL;
END $$
"""
POSTGRES = """
CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {tabelle}
FOR EACH {wofuer} EXECUTE FUNCTION {funktion}()
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
        for befehl in anlegen(zeiger, sorted(tabellen.intersection(beobachtete()))):
            zeiger.execute(befehl)


def _in_sqlite(zeiger: Any, tabellen: Iterable[str]) -> Iterator[str]:
    vorhandene = _namen(zeiger, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for tabelle, ereignis in product(tabellen, EREIGNISSE):
        name = f"{AUSLOESER}_{tabelle}_{ereignis.lower()}"
        if name not in vorhandene:
            yield SQLITE.format(name=name, tabelle=tabelle, ereignis=ereignis)


def _in_postgres(zeiger: Any, tabellen: Iterable[str]) -> Iterator[str]:
    vorhandene = _namen(
        zeiger, f"SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = '{AUSLOESER}'"
    )
    yield POSTGRES_FUNKTION.format(name=AUSLOESER, bedingung="true")
    for tabelle in tabellen:
        suche = NUR_FREIGEGEBENES.get(tabelle)
        funktion = f"{AUSLOESER}_{tabelle}" if suche else AUSLOESER
        if suche:
            # A new row has no OLD, a deleted one no NEW: then the values are NULL, and find nothing.
            teile = (BEDINGUNG.format(suche=suche.format(zeile=zeile)) for zeile in ("OLD", "NEW"))
            yield POSTGRES_FUNKTION.format(name=funktion, bedingung=" OR ".join(teile))
        if tabelle not in vorhandene:
            wofuer = "ROW" if suche else "STATEMENT"
            yield POSTGRES.format(name=AUSLOESER, tabelle=tabelle, wofuer=wofuer, funktion=funktion)


def _namen(zeiger: Any, abfrage: str) -> set[str]:
    zeiger.execute(abfrage)
    return {name for (name,) in zeiger.fetchall()}


def ausloeser_entfernen(_: object, schema_editor: Any) -> None:
    """Take the triggers away, before the table in which they count goes: the way back of its migration."""
    if schema_editor.connection.vendor == "postgresql":
        abfrage = f"SELECT proname FROM pg_proc WHERE proname LIKE '{AUSLOESER}%'"
        befehl = "DROP FUNCTION {}() CASCADE"
    else:
        abfrage = f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '{AUSLOESER}%'"
        befehl = "DROP TRIGGER {}"
    with schema_editor.connection.cursor() as zeiger:
        for name in _namen(zeiger, abfrage):
            zeiger.execute(befehl.format(name))
