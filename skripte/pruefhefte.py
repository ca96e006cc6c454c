"""Write the Hefte that are checked from outside:  python skripte/pruefhefte.py ORDNER

The real conference whole and one group of it, and a generated one without talks and moderation but with 12
groups and 600 statements, each in both forms. Needs no database: it makes one in memory.
"""

import os
import sys
from datetime import date
from pathlib import Path

os.environ |= {
    "DJANGO_SETTINGS_MODULE": "konferenz.settings",
    "DEBUG": "1",
    "DATABASE_URL": "sqlite://:memory:",
}
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

django.setup()

from django.core.management import call_command

from arbeitsgruppen.ausgabe import Zustand
from arbeitsgruppen.auswahl import Auswahl, Form
from arbeitsgruppen.bild import Abschnittsbild, Aeusserungsbild, Gruppenbild, Konferenzbild
from arbeitsgruppen.heft import heft
from arbeitsgruppen.models import Abschnitt
from arbeitsgruppen.setzer import Setzer
from konferenz.models import Konferenz

KONFERENZ = "pakt-fuer-integration-2021"


def echte() -> Konferenzbild:
    """Return the picture of the real conference."""
    call_command("migrate", verbosity=0)
    call_command("loaddata", KONFERENZ, "themen", "themenentscheidungen", verbosity=0)
    return Zustand.von(Konferenz.objects.get(slug=KONFERENZ)).bild


def erzeugte() -> Konferenzbild:
    """Return a picture of 12 groups with 600 statements and nothing else."""
    gruppen = tuple(
        Gruppenbild(
            nummer,
            f"Gruppe {nummer}",
            abschnitte=tuple(
                Abschnittsbild(
                    f"Überschrift {kategorie}",
                    kategorie,
                    Abschnitt.Herkunft.TEILNEHMENDE,
                    tuple(
                        Aeusserungsbild(
                            f"Äußerung {stelle} der Gruppe {nummer} ☐ → siehe https://example.de/{stelle}"
                        )
                        for stelle in range(1, anzahl + 1)
                    ),
                )
                for kategorie, anzahl in (("gut", 13), ("hakt", 24), ("weiteres", 13))
            ),
        )
        for nummer in range(1, 13)
    )
    return Konferenzbild("Erzeugte Konferenz", date(2024, 5, 3), slug="erzeugt", gruppen=gruppen)


def main(ordner: Path) -> None:
    """Write the six files."""
    ordner.mkdir(parents=True, exist_ok=True)
    bild = echte()
    hefte: dict[str, tuple[Konferenzbild, tuple[int, ...]]] = {
        "ganz": (bild, ()),
        "ag-3": (bild, (3,)),
        "erzeugt": (erzeugte(), ()),
    }
    with Setzer() as setzer:
        for name, (bild, gruppen) in hefte.items():
            for form in Form.values:
                pdf = setzer.setzen(heft(bild, Auswahl(form=form, gruppen=gruppen)).satz)
                ziel = ordner / f"{name}-{form}.pdf"
                ziel.write_bytes(pdf.daten)
                print(f"{ziel}: {pdf.seiten} Seiten")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
