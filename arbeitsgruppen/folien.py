"""The Heft as slides: the pages in the order of the printed booklet.

Title, agenda, talks, overview, note, then every group with its question and its statements; free-text
pages stand where they say. A page of the original stays one page; a group without page breaks of its own
flows over as many as it takes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from django.core.files.storage import default_storage

from arbeitsgruppen.bild import (
    Abschnittsbild,
    Aeusserungsbild,
    Folienbild,
    Gruppenbild,
    Konferenzbild,
    Programmbild,
    Vortragsbild,
)
from arbeitsgruppen.farben import gruppenfarbe
from arbeitsgruppen.models import Abschnitt
from arbeitsgruppen.vermerke import ERKLAERUNG, Vermerk, vermerke
from konferenz.freitext import Block, bloecke

# So many tabs of 52 points stand below each other at the edge of a page of 540.
GRIFFE = 8

_Eintrag = TypeVar("_Eintrag", Programmbild, Aeusserungsbild)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folienseite:
    """What all pages have: a name for people, and what stands in their margins.

    `einpassen`: one page of the original, which is set smaller rather than broken. `art` says in the
    margin what the page is about. `rand`: with page number and footer.
    """

    vorlage: ClassVar[str]
    verweise: ClassVar[bool] = False
    rand: ClassVar[bool] = True
    name: str
    einpassen: bool = True
    gruppe: Gruppenbild | None = None
    art: str = ""

    @property
    def bilder(self) -> Mapping[str, bytes]:
        """Pictures drawn for this page: slides have none but those of the talks."""
        return {}

    @property
    def farbe(self) -> str:
        """The colour of the group; empty on pages of no group."""
        return gruppenfarbe(self.gruppe.nummer) if self.gruppe else ""

    @property
    def griff(self) -> int:
        """How far from the top, in points, the group's tab stands at the edge of the page."""
        return 70 + 52 * ((self.gruppe.nummer - 1) % GRIFFE) if self.gruppe else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Titelseite(Folienseite):
    """The cover, of the whole conference, of one group's own Heft or of a choice, which it names."""

    vorlage = "titel"
    rand = False
    auswahl: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programmseite(Folienseite):
    """Slots of the agenda, each with the groups that meet in it; `erste` begins the agenda."""

    vorlage = "programm"
    punkte: tuple[tuple[Programmbild, tuple[Gruppenbild, ...]], ...]
    erste: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Vortragsseite(Folienseite):
    """One slide of a talk; `erste` begins the talk.

    `ebene` is the level of its heading: 2 for the talk's first, 3 for further ones, 0 where it only repeats
    that of the slide before.
    """

    vorlage = "folie"
    vortrag: Vortragsbild
    folie: Folienbild
    bloecke: tuple[Block, ...]
    erste: bool
    ebene: int
    bild_fehlt: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Uebersichtsseite(Folienseite):
    """All groups with their moderation."""

    vorlage = "uebersicht"
    gruppen: tuple[Gruppenbild, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hinweisseite(Folienseite):
    """The editorial note (disclaimer)."""

    vorlage = "hinweis"
    bloecke: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Textseite(Folienseite):
    """A page of free text."""

    vorlage = "textseite"
    ueberschrift: str
    bloecke: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frageseite(Folienseite):
    """A group's question and who moderated it."""

    vorlage = "frage"


@dataclass(frozen=True, slots=True)
class Abschnittsteil:
    """The statements of an Abschnitt that stand on one page; `fortsetzung` continues the page before."""

    abschnitt: Abschnittsbild
    aeusserungen: tuple[Aeusserungsbild, ...]
    fortsetzung: bool = False

    @property
    def art(self) -> str:
        """What the margin says about it: category where there is one, origin where it matters."""
        angaben = []
        if self.abschnitt.kategorie != Abschnitt.Kategorie.WEITERES:
            angaben.append(self.abschnitt.kategorie_name)
        if not self.abschnitt.von_teilnehmenden:
            angaben.append(self.abschnitt.herkunft_name)
        if self.fortsetzung:
            angaben.append("Fortsetzung")
        return " · ".join(angaben)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aeusserungsseite(Folienseite):
    """A page of statements, mostly of one Abschnitt; one that is not `einpassen` flows over several."""

    vorlage = "aeusserungen"
    teile: tuple[Abschnittsteil, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vermerkseite(Folienseite):
    """The statements whose wording is no longer that of their recording."""

    vorlage = "vermerke"
    erklaerung: ClassVar[str] = ERKLAERUNG
    vermerke: tuple[Vermerk, ...]


def seiten(bild: Konferenzbild, nur: Gruppenbild | None = None, auszug: str = "") -> list[Folienseite]:
    """Return the pages of the Heft in their order.

    `nur` is the group whose own Heft it is; `auszug` says of which choice the picture is, where it isn't
    the whole one: then free-text pages stand at the end, for their page numbers count all pages.
    A page that holds too much becomes several only when it is set (see pdf.py).
    """
    liste: list[Folienseite] = [
        Titelseite(name="Titel", gruppe=nur, auswahl=auszug),
        *_programmseiten(bild),
        *(seite for vortrag in bild.vortraege for seite in _vortragsseiten(vortrag)),
        *([Uebersichtsseite(name="Übersicht", gruppen=bild.gruppen)] if bild.gruppen and not nur else []),
        *_hinweisseiten(bild),
        *(seite for gruppe in bild.gruppen for seite in _gruppenseiten(gruppe)),
    ]
    for text in sorted(bild.textseiten, key=lambda text: text.seite):
        name = text.ueberschrift or "Textseite"
        liste.insert(
            len(liste) if auszug else max(1, text.seite - 1),  # page 1 is the cover
            Textseite(name=name, ueberschrift=text.ueberschrift, bloecke=tuple(bloecke(text.text))),
        )
    if geaenderte := vermerke(bild):
        liste.append(
            Vermerkseite(name="Redaktionelle Änderungen", einpassen=False, vermerke=tuple(geaenderte))
        )
    return liste


def _programmseiten(bild: Konferenzbild) -> Iterator[Programmseite]:
    for index, punkte in enumerate(_bei_seitenwechsel(bild.programm)):
        zeilen = ((p, tuple(g for g in bild.gruppen if g.nummer in p.gruppen)) for p in punkte)
        if punkte:
            yield Programmseite(name="Tagesprogramm", punkte=tuple(zeilen), erste=index == 0)


def _vortragsseiten(vortrag: Vortragsbild) -> Iterator[Vortragsseite]:
    ueberschriften = [""]  # those so far
    for folie in vortrag.folien:
        neu = folie.ueberschrift != ueberschriften[-1]
        yield Vortragsseite(
            name=f"Vortrag: {vortrag.titel}",
            vortrag=vortrag,
            folie=folie,
            bloecke=tuple(bloecke(folie.text)),
            erste=folie is vortrag.folien[0],
            ebene=(3 if any(ueberschriften) else 2) if neu else 0,
            bild_fehlt=bool(folie.bild) and not default_storage.exists(folie.bild),
        )
        ueberschriften.append(folie.ueberschrift)


def _hinweisseiten(bild: Konferenzbild) -> Iterator[Hinweisseite]:
    if text := tuple(bloecke(bild.hinweis)):
        yield Hinweisseite(name="Hinweis", bloecke=text)


def _gruppenseiten(gruppe: Gruppenbild) -> Iterator[Folienseite]:
    yield Frageseite(name=f"AG {gruppe.nummer}: {gruppe.titel}", gruppe=gruppe)
    if not gruppe.abschnitte:
        return
    if not any(a.neue_seite for abschnitt in gruppe.abschnitte for a in abschnitt.aeusserungen):
        teile = tuple(Abschnittsteil(abschnitt, abschnitt.aeusserungen) for abschnitt in gruppe.abschnitte)
        yield Aeusserungsseite(name=f"AG {gruppe.nummer}", einpassen=False, gruppe=gruppe, teile=teile)
        return
    teil: list[Abschnittsteil] = []
    for abschnitt in gruppe.abschnitte:
        for index, folge in enumerate(_bei_seitenwechsel(abschnitt.aeusserungen)):
            neu = not folge or folge[0].neue_seite or not teil or not teil[-1].aeusserungen
            if teil and neu:
                yield _aeusserungsseite(gruppe, teil)
                teil = []
            teil.append(Abschnittsteil(abschnitt, folge, fortsetzung=index > 0))
    yield _aeusserungsseite(gruppe, teil)


def _aeusserungsseite(gruppe: Gruppenbild, teile: Sequence[Abschnittsteil]) -> Aeusserungsseite:
    return Aeusserungsseite(
        name=f"AG {gruppe.nummer}, {teile[0].abschnitt.ueberschrift}",
        gruppe=gruppe,
        art=teile[0].art,
        teile=tuple(teile),
    )


def _bei_seitenwechsel(eintraege: Sequence[_Eintrag]) -> Iterator[tuple[_Eintrag, ...]]:
    """Yield runs of entries that stand on one page, one empty run when there are no entries."""
    anfang = 0
    for stelle, eintrag in enumerate(eintraege):
        if stelle and eintrag.neue_seite:
            yield tuple(eintraege[anfang:stelle])
            anfang = stelle
    yield tuple(eintraege[anfang:])
