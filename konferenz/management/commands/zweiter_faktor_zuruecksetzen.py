"""`manage.py zweiter_faktor_zuruecksetzen`: for whoever is shut out, and nobody else could let in."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError

from konferenz import konten, zweiter_faktor
from konferenz.befehl import Befehl


class Command(Befehl):
    """Take the second factor of an account away."""

    help = "Nimmt einem Konto den zweiten Faktor, wenn Gerät und Wiederherstellungscodes verloren sind."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare whose."""
        parser.add_argument("konto", metavar="KONTO", help="Benutzername oder E-Mail-Adresse")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take it away and note that. Raises CommandError where there is none."""
        konto = User.objects.filter(username=konten.anmeldename(options["konto"])).first()
        if konto is None:
            raise CommandError(f"Ein Konto „{options['konto']}“ gibt es nicht.")
        if not zweiter_faktor.hat(konto):
            raise CommandError(f"{konto.username} hat keinen zweiten Faktor.")
        zweiter_faktor.zuruecksetzen(konto)
        konten.vermerken(konto, "Zweiter Faktor zurückgesetzt (mit dem Befehl auf dem Server).", konto)
        self.stdout.write(f"{konto.username} hat keinen zweiten Faktor mehr.")
