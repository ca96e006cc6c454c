"""What a reader wants to have in the Heft: its form, some groups, some categories, the talks or not.

An Auswahl is written in one way only, so that its query string serves as the address of a Heft and as
the name under which a finished one is kept. What it leaves of a conference is a smaller picture.
"""

from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import parse_qsl, urlencode

from django.db.models import TextChoices

from arbeitsgruppen.bild import Gruppenbild, Konferenzbild
from arbeitsgruppen.models import Abschnitt
from konferenz.aufzaehlung import aufzaehlung, gruppennamen

OHNE_VORTRAEGE = "nein"


class GruppeFehlt(LookupError):
    """The conference has no group of the number asked for; says in German which there are."""

    @classmethod
    def in_konferenz(cls, nummer: int, bild: Konferenzbild) -> Self:
        """Return the error for this number in this conference."""
        nummern = ", ".join(str(gruppe.nummer) for gruppe in bild.gruppen) or "keine"
        return cls(f"Eine AG {nummer} gibt es in dieser Konferenz nicht. Vorhanden: {nummern}.")


class Form(TextChoices):
    """How the Heft is set."""

    FOLIEN = "folien", "Folien"
    BERICHT = "bericht", "Bericht"


@dataclass(frozen=True, slots=True)
class Auswahl:
    """What a Heft shall hold; no groups chosen means all, no categories means all.

    Raises ValueError for a form, a category or a number of a group that can't exist.
    """

    form: str = Form.FOLIEN.value
    gruppen: tuple[int, ...] = ()
    kategorien: tuple[str, ...] = ()
    vortraege: bool = True

    def __post_init__(self) -> None:
        if any(nummer < 1 for nummer in self.gruppen):
            raise ValueError(f"groups count from 1, not {min(self.gruppen)}")
        kategorien = {Abschnitt.Kategorie(kategorie).value for kategorie in self.kategorien}
        if kategorien == set(Abschnitt.Kategorie.values):
            kategorien = set()
        # The way to normalise a frozen dataclass on construction.
        object.__setattr__(self, "form", Form(self.form).value)
        object.__setattr__(self, "gruppen", tuple(sorted(set(self.gruppen))))
        # Groups stand for themselves, without talks: saying so or not is the same choice.
        object.__setattr__(self, "vortraege", self.vortraege or bool(self.gruppen))
        in_reihenfolge = tuple(k for k in Abschnitt.Kategorie.values if k in kategorien)
        object.__setattr__(self, "kategorien", in_reihenfolge)

    @classmethod
    def aus_anfrage(cls, anfrage: str) -> Self:
        """Read what `anfrage` wrote; raises ValueError for everything else."""
        werte: dict[str, list[str]] = {"form": [], "ag": [], "kategorie": [], "vortraege": []}
        for name, wert in parse_qsl(anfrage, keep_blank_values=True):
            werte.setdefault(name, []).append(wert)
        auswahl = cls(
            form=next(iter(werte["form"]), Form.FOLIEN.value),
            gruppen=tuple(int(wert) for wert in werte["ag"]),
            kategorien=tuple(werte["kategorie"]),
            vortraege=OHNE_VORTRAEGE not in werte["vortraege"],
        )
        if auswahl.anfrage != anfrage:
            raise ValueError(f"{anfrage[:200]!r} is not what an Auswahl writes")
        return auswahl

    @property
    def anfrage(self) -> str:
        """The query string of the Heft's address, empty for the whole conference as slides."""
        teile: list[tuple[str, str | int]] = []
        if self.form != Form.FOLIEN:
            teile.append(("form", self.form))
        teile += [("ag", nummer) for nummer in self.gruppen]
        teile += [("kategorie", kategorie) for kategorie in self.kategorien]
        if not self.vortraege:
            teile.append(("vortraege", OHNE_VORTRAEGE))
        return urlencode(teile)

    @property
    def beschreibung(self) -> str:
        """The Auswahl in words, for example „Bericht, AG 1 und 3, nur „hakt“, ohne Vorträge“."""
        return ", ".join([Form(self.form).label, *self._teile()])

    def _teile(self) -> list[str]:
        teile = []
        if self.gruppen:
            teile.append(gruppennamen(self.gruppen))
        if self.kategorien:
            namen = (f"„{Abschnitt.Kategorie(kategorie).label}“" for kategorie in self.kategorien)
            teile.append(f"nur {aufzaehlung(namen)}")
        if not self.vortraege:
            teile.append("ohne Vorträge")
        return teile

    @property
    def auszug(self) -> str:
        """What of the conference is chosen, without the form; empty for the whole or for one whole group."""
        if not self.kategorien and self.vortraege and len(self.gruppen) < 2:
            return ""
        return ", ".join(self._teile())

    def dateiname(self, slug: str) -> str:
        """Return a name for the file, without its ending; one group by its number, else „auswahl“."""
        teile = [slug]
        if self.form != Form.FOLIEN:
            teile.append(self.form)
        if len(self.gruppen) == 1 and not self.kategorien:
            teile.append(f"ag-{self.gruppen[0]}")
        elif self.gruppen or self.kategorien or not self.vortraege:
            teile.append("auswahl")
        return "-".join(teile)


def ausgewaehlt(bild: Konferenzbild, auswahl: Auswahl) -> Konferenzbild:
    """Return the picture of what was chosen; nothing in it reads otherwise than in the whole picture.

    Chosen groups stand for themselves, without agenda, talks and free-text pages. Where categories are
    chosen, a group that has nothing in them is left out, unless the group itself was chosen or what it said
    is held back: then nobody can say that there is nothing.

    Raises GruppeFehlt when the conference has no such group.
    """
    if auswahl.gruppen:
        nummern = {gruppe.nummer for gruppe in bild.gruppen}
        for nummer in auswahl.gruppen:
            if nummer not in nummern:
                raise GruppeFehlt.in_konferenz(nummer, bild)
        gruppen = tuple(gruppe for gruppe in bild.gruppen if gruppe.nummer in auswahl.gruppen)
        bild = replace(bild, gruppen=gruppen, programm=(), vortraege=(), textseiten=())
    if auswahl.kategorien:
        gruppen = tuple(_mit_kategorien(gruppe, auswahl.kategorien) for gruppe in bild.gruppen)
        if not auswahl.gruppen:
            gruppen = tuple(gruppe for gruppe in gruppen if gruppe.abschnitte or gruppe.zurueckgehalten)
        bild = replace(bild, gruppen=gruppen)
    if not auswahl.vortraege:
        bild = replace(bild, vortraege=())
    return bild


def _mit_kategorien(gruppe: Gruppenbild, kategorien: tuple[str, ...]) -> Gruppenbild:
    return replace(gruppe, abschnitte=tuple(a for a in gruppe.abschnitte if a.kategorie in kategorien))
