"""What a backup holds: which tables with which fields, up to which migrations, and rows as JSON and back.

Everything is in it unless it is named here, so that a new model can't be forgotten.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any, Self
from uuid import UUID

from django.apps import apps as gegenwart
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import AutoField, BigAutoField, F, Field, FileField, JSONField, Max, Model, QuerySet
from django.utils import timezone
from django.utils.duration import duration_iso_string

from konferenz import __version__
from konferenz.sicherung import Sicherungsfehler

FORMAT = 1
ART = "Sicherung der Konferenzdokumentation"
# What comes anew by itself: who was signed in signs in again; the background service sets the Hefte and
# gathers the words; what waited in the queue is asked for again; the database counts what is put in.
ENTSTEHT_NEU = frozenset(
    {
        "sessions.session",
        "django_tasks_database.dbtaskresult",
        "arbeitsgruppen.dienst",
        "arbeitsgruppen.erzeugnis",
        "arbeitsgruppen.heftausgabe",
        "arbeitsgruppen.suchwort",
        "arbeitsgruppen.suchwortstand",
        "konferenz.seitenstand",
    }
)
LESESCHUB = 100  # rows at a time; what an import wrote is one, and can be long
SCHUB = 500
SCHUB_BYTES = 2 * 2**20
ZEILE_HOECHSTENS = 256 * 2**20  # bytes; no row is as long, but a forged file could ask for all memory


@dataclass(frozen=True, slots=True)
class Tabelle:
    """A model in a backup: its fields, how many rows, the highest number that it ever gave to one."""

    modell: str
    felder: list[str]
    zeilen: int
    zaehler: int


@dataclass(frozen=True, slots=True)
class Kopf:
    """What a backup says of itself."""

    art: str
    format: int
    erstellt: str
    fassung: str
    datenbank: str
    migrationen: dict[str, list[str]]
    tabellen: list[Tabelle]
    zaehler: dict[str, int]

    def als_json(self) -> str:
        """Return it as it stands in the file."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def aus_json(cls, text: bytes) -> Self:
        """Read it. Raises Sicherungsfehler where it belongs to another program or a newer format."""
        try:
            daten = json.loads(text)
            art, nummer = daten["art"], daten["format"]
            if art != ART or not isinstance(nummer, int):
                raise Sicherungsfehler("Das ist keine Sicherung der Konferenzdokumentation.")
            if nummer > FORMAT:
                raise Sicherungsfehler(
                    f"Diese Sicherung hat das Format {nummer}, gelesen wird hier höchstens {FORMAT}. "
                    f"Installieren Sie mindestens die Fassung {daten['fassung']}, aus der sie stammt."
                )
            kopf = cls(**{**daten, "tabellen": [Tabelle(**tabelle) for tabelle in daten["tabellen"]]})
            kopf._pruefen()
        except (ValueError, KeyError, TypeError, AttributeError) as fehler:
            raise Sicherungsfehler(f"Der Teil „kopf.json“ ist nicht lesbar ({fehler}).") from fehler
        return kopf

    def _pruefen(self) -> None:
        datetime.fromisoformat(self.erstellt)
        namen = [name for liste in self.migrationen.values() for name in liste]
        texte = [self.fassung, self.datenbank, *self.migrationen, *namen, *self.zaehler]
        texte += [text for t in self.tabellen for text in (t.modell, *t.felder)]
        zahlen = [*self.zaehler.values(), *(zahl for t in self.tabellen for zahl in (t.zeilen, t.zaehler))]
        if not all(isinstance(text, str) for text in texte):
            raise TypeError("ein Name ist kein Text")
        if not all(isinstance(zahl, int) and 0 <= zahl < 2**63 for zahl in zahlen):
            raise TypeError("eine Anzahl ist keine Zahl")

    @property
    def wann(self) -> str:
        """When the backup was made, in words."""
        return f"{timezone.localtime(datetime.fromisoformat(self.erstellt)):%d.%m.%Y, %H:%M} Uhr"


