"""The Heft as report in A4: from the frozen picture of a conference to its parts.

A part is laid out by itself and holds all that its template needs. What has no content is no part, so
that a picture that was reduced to one group or to some categories makes a report of just that.
The statements stand once each and in the order of the picture, which is that of the database.

Every part is rendered as `teil` by `heft/bericht/<vorlage>.html`; the style sheet of all is
`heft/bericht.css`.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import ClassVar

from django.core.files.storage import default_storage
from django.utils.formats import date_format
from django.utils.text import capfirst

from arbeitsgruppen.bild import (
    Abschnittsbild,
    Folienbild,
    Gruppenbild,
    Konferenzbild,
    Personenbild,
    Programmbild,
    Themenbild,
    Vortragsbild,
)
from arbeitsgruppen.diagramm import Spalte, balkentafel, linienbild
from arbeitsgruppen.farben import gruppenfarbe, kategoriefarbe
from arbeitsgruppen.kennzahlen import Fundstelle, Themenzahlen, fundstellen, themenzahlen
from arbeitsgruppen.models import Abschnitt
from arbeitsgruppen.namen import ANREDE, NAMENSZUSATZ, kurzform, person
from arbeitsgruppen.vermerke import ERKLAERUNG, Vermerk, vermerke
from konferenz.aufzaehlung import der_gruppen
from konferenz.freitext import Block, bloecke

# A table of contents that fits one page names the headings inside the groups, too.
EINTRAEGE_JE_INHALTSSEITE = 26
# Characters on the cover for which there is room beside the picture.
LAENGSTER_UMSCHLAG = 420
# Entries from which on the picture of the cover looks like one.
KLEINSTES_TITELBILD = 12
TITELBILD = "diagramm-titel.svg"
KATEGORIENBILD = "diagramm-kategorien.svg"
THEMENBILD = "diagramm-themen.svg"
HERKUNFTSMARKEN: Mapping[str, str] = {
    Abschnitt.Herkunft.RUECKBLICK: "Rückblick",
    Abschnitt.Herkunft.LEITFRAGE: "Leitfrage",
}
HERKUNFTSERKLAERUNGEN: Mapping[str, str] = {
    Abschnitt.Herkunft.RUECKBLICK: "Ergebnis einer früheren Veranstaltung oder Befragung, nicht mitgezählt",
    Abschnitt.Herkunft.LEITFRAGE: "von der Moderation vorgegeben, keine Äußerung und nicht mitgezählt",
}
KATEGORIEERKLAERUNGEN: Mapping[str, str] = {
    Abschnitt.Kategorie.GUT: "was sich aus Sicht der Teilnehmenden bewährt",
    Abschnitt.Kategorie.HAKT: "wo sie Schwierigkeiten sehen",
    Abschnitt.Kategorie.LOESUNG: "was aus ihrer Sicht helfen würde",
    Abschnitt.Kategorie.WEITERES: "alles andere; es steht in den Gruppen nur unter seiner Überschrift",
}


@dataclass(frozen=True, slots=True)
class Quelle:
    """Where a report comes from.

    `adresse` is the permanent address of the conference, `pruefsumme` the SHA-256 of the documented
    content in 64 hex digits, `stand` the day of its last change, where it is known.
    """

    adresse: str
    pruefsumme: str
    stand: date | None = None

    @property
    def ausgabe(self) -> str:
        """The edition in a few words, for example „3. Mai 2021 (0f3a9c2e)“."""
        kurz = self.pruefsumme[:8]
        return f"{_datum(self.stand)} ({kurz})" if self.stand else kurz


class Berichtsteil:
    """What all parts have in common.

    `vorlage` names the template, `bezeichnung` is the title where all parts of the kind have the same;
    `verweise` says whether page numbers of other parts stand in it, `rand` whether its pages carry a
    page number and a footer, `einpassen` whether it is set smaller to stay one page.
    """

    __slots__ = ()
    vorlage: ClassVar[str]
    bezeichnung: ClassVar[str] = ""
    verweise: ClassVar[bool] = False
    rand: ClassVar[bool] = True
    einpassen: ClassVar[bool] = False

    @property
    def anker(self) -> str:
        """The id of the part."""
        return self.vorlage

    @property
    def titel(self) -> str:
        """What the contents call the part; empty when they leave it out."""
        return self.bezeichnung

    @property
    def name(self) -> str:
        """What people call the part, in messages."""
        return self.titel or "Textseite"

    @property
    def bilder(self) -> Mapping[str, bytes]:
        """What was drawn for the part, by the name it asks for as `bild:NAME`."""
        return {}


@dataclass(frozen=True, slots=True)
class Umschlag(Berichtsteil):
    """The cover; of one group where the picture holds only one."""

    vorlage: ClassVar[str] = "umschlag"
    bezeichnung: ClassVar[str] = "Umschlag"
    rand: ClassVar[bool] = False
    konferenz: Konferenzbild
    stand: date | None = None

    @property
    def gruppe(self) -> Gruppenbild | None:
        """The only group, if there is only one."""
        return _einzige_gruppe(self.konferenz)

    @property
    def datum(self) -> str:
        """The day, for example „21. April 2021“."""
        return _datum(self.konferenz.datum)

    @property
    def gedraengt(self) -> bool:
        """Whether the texts are so long that they need the room of the picture."""
        konferenz, gruppe = self.konferenz, self.gruppe
        texte = (
            konferenz.titel,
            konferenz.reihe,
            konferenz.ort,
            konferenz.veranstalter,
            gruppe.titel if gruppe else "",
        )
        return sum(map(len, texte)) > LAENGSTER_UMSCHLAG

    @property
    def beschreibung(self) -> str:
        """The picture in words."""
        je = "Überschrift" if self.gruppe else "Arbeitsgruppe"
        return f"Titelgrafik: Jeder Eintrag ist ein Strich, jede {je} eine Säule aus ihren Strichen."

    @property
    def bilder(self) -> Mapping[str, bytes]:
        """The ornament: a column for every group, or every heading of one group; a line for every entry."""
        saeulen = [(farbe, laengen) for _, farbe, laengen in self._saeulen]
        if self.gedraengt or sum(len(laengen) for _, laengen in saeulen) < KLEINSTES_TITELBILD:
            return {}
        return {TITELBILD: linienbild(saeulen).encode()}

    @property
    def _saeulen(self) -> list[tuple[str, str, list[int]]]:
        """Name, colour and the lengths of the entries of every column."""
        if self.gruppe:
            return [
                (
                    abschnitt.ueberschrift,
                    gruppenfarbe(self.gruppe.nummer)
                    if abschnitt.kategorie == Abschnitt.Kategorie.WEITERES
                    else kategoriefarbe(abschnitt.kategorie),
                    [len(aeusserung.text) for aeusserung in abschnitt.aeusserungen],
                )
                for abschnitt in self.gruppe.abschnitte
            ]
        return [
            (
                f"AG {g.nummer}",
                gruppenfarbe(g.nummer),
                [len(e.text) for a in g.abschnitte for e in a.aeusserungen],
            )
            for g in self.konferenz.gruppen
        ]


@dataclass(frozen=True, slots=True)
class Inhaltszeile:
    """A line of the contents; `marke` stands beside it in its `farbe`, for example „AG 3“."""

    anker: str
    titel: str
    marke: str = ""
    farbe: str = ""
    unterzeilen: tuple["Inhaltszeile", ...] = ()


@dataclass(frozen=True, slots=True)
class Inhalt(Berichtsteil):
    """The contents."""

    vorlage: ClassVar[str] = "inhalt"
    bezeichnung: ClassVar[str] = "Inhalt"
    verweise: ClassVar[bool] = True
    zeilen: tuple[Inhaltszeile, ...]


@dataclass(frozen=True, slots=True)
class Hinweis(Berichtsteil):
    """The editorial note (disclaimer)."""

    vorlage: ClassVar[str] = "hinweis"
    bezeichnung: ClassVar[str] = "Hinweis"
    bloecke: tuple[Block, ...]
    abschnitte: tuple[Abschnittsbild, ...] = ()

    @property
    def kategorien(self) -> list[tuple[str, str, str]]:
        """The categories that occur: name as in the headings, colour, what it means.

        „Weiteres“ alone explains nothing and is left out.
        """
        vorhanden = {abschnitt.kategorie for abschnitt in self.abschnitte}
        if vorhanden == {Abschnitt.Kategorie.WEITERES.value}:
            return []
        return [
            (_kategoriename(kategorie), kategoriefarbe(kategorie), erklaerung)
            for kategorie, erklaerung in KATEGORIEERKLAERUNGEN.items()
            if kategorie in vorhanden
        ]

    @property
    def marken(self) -> list[tuple[str, str]]:
        """The labels of other origin that occur, each with what it means."""
        vorhanden = {abschnitt.herkunft for abschnitt in self.abschnitte}
        return [
            (HERKUNFTSMARKEN[herkunft], erklaerung)
            for herkunft, erklaerung in HERKUNFTSERKLAERUNGEN.items()
            if herkunft in vorhanden
        ]


@dataclass(frozen=True, slots=True)
class Programm(Berichtsteil):
    """The agenda, each slot with the groups that meet in it."""

    vorlage: ClassVar[str] = "programm"
    bezeichnung: ClassVar[str] = "Tagesprogramm"
    punkte: tuple[tuple[Programmbild, tuple[Gruppenbild, ...]], ...]


@dataclass(frozen=True, slots=True)
class Kennzahlen(Berichtsteil):
    """Key figures: what the participants said, by group and category, „Weiteres“ by its heading."""

    vorlage: ClassVar[str] = "kennzahlen"
    bezeichnung: ClassVar[str] = "Kennzahlen"
    konferenz: Konferenzbild

    @property
    def gruppe(self) -> Gruppenbild | None:
        """The only group, if there is only one."""
        return _einzige_gruppe(self.konferenz)

    @property
    def gruppen(self) -> list[Gruppenbild]:
        """The groups with figures: those whose results are not held back."""
        return [gruppe for gruppe in self.konferenz.gruppen if not gruppe.zurueckgehalten]

    @property
    def zahlen(self) -> list[tuple[int, str]]:
        """The few figures to know, each with what it counts."""
        return [
            (
                self.konferenz.anzahl,
                _wort(self.konferenz.anzahl, "Äußerung", "Äußerungen") + " der Teilnehmenden",
            ),
            *(
                [(spalte.summe, spalte.name) for spalte in self.spalten if len(self.spalten) > 1]
                if self.gruppe
                else [(len(self.konferenz.gruppen), "Arbeitsgruppen")]
            ),
            *((anzahl, text) for anzahl, text in _weitere_eintraege(self.konferenz) if anzahl),
        ]

    @property
    def spalten(self) -> list[Spalte]:
        """The categories that occur, with the number of statements for every group."""
        return [
            Spalte(
                Abschnitt.Kategorie(kategorie).label,
                kategoriefarbe(kategorie),
                tuple(gruppe.anzahl_je_kategorie[kategorie] for gruppe in self.gruppen),
            )
            for kategorie, anzahl in self.konferenz.anzahl_je_kategorie.items()
            if anzahl
        ]

    @property
    def zeilen(self) -> list[tuple[Gruppenbild, list[int]]]:
        """Every group with its number of statements by category, in the order of `spalten`."""
        spalten = self.spalten
        return [
            (gruppe, [spalte.werte[index] for spalte in spalten]) for index, gruppe in enumerate(self.gruppen)
        ]

    @property
    def weiteres_gruppen(self) -> list[Gruppenbild]:
        """The groups that have statements outside „läuft gut“, „hakt“ and „Lösungsansätze“."""
        return [g for g in self.gruppen if g.anzahl_je_kategorie[Abschnitt.Kategorie.WEITERES]]

    @property
    def weiteres(self) -> list[tuple[str, list[int], int]]:
        """The headings of „Weiteres“, each with its statements by group and in all.

        Headings that differ in case, spaces or dashes only are one; the first spelling is shown.
        """
        namen: dict[str, str] = {}
        zaehler: defaultdict[str, Counter[int]] = defaultdict(Counter)
        for gruppe in self.weiteres_gruppen:
            for abschnitt in gruppe.abschnitte:
                if abschnitt.kategorie == Abschnitt.Kategorie.WEITERES and abschnitt.von_teilnehmenden:
                    schluessel = kurzform(abschnitt.ueberschrift)
                    namen.setdefault(schluessel, abschnitt.ueberschrift)
                    zaehler[schluessel][gruppe.nummer] += len(abschnitt.aeusserungen)
        return [
            (name, [zaehler[s][g.nummer] for g in self.weiteres_gruppen], zaehler[s].total())
            for s, name in namen.items()
        ]

    @property
    def fehlende(self) -> str:
        """Which groups are not in the figures, and why; empty where all are."""
        return _noch_nicht_freigegeben(self.konferenz)

    @property
    def diagramm(self) -> str:
        """The name of the chart; empty where there is nothing to compare."""
        return KATEGORIENBILD if len(self.gruppen) > 1 or len(self.spalten) > 1 else ""

    @property
    def beschreibung(self) -> str:
        """The chart in words."""
        wo = "je Kategorie" if self.gruppe else "je Arbeitsgruppe und Kategorie"
        summen = ", ".join(f"{spalte.name} {spalte.summe}" for spalte in self.spalten)
        return (
            f"Balkendiagramm: Äußerungen der Teilnehmenden {wo}. Insgesamt: {summen}. "
            "Alle Zahlen stehen in der folgenden Tabelle."
        )

    @property
    def bilder(self) -> Mapping[str, bytes]:
        """The chart: categories side by side with a row for every group, or a row each for one group."""
        if not self.diagramm:
            return {}
        if self.gruppe:
            werte = tuple(spalte.summe for spalte in self.spalten)
            spalten = [Spalte(f"AG {self.gruppe.nummer}", gruppenfarbe(self.gruppe.nummer), werte)]
            zeilen = [spalte.name for spalte in self.spalten]
        else:
            spalten = self.spalten
            zeilen = [f"AG {gruppe.nummer}" for gruppe in self.gruppen]
        return {KATEGORIENBILD: balkentafel(zeilen, spalten).encode()}


@dataclass(frozen=True, slots=True)
class Themen(Berichtsteil):
    """What the participants said by topic and category: what goes well and what gets stuck about the same."""

    vorlage: ClassVar[str] = "themen"
    bezeichnung: ClassVar[str] = "Themen"
    zahlen: tuple[Themenzahlen, ...]

    @property
    def spalten(self) -> list[Spalte]:
        """The categories that occur, with the number of statements for every topic."""
        return [
            Spalte(str(Abschnitt.Kategorie(kategorie).label), kategoriefarbe(kategorie), werte)
            for kategorie in Abschnitt.Kategorie.values
            if any(werte := tuple(eine.je_kategorie[kategorie] for eine in self.zahlen))
        ]

    @property
    def zeilen(self) -> list[tuple[Themenzahlen, list[int]]]:
        """Every topic with its number of statements by category, in the order of `spalten`."""
        spalten = self.spalten
        return [(eine, [spalte.werte[index] for spalte in spalten]) for index, eine in enumerate(self.zahlen)]

    @property
    def diagramm(self) -> str:
        """The name of the chart."""
        return THEMENBILD

    @property
    def beschreibung(self) -> str:
        """The chart in words."""
        return (
            "Balkendiagramm: Äußerungen der Teilnehmenden je Thema und Kategorie. "
            "Alle Zahlen stehen in der folgenden Tabelle."
        )

    @property
    def bilder(self) -> Mapping[str, bytes]:
        """The chart: categories side by side, a row for every topic."""
        namen = [eine.thema.titel for eine in self.zahlen]
        return {THEMENBILD: balkentafel(namen, self.spalten, summen=False).encode()}


@dataclass(frozen=True, slots=True)
class Registerstelle:
    """Where a group begins to speak of a topic in one category: how often in all, and the id to go to."""

    kategorie: str
    anzahl: int
    anker: str


@dataclass(frozen=True, slots=True)
class Registereintrag:
    """A topic with the groups that speak of it, each with its places."""

    thema: Themenbild
    gruppen: tuple[tuple[Gruppenbild, tuple[Registerstelle, ...]], ...]


@dataclass(frozen=True, slots=True)
class Themenregister(Berichtsteil):
    """The index: where what is said about which topic."""

    vorlage: ClassVar[str] = "themenregister"
    bezeichnung: ClassVar[str] = "Themenregister"
    verweise: ClassVar[bool] = True
    eintraege: tuple[Registereintrag, ...]


@dataclass(frozen=True, slots=True)
class Folienstueck:
    """What stands on a slide; `neu` has another heading than the slide before."""

    folie: Folienbild
    bloecke: tuple[Block, ...]
    neu: bool
    bild_fehlt: bool


@dataclass(frozen=True, slots=True)
class Vortrag(Berichtsteil):
    """A talk with its slides as flowing text; `nummer` counts the talks from 1."""

    vorlage: ClassVar[str] = "vortrag"
    vortrag: Vortragsbild
    nummer: int
    stuecke: tuple[Folienstueck, ...]

    @property
    def anker(self) -> str:
        """The id of the part."""
        return f"vortrag-{self.nummer}"

    @property
    def titel(self) -> str:
        """What the contents call the talk."""
        return self.vortrag.titel


@dataclass(frozen=True, slots=True)
class Abschnittsteil:
    """A printed heading with its statements, and the id that leads to it."""

    anker: str
    abschnitt: Abschnittsbild

    @property
    def marke(self) -> str:
        """What the entries are when the participants of the group did not say them; else empty."""
        return HERKUNFTSMARKEN.get(self.abschnitt.herkunft, "")

    @property
    def angabe(self) -> str:
        """How many entries there are and of what kind."""
        anzahl = len(self.abschnitt.aeusserungen)
        if not anzahl:
            return "keine Einträge"
        match self.abschnitt.herkunft:
            case Abschnitt.Herkunft.RUECKBLICK:
                return f"{anzahl} {_wort(anzahl, 'Eintrag', 'Einträge')} aus einer früheren Veranstaltung"
            case Abschnitt.Herkunft.LEITFRAGE:
                return f"{anzahl} {_wort(anzahl, 'Vorgabe', 'Vorgaben')} der Moderation"
        return f"{anzahl} {_wort(anzahl, 'Äußerung', 'Äußerungen')}"


@dataclass(frozen=True, slots=True)
class Kategorieteil:
    """Headings of one category that follow each other.

    `weiter` is true when the group has been at this category before. „Weiteres“ has no heading of its
    own (`name` is empty): there the printed headings are the first level.
    """

    kategorie: str
    weiter: bool
    abschnitte: tuple[Abschnittsteil, ...]

    @property
    def name(self) -> str:
        """The category as a heading, for example „Läuft gut“."""
        return "" if self.kategorie == Abschnitt.Kategorie.WEITERES else _kategoriename(self.kategorie)

    @property
    def farbe(self) -> str:
        """The colour of the category."""
        return kategoriefarbe(self.kategorie)


@dataclass(frozen=True, slots=True)
class Gruppe(Berichtsteil):
    """A group with its question, its moderation and everything that was said."""

    vorlage: ClassVar[str] = "gruppe"
    gruppe: Gruppenbild

    @property
    def anker(self) -> str:
        """The id of the part."""
        return f"ag-{self.gruppe.nummer}"

    @property
    def titel(self) -> str:
        """The title of the group."""
        return self.gruppe.titel

    @property
    def name(self) -> str:
        """What people call the part, in messages."""
        return f"AG {self.gruppe.nummer}: {self.gruppe.titel}"

    @property
    def farbe(self) -> str:
        """The colour of the group."""
        return gruppenfarbe(self.gruppe.nummer)

    @property
    def teile(self) -> list[Kategorieteil]:
        """The headings in their order; those of one category that follow each other are together."""
        nummeriert = [
            Abschnittsteil(f"{self.anker}-abschnitt-{nummer}", abschnitt)
            for nummer, abschnitt in enumerate(self.gruppe.abschnitte, 1)
        ]
        teile: list[Kategorieteil] = []
        for kategorie, folge in groupby(nummeriert, key=lambda teil: teil.abschnitt.kategorie):
            weiter = any(teil.kategorie == kategorie for teil in teile)
            teile.append(Kategorieteil(kategorie, weiter, tuple(folge)))
        return teile

    @property
    def angabe(self) -> str:
        """What the group said in figures, for example „41 Äußerungen: 9 läuft gut, 23 hakt“."""
        anzahl = self.gruppe.anzahl
        text = f"{anzahl} {_wort(anzahl, 'Äußerung', 'Äußerungen')}"
        zaehler = self.gruppe.zaehler
        if any(zeile.kategorie != Abschnitt.Kategorie.WEITERES for zeile in zaehler):
            text += ": " + ", ".join(
                Abschnitt.Kategorie(zeile.kategorie).gezaehlt(zeile.anzahl) for zeile in zaehler
            )
        if weitere := self.gruppe.weitere_eintraege:
            text += f"; außerdem {weitere} {_wort(weitere, 'Eintrag', 'Einträge')} anderer Herkunft"
        return text


@dataclass(frozen=True, slots=True)
class Textseite(Berichtsteil):
    """A page of free text; `nummer` counts them from 1."""

    vorlage: ClassVar[str] = "textseite"
    nummer: int
    ueberschrift: str
    bloecke: tuple[Block, ...]

    @property
    def anker(self) -> str:
        """The id of the part."""
        return f"text-{self.nummer}"

    @property
    def titel(self) -> str:
        """The heading; a page without one is not in the contents."""
        return self.ueberschrift


@dataclass(frozen=True, slots=True)
class Mitwirkung:
    """A person with all affiliations as printed, and what the person contributed.

    `beitraege` are slots of the agenda and talks, each with the id that leads there; `gruppen` are the
    numbers of the groups moderated.
    """

    person: Personenbild
    angaben: tuple[str, ...]
    beitraege: tuple[tuple[str, str], ...]
    gruppen: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mitwirkende(Berichtsteil):
    """All who contributed, by surname."""

    vorlage: ClassVar[str] = "mitwirkende"
    bezeichnung: ClassVar[str] = "Mitwirkende"
    verweise: ClassVar[bool] = True
    personen: tuple[Mitwirkung, ...]


@dataclass(frozen=True, slots=True)
class Quellenangabe(Berichtsteil):
    """Where all this comes from, how to cite it and what is counted."""

    vorlage: ClassVar[str] = "quelle"
    bezeichnung: ClassVar[str] = "Quelle und Zitierweise"
    erklaerung: ClassVar[str] = ERKLAERUNG
    konferenz: Konferenzbild
    quelle: Quelle

    @property
    def zeilen(self) -> list[tuple[str, str]]:
        """The facts about conference and edition, each with its name."""
        konferenz, gruppe = self.konferenz, _einzige_gruppe(self.konferenz)
        zeilen = [
            ("Konferenz", konferenz.titel),
            ("Reihe", konferenz.reihe),
            ("Arbeitsgruppe", f"AG {gruppe.nummer}: {gruppe.titel}" if gruppe else ""),
            ("Format", konferenz.format),
            ("Datum", _datum(konferenz.datum)),
            ("Ort", konferenz.ort),
            ("Veranstalter", konferenz.veranstalter),
            ("Stand", (_datum(self.quelle.stand) if self.quelle.stand else "") + self._entwurf),
        ]
        return [(name, wert.strip()) for name, wert in zeilen if wert.strip()]

    @property
    def zitat(self) -> str:
        """A sentence to cite the report with; its address and a full stop follow it."""
        konferenz, gruppe = self.konferenz, _einzige_gruppe(self.konferenz)
        teile = [
            f"AG {gruppe.nummer} „{gruppe.titel}“, in:" if gruppe else "",
            f"{konferenz.titel}. Dokumentation der {konferenz.format or 'Veranstaltung'}"
            if not konferenz.format
            or konferenz.format.lower().endswith(("konferenz", "tagung", "veranstaltung"))
            else f"{konferenz.titel}. Dokumentation ({konferenz.format})",
            f"vom {_datum(konferenz.datum)}.",
            f"{konferenz.veranstalter}." if konferenz.veranstalter else "",
            f"Ausgabe {self.quelle.ausgabe}.",
        ]
        return " ".join(teil for teil in teile if teil)

    @property
    def zaehlweise(self) -> str:
        """What the figures count; empty without any entry."""
        anzahl = self.konferenz.anzahl
        weitere = [f"{zahl}\u00a0{text}" for zahl, text in _weitere_eintraege(self.konferenz) if zahl]
        if not anzahl and not weitere:
            return ""
        text = (
            f"Gezählt {_wort(anzahl, 'ist die eine Äußerung', f'sind die {anzahl} Äußerungen')} der "
            "Teilnehmenden; Unterpunkte zählen nicht für sich. Äußerungen stehen im Wortlaut, Schreibfehler "
            f"eingeschlossen{', außer den genannten redaktionell geänderten' if self.vermerke else ''}."
        )
        if weitere:
            text += f" Abgedruckt und gekennzeichnet, aber nicht mitgezählt: {' sowie '.join(weitere)}."
        return text

    @property
    def vermerke(self) -> list[Vermerk]:
        """The statements whose wording is no longer that of their recording."""
        return vermerke(self.konferenz)

    @property
    def _entwurf(self) -> str:
        return " (Entwurf)" if self.konferenz.vorlaeufig else ""

    @property
    def fehlende(self) -> str:
        """Which groups' results are yet to come; empty where all are there."""
        return _noch_nicht_freigegeben(self.konferenz)


