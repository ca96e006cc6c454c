"""`manage.py sicherung_einspielen DATEI`: a backup into an empty installation, all of it or nothing."""

import io
from argparse import ArgumentParser
from typing import Any

from django.core.cache import caches
from django.core.management.base import CommandError

from konferenz.sicherung.befehl import Sicherungsbefehl, aufgezaehlt, umfang, zahl
from konferenz.sicherung.einspielen import Inhalt, einspielen, passt, pruefen
from konferenz.sicherung.teile import verschluesselt


class Command(Sicherungsbefehl):
    """Restore, or only look whether it would go."""

    help = "Spielt eine Sicherung in eine leere, frisch migrierte Installation ein: ganz oder gar nicht."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file, and whether it is only to be checked."""
        super().add_arguments(parser)
        parser.add_argument(
            "--nur-pruefen",
            action="store_true",
            help="nichts ändern, nur die Datei ganz lesen und sagen, was darin ist",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, and say what is there now."""
        try:
            datei = options["datei"].open("rb")
        except OSError as fehler:
            raise CommandError(f"{options['datei']} lässt sich nicht lesen ({fehler.strerror}).") from fehler
        with datei, self.deutsch("Es wurde nichts geändert."):
            if not datei.seekable():
                raise CommandError("Die Sicherung muss eine Datei sein: Sie wird zweimal gelesen.")
            kennwort = ""
            if verschluesselt(datei):
                kennwort = self.kennwort(options) or self.gefragt("Kennwort der Sicherung")
            if options["nur_pruefen"]:
                self._pruefen(datei, kennwort)
            else:
                self._einspielen(datei, kennwort)

    def _pruefen(self, datei: io.BufferedReader, kennwort: str) -> None:
        with self.balken("Prüfen") as melden:
            inhalt = pruefen(datei, kennwort, melden)
        self.stdout.write(f"Die Datei ist unversehrt: {_beschrieben(inhalt)}.")
        if passt(inhalt.kopf):
            self.stdout.write("Sie gehört zu dieser Fassung und lässt sich einspielen.")
        else:
            self.stdout.write(
                "Sie ist älter als diese Fassung; beim Einspielen wird sie auf ihren Stand gebracht."
            )
        self._fehlendes(inhalt)

    def _einspielen(self, datei: io.BufferedReader, kennwort: str) -> None:
        with self.balken("Prüfen") as pruefend, self.balken("Einspielen") as ladend:
            inhalt = einspielen(datei, kennwort, pruefend, ladend)
        self.stdout.write(f"Eingespielt: {_beschrieben(inhalt)}.")
        self._zwischenspeicher_leeren()
        self._fehlendes(inhalt)
        self.stdout.write(
            "Starten Sie jetzt Anwendung und Hintergrunddienst; er setzt die Hefte neu. Wer angemeldet "
            "war, meldet sich mit seinem bisherigen Kennwort neu an."
        )

    def _zwischenspeicher_leeren(self) -> None:
        """Throw away what was kept of pages; the data is in by now, whatever becomes of this."""
        try:
            for name in caches:
                caches[name].clear()
        except Exception as fehler:  # noqa: BLE001  # each kind of cache fails with errors of its own
            self.stderr.write(
                f"Der Zwischenspeicher ließ sich nicht leeren ({fehler}). Leeren Sie ihn, bevor Sie die "
                "Anwendung starten: Er kann Seiten von vorher enthalten."
            )

    def _fehlendes(self, inhalt: Inhalt) -> None:
        if inhalt.fehlende:
            self.stderr.write(
                "Schon beim Sichern nicht lesbar und deshalb nicht dabei: "
                f"{zahl(len(inhalt.fehlende), 'Datei', 'Dateien')}: {aufgezaehlt(inhalt.fehlende)}."
            )


def _beschrieben(inhalt: Inhalt) -> str:
    kopf = inhalt.kopf
    return (
        f"{umfang(inhalt.zeilen, inhalt.dateien)}, Stand {kopf.wann}, Fassung {kopf.fassung}, aus "
        f"{'PostgreSQL' if kopf.datenbank == 'postgresql' else 'SQLite'}"
    )