@dataclass(frozen=True, slots=True)
class Bestand:
    """The models as they are at certain migrations, with those migrations by app."""

    apps: Any
    migrationen: dict[str, list[str]]

    @classmethod
    def vorhandener(cls) -> Self:
        """Return that of the database as it is: mostly the present one, before an update an older one.

        Raises Sicherungsfehler where it is not set up, or belongs to a newer version.
        """
        lader = MigrationLoader(connection)
        angewandte = set(lader.applied_migrations or ())
        if not angewandte:
            raise Sicherungsfehler(
                "Die Datenbank ist nicht eingerichtet. Prüfen Sie DATABASE_URL und führen Sie „manage.py "
                "migrate“ aus."
            )
        ersetzte = {alte for migration in lader.disk_migrations.values() for alte in migration.replaces}
        unbekannte = {
            n for n in angewandte - set(lader.graph.nodes) - ersetzte if n[0] in lader.migrated_apps
        }
        if unbekannte:
            raise Sicherungsfehler(
                f"Die Datenbank gehört zu einer neueren Fassung ({'.'.join(min(unbekannte))} ist hier "
                "unbekannt). Nehmen Sie die Fassung, mit der die Anwendung läuft."
            )
        bekannte = angewandte & set(lader.graph.nodes)
        if bekannte == set(lader.graph.nodes):
            return cls(gegenwart, je_app(bekannte))
        return cls(lader.project_state(spitzen(lader, bekannte)).apps, je_app(bekannte))

    def modelle(self) -> list[Any]:
        """Return the models whose rows are in a backup, in one order for all."""
        return [modell for modell in self.alle() if modell._meta.label_lower not in ENTSTEHT_NEU]

    def alle(self) -> list[Any]:
        """Return all models with a table of their own."""
        modelle = self.apps.get_models(include_auto_created=True)
        eigene = [modell for modell in modelle if modell._meta.managed and not modell._meta.proxy]
        return sorted(eigene, key=lambda modell: modell._meta.label_lower)

    def kopf(self) -> Kopf:
        """Return what a backup of the database says of itself, read in the transaction at hand."""
        zaehler = {m._meta.label_lower: zaehlerstand(m) for m in self.alle() if gezaehlt(m)}
        return Kopf(
            art=ART,
            format=FORMAT,
            erstellt=timezone.now().isoformat(timespec="seconds"),
            fassung=__version__,
            datenbank=connection.vendor,
            migrationen=self.migrationen,
            tabellen=[
                Tabelle(
                    m._meta.label_lower,
                    [feld.attname for feld in felder(m)],
                    m._base_manager.count(),
                    zaehler.get(m._meta.label_lower, 0),
                )
                for m in self.modelle()
            ],
            zaehler={name: stand for name, stand in zaehler.items() if name in ENTSTEHT_NEU},
        )

    def dateinamen(self) -> QuerySet[Any]:
        """Return the names of all files that rows name, or lines of their histories do; each once."""
        spalten = list(self._dateispalten())
        spalten += [(verlauf, feld) for modell, feld in spalten if (verlauf := self._verlauf(modell))]
        erste, *weitere = (
            modell._base_manager.exclude(**{feld: ""})
            .exclude(**{f"{feld}__isnull": True})
            .order_by()
            .values_list(feld, flat=True)
            for modell, feld in spalten
        )
        return erste.union(*weitere)

    def gebraucht(self, name: str) -> bool:
        """Whether a row names this file, not only a line of a history."""
        return any(m._base_manager.filter(**{feld: name}).exists() for m, feld in self._dateispalten())

    def _dateispalten(self) -> Iterator[tuple[Any, str]]:
        for modell in self.modelle():
            for feld in modell._meta.local_concrete_fields:
                if isinstance(feld, FileField):
                    yield modell, feld.attname

    def _verlauf(self, modell: Any) -> Any:
        try:
            return self.apps.get_model(modell._meta.app_label, f"historical{modell._meta.model_name}")
        except LookupError:
            return None


