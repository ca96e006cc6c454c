"""`manage.py heft_exportieren SLUG ZIEL.pdf`: write the Heft of a conference or of one group."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.template.defaultfilters import filesizeformat
from tqdm import tqdm

from arbeitsgruppen.ausgabe import Zustand, grenzen
from arbeitsgruppen.auswahl import Auswahl, Form, GruppeFehlt, ausgewaehlt
from arbeitsgruppen.heft import Heft, heft
from arbeitsgruppen.satz import Pdf, Satz, SatzFehler
from arbeitsgruppen.setzer import Setzer
from konferenz.aufzaehlung import der_gruppen
from konferenz.befehl import Befehl, konferenz_mit_adresse

BALKEN = "{desc}: {n_fmt} von {total_fmt} Seiten |{bar:30}| {elapsed}"


class Command(Befehl):
    """Set the Heft and put it in its place whole, or leave what is there."""

    help = "Schreibt das Heft einer Konferenz oder einer ihrer Arbeitsgruppen als PDF."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the conference, the target, the form and the group."""
        parser.add_argument("slug", metavar="SLUG", help="Adresse der Konferenz")
        parser.add_argument("ziel", metavar="ZIEL.pdf", type=Path, help="Datei, in die das Heft kommt")
        parser.add_argument(
            "--form", default=Form.FOLIEN.value, help=f"Form des Hefts: {', '.join(Form.values)} (folien)"
        )
        parser.add_argument("--ag", metavar="N", help="nur das Heft der Arbeitsgruppe mit dieser Nummer")
        parser.add_argument(
            "--entwurf",
            action="store_true",
            help="auch, was noch nicht freigegeben ist; das Heft trägt dann den Vermerk „Entwurf“",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the Heft and say where it is, how long and how large."""
        auswahl = _auswahl(options["form"], options["ag"])
        ziel = _ziel(options["ziel"])
        zustand = _zustand(options["slug"], options["entwurf"])
        inhalt = _heft(zustand, auswahl)
        pdf = self._gesetzt(inhalt.satz)
        _schreiben(ziel, pdf.daten)
        for hinweis in inhalt.hinweise:
            self.stderr.write(hinweis)
        groesse = filesizeformat(len(pdf.daten))
        seiten = "1 Seite" if pdf.seiten == 1 else f"{pdf.seiten} Seiten"
        self.stdout.write(f"Heft geschrieben: {ziel} ({seiten}, {groesse})")
        if fehlende := ausgewaehlt(zustand.bild, auswahl).zurueckgehaltene:
            self.stdout.write(
                f"Noch nicht freigegeben und nicht enthalten: die Ergebnisse {der_gruppen(fehlende)}. "
                "Mit --entwurf kommen sie hinein, und das Heft nennt sich Entwurf."
            )

    def _gesetzt(self, satz: Satz) -> Pdf:
        # Without a terminal there is nobody to watch a bar.
        with (
            tqdm(desc="Heft", bar_format=BALKEN, leave=False, file=self.stderr, disable=None) as balken,
            Setzer(grenzen()) as setzer,
        ):

            def zeigen(fertig: int, gesamt: int, name: str) -> None:
                balken.total = gesamt
                balken.update(fertig - balken.n)

            try:
                return setzer.setzen(satz, zeigen)
            except SatzFehler as fehler:
                raise CommandError(str(fehler)) from fehler
            except KeyboardInterrupt as abbruch:
                raise CommandError("Abgebrochen. Es wurde nichts geschrieben.") from abbruch


def _auswahl(form: str, ag: str | None) -> Auswahl:
    if form not in Form.values:
        raise CommandError(f"Die Form „{form}“ gibt es nicht. Möglich: --form {', '.join(Form.values)}.")
    if ag is not None and not (ag.isascii() and ag.isdecimal() and int(ag)):
        raise CommandError(f"„{ag}“ ist keine Nummer einer Arbeitsgruppe. Richtig ist zum Beispiel --ag 1.")
    return Auswahl(form=form, gruppen=() if ag is None else (int(ag),))


def _zustand(slug: str, entwurf: bool) -> Zustand:
    """Return what the public sees of a conference, or the `entwurf`; of a draft there is nothing else."""
    konferenz = konferenz_mit_adresse(slug)
    return Zustand.von(konferenz, alles=entwurf or not konferenz.ist_oeffentlich)


def _heft(zustand: Zustand, auswahl: Auswahl) -> Heft:
    try:
        return heft(zustand.bild, auswahl, zustand.stand)
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
