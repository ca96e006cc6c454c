"""`manage.py heft_exportieren SLUG ZIEL.pdf`: write the Heft of a conference or of one group."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.template.defaultfilters import filesizeformat

from arbeitsgruppen.bild import Konferenzbild, konferenzbild
from arbeitsgruppen.heft import GruppeFehlt, Heft, heft
from arbeitsgruppen.pdf import als_pdf
from konferenz.befehl import Befehl
from konferenz.models import Konferenz

FORMEN = ("folien",)


class Command(Befehl):
    """Set the Heft and put it in its place whole, or leave what is there."""

    help = "Schreibt das Heft einer Konferenz oder einer ihrer Arbeitsgruppen als PDF."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the conference, the target, the form and the group."""
        parser.add_argument("slug", metavar="SLUG", help="Adresse der Konferenz")
        parser.add_argument("ziel", metavar="ZIEL.pdf", type=Path, help="Datei, in die das Heft kommt")
        parser.add_argument("--form", default=FORMEN[0], help=f"Form des Hefts: {', '.join(FORMEN)}")
        parser.add_argument("--ag", metavar="N", help="nur das Heft der Arbeitsgruppe mit dieser Nummer")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the Heft and say where it is, how long and how large."""
        if options["form"] not in FORMEN:
            raise CommandError(
                f"Die Form „{options['form']}“ gibt es nicht. Möglich: --form {', '.join(FORMEN)}."
            )
        ziel = _ziel(options["ziel"])
        satz = _heft(_bild(options["slug"]), options["ag"])
        pdf = als_pdf(satz.kopf, satz.seiten, satz.bilder)
        _schreiben(ziel, pdf.daten)
        self._warnen(satz)
        groesse = filesizeformat(len(pdf.daten))
        self.stdout.write(f"Heft geschrieben: {ziel} ({pdf.seiten} Seiten, {groesse})")

    def _warnen(self, satz: Heft) -> None:
        for name in satz.fehlende_bilder:
            self.stderr.write(f"Bild fehlt: {name}. An seiner Stelle steht im Heft die Bildbeschreibung.")
        if satz.fehlende_zeichen:
            zeichen = ", ".join(f"{z} (U+{ord(z):04X})" for z in satz.fehlende_zeichen)
            self.stderr.write(f"Zeichen, die keine Schrift hat, stehen im Heft als Nummer: {zeichen}.")


def _bild(slug: str) -> Konferenzbild:
    konferenz = Konferenz.objects.filter(slug=slug).first()
    if konferenz:
        return konferenzbild(konferenz)
    vorhanden = ", ".join(Konferenz.objects.order_by("slug").values_list("slug", flat=True))
    raise CommandError(
        f"Eine Konferenz „{slug}“ gibt es nicht. Vorhanden: {vorhanden}."
        if vorhanden
        else "Es gibt noch keine Konferenz. Übernehmen Sie eine: manage.py dokumentation_importieren DATEI."
    )


def _heft(bild: Konferenzbild, ag: str | None) -> Heft:
    if ag is not None and not ag.isdecimal():
        raise CommandError(f"„{ag}“ ist keine Nummer einer Arbeitsgruppe. Richtig ist zum Beispiel --ag 1.")
    try:
        return heft(bild, None if ag is None else int(ag))
    except GruppeFehlt as fehler:
        raise CommandError(str(fehler)) from fehler


def _ziel(ziel: Path) -> Path:
    """Return where the file really goes, or stop before seconds of work end in nothing."""
    try:
        ziel = ziel.resolve()
        andere_art = ziel.exists() and not ziel.is_file()
    except (OSError, RuntimeError) as fehler:  # a name too long, a link that leads to itself
        raise _nicht_schreibbar(ziel, fehler) from fehler
    if andere_art:
        raise CommandError(f"{ziel} ist keine Datei. Geben Sie einen Dateinamen an, zum Beispiel heft.pdf.")
    if not ziel.parent.is_dir():
        raise CommandError(f"Den Ordner {ziel.parent} gibt es nicht. Legen Sie ihn zuerst an.")
    if not os.access(ziel.parent, os.W_OK):
        raise CommandError(
            f"In den Ordner {ziel.parent} lässt sich nicht schreiben. Wählen Sie einen anderen."
        )
    return ziel


def _schreiben(ziel: Path, daten: bytes) -> None:
    """Write beside the target and take its place at the end: there is never half a file."""
    zwischen = ziel.with_name(f".heft-{os.getpid()}.pdf")
    try:
        zwischen.write_bytes(daten)
        zwischen.replace(ziel)
    except OSError as fehler:
        raise _nicht_schreibbar(ziel, fehler) from fehler
    finally:
        zwischen.unlink(missing_ok=True)


def _nicht_schreibbar(ziel: Path, fehler: Exception) -> CommandError:
    grund = getattr(fehler, "strerror", None) or "Verweis im Kreis"
    return CommandError(f"{ziel} lässt sich nicht schreiben ({grund}). Wählen Sie ein anderes Ziel.")
