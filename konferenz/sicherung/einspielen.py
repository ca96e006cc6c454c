"""Restore a backup into an empty installation: read it whole first, then all of it goes in, or nothing."""

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import SuspiciousOperation
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management.color import no_style
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import (
    DatabaseError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    connection,
    transaction,
)
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from konferenz.sicherung import Sicherungsfehler
from konferenz.sicherung.bestand import (
    Bestand,
    Kopf,
    Lader,
    felder,
    gezaehlt,
    je_app,
    ohne_fristen,
    spitzen,
    zaehler_stellen,
)
from konferenz.sicherung.erstellen import Melder
from konferenz.sicherung.teile import IM_SPEICHER, lesen, sicherer_name, zwischenablage
from konferenz.speicher import Speicherausfall, SpeicherWeg, ort

TEXT_HOECHSTENS = 64 * 2**20  # bytes of a part that is read at once
# What `migrate` itself puts into an empty database, and by which words their histories tell it.
GRUNDAUSSTATTUNG = frozenset(
    {
        "auth.group",
        "auth.group_permissions",
        "auth.permission",
        "contenttypes.contenttype",
        "sites.site",
        "konferenz.pflichtseite",
        "arbeitsgruppen.abkuerzung",
    }
)
ANGELEGT = ("Angelegt", "Grundausstattung")
# Who tried to sign in before there was anything: no loss.
PROTOKOLLE = "axes"


@dataclass
class Inhalt:
    """What is in a backup that was read from beginning to end."""

    kopf: Kopf
    dateien: int = 0
    fehlende: list[str] = field(default_factory=list)

    @property
    def zeilen(self) -> int:
        """How many rows are in it."""
        return sum(tabelle.zeilen for tabelle in self.kopf.tabellen)


def pruefen(
    datei: io.BufferedReader, kennwort: str, melden: Melder, neben_vorhandenem: bool = False
) -> Inhalt:
    """Read a backup from beginning to end, write nothing, and return what is in it.

    With `neben_vorhandenem` no media file may be another one than is there already under its name.
    Raises Sicherungsfehler for whatever is not as it was written.
    """
    inhalt = None
    gesamt = datei.seek(0, io.SEEK_END)
    for name, teil in lesen(datei, kennwort):
        if name == "kopf.json" and not inhalt:
            inhalt = Inhalt(Kopf.aus_json(teil.read(TEXT_HOECHSTENS)))
        elif name == "LIESMICH.txt":
            pass
        elif not inhalt:
            raise Sicherungsfehler(f"Der Teil „{name}“ steht vor „kopf.json“.")
        elif name.startswith("daten/"):
            _tabellenname(name, inhalt.kopf)
        elif name.startswith("medien/"):
            inhalt.dateien += 1
            _name_pruefen(name)
            if neben_vorhandenem and not _gleich(name.removeprefix("medien/"), teil):
                raise Sicherungsfehler(
                    f"Es liegt schon eine andere Datei „{name.removeprefix('medien/')}“ {ort()}. Es "
                    "wurde nichts geändert. Geben Sie einen leeren Ordner oder Eimer an, oder räumen Sie "
                    "diesen."
                )
        elif name == "fehlende-medien.txt":
            inhalt.fehlende = teil.read(TEXT_HOECHSTENS).decode(errors="replace").splitlines()
        else:
            raise Sicherungsfehler(f"Der Teil „{name}“ gehört nicht in eine Sicherung.")
        melden(min(datei.tell(), gesamt - 1), gesamt)
    melden(gesamt, gesamt)
    if not inhalt:
        raise Sicherungsfehler("In der Datei fehlt der Teil „kopf.json“: Das ist keine Sicherung.")
    return inhalt


def _tabellenname(name: str, kopf: Kopf) -> str:
    tabelle = name.removeprefix("daten/").rpartition("/")[0]
    if tabelle not in {t.modell for t in kopf.tabellen}:
        raise Sicherungsfehler(f"Der Teil „{name}“ gehört zu keiner Tabelle der Sicherung.")
    return tabelle


def _name_pruefen(name: str) -> None:
    if not sicherer_name(name.removeprefix("medien/")):
        raise Sicherungsfehler(f"Der Teil „{name}“ führt aus dem Ordner der Medien hinaus.")


