"""Key figures: how many statements the participants made, by group, by topic and by category.

They are read from the frozen picture of a conference, so that its pages and its Heft tell the same. What
comes from an earlier event, or from the moderation, is not counted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from arbeitsgruppen.bild import Abschnittsbild, Aeusserungsbild, Gruppenbild, Konferenzbild, Themenbild
from arbeitsgruppen.diagramm import Spalte, balkentafel
from arbeitsgruppen.farben import kategoriefarbe
from arbeitsgruppen.models import Abschnitt

# The widths of charts on pages, in CSS pixels: what they get on a screen, and on a phone.
BREIT, SCHMAL = 1100, 330


@dataclass(frozen=True, slots=True)
class Fundstelle:
    """A statement of participants and where it stands."""

    gruppe: Gruppenbild
    abschnitt: Abschnittsbild
    aeusserung: Aeusserungsbild


def fundstellen(bild: Konferenzbild) -> Iterator[Fundstelle]:
    """Yield all statements of participants in their order."""
    for gruppe in bild.gruppen:
        for abschnitt in gruppe.abschnitte:
            if abschnitt.von_teilnehmenden:
                for aeusserung in abschnitt.aeusserungen:
                    yield Fundstelle(gruppe, abschnitt, aeusserung)


@dataclass(frozen=True, slots=True)
class Themenzahlen:
    """How many statements a topic has, by category in the order of the categories, and of how many groups."""

    thema: Themenbild
    je_kategorie: dict[str, int]
    gruppen: int

    @property
    def anzahl(self) -> int:
        """All statements of the topic."""
        return sum(self.je_kategorie.values())

    @property
    def zaehler(self) -> list[tuple[str, str, int]]:
        """The categories in which it has statements: value, name, number."""
        return [(k, str(Abschnitt.Kategorie(k).label), n) for k, n in self.je_kategorie.items() if n]


def themenzahlen(bild: Konferenzbild) -> list[Themenzahlen]:
    """Return the topics of which participants speak, in their order.

    A statement counts for each of its topics.
    """
    zaehler = defaultdict[str, Counter[str]](Counter)
    gruppen = defaultdict[str, set[int]](set)
    for stelle in fundstellen(bild):
        for slug in stelle.aeusserung.themen:
            zaehler[slug][stelle.abschnitt.kategorie] += 1
            gruppen[slug].add(stelle.gruppe.nummer)
    return [
        Themenzahlen(
            thema,
            {k: zaehler[thema.slug][k] for k in Abschnitt.Kategorie.values},
            len(gruppen[thema.slug]),
        )
        for thema in bild.themen
        if thema.slug in zaehler
    ]


def themenstand(bild: Konferenzbild) -> str:
    """Return what tells this assignment of statements to topics, and what these are called, from another."""
    return repr((bild.themen, [(s.aeusserung.kennung, s.aeusserung.themen) for s in fundstellen(bild)]))


@dataclass(frozen=True, slots=True)
class Zeile:
    """A row of figures: its short name in the chart, what it is, its page, a number for every column."""

    name: str
    titel: str
    ziel: str
    werte: tuple[int, ...]

    @property
    def summe(self) -> int:
        """The total of the row."""
        return sum(self.werte)


@dataclass(frozen=True, slots=True)
class Tafel:
    """Figures by category, as table and as chart; a number leads to the statements that it counts.

    The page of a row has a place for each category, named as the category is. Totals of all rows are given
    with `summen` only: where a statement counts in several rows they would be too large.
    """

    kategorien: tuple[str, ...]
    zeilen: tuple[Zeile, ...]
    summen: bool

    @property
    def spalten(self) -> list[Spalte]:
        """The categories with their numbers for all rows."""
        return [
            Spalte(
                str(Abschnitt.Kategorie(kategorie).label),
                kategoriefarbe(kategorie),
                tuple(zeile.werte[stelle] for zeile in self.zeilen),
                kategorie,
            )
            for stelle, kategorie in enumerate(self.kategorien)
        ]

    @property
    def tabelle(self) -> list[tuple[Zeile, list[tuple[Spalte, int, str]]]]:
        """The rows, each with its numbers by column and where they lead."""
        spalten = self.spalten
        return [
            (zeile, list(zip(spalten, zeile.werte, ziele, strict=True)))
            for zeile, ziele in zip(self.zeilen, self._ziele, strict=True)
        ]

    @property
    def summe(self) -> int:
        """The total of all rows."""
        return sum(zeile.summe for zeile in self.zeilen)

    @property
    def _ziele(self) -> list[list[str]]:
        return [[f"{zeile.ziel}#{kategorie}" for kategorie in self.kategorien] for zeile in self.zeilen]

    @property
    def diagramm(self) -> SafeString:
        """The chart for a screen."""
        return self._gezeichnet(BREIT, namen_darueber=False)

    @property
    def schmales_diagramm(self) -> SafeString:
        """The chart for a phone, where the names have lines of their own."""
        return self._gezeichnet(SCHMAL, namen_darueber=True)

    def _gezeichnet(self, breite: float, *, namen_darueber: bool) -> SafeString:
        svg = balkentafel(
            [zeile.name for zeile in self.zeilen],
            self.spalten,
            breite=breite,
            namen_darueber=namen_darueber,
            summen=self.summen,
            ziele=self._ziele,
        )
        return mark_safe(svg)  # noqa: S308  # drawn here, texts escaped


def gruppentafel(bild: Konferenzbild) -> Tafel | None:
    """Return the statements by group and category; None where there is nothing to compare."""
    gruppen = [gruppe for gruppe in bild.gruppen if not gruppe.zurueckgehalten]
    kategorien = _vorhandene(bild.anzahl_je_kategorie)
    if len(gruppen) < 2 or not kategorien:
        return None
    return Tafel(
        kategorien,
        tuple(
            Zeile(
                f"AG {gruppe.nummer}",
                gruppe.titel,
                reverse("arbeitsgruppe", args=[bild.slug, gruppe.nummer]),
                tuple(gruppe.anzahl_je_kategorie[kategorie] for kategorie in kategorien),
            )
            for gruppe in gruppen
        ),
        summen=True,
    )


def thementafel(bild: Konferenzbild, hoechstens: int | None = None) -> Tafel | None:
    """Return the statements by topic and category: of the largest topics, or of all in their order.

    None without a topic.
    """
    zahlen = themenzahlen(bild)
    if hoechstens is not None:
        zahlen = sorted(zahlen, key=lambda eine: -eine.anzahl)[:hoechstens]
    kategorien = _vorhandene({k: sum(z.je_kategorie[k] for z in zahlen) for k in Abschnitt.Kategorie.values})
    if not zahlen:
        return None
    return Tafel(
        kategorien,
        tuple(
            Zeile(
                eine.thema.titel,
                eine.thema.titel,
                reverse("thema", args=[bild.slug, eine.thema.slug]),
                tuple(eine.je_kategorie[kategorie] for kategorie in kategorien),
            )
            for eine in zahlen
        ),
        summen=False,
    )


def _vorhandene(zahlen: dict[str, int]) -> tuple[str, ...]:
    return tuple(kategorie for kategorie, anzahl in zahlen.items() if anzahl)