def teile(bild: Konferenzbild, quelle: Quelle) -> list[Berichtsteil]:
    """Return the parts of the report in their order; what has no content is left out.

    The cover and the note on the source are always there, the contents as soon as they lead anywhere
    else.
    """
    inneres = [
        *_hinweis(bild),
        *_programm(bild),
        *_kennzahlen(bild),
        *_themen(bild),
        *(_vortrag(nummer, vortrag) for nummer, vortrag in enumerate(bild.vortraege, 1)),
        *(Gruppe(gruppe) for gruppe in bild.gruppen),
        *_textseiten(bild),
        *_themenregister(bild),
        *_mitwirkende(bild),
    ]
    angabe = Quellenangabe(bild, quelle)
    return [
        Umschlag(bild, quelle.stand),
        *([_inhalt([*inneres, angabe])] if inneres else []),
        *inneres,
        angabe,
    ]


def _inhalt(liste: Sequence[Berichtsteil]) -> Inhalt:
    genannt = [teil for teil in liste if teil.titel]
    abschnitte = sum(len(teil.gruppe.abschnitte) for teil in genannt if isinstance(teil, Gruppe))
    ausfuehrlich = len(genannt) + abschnitte <= EINTRAEGE_JE_INHALTSSEITE
    return Inhalt(tuple(_inhaltszeile(teil, ausfuehrlich) for teil in genannt))