def _gleich(name: str, teil: IO[bytes]) -> bool:
    """Whether nothing is there under this name yet, or the very same."""
    try:
        if not default_storage.exists(name):
            return True
        with default_storage.open(name) as vorhandene:
            while brocken := teil.read(2**16):
                if vorhandene.read(len(brocken)) != brocken:
                    return False
            return not vorhandene.read(1)
    except SpeicherWeg as fehler:
        raise Sicherungsfehler(
            f"Der Speicher für Dateien antwortet nicht ({fehler.strerror}). Es wurde nichts geändert."
        ) from fehler
    except (OSError, SuspiciousOperation):  # a folder, or closed to us
        return False


def passt(kopf: Kopf) -> bool:
    """Whether a backup belongs to the very migrations of this version; else it has to be brought forward.

    Raises Sicherungsfehler that says what to install where it belongs to what this version doesn't know.
    """
    lader = MigrationLoader(None)
    bekannte = set(lader.graph.nodes)
    gesicherte = {(app, name) for app, namen in kopf.migrationen.items() for name in namen}
    if fremde := sorted(kopf.migrationen.keys() - lader.migrated_apps):
        raise Sicherungsfehler(
            f"Die Sicherung enthält Daten von Bausteinen, die hier fehlen: {', '.join(fremde)}. "
            f"Installieren Sie mindestens die Fassung {kopf.fassung}, und setzen Sie dieselben "
            "Umgebungsvariablen wie dort."
        )
    if unbekannte := sorted(gesicherte - bekannte):
        raise Sicherungsfehler(
            "Die Sicherung gehört zu einer neueren Fassung als dieser: Sie setzt die Migration "
            f"{'.'.join(unbekannte[-1])} voraus. Installieren Sie mindestens die Fassung {kopf.fassung} vom "
            f"Tag der Sicherung ({kopf.wann}) und spielen Sie sie dort ein."
        )
    return gesicherte == bekannte


def einspielen(datei: io.BufferedReader, kennwort: str, pruefend: Melder, ladend: Melder) -> Inhalt:
    """Restore a backup and return what was in it. Raises Sicherungsfehler; nothing is changed then."""
    bestand = Bestand.vorhandener()
    if bestand.migrationen != je_app(MigrationLoader(None).graph.nodes):
        raise Sicherungsfehler(
            "Die Datenbank ist nicht auf dem Stand dieser Fassung. Führen Sie zuerst „manage.py migrate“ aus."
        )
    _leer_oder_fehler(bestand)
    inhalt = pruefen(datei, kennwort, pruefend, neben_vorhandenem=True)
    aelter = not passt(inhalt.kopf)
    abgelegte: list[str] = []
    with _fremdschluessel_ungeprueft(aelter):
        try:
            with transaction.atomic(durable=True):
                _sperren(bestand)
                _leer_oder_fehler(bestand)
                damaliger = _neu_aufgebaut(inhalt.kopf) if aelter else _geleert(bestand)
                _laden(datei, kennwort, damaliger, inhalt, abgelegte, ladend)
                if aelter:
                    _aktualisieren(inhalt.kopf)
                    _zaehler_stellen(bestand, inhalt.kopf)  # SQLite forgets them when it remakes a table
        except BaseException:
            _medien_zuruecknehmen(bestand, abgelegte)
            raise
    ContentType.objects.clear_cache()
    return inhalt


def _leer_oder_fehler(bestand: Bestand) -> None:
    """Raise Sicherungsfehler that says what is there, unless nothing would be lost."""
    belegt: dict[Any, int] = {}
    for modell in bestand.modelle():
        name = modell._meta.label_lower
        zeilen = modell._base_manager.all()
        if name in GRUNDAUSSTATTUNG or modell._meta.app_label == PROTOKOLLE:
            continue
        if name.replace("historical", "") in GRUNDAUSSTATTUNG:  # whoever changed it has left a line
            zeilen = zeilen.exclude(
                history_type="+", history_user__isnull=True, history_change_reason__in=ANGELEGT
            )
        if anzahl := zeilen.count():
            belegt[modell] = anzahl
    if belegt:
        eigene = [m for m in belegt if not m._meta.auto_created and "history_id" not in m._meta.pk.name]
        vorhanden = ", ".join(f"{m._meta.verbose_name_plural} ({belegt[m]})" for m in eigene)
        vorhanden = vorhanden or "Im Verlauf steht, was früher hier war"
        raise Sicherungsfehler(
            f"Diese Installation ist nicht leer: {vorhanden}. Eine Sicherung ersetzt alles, deshalb geht "
            "sie nur in eine leere. Es wurde nichts geändert. Geben Sie mit DATABASE_URL eine neue "
            "Datenbank an, führen Sie „manage.py migrate“ aus und versuchen Sie es noch einmal; Konten "
            "legen Sie vorher keine an, sie kommen aus der Sicherung."
        )


