"""A program: bring an empty database to an earlier state, fill it as it was then, migrate, compare.

`python -m tests.migrationsprobe KONFERENZ ARBEITSGRUPPEN KEIM GRUPPEN` prints as JSON how many rows there
were, which of their values are not what they were, and what pages answer. A process of its own, because
migrations use the one database of the settings. tests/test_migrationen.py calls it.
"""

import json
import os
import random
import sys
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "konferenz.settings")
django.setup()

from django.apps import apps as heutige  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402
from django.test import Client  # noqa: E402

EIGENE = ("konferenz", "arbeitsgruppen")
WOERTER = (
    *(
        "Straße",
        "Übergang",
        "„Ehrenamt“",
        "Größe",
        "–",
        "Ämter\tund",
        "Sprachkurs's",
        "Jobcenter;",
        "50",
        "%",
    ),
    *("<b>nicht</b>", "=", "ß\u00adẞ", "漢字", "😀", "zwei\nZeilen"),
)


class Damals:
    """The models of an earlier state, filled with rows that are made up but keep their rules."""

    def __init__(self, apps: Any, keim: int) -> None:
        self.apps = apps
        self.zufall = random.Random(keim)  # noqa: S311  # test data
        self._laufend = 0

    def neu(self, name: str, **werte: Any) -> Any:
        """Store a row with those of the values that the model had already, and its line in the history."""
        app = next(app for app in EIGENE if (app, name.lower()) in self.apps.namen)
        modell = self.apps.get_model(app, name)
        felder = {feld.name for feld in modell._meta.fields}
        zeile = modell.objects.create(**{feld: wert for feld, wert in werte.items() if feld in felder})
        self._verzeichnen(app, name, zeile)
        return zeile

    def _verzeichnen(self, app: str, name: str, zeile: Any) -> None:
        if (app, f"historical{name.lower()}") not in self.apps.namen:
            return
        verlauf = self.apps.get_model(app, f"Historical{name}")
        felder = {feld.attname for feld in verlauf._meta.fields if not feld.generated}
        werte = {f.attname: getattr(zeile, f.attname) for f in zeile._meta.fields if f.attname in felder}
        verlauf.objects.create(**werte, history_date=datetime(2026, 11, 1, tzinfo=UTC), history_type="+")

    def text(self, laenge: int = 12) -> str:
        """Return a text that is there only once."""
        self._laufend += 1
        return " ".join([*self.zufall.choices(WOERTER, k=laenge), str(self._laufend)])

    def fuellen(self, gruppen: int) -> None:
        """Make three conferences, a draft among them at an address that is refused later."""
        entwurf = "entwurf" if self.apps.kennt_adresse("entwurf") else "noch-ein-entwurf"
        self.konferenz(2018, "entwurf", entwurf, gruppen)
        self.konferenz(2019, "veroeffentlicht", "fachtag", gruppen)
        self.konferenz(2020, "archiviert", "damals", gruppen)

    def konferenz(self, jahr: int, status: str, slug: str, gruppen: int) -> None:
        """Make a conference with everything that belongs to one."""
        konferenz = self.neu(
            "Konferenz",
            titel=self.text(),
            slug=slug,
            reihe=self.text(3),
            datum=date(jahr, 2, 28),
            beginn=time(9),
            ende=time(17),
            hinweis=self.text(30),
            status=status,
        )
        punkte = [
            self.neu("Programmpunkt", konferenz=konferenz, position=n, beginn=time(9 + n), titel=self.text())
            for n in range(4)
        ]
        personen = [
            self.neu("Person", vorname=self.text(1), nachname=self.text(1), organisation=self.text(3))
            for _ in range(4)
        ]
        vortrag = self.neu(
            "Vortrag",
            konferenz=konferenz,
            programmpunkt=punkte[0],
            position=1,
            titel=self.text(),
            slug="stand",
        )
        vortrag.vortragende.add(*personen[:2])
        for n in range(5):
            kopf, text = self.text(3), self.text(40)
            self.neu("Folie", vortrag=vortrag, position=n, art="inhalt", ueberschrift=kopf, text=text)
        self.neu("Textseite", konferenz=konferenz, seite=1, ueberschrift=self.text(2), text=self.text(50))
        self.neu("Notiz", konferenz=konferenz, seite=1, zeile=2, text=self.text(), erledigt=False)
        self.neu(
            "Importstand", konferenz=konferenz, quelle="vorlage.txt", stand={"ä": [1, None, self.text()]}
        )
        for nummer in range(1, gruppen + 1):
            self.gruppe(konferenz, punkte[nummer % 4], personen, nummer)
        if ("arbeitsgruppen", "heftausgabe") in self.apps.namen:
            self.neu(
                "Heftausgabe",
                konferenz=konferenz,
                schluessel=f"{jahr:064d}",
                entwurf=False,
                datei=f"hefte/{jahr}.pdf",
                fertig=datetime(2026, 11, 2, tzinfo=UTC),
                umfang=87,
                gesetzt=87,
                auftrag=UUID(int=jahr),
            )

    def gruppe(self, konferenz: Any, punkt: Any, personen: list[Any], nummer: int) -> None:
        """Make a group with headings, statements and sub-points."""
        gruppe = self.neu(
            "Arbeitsgruppe",
            konferenz=konferenz,
            programmpunkt=punkt,
            nummer=nummer,
            titel=self.text(),
            fragestellung=self.text(20),
            unterfragen=f"{self.text()}\n{self.text()}",
            status="freigegeben",
        )
        for n, person in enumerate(personen[2:]):
            self.neu("Moderation", arbeitsgruppe=gruppe, person=person, position=n, angabe=self.text(4))
        for n, kategorie in enumerate(("gut", "hakt", "loesung", "weiteres")):
            abschnitt = self.neu(
                "Abschnitt",
                arbeitsgruppe=gruppe,
                ueberschrift=self.text(3),
                kategorie=kategorie,
                herkunft="teilnehmende",
                position=n,
            )
            for stelle in range(self.zufall.randint(3, 8)):
                aeusserung = self.aeusserung(abschnitt, stelle)
                for unten in range(self.zufall.choice((0, 0, 2))):
                    self.aeusserung(abschnitt, unten, aeusserung)
        if ("arbeitsgruppen", "kommentar") in self.apps.namen:
            self.neu("Kommentar", arbeitsgruppe=gruppe, aeusserung=aeusserung, text=self.text())

    def aeusserung(self, abschnitt: Any, position: int, oben: Any = None) -> Any:
        """Make a statement or a sub-point."""
        return self.neu(
            "Aeusserung",
            abschnitt=abschnitt,
            uebergeordnet=oben,
            position=position,
            text=self.text(self.zufall.randint(1, 60)),
            kennung=f"k{self._laufend:07d}",
            neue_seite=oben is None and position == 2,
        )