def je_app(migrationen: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return names of migrations by app, both in order."""
    ergebnis: dict[str, list[str]] = {}
    for app, name in sorted(migrationen):
        ergebnis.setdefault(app, []).append(name)
    return ergebnis


def spitzen(lader: MigrationLoader, migrationen: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return of these migrations those that no other of them builds on."""
    aeltere = {eltern for m in migrationen for eltern in lader.graph.node_map[m].parents}
    return sorted(m for m in migrationen if m not in {knoten.key for knoten in aeltere})


@contextmanager
def schnappschuss() -> Iterator[None]:
    """Read everything inside as of one moment, whoever writes meanwhile; nobody has to wait for it."""
    with _lesend() as zeiger:
        zeiger.execute("SELECT 1 FROM django_migrations LIMIT 1")  # the moment is that of the first query
        yield


@contextmanager
def _lesend() -> Iterator[Any]:
    if connection.vendor == "postgresql":
        with transaction.atomic(durable=True), connection.cursor() as zeiger:
            zeiger.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            ohne_fristen(zeiger)
            yield zeiger
        return
    # atomic() would take the lock of writers here (settings.py: IMMEDIATE).
    with connection.cursor() as zeiger:
        zeiger.execute("BEGIN DEFERRED")
        try:
            yield zeiger
        finally:
            zeiger.execute("ROLLBACK")


def ohne_fristen(zeiger: Any) -> None:
    """Let the transaction at hand take its time on PostgreSQL, whatever the settings allow a page."""
    zeiger.execute("SET LOCAL statement_timeout = 0")
    zeiger.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def felder(modell: Any) -> list[Field[Any, Any]]:
    """Return the fields of a model that are stored; the database makes the others of them."""
    return [feld for feld in modell._meta.local_concrete_fields if not feld.generated]


def zeilen(modell: Any) -> Iterator[bytes]:
    """Yield the rows of a model as lines of JSON, parents before their children."""
    zu_sich = [f for f in felder(modell) if f.is_relation and f.related_model in (modell, "self")]
    ordnung = [F(f.attname).asc(nulls_first=True) for f in zu_sich]
    namen = [feld.attname for feld in felder(modell)]
    for werte in (
        modell._base_manager.order_by(*ordnung, "pk").values_list(*namen).iterator(chunk_size=LESESCHUB)
    ):
        yield json.dumps(werte, ensure_ascii=False, separators=(",", ":"), default=_als_text).encode() + b"\n"


def _als_text(wert: Any) -> str:
    if isinstance(wert, datetime | date | time):
        return wert.isoformat()  # to the microsecond, unlike Django's own encoder
    if isinstance(wert, UUID | Decimal):
        return str(wert)
    if isinstance(wert, timedelta):
        return duration_iso_string(wert)
    if isinstance(wert, bytes | memoryview):
        return b64encode(wert).decode()
    raise TypeError(f"{type(wert)} can't be written to a backup")


class Lader:
    """Puts lines of JSON into the table of a model, past signals and histories: those are there, too."""

    def __init__(self, modell: Any) -> None:
        self._felder = felder(modell)
        name = connection.ops.quote_name
        spalten = ", ".join(name(str(feld.column)) for feld in self._felder)
        self._sql = f"INSERT INTO {name(modell._meta.db_table)} ({spalten}) VALUES "  # noqa: S608
        self._stellen = f"({', '.join(['%s'] * len(self._felder))})"

    def laden(self, teil: str, lesen: Callable[[int], bytes]) -> Iterator[int]:
        """Put all lines of a part into the table and yield how many, batch by batch.

        `lesen` returns the next line. Raises Sicherungsfehler that names the line which doesn't fit.
        """
        erste, laenge, werte = 1, 0, list[list[Any]]()
        while zeile := lesen(ZEILE_HOECHSTENS):
            try:
                werte.append(self._werte(zeile))
            except (ValueError, TypeError, ValidationError, RecursionError) as fehler:
                raise _passt_nicht(teil, erste + len(werte), fehler) from fehler
            laenge += len(zeile)
            if len(werte) == SCHUB or laenge > SCHUB_BYTES:
                yield self._ablegen(teil, erste, werte)
                erste, laenge, werte = erste + len(werte), 0, []
        yield self._ablegen(teil, erste, werte)

    def _werte(self, zeile: bytes) -> list[Any]:
        werte = json.loads(zeile)
        if not isinstance(werte, list) or len(werte) != len(self._felder):
            raise ValueError("nicht so viele Werte wie Felder")
        return [self._wert(feld, wert) for feld, wert in zip(self._felder, werte, strict=True)]

    def _wert(self, feld: Any, wert: Any) -> Any:
        if isinstance(wert, dict | list) and not isinstance(feld, JSONField):
            raise ValueError(f"„{feld.name}“ ist eine Liste")
        return feld.get_db_prep_save(feld.to_python(wert), connection)

    def _ablegen(self, teil: str, erste: int, werte: list[list[Any]]) -> int:
        unpassend = (DataError, IntegrityError, OverflowError, UnicodeError)
        with connection.cursor() as zeiger:
            try:
                with transaction.atomic():
                    self._einfuegen(zeiger, werte)
            except unpassend:
                for nummer, zeile in enumerate(werte, erste):  # again one by one, to name it
                    try:
                        with transaction.atomic():
                            self._einfuegen(zeiger, [zeile])
                    except unpassend as fehler:
                        raise _passt_nicht(teil, nummer, fehler) from fehler
        connection.queries_log.clear()  # with DEBUG Django keeps what was said to the database
        return len(werte)

    def _einfuegen(self, zeiger: Any, werte: list[list[Any]]) -> None:
        """Insert rows, many with one statement: PostgreSQL plans the folding of texts anew for each."""
        je_befehl = (connection.features.max_query_params or 2**16) // len(self._felder)
        for beginn in range(0, len(werte), je_befehl):
            zeilen = werte[beginn : beginn + je_befehl]
            sql = self._sql + ", ".join([self._stellen] * len(zeilen))
            zeiger.execute(sql, list(chain.from_iterable(zeilen)))


def _passt_nicht(teil: str, zeile: int, grund: Exception) -> Sicherungsfehler:
    meldung = "; ".join(grund.messages) if isinstance(grund, ValidationError) else str(grund).split("\n")[0]
    return Sicherungsfehler(f"Zeile {zeile} im Teil „{teil}“ passt nicht in die Datenbank: {meldung}")


def gezaehlt(modell: Any) -> bool:
    """Whether the database numbers the rows of a model."""
    return isinstance(modell._meta.pk, AutoField | BigAutoField)


def zaehlerstand(modell: type[Model]) -> int:
    """Return the highest number that a row of this model ever had: histories tell rows apart by it."""
    tabelle, feld = modell._meta.db_table, modell._meta.pk
    with connection.cursor() as zeiger:
        if connection.vendor == "postgresql":
            zeiger.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{tabelle}"', feld.column])
            folge = zeiger.fetchone()[0]  # quoted by the database itself
            zeiger.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {folge}")  # noqa: S608
        else:
            zeiger.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [tabelle])
        gefunden = zeiger.fetchone()
    hoechster = modell._base_manager.aggregate(hoechster=Max("pk"))["hoechster"]
    return max(gefunden[0] if gefunden else 0, hoechster or 0)


def zaehler_stellen(modell: type[Model], stand: int) -> None:
    """Have the next row of this model get a number above all that there ever were.

    Raises Sicherungsfehler where the number is larger than its column.
    """
    stand = max(stand, zaehlerstand(modell))
    tabelle, spalte = modell._meta.db_table, modell._meta.pk.column
    with connection.cursor() as zeiger:
        if connection.vendor == "postgresql":
            try:
                zeiger.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)",
                    [f'"{tabelle}"', spalte, max(stand, 1), stand > 0],
                )
            except DataError as fehler:
                raise Sicherungsfehler(
                    f"Der Zähler von {modell._meta.label} ist zu groß: {stand}."
                ) from fehler
        else:
            zeiger.execute("DELETE FROM sqlite_sequence WHERE name = %s", [tabelle])
            zeiger.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [tabelle, stand])
