"""`manage.py person_loeschen NAME`: erase a person's name everywhere, the histories included."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from arbeitsgruppen.namensloeschung import NichtGefunden, loeschen
from konferenz.befehl import Befehl


class Command(Befehl):
    """Erase a name and say where it stood, a line for each place."""

    help = "Löscht den Namen einer Person überall, auch im Verlauf; Äußerungen nur auf Wunsch."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare whom, and how far it goes."""
        parser.add_argument("name", nargs="?", metavar="NAME", help="Vor- und Nachname, z. B. „Jo Weiß“")
        parser.add_argument("--pk", type=int, metavar="NR", help="nur die Person mit dieser Nummer")
        parser.add_argument(
            "--auch-in-texten",
            action="store_true",
            help="den Namen auch in Äußerungen ersetzen; sie gelten dann als redaktionell geändert",
        )
        parser.add_argument(
            "--nur-zeigen", action="store_true", help="nichts ändern, nur sagen, was geschähe"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase, and report."""
        if (options["name"] is None) == (options["pk"] is None):
            raise CommandError("Nennen Sie entweder den Namen oder mit --pk die Nummer der Person.")
        try:
            ergebnis = loeschen(
                options["name"] or "",
                options["pk"],
                auch_in_texten=options["auch_in_texten"],
                nur_zeigen=options["nur_zeigen"],
            )
        except NichtGefunden as fehler:
            raise CommandError(str(fehler)) from fehler
        for vorsatz, zeilen in (
            ("Gelöscht", ergebnis.geloescht),
            ("Bleibt", ergebnis.bleibt),
            ("Bitte prüfen", ergebnis.pruefen),
        ):
            for zeile in zeilen:
                self.stdout.write(f"{vorsatz}: {zeile}")
        self.stdout.write(self._fazit(len(ergebnis.geloescht), len(ergebnis.bleibt), options["nur_zeigen"]))

    def _fazit(self, geloescht: int, bleibt: int, nur_zeigen: bool) -> str:
        stellen = "1 Stelle" if geloescht == 1 else f"{geloescht} Stellen"
        satz = f"Nichts geändert: Gelöscht würde an {stellen}." if nur_zeigen else f"Gelöscht an {stellen}."
        if bleibt:
            satz += " Was bleibt, ersetzt --auch-in-texten."
        return satz