@contextmanager
def _fremdschluessel_ungeprueft(noetig: bool) -> Iterator[None]:
    """Have SQLite change tables, which it does only if nobody asks it to watch over them before it begins."""
    if not noetig:
        yield
        return
    with connection.constraint_checks_disabled():
        yield


def _sperren(bestand: Bestand) -> None:
    """Keep everybody else out; SQLite has done so already."""
    if connection.vendor != "postgresql":
        return
    namen = ", ".join(connection.ops.quote_name(modell._meta.db_table) for modell in bestand.alle())
    with connection.cursor() as zeiger:
        ohne_fristen(zeiger)
        zeiger.execute("SET LOCAL lock_timeout = '10s'")
        try:
            zeiger.execute(f"LOCK TABLE {namen} IN ACCESS EXCLUSIVE MODE")
        except OperationalError as fehler:
            raise Sicherungsfehler(
                "Die Datenbank wird gerade benutzt. Halten Sie Anwendung und Hintergrunddienst an und "
                "versuchen Sie es noch einmal. Es wurde nichts geändert."
            ) from fehler


def _geleert(bestand: Bestand) -> Bestand:
    tabellen = [modell._meta.db_table for modell in bestand.alle()]
    with connection.cursor() as zeiger:
        for sql in connection.ops.sql_flush(no_style(), tabellen):
            zeiger.execute(sql)
    return bestand


def _neu_aufgebaut(kopf: Kopf) -> Bestand:
    """Make the tables anew as they were when the backup was made, and empty."""
    name = connection.ops.quote_name
    tabellen = [*connection.introspection.django_table_names(only_existing=True, include_views=False)]
    tabellen.append(MigrationRecorder.Migration._meta.db_table)
    with connection.cursor() as zeiger:
        if connection.vendor == "postgresql":
            zeiger.execute(f"DROP TABLE {', '.join(map(name, tabellen))} CASCADE")
        else:
            for tabelle in tabellen:
                zeiger.execute(f"DROP TABLE {name(tabelle)}")
    gesicherte = {(app, migration) for app, namen in kopf.migrationen.items() for migration in namen}
    ausfuehrer = _ausfuehrer()
    ziele = spitzen(ausfuehrer.loader, gesicherte)
    if {(m.app_label, m.name) for m, _ in ausfuehrer.migration_plan(ziele)} != gesicherte:
        raise Sicherungsfehler("Die Migrationen im Teil „kopf.json“ gehören nicht zusammen.")
    apps = ausfuehrer.migrate(ziele).apps
    return _geleert(Bestand(apps, kopf.migrationen))


def _fristlos(schritt: str, *_: Any) -> None:
    """Have PostgreSQL check now what it would check at the end: with open checks no table can be altered."""
    if schritt == "apply_success" and connection.vendor == "postgresql":
        connection.check_constraints()


def _ausfuehrer() -> Any:
    return MigrationExecutor(connection, _fristlos)


def _aktualisieren(kopf: Kopf) -> None:
    """Bring the data forward as `migrate` would. Raises Sicherungsfehler where it cannot be in one go."""
    ausfuehrer = _ausfuehrer()
    ziele = ausfuehrer.loader.graph.leaf_nodes()
    plan = ausfuehrer.migration_plan(ziele)
    alias = connection.alias
    try:
        emit_pre_migrate_signal(verbosity=0, interactive=False, db=alias, plan=plan)
        ausfuehrer.migrate(ziele, plan)
        connection.check_constraints()
        emit_post_migrate_signal(verbosity=0, interactive=False, db=alias, plan=plan)
    except (NotSupportedError, DatabaseError) as fehler:
        grund = str(fehler).split("\n")[0]
        raise Sicherungsfehler(
            f"Die Sicherung ließ sich nicht auf den Stand dieser Fassung bringen ({grund}). Es wurde nichts "
            f"geändert. Installieren Sie die Fassung {kopf.fassung} vom Tag der Sicherung ({kopf.wann}), "
            "spielen Sie sie dort ein, und aktualisieren Sie dann mit „manage.py migrate“."
        ) from fehler