def _inhaltszeile(teil: Berichtsteil, ausfuehrlich: bool) -> Inhaltszeile:
    if isinstance(teil, Vortrag):
        return Inhaltszeile(teil.anker, teil.titel, "Vortrag")
    if not isinstance(teil, Gruppe):
        return Inhaltszeile(teil.anker, teil.titel)
    abschnitte = [stueck for kategorieteil in teil.teile for stueck in kategorieteil.abschnitte]
    unterzeilen = [Inhaltszeile(stueck.anker, stueck.abschnitt.ueberschrift) for stueck in abschnitte]
    return Inhaltszeile(
        teil.anker,
        teil.titel,
        f"AG {teil.gruppe.nummer}",
        teil.farbe,
        tuple(unterzeilen) if ausfuehrlich else (),
    )


def _hinweis(bild: Konferenzbild) -> Iterator[Hinweis]:
    if text := tuple(bloecke(bild.hinweis)):
        yield Hinweis(text, tuple(a for gruppe in bild.gruppen for a in gruppe.abschnitte if a.aeusserungen))


def _programm(bild: Konferenzbild) -> Iterator[Programm]:
    if bild.programm:
        yield Programm(
            tuple(
                (punkt, tuple(g for g in bild.gruppen if g.nummer in punkt.gruppen))
                for punkt in bild.programm
            )
        )


