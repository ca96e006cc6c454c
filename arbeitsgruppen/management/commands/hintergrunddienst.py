"""`manage.py hintergrunddienst`: do the long work, above all set Hefte, as it comes up."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from arbeitsgruppen import metriken
from arbeitsgruppen.hintergrund import Hintergrunddienst
from konferenz.befehl import Befehl


class Command(Befehl):
    """Run the background service until it is stopped (SIGTERM, Ctrl-C), which lets a task finish first."""

    help = "Erledigt Hintergrundaufgaben: setzt Hefte, wenn sie verlangt werden oder sich etwas geändert hat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the one option."""
        parser.add_argument("--einmal", action="store_true", help="erledigt, was wartet, und endet dann")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say that it runs, and run."""
        if settings.METRIKEN_PORT and not options["einmal"]:  # a helper may run beside the service
            try:
                metriken.anbieten(settings.METRIKEN_PORT)
            except OSError as fehler:
                raise CommandError(
                    f"Auf dem Port {settings.METRIKEN_PORT} lauscht schon jemand. "
                    f"Geben Sie diesem Dienst mit METRIKEN_PORT einen anderen."
                ) from fehler
        dienst = Hintergrunddienst(einmal=options["einmal"])
        dienst.configure_signals()
        self.stdout.write("Der Hintergrunddienst läuft. Strg+C beendet ihn nach der laufenden Aufgabe.")
        dienst.run()
