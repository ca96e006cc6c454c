"""`manage.py archiv_exportieren SLUG ORDNER`: write a conference as a folder that needs no server."""

import os
import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import CommandError
from django.template.defaultfilters import filesizeformat

from arbeitsgruppen.archiv import Archivfehler, schreiben
from arbeitsgruppen.ausgabe import Zustand, fertiges_pdf, grenzen
from arbeitsgruppen.auswahl import Auswahl
from arbeitsgruppen.heft import heft
from arbeitsgruppen.satz import SatzFehler
from arbeitsgruppen.setzer import Setzer
from konferenz.befehl import Befehl, konferenz_mit_adresse
from konferenz.models import Konferenz


class Command(Befehl):
    """Write the folder beside its place and put it there whole, or leave nothing."""

    help = "Schreibt eine veröffentlichte Konferenz als Ordner aus HTML-Seiten, Heften und Daten."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the conference and the folder."""
        parser.add_argument("slug", metavar="SLUG", help="Adresse der Konferenz")
        parser.add_argument("ordner", metavar="ORDNER", type=Path, help="neuer oder leerer Ordner")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the archive and say where it is, how many files and how large."""
        konferenz = konferenz_mit_adresse(options["slug"])
        ziel = _ziel(options["ordner"])
        zwischen = ziel.with_name(f".{ziel.name}-{os.getpid()}")
        try:
            zwischen.mkdir()
            fehlende = _fuellen(zwischen, konferenz)
            dateien = [datei.stat().st_size for datei in zwischen.rglob("*") if datei.is_file()]
            zwischen.replace(ziel)
        except (Archivfehler, SatzFehler) as fehler:
            raise CommandError(str(fehler)) from fehler
        except OSError as fehler:
            raise _nicht_schreibbar(ziel, fehler) from fehler
        except KeyboardInterrupt as abbruch:
            raise CommandError("Abgebrochen. Es wurde nichts geschrieben.") from abbruch
        finally:
            shutil.rmtree(zwischen, ignore_errors=True)
        for satz in fehlende:
            self.stderr.write(satz)
        if urlsplit(settings.SITE_URL).hostname in ("localhost", "127.0.0.1", "::1"):
            self.stderr.write(
                f"Die dauerhaften Adressen im Archiv beginnen mit {settings.SITE_URL} und führen nur auf "
                "diesem Rechner zum Ziel. Setzen Sie SITE_URL, bevor Sie ein Archiv weitergeben."
            )
        self.stdout.write(
            f"Archiv geschrieben: {ziel} ({len(dateien)} Dateien, {filesizeformat(sum(dateien))}). "
            "Es beginnt mit index.html."
        )


def _fuellen(ordner: Path, konferenz: Konferenz) -> list[str]:
    with Setzer(grenzen()) as setzer:

        def pdf(auswahl: Auswahl, zustand: Zustand) -> bytes:
            fertiges = fertiges_pdf(zustand, auswahl)
            return fertiges or setzer.setzen(heft(zustand.bild, auswahl, zustand.stand).satz).daten

        def ablegen(name: str, inhalt: bytes) -> None:
            datei = ordner / name
            datei.parent.mkdir(parents=True, exist_ok=True)
            datei.write_bytes(inhalt)

        return schreiben(konferenz, pdf, ablegen)


def _ziel(ordner: Path) -> Path:
    """Return where the folder really goes, or stop before seconds of work end in nothing."""
    try:
        ziel = ordner.resolve()
        belegt = ziel.exists() and (not ziel.is_dir() or any(ziel.iterdir()))
    except (OSError, RuntimeError) as fehler:  # a name too long, a link that leads to itself
        raise _nicht_schreibbar(ordner, fehler) from fehler
    if belegt:
        raise CommandError(f"{ziel} ist kein leerer Ordner. Nennen Sie einen, den es noch nicht gibt.")
    if not ziel.parent.is_dir():
        raise CommandError(f"Den Ordner {ziel.parent} gibt es nicht. Legen Sie ihn zuerst an.")
    return ziel


def _nicht_schreibbar(ziel: Path, fehler: Exception) -> CommandError:
    grund = getattr(fehler, "strerror", None) or "Verweis im Kreis"
    return CommandError(f"{ziel} lässt sich nicht schreiben ({grund}). Wählen Sie einen anderen Ordner.")