def _kennzahlen(bild: Konferenzbild) -> Iterator[Kennzahlen]:
    if bild.anzahl:
        yield Kennzahlen(bild)


def _themen(bild: Konferenzbild) -> Iterator[Themen]:
    if zahlen := themenzahlen(bild):
        yield Themen(tuple(zahlen))


def _themenregister(bild: Konferenzbild) -> Iterator[Themenregister]:
    stellen: defaultdict[str, list[Fundstelle]] = defaultdict(list)
    for stelle in fundstellen(bild):
        for slug in stelle.aeusserung.themen:
            stellen[slug].append(stelle)
    eintraege = [
        Registereintrag(
            thema,
            tuple(
                (gruppe, tuple(_registerstellen(gruppe, folge)))
                for gruppe, folge in groupby(stellen[thema.slug], key=lambda stelle: stelle.gruppe)
            ),
        )
        for thema in bild.themen
        if thema.slug in stellen
    ]
    if eintraege:
        yield Themenregister(tuple(eintraege))


def _registerstellen(gruppe: Gruppenbild, folge: Iterable[Fundstelle]) -> Iterator[Registerstelle]:
    je_kategorie: defaultdict[str, list[Fundstelle]] = defaultdict(list)
    for stelle in folge:
        je_kategorie[stelle.abschnitt.kategorie].append(stelle)
    for kategorie, stellen in je_kategorie.items():
        kennung = stellen[0].aeusserung.kennung
        anker = f"a-{kennung}" if kennung else f"ag-{gruppe.nummer}"
        yield Registerstelle(str(Abschnitt.Kategorie(kategorie).label), len(stellen), anker)


