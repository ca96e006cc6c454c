"""`manage.py anmeldeprotokoll`: who signed in and out, who failed, and what was done to accounts."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from konferenz.anmeldeprotokoll import AUFBEWAHRUNG, Eintrag, eintraege
from konferenz.befehl import Befehl


class Command(Befehl):
    """Print the notes of the last days, a line each, the latest first."""

    help = "Zeigt An- und Abmeldungen, Fehlversuche, Sperren und Änderungen an Konten, das Neueste zuerst."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare how far back, whom, and the form."""
        parser.add_argument(
            "--tage",
            type=int,
            default=AUFBEWAHRUNG.days,
            metavar="N",
            help=f"was in den letzten so vielen Tagen geschah ({AUFBEWAHRUNG.days})",
        )
        parser.add_argument("--konto", default="", metavar="NAME", help="nur dieses Konto (Benutzername)")
        parser.add_argument("--json", action="store_true", help="als JSON, ein Objekt je Zeile")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print."""
        if not 1 <= options["tage"] <= 3650:
            raise CommandError("--tage muss zwischen 1 und 3650 liegen, zum Beispiel --tage 30.")
        gefunden = eintraege(timezone.now() - timedelta(days=options["tage"]), options["konto"])
        for eintrag in gefunden:
            self.stdout.write(_als_json(eintrag) if options["json"] else _als_zeile(eintrag))
        if not gefunden and not options["json"]:
            self.stdout.write("Nichts verzeichnet.")


def _als_zeile(eintrag: Eintrag) -> str:
    von = f" von {eintrag.adresse}" if eintrag.adresse else ""
    return f"{timezone.localtime(eintrag.zeit):%d.%m.%Y %H:%M:%S}  {eintrag.konto}: {eintrag.was}{von}"


def _als_json(eintrag: Eintrag) -> str:
    return json.dumps({**asdict(eintrag), "zeit": eintrag.zeit.isoformat()}, ensure_ascii=False)
