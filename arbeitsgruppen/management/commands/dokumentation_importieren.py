"""`manage.py dokumentation_importieren DATEI`: take a printed documentation into the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from arbeitsgruppen.importieren import Importbericht, importieren, tabelle
from arbeitsgruppen.quelle import Quellenfehler
from konferenz.befehl import Befehl


class Command(Befehl):
    """Import a printed documentation and say what was found."""

    help = "Übernimmt eine gedruckte Dokumentation (Text mit Seitenvorschüben oder PDF) in die Datenbank."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file, the conference and whether edits may be overwritten."""
        parser.add_argument("datei", type=Path, metavar="DATEI", help="Text in UTF-8 oder PDF mit Text")
        parser.add_argument(
            "--konferenz", metavar="SLUG", help="Adresse der Konferenz, die angelegt oder aktualisiert wird"
        )
        parser.add_argument(
            "--ueberschreiben",
            action="store_true",
            help="auch überschreiben, was seit dem letzten Import von Hand geändert wurde",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the import and print its report."""
        try:
            bericht = importieren(
                options["datei"], options["konferenz"], ueberschreiben=options["ueberschreiben"]
            )
        except Quellenfehler as fehler:
            raise CommandError(str(fehler)) from fehler
        self._berichten(bericht, ueberschrieben=options["ueberschreiben"])

    def _berichten(self, bericht: Importbericht, *, ueberschrieben: bool) -> None:
        gliederung = bericht.gliederung
        for zeile in tabelle(gliederung.bild.gruppen):
            self.stdout.write(zeile)
        self._liste("Vermerke:", gliederung.hinweise)
        self._liste(
            "Unbekannte Überschriften, als „Weiteres“ übernommen – bitte in der Verwaltung einordnen:",
            [f"AG {nummer}: „{ueberschrift}“" for nummer, ueberschrift in gliederung.unbekannt],
        )
        self._liste(
            "Zeilen ohne Platz, als Notizen bei der Konferenz aufgehoben:",
            [f"Seite {n.seite}, Zeile {n.zeile}: {n.text}" for n in gliederung.notizen],
        )
        self._liste(
            "Von Hand Geändertes wurde überschrieben:"
            if ueberschrieben
            else "Von Hand Geändertes bleibt; --ueberschreiben würde überschreiben:",
            bericht.ergebnis.bearbeitet,
        )
        self._liste(
            "Nicht mehr in der Datei, bleibt aber, weil von Hand Hinzugefügtes darunter liegt:",
            bericht.ergebnis.geblieben,
        )
        zahlen = bericht.ergebnis.gezaehlt
        if bericht.neu:
            getan = "als Entwurf angelegt"
        elif bericht.geaendert:
            getan = (
                f"aktualisiert: {zahlen['angelegt']} angelegt, {zahlen['geaendert']} geändert, "
                f"{zahlen['entfernt']} entfernt"
            )
        else:
            getan = "unverändert: alles war schon da"
        self.stdout.write(f"\nKonferenz „{bericht.konferenz.slug}“ {getan}.")

    def _liste(self, titel: str, eintraege: Any) -> None:
        if eintraege:
            self.stdout.write(f"\n{titel}")
            for eintrag in eintraege:
                self.stdout.write(f"  {eintrag}")