def _vortrag(nummer: int, vortrag: Vortragsbild) -> Vortrag:
    stuecke: list[Folienstueck] = []
    vorige = ""
    for folie in vortrag.folien:
        text = tuple(bloecke(folie.text))
        neu = bool(folie.ueberschrift) and folie.ueberschrift != vorige
        if neu or text or folie.bild:
            fehlt = bool(folie.bild) and not default_storage.exists(folie.bild)
            stuecke.append(Folienstueck(folie, text, neu, fehlt))
        vorige = folie.ueberschrift or vorige
    return Vortrag(vortrag, nummer, tuple(stuecke))


def _textseiten(bild: Konferenzbild) -> Iterator[Textseite]:
    for nummer, seite in enumerate(sorted(bild.textseiten, key=lambda seite: seite.seite), 1):
        yield Textseite(nummer, seite.ueberschrift, tuple(bloecke(seite.text)))


@dataclass(slots=True)
class _Eintrag:
    person: Personenbild
    angaben: dict[str, None] = field(default_factory=dict)
    beitraege: dict[tuple[str, str], None] = field(default_factory=dict)
    gruppen: list[int] = field(default_factory=list)


def _mitwirkende(bild: Konferenzbild) -> Iterator[Mitwirkende]:
    """Yield the list of all who are named: as giving a talk, as moderating, in the agenda."""
    eintraege: dict[str, _Eintrag] = {}

    def eintrag(wer: Personenbild) -> _Eintrag:
        gefunden = eintraege.setdefault(f"{wer.vorname} {wer.nachname}".casefold(), _Eintrag(wer))
        if len(wer.titel) > len(gefunden.person.titel):
            gefunden.person = wer
        return gefunden

    for nummer, vortrag in enumerate(bild.vortraege, 1):
        for wer in vortrag.vortragende:
            eintrag(wer).beitraege[f"Vortrag „{vortrag.titel}“", f"vortrag-{nummer}"] = None
    for gruppe in bild.gruppen:
        for moderation in gruppe.moderation:
            gefunden = eintrag(moderation.person)
            gefunden.gruppen.append(gruppe.nummer)
            if moderation.angabe:
                gefunden.angaben[moderation.angabe] = None
    for stelle, punkt in enumerate(bild.programm):
        redend = {wer for v in bild.vortraege if v.programmpunkt == stelle for wer in v.vortragende}
        for wer, angabe in _personen(punkt.mitwirkende):
            gefunden = eintrag(wer)
            if angabe:
                gefunden.angaben[angabe] = None
            if not any((r.vorname, r.nachname) == (wer.vorname, wer.nachname) for r in redend):
                gefunden.beitraege[punkt.titel, "programm"] = None
    if eintraege:
        yield Mitwirkende(
            tuple(
                Mitwirkung(e.person, tuple(e.angaben), tuple(e.beitraege), tuple(e.gruppen))
                for e in sorted(eintraege.values(), key=lambda e: _sortierwert(e.person))
            )
        )


