"""Make a backup: everything as of one moment, written beside its place and put there whole."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import default_storage

from konferenz.sicherung import Sicherungsfehler
from konferenz.sicherung.bestand import Bestand, Kopf, schnappschuss, zeilen
from konferenz.sicherung.teile import IM_SPEICHER, Schreiber, sicherer_name, zwischenablage
from konferenz.speicher import SpeicherWeg

LIESMICH = """\
Dies ist eine Sicherung der Konferenzdokumentation, erstellt am {wann} mit der Fassung {fassung}.

Einspielen: Anwendung (mindestens diese Fassung) einrichten, „manage.py migrate“ ausführen, dann
    manage.py sicherung_einspielen DATEI
Ansehen ohne die Anwendung: tar -xzf DATEI (verschlüsselt zuerst: age -d -o OFFEN DATEI), dann
    sha256sum -c SHA256SUMS
kopf.json nennt Tabellen und Felder, daten/ enthält je Zeile einer Tabelle eine Zeile JSON mit den Werten in
der Reihenfolge der Felder, medien/ die Bilder und Quelldateien unter ihrem Namen in der Datenbank.
Die Sicherung enthält Entwürfe, Gelöschtes aus dem Papierkorb, Konten und die Prüfwerte ihrer Kennwörter.
"""

# Told how much is done, of how much.
Melder = Callable[[int, int], None]


@dataclass
class Ergebnis:
    """What was written, and which files could not be read: those of present rows, and earlier ones."""

    kopf: Kopf
    dateien: int = 0
    fehlende: list[str] = field(default_factory=list)
    fruehere: list[str] = field(default_factory=list)

    @property
    def zeilen(self) -> int:
        """How many rows are in it."""
        return sum(tabelle.zeilen for tabelle in self.kopf.tabellen)


@contextmanager
def an_seinen_platz(ziel: Path, ersetzen: bool = False) -> Iterator[BinaryIO]:
    """Open a file, for nobody else to read, that takes its place when all went well, else leaves no trace.

    Raises FileExistsError where there is one already, unless it is to be replaced; OSError.
    """
    zwischen = ziel.with_name(f".{ziel.name}.{os.getpid()}.neu")
    nummer = os.open(zwischen, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(nummer, "w+b") as datei:
            yield datei
            datei.flush()
            os.fsync(datei.fileno())
        if ersetzen:
            zwischen.replace(ziel)
        else:
            _umbenennen(zwischen, ziel)
    finally:
        zwischen.unlink(missing_ok=True)
    ordner = os.open(ziel.parent, os.O_RDONLY)
    with suppress(OSError):  # file systems of other machines may not know how
        os.fsync(ordner)
    os.close(ordner)


def _umbenennen(zwischen: Path, ziel: Path) -> None:
    try:
        os.link(zwischen, ziel)  # unlike a renaming it doesn't replace what came there meanwhile
    except FileExistsError:
        raise
    except OSError as fehler:  # a share of another machine that knows no second names
        if ziel.exists():
            raise FileExistsError(errno.EEXIST, "besteht schon", str(ziel)) from fehler
        zwischen.replace(ziel)


def sichern(datei: BinaryIO, kennwort: str, melden: Melder) -> Ergebnis:
    """Write a backup into a file. Raises Sicherungsfehler, OSError."""
    with schnappschuss(), Schreiber(datei, kennwort) as schreiber:
        bestand = Bestand.vorhandener()
        ergebnis = Ergebnis(kopf := bestand.kopf())
        gesamt = ergebnis.zeilen + bestand.dateinamen().count()
        schreiber.text("LIESMICH.txt", LIESMICH.format(wann=kopf.wann, fassung=kopf.fassung))
        schreiber.text("kopf.json", kopf.als_json())
        fertig = 0
        for modell in bestand.modelle():
            for anzahl in _zeilen_schreiben(schreiber, modell):
                melden(fertig := fertig + anzahl, gesamt)
        for name in bestand.dateinamen().iterator():
            if _datei_schreiben(schreiber, name):
                ergebnis.dateien += 1
            elif bestand.gebraucht(name):
                ergebnis.fehlende.append(name)
            else:
                ergebnis.fruehere.append(name)
            melden(fertig := fertig + 1, gesamt)
        if alle := ergebnis.fehlende + ergebnis.fruehere:
            schreiber.text("fehlende-medien.txt", "".join(f"{name}\n" for name in alle))
    return ergebnis


def _zeilen_schreiben(schreiber: Schreiber, modell: Any) -> Iterator[int]:
    """Write the rows of a model in parts that fit into memory; yield how many are in each."""
    teile, anzahl = count(1), 0
    with zwischenablage() as ablage:

        def ablegen() -> int:
            schreiber.teil(f"daten/{modell._meta.label_lower}/{next(teile):04}.jsonl", ablage)
            ablage.seek(0)
            ablage.truncate()
            return anzahl

        for zeile in zeilen(modell):
            ablage.write(zeile)
            anzahl += 1
            if ablage.tell() > IM_SPEICHER // 2:
                yield ablegen()
                anzahl = 0
        if anzahl:
            yield ablegen()


def _datei_schreiben(schreiber: Schreiber, name: str) -> bool:
    """Write a picture or source file; return whether it could be read."""
    with zwischenablage() as kopie:
        try:
            with default_storage.open(name) as quelle:
                while brocken := quelle.read(2**20):
                    kopie.write(brocken)
        except SpeicherWeg as fehler:  # a backup without any file would look like one
            raise Sicherungsfehler(
                f"Der Speicher für Dateien antwortet nicht ({fehler.strerror}). Es wurde nichts geschrieben. "
                "Versuchen Sie es noch einmal, wenn er wieder da ist."
            ) from fehler
        except (OSError, SuspiciousOperation) as fehler:
            if getattr(fehler, "errno", None) == errno.ENOSPC:  # of the copy; the file itself is readable
                raise
            return False
        if not sicherer_name(name):
            return False
        schreiber.teil(f"medien/{name}", kopie)
    return True