class Stand:
    """The state of the models after some migrations, with what is asked of it here."""

    def __init__(self, apps: Any, ziel: tuple[str, str]) -> None:
        self._apps, self._ziel = apps, ziel
        self.namen = {(m._meta.app_label, m._meta.model_name) for m in apps.get_models()}

    def get_model(self, *name: str) -> Any:
        """Return a model as it was."""
        return self._apps.get_model(*name)

    def kennt_adresse(self, slug: str) -> bool:
        """Whether a conference could have this address then: /entwurf/ was one until 0004."""
        return slug != "entwurf" or self._ziel[0] < "0004"

    def zeilen(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Return all rows of the project by table and primary key; those that link two tables, too."""
        tabellen = {}
        for modell in self._apps.get_models(include_auto_created=True):
            if modell._meta.app_label in EIGENE:
                felder = [f.attname for f in modell._meta.concrete_fields if not f.generated]
                tabellen[modell._meta.db_table] = {
                    str(zeile[modell._meta.pk.attname]): zeile for zeile in modell.objects.values(*felder)
                }
        return tabellen


def abweichungen(vorher: dict[str, Any], nachher: dict[str, Any]) -> list[str]:
    """Return what of the rows before is not there after, or not the same."""
    gefunden = []
    for tabelle, zeilen in vorher.items():
        for schluessel, zeile in zeilen.items():
            neu = nachher.get(tabelle, {}).get(schluessel)
            if neu is None:
                gefunden.append(f"{tabelle} {schluessel} fehlt")
                continue
            for feld, wert in zeile.items():
                if neu.get(feld, wert) != wert:
                    gefunden.append(f"{tabelle}.{feld}: {wert!r} ist {neu[feld]!r}")
    return gefunden


def main(konferenz: str, arbeitsgruppen: str, keim: str, gruppen: str) -> None:
    """Do it and say what came out."""
    lauf = MigrationExecutor(connection)
    # What other apps needed then comes along by dependency; accounts and tasks are theirs to migrate.
    ziel = [("konferenz", konferenz), ("arbeitsgruppen", arbeitsgruppen)]
    lauf.migrate(ziel)
    lauf.loader.build_graph()
    damals = Stand(lauf.loader.project_state(ziel).apps, (konferenz, arbeitsgruppen))
    Damals(damals, int(keim)).fuellen(int(gruppen))
    vorher = damals.zeilen()
    beginn = datetime.now(UTC)
    call_command("migrate", verbosity=0)
    dauer = datetime.now(UTC) - beginn
    nachher = Stand(heutige, ("9999", "9999")).zeilen()
    print(
        json.dumps(
            {
                "zeilen": sum(map(len, vorher.values())),
                "aeusserungen": len(vorher["arbeitsgruppen_aeusserung"]),
                "abweichungen": abweichungen(vorher, nachher),
                "seiten": [_status("/fachtag/"), _status("/fachtag/ag/1/"), _status("/suche/?q=Jobcenter")],
                "verlauf": len(nachher["arbeitsgruppen_historicalaeusserung"]),
                "sekunden": dauer / timedelta(seconds=1),
            }
        )
    )


def _status(pfad: str) -> int:
    return Client(headers={"host": "localhost"}).get(pfad).status_code


if __name__ == "__main__":
    main(*sys.argv[1:])