def _laden(
    datei: io.BufferedReader,
    kennwort: str,
    bestand: Bestand,
    inhalt: Inhalt,
    abgelegte: list[str],
    melden: Melder,
) -> None:
    """Put rows and media in their places; `abgelegte` gets the names of files that were not there before."""
    lader = _lader(bestand, inhalt.kopf)
    geladen = Counter[str]()
    dateien, gesamt = 0, inhalt.zeilen + inhalt.dateien
    for name, teil in lesen(datei, kennwort):
        if name.startswith("daten/"):
            tabelle = _tabellenname(name, inhalt.kopf)
            for anzahl in lader[tabelle].laden(name, teil.readline):
                geladen[tabelle] += anzahl
                melden(geladen.total(), gesamt)
        elif name.startswith("medien/"):
            _name_pruefen(name)
            _ablegen(name.removeprefix("medien/"), teil, abgelegte)
            melden(geladen.total() + (dateien := dateien + 1), gesamt)
    for t in inhalt.kopf.tabellen:
        if geladen[t.modell] != t.zeilen:
            raise Sicherungsfehler(
                f"Von {t.modell} sind {geladen[t.modell]} Zeilen in der Sicherung statt {t.zeilen}: Sie ist "
                "nicht vollständig."
            )
    try:
        connection.check_constraints()
    except IntegrityError as fehler:
        grund = str(fehler).split("\n")[0]
        raise Sicherungsfehler(f"Die Daten der Sicherung passen nicht zusammen: {grund}") from fehler
    _zaehler_stellen(bestand, inhalt.kopf)


def _lader(bestand: Bestand, kopf: Kopf) -> dict[str, Lader]:
    modelle = {modell._meta.label_lower: modell for modell in bestand.modelle()}
    hier = {name: [feld.attname for feld in felder(modell)] for name, modell in modelle.items()}
    dort = {tabelle.modell: tabelle.felder for tabelle in kopf.tabellen}
    if anders := sorted(name for name in hier.keys() | dort.keys() if hier.get(name) != dort.get(name)):
        raise Sicherungsfehler(f"Die Tabelle {anders[0]} hat in der Sicherung andere Felder als hier.")
    return {name: Lader(modell) for name, modell in modelle.items()}


def _zaehler_stellen(bestand: Bestand, kopf: Kopf) -> None:
    staende = kopf.zaehler | {tabelle.modell: tabelle.zaehler for tabelle in kopf.tabellen}
    for modell in bestand.alle():
        if gezaehlt(modell):
            zaehler_stellen(modell, staende.get(modell._meta.label_lower, 0))


def _ablegen(name: str, teil: IO[bytes], abgelegte: list[str]) -> None:
    if default_storage.exists(name):  # the same: `pruefen()` has compared
        return
    with zwischenablage() as kopie:
        while brocken := teil.read(IM_SPEICHER):
            kopie.write(brocken)
        kopie.seek(0)
        try:
            unter = default_storage.save(name, File(kopie, name))
        except (OSError, SuspiciousOperation) as fehler:
            abgelegte.append(name)  # whatever of it is there
            grund = getattr(fehler, "strerror", None) or fehler
            raise Sicherungsfehler(
                f"„{name}“ ließ sich nicht {ort()} ablegen ({grund}). Es wurde nichts geändert."
            ) from fehler
    abgelegte.append(unter)
    if unter != name:
        raise Sicherungsfehler(
            f"„{name}“ ließ sich nicht unter diesem Namen ablegen. Es wurde nichts geändert."
        )


def _medien_zuruecknehmen(bestand: Bestand, abgelegte: list[str]) -> None:
    """Remove what was put down, unless the data came in after all: a connection can break at the very end."""
    try:
        _leer_oder_fehler(bestand)
    except (DatabaseError, Sicherungsfehler):
        return
    for name in abgelegte:
        with suppress(Speicherausfall):  # why it failed is said already
            default_storage.delete(name)
