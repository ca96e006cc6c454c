"""`manage.py sicherung_erstellen DATEI`: data and media in one file that belongs to no database."""

import io
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import CommandError
from django.template.defaultfilters import filesizeformat

from konferenz.sicherung.befehl import (
    KENNWORT_MINDESTENS,
    VARIABLE,
    Sicherungsbefehl,
    aufgezaehlt,
    umfang,
    zahl,
)
from konferenz.sicherung.einspielen import pruefen
from konferenz.sicherung.erstellen import Ergebnis, an_seinen_platz, sichern
from konferenz.speicher import ort

UNVOLLSTAENDIG = 3  # the exit status where the backup is there, but media files were not


class Command(Sicherungsbefehl):
    """Write the backup beside its place, read it to be sure, and put it there whole, or leave nothing."""

    help = "Sichert Daten, Bilder und Quelldateien in eine Datei; geht, während andere schreiben."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file, and whether it is encrypted."""
        super().add_arguments(parser)
        parser.add_argument(
            "--verschluesseln",
            action="store_true",
            help=f"mit einem Kennwort verschlüsseln; auch von selbst, sobald {VARIABLE} gesetzt ist",
        )
        parser.add_argument("--ersetzen", action="store_true", help="eine vorhandene DATEI ersetzen")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it and say where it is, what is in it, what is missing."""
        ziel = _ziel(options["datei"], options["ersetzen"])
        kennwort = self._kennwort(options)
        with self.deutsch("Es wurde nichts geschrieben."):
            try:
                with an_seinen_platz(ziel, options["ersetzen"]) as datei:
                    with self.balken("Sichern") as melden:
                        ergebnis = sichern(datei, kennwort, melden)
                    groesse = self._gegenlesen(datei, kennwort)
            except OSError as fehler:
                raise _nicht_schreibbar(ziel, fehler) from fehler
        self.stdout.write(
            f"Sicherung geschrieben und gegengelesen: {ziel} ({umfang(ergebnis.zeilen, ergebnis.dateien)}, "
            f"{filesizeformat(groesse)}, {'verschlüsselt' if kennwort else 'nicht verschlüsselt'})."
        )
        self._fehlendes(ergebnis)

    def _kennwort(self, options: dict[str, Any]) -> str:
        kennwort = self.kennwort(options)
        if not kennwort and not options["verschluesseln"] and VARIABLE in os.environ:
            raise CommandError(
                f"{VARIABLE} ist gesetzt, aber leer. Füllen Sie die Umgebungsvariable, oder entfernen Sie "
                "sie für eine Sicherung ohne Verschlüsselung."
            )
        if not kennwort and options["verschluesseln"]:
            kennwort = self.gefragt("Kennwort der Sicherung")
            if self.gefragt("Noch einmal") != kennwort:
                raise CommandError("Die beiden Eingaben sind verschieden. Es wurde nichts geschrieben.")
        if (kennwort or options["verschluesseln"]) and len(kennwort) < KENNWORT_MINDESTENS:
            raise CommandError(
                "Das Kennwort ist zu kurz: Wer die Datei hat, kann beliebig viele probieren. Nehmen Sie "
                f"mindestens {KENNWORT_MINDESTENS} Zeichen, zum Beispiel aus „openssl rand -base64 24“."
            )
        return kennwort

    def _gegenlesen(self, datei: BinaryIO, kennwort: str) -> int:
        datei.flush()
        with (
            os.fdopen(os.dup(datei.fileno()), "rb") as geschriebene,
            self.balken("Gegenlesen") as melden,
        ):
            pruefen(geschriebene, kennwort, melden)
            return geschriebene.seek(0, io.SEEK_END)

    def _fehlendes(self, ergebnis: Ergebnis) -> None:
        if ergebnis.fruehere:
            self.stderr.write(
                f"Nicht mehr da und nicht enthalten: {zahl(len(ergebnis.fruehere), 'Datei', 'Dateien')}, "
                f"die nur noch im Verlauf vorkommen: {aufgezaehlt(ergebnis.fruehere)}."
            )
        if ergebnis.fehlende:
            raise CommandError(
                "Die Sicherung ist geschrieben, aber "
                f"{zahl(len(ergebnis.fehlende), 'Datei fehlt', 'Dateien fehlen')} {ort()} oder "
                f"ließen sich nicht lesen: {aufgezaehlt(ergebnis.fehlende)}. Prüfen Sie den Ort und die "
                "Rechte; wurde eine gerade gelöscht, sichern Sie einfach noch einmal.",
                returncode=UNVOLLSTAENDIG,
            )


def _ziel(datei: Path, ersetzen: bool) -> Path:
    """Return where the file really goes, or stop before minutes of work end in nothing."""
    try:
        ziel = datei.resolve()
        belegt = ziel.exists()
        kein_ordner = not ziel.parent.is_dir()
    except (OSError, RuntimeError) as fehler:  # a name too long, a link that leads to itself
        raise _nicht_schreibbar(datei, fehler) from fehler
    if belegt and (ziel.is_dir() or not ersetzen):
        raise CommandError(
            f"{ziel} {'ist ein Ordner' if ziel.is_dir() else 'gibt es schon'}. Nennen Sie eine neue Datei, "
            f"zum Beispiel mit dem Tag im Namen{'' if ziel.is_dir() else ', oder geben Sie --ersetzen an'}."
        )
    if kein_ordner:
        raise CommandError(f"Den Ordner {ziel.parent} gibt es nicht. Legen Sie ihn zuerst an.")
    return ziel


def _nicht_schreibbar(ziel: Path, fehler: Exception) -> CommandError:
    grund = getattr(fehler, "strerror", None) or "Verweis im Kreis"
    return CommandError(
        f"{ziel} ließ sich nicht schreiben ({grund}). Es liegt nichts Halbes da. Prüfen Sie Platz und Rechte."
    )
