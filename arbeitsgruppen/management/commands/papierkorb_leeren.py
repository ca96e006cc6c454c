"""`manage.py papierkorb_leeren`: erase for good what was deleted 90 days ago."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError

from arbeitsgruppen.aufbewahrung import leeren
from arbeitsgruppen.papierkorb import AUFBEWAHRUNG
from konferenz.befehl import Befehl

HOECHSTENS = 36_500


class Command(Befehl):
    """Empty the bin; the background service does the same every day."""

    help = "Löscht endgültig, was vor 90 Tagen gelöscht wurde, mit allen Spuren im Verlauf."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the number of days."""
        parser.add_argument(
            "--tage",
            type=int,
            default=AUFBEWAHRUNG.days,
            metavar="N",
            help=f"was vor so vielen Tagen gelöscht wurde ({AUFBEWAHRUNG.days})",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase, and say how much that was."""
        if not 0 <= options["tage"] <= HOECHSTENS:
            raise CommandError(f"--tage muss zwischen 0 und {HOECHSTENS} liegen, zum Beispiel --tage 90.")
        umfang = leeren(timedelta(days=options["tage"]))
        if umfang:
            teile = ", ".join(f"{anzahl} {was}" for was, anzahl in umfang.items())
            self.stdout.write(f"Endgültig gelöscht: {teile}.")
        else:
            self.stdout.write(
                f"Nichts zu löschen: Nichts liegt länger als {options['tage']} Tage im Papierkorb."
            )