def _personen(mitwirkende: str) -> Iterator[tuple[Personenbild, str]]:
    """Yield who is named at the beginning of a line of the agenda, with the affiliation behind a comma.

    A name is two to four words with a capital (and „von“, „de“ …) that end the line or stand before
    a comma; behind a title it may go on in words of a sentence („Dr. Eva Weiß im Gespräch mit …“).
    """
    for zeile in mitwirkende.splitlines():
        name, _, angabe = zeile.partition(",")
        anrede = ANREDE.match(name)
        worte = name[anrede.end() if anrede else 0 :].split()
        namensworte = []
        for wort in worte:
            if not (wort[:1].isupper() or wort in NAMENSZUSATZ) or not wort[-1:].isalpha():
                break
            namensworte.append(wort)
        ganz = len(namensworte) == len(worte)
        if 2 <= len(namensworte) <= 4 and (anrede or (ganz and angabe)):
            titel = anrede[0] if anrede else ""
            yield person(titel + " ".join(namensworte)), angabe.strip() if ganz else ""


def _sortierwert(wer: Personenbild) -> tuple[str, str]:
    return _ohne_zeichen(wer.nachname), _ohne_zeichen(wer.vorname)


def _ohne_zeichen(text: str) -> str:
    """Return a text as German dictionaries sort it: ä as a, ß as ss, without case."""
    zerlegt = unicodedata.normalize("NFD", text.casefold())
    return "".join(zeichen for zeichen in zerlegt if not unicodedata.combining(zeichen))


