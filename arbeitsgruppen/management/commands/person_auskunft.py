"""`manage.py person_auskunft NAME`: all that is stored about a person or an account."""

import json
from argparse import ArgumentParser
from itertools import groupby
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from arbeitsgruppen.auskunft import Angabe, Auskunft, auskunft
from arbeitsgruppen.namensloeschung import NichtGefunden
from konferenz.befehl import Befehl


class Command(Befehl):
    """Report what is stored, where, and since when; nothing is changed."""

    help = "Sagt, was über eine Person oder ein Konto gespeichert ist: wo, was und seit wann."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare whom, and the form."""
        parser.add_argument(
            "name", metavar="NAME", help="Vor- und Nachname, Benutzername oder E-Mail-Adresse"
        )
        parser.add_argument("--json", action="store_true", help="als JSON statt als Text")

    def handle(self, *args: Any, **options: Any) -> None:
        """Report."""
        try:
            ergebnis = auskunft(options["name"])
        except NichtGefunden as fehler:
            raise CommandError(str(fehler)) from fehler
        if options["json"]:
            self.stdout.write(json.dumps(ergebnis.als_daten(), ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(_als_text(ergebnis)))


def _als_text(ergebnis: Auskunft) -> list[str]:
    stand = f"{timezone.localtime(ergebnis.stand):%d.%m.%Y, %H:%M} Uhr"
    zeilen = [f"Gespeichert über „{ergebnis.name}“, Stand {stand}"]
    for art, angaben in groupby(sorted(ergebnis.angaben, key=lambda a: a.art), key=lambda a: a.art):
        zeilen += ["", f"{art}:", *(f"- {_zeile(angabe)}" for angabe in angaben)]
    return [*zeilen, "", "Bitte selbst prüfen:", *(f"- {punkt}" for punkt in ergebnis.pruefen)]


def _zeile(angabe: Angabe) -> str:
    seit = f" (seit {timezone.localtime(angabe.seit):%d.%m.%Y})" if angabe.seit else ""
    return f"{angabe.wo}: {' '.join(angabe.was.split())}{seit}"
