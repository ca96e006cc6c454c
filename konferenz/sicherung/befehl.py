"""What the two commands share: the passphrase, a bar on terminals, how they end."""

import os
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm

from konferenz.befehl import Befehl
from konferenz.sicherung import Sicherungsfehler
from konferenz.sicherung.erstellen import Melder

VARIABLE = "SICHERUNG_KENNWORT"
KENNWORT_MINDESTENS = 12
BALKEN = "{desc}: {percentage:3.0f} % |{bar:30}| {elapsed}, noch {remaining}"


class Sicherungsbefehl(Befehl):
    """A command on a backup."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file and where the passphrase comes from; it never stands on the command line."""
        parser.add_argument("datei", metavar="DATEI", type=Path, help="die Sicherung")
        parser.add_argument(
            "--kennwortdatei",
            metavar="DATEI",
            type=Path,
            help=f"Datei, deren erste Zeile das Kennwort ist (sonst gilt die Umgebungsvariable {VARIABLE})",
        )

    def kennwort(self, options: dict[str, Any]) -> str:
        """Return the passphrase from the file or the environment; "" where neither is given."""
        datei: Path | None = options["kennwortdatei"]
        if datei is None:
            return os.environ.get(VARIABLE, "")
        try:
            zeilen = datei.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as fehler:
            grund = getattr(fehler, "strerror", None) or "kein Text in UTF-8"
            raise CommandError(f"Die Kennwortdatei {datei} ist nicht lesbar ({grund}).") from fehler
        if not zeilen or not zeilen[0]:
            raise CommandError(f"Die erste Zeile der Kennwortdatei {datei} ist leer.")
        return zeilen[0]

    def gefragt(self, frage: str) -> str:
        """Ask for the passphrase. Raises CommandError where there is nobody to ask."""
        if not sys.stdin.isatty():
            raise CommandError(
                f"Es fehlt das Kennwort. Setzen Sie die Umgebungsvariable {VARIABLE}, oder geben Sie mit "
                "--kennwortdatei eine Datei an, deren erste Zeile es ist."
            )
        try:
            return getpass(f"{frage}: ")
        except EOFError as fehler:
            raise CommandError("Es wurde kein Kennwort eingegeben.") from fehler

    @contextmanager
    def balken(self, titel: str) -> Iterator[Melder]:
        """Show how far it is, from the first word of it on, where there is a terminal to show it on."""
        with ExitStack() as offen:
            balken: Any = None

            def melden(fertig: int, gesamt: int) -> None:
                nonlocal balken
                if balken is None:
                    balken = offen.enter_context(
                        tqdm(desc=titel, bar_format=BALKEN, leave=False, disable=None)
                    )
                balken.total = gesamt
                balken.update(fertig - balken.n)
                if fertig >= gesamt:
                    balken.close()

            yield melden

    @contextmanager
    def deutsch(self, abgebrochen: str) -> Iterator[None]:
        """End with one German line, whatever happens inside; a SIGTERM ends it as Ctrl-C does."""
        bisher = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            yield
        except Sicherungsfehler as fehler:
            raise CommandError(str(fehler)) from fehler
        except KeyboardInterrupt as abbruch:
            raise CommandError(f"Abgebrochen. {abgebrochen}") from abbruch
        finally:
            signal.signal(signal.SIGTERM, bisher)


def zahl(anzahl: int, eines: str, mehrere: str) -> str:
    """Return a number with its noun, for example „12.345 Dateien“."""
    return f"1 {eines}" if anzahl == 1 else f"{anzahl:,} {mehrere}".replace(",", ".")


def umfang(zeilen: int, dateien: int) -> str:
    """Return how much is in a backup."""
    return f"{zahl(zeilen, 'Datensatz', 'Datensätze')}, {zahl(dateien, 'Datei', 'Dateien')}"


def aufgezaehlt(namen: list[str], hoechstens: int = 10) -> str:
    """Return the first of these names and how many more there are."""
    mehr = len(namen) - hoechstens
    return ", ".join(namen[:hoechstens]) + (f" und {mehr} weitere" if mehr > 0 else "")