def _weitere_eintraege(bild: Konferenzbild) -> Iterator[tuple[int, str]]:
    """Yield how many entries are not the participants', each with its name: Rückblick, Leitfrage."""
    zaehler = Counter[str]()
    for gruppe in bild.gruppen:
        for abschnitt in gruppe.abschnitte:
            zaehler[abschnitt.herkunft] += len(abschnitt.aeusserungen)
    rueckblick, leitfragen = zaehler[Abschnitt.Herkunft.RUECKBLICK], zaehler[Abschnitt.Herkunft.LEITFRAGE]
    yield rueckblick, _wort(rueckblick, "Eintrag", "Einträge") + " aus früheren Veranstaltungen"
    yield leitfragen, _wort(leitfragen, "Leitfrage", "Leitfragen") + " der Moderation"


def _noch_nicht_freigegeben(bild: Konferenzbild) -> str:
    if not bild.zurueckgehaltene:
        return ""
    wessen = der_gruppen(bild.zurueckgehaltene)
    return f"Nicht enthalten, weil noch nicht freigegeben: die Ergebnisse {wessen}."


def _einzige_gruppe(bild: Konferenzbild) -> Gruppenbild | None:
    return bild.gruppen[0] if len(bild.gruppen) == 1 else None


def _kategoriename(kategorie: str) -> str:
    return capfirst(str(Abschnitt.Kategorie(kategorie).label))


def _wort(anzahl: int, einzahl: str, mehrzahl: str) -> str:
    return einzahl if anzahl == 1 else mehrzahl


def _datum(tag: date) -> str:
    return date_format(tag, "j.\u00a0F Y")
