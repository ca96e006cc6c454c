"""The Heft as slides: from the frozen picture of a conference to pages, and from pages to HTML.

The pages stand in the order of the printed booklet: title, agenda, talks, overview, disclaimer,
then every group with its question and its statements; free-text pages stand where they say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.utils.formats import date_format

from arbeitsgruppen.bild import (
    Abschnittsbild,
    Aeusserungsbild,
    Folienbild,
    Gruppenbild,
    Konferenzbild,
    Programmbild,
    Vortragsbild,
)
from arbeitsgruppen.models import Abschnitt
from arbeitsgruppen.schriften import ersetzungen, noetige_schriften
from konferenz.freitext import Block, bloecke

_Eintrag = TypeVar("_Eintrag", Programmbild, Aeusserungsbild)


class GruppeFehlt(LookupError):
    """The conference has no group of the number asked for; says in German which there are."""


@dataclass(frozen=True, slots=True)
class Heft:
    """The Heft in HTML.

    `kopf` is everything up to the pages, each of `seiten` one `<section>`, `bilder` the names of the
    pictures in the storage that they show. What could not be shown is named in `fehlende_bilder` and
    `fehlende_zeichen`; its description or its code point stands in its place.
    """

    kopf: str
    seiten: tuple[str, ...]
    bilder: frozenset[str] = frozenset()
    fehlende_bilder: tuple[str, ...] = ()
    fehlende_zeichen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Titelseite:
    """The cover, of the whole conference or of one group's own Heft."""

    vorlage: ClassVar[str] = "titel"
    konferenz: Konferenzbild
    gruppe: Gruppenbild | None = None

    @property
    def datum(self) -> str:
        """The day, for example „21. April 2021“."""
        return date_format(self.konferenz.datum, "j. F Y")

    @property
    def zeit(self) -> str:
        """Begin and end, for example „9:00 bis 15:45 Uhr“; empty without a begin."""
        zeiten = [f"{z.hour}:{z.minute:02}" for z in (self.konferenz.beginn, self.konferenz.ende) if z]
        return f"{' bis '.join(zeiten)} Uhr" if zeiten else ""


@dataclass(frozen=True, slots=True)
class Programmseite:
    """Slots of the agenda, each with the groups that meet in it; `erste` begins the agenda."""

    vorlage: ClassVar[str] = "programm"
    punkte: tuple[tuple[Programmbild, tuple[Gruppenbild, ...]], ...]
    erste: bool


@dataclass(frozen=True, slots=True)
class Folienseite:
    """One slide of a talk; `erste` begins the talk, `neu` has another heading than the slide before."""

    vorlage: ClassVar[str] = "folie"
    vortrag: Vortragsbild
    folie: Folienbild
    bloecke: tuple[Block, ...]
    erste: bool
    neu: bool
    bild_fehlt: bool


@dataclass(frozen=True, slots=True)
class Uebersichtsseite:
    """All groups with their moderation."""

    vorlage: ClassVar[str] = "uebersicht"
    gruppen: tuple[Gruppenbild, ...]


@dataclass(frozen=True, slots=True)
class Hinweisseite:
    """The editorial note (disclaimer)."""

    vorlage: ClassVar[str] = "hinweis"
    bloecke: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Textseite:
    """A page of free text."""

    vorlage: ClassVar[str] = "textseite"
    ueberschrift: str
    bloecke: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Frageseite:
    """A group's question and who moderated it."""

    vorlage: ClassVar[str] = "frage"
    gruppe: Gruppenbild


@dataclass(frozen=True, slots=True)
class Abschnittsteil:
    """The statements of an Abschnitt that stand on one page; `fortsetzung` continues the page before."""

    abschnitt: Abschnittsbild
    aeusserungen: tuple[Aeusserungsbild, ...]
    fortsetzung: bool


@dataclass(frozen=True, slots=True)
class Aeusserungsseite:
    """A page of statements, mostly of one Abschnitt."""

    vorlage: ClassVar[str] = "aeusserungen"
    gruppe: Gruppenbild
    teile: tuple[Abschnittsteil, ...]

    @property
    def art(self) -> str:
        """What the margin says about the page: category where there is one, origin where it matters."""
        abschnitt = self.teile[0].abschnitt
        angaben = []
        if abschnitt.kategorie != Abschnitt.Kategorie.WEITERES:
            angaben.append(abschnitt.kategorie_name)
        if not abschnitt.von_teilnehmenden:
            angaben.append(abschnitt.herkunft_name)
        return " · ".join(angaben)


Seite = (
    Titelseite
    | Programmseite
    | Folienseite
    | Uebersichtsseite
    | Hinweisseite
    | Textseite
    | Frageseite
    | Aeusserungsseite
)


def heft(bild: Konferenzbild, nummer: int | None = None) -> Heft:
    """Return the Heft of a conference, or of its group with this number.

    Raises GruppeFehlt when the conference has no such group.
    """
    liste = seiten(bild, nummer)
    gruppe = None if nummer is None else _gruppe(bild, nummer)
    kopf = render_to_string("heft/folien.html", {"bild": bild, "gruppe": gruppe})
    html: list[str] = [
        render_to_string(f"heft/seiten/{s.vorlage}.html", {"bild": bild, "seite": s}) for s in liste
    ]
    ersatz = ersetzungen(set(kopf).union(*html))
    tabelle = str.maketrans(ersatz)
    html = [text.translate(tabelle) for text in html]
    schriften = noetige_schriften(set(kopf).union(*html))
    folien = [s for s in liste if isinstance(s, Folienseite) and s.folie.bild]
    return Heft(
        kopf=kopf.translate(tabelle) + f"<style>{''.join(s.regel for s in schriften)}</style>",
        seiten=tuple(html),
        bilder=frozenset(s.folie.bild for s in folien if not s.bild_fehlt),
        fehlende_bilder=tuple(s.folie.bild for s in folien if s.bild_fehlt),
        fehlende_zeichen=tuple(zeichen for zeichen, durch in ersatz.items() if durch.startswith("[")),
    )


def seiten(bild: Konferenzbild, nummer: int | None = None) -> list[Seite]:
    """Return the pages of the Heft in their order, or those of one group's own Heft.

    A page that holds too much becomes several only when it is set (see pdf.py).
    """
    if nummer is not None:
        gruppe = _gruppe(bild, nummer)
        return [Titelseite(bild, gruppe), *_hinweisseiten(bild), *_gruppenseiten(gruppe)]
    liste: list[Seite] = [
        Titelseite(bild),
        *_programmseiten(bild),
        *(seite for vortrag in bild.vortraege for seite in _folienseiten(vortrag)),
        *([Uebersichtsseite(bild.gruppen)] if bild.gruppen else []),
        *_hinweisseiten(bild),
        *(seite for gruppe in bild.gruppen for seite in _gruppenseiten(gruppe)),
    ]
    for text in sorted(bild.textseiten, key=lambda text: text.seite):
        liste.insert(text.seite - 1, Textseite(text.ueberschrift, tuple(bloecke(text.text))))
    return liste


def _gruppe(bild: Konferenzbild, nummer: int) -> Gruppenbild:
    for gruppe in bild.gruppen:
        if gruppe.nummer == nummer:
            return gruppe
    nummern = ", ".join(str(gruppe.nummer) for gruppe in bild.gruppen) or "keine"
    raise GruppeFehlt(f"Eine AG {nummer} gibt es in dieser Konferenz nicht. Vorhanden: {nummern}.")


def _programmseiten(bild: Konferenzbild) -> Iterator[Programmseite]:
    for index, punkte in enumerate(_bei_seitenwechsel(bild.programm)):
        zeilen = ((p, tuple(g for g in bild.gruppen if g.nummer in p.gruppen)) for p in punkte)
        if punkte:
            yield Programmseite(tuple(zeilen), erste=index == 0)


def _folienseiten(vortrag: Vortragsbild) -> Iterator[Folienseite]:
    vorige = None
    for folie in vortrag.folien:
        yield Folienseite(
            vortrag,
            folie,
            tuple(bloecke(folie.text)),
            erste=vorige is None,
            neu=vorige is None or folie.ueberschrift != vorige.ueberschrift,
            bild_fehlt=bool(folie.bild) and not default_storage.exists(folie.bild),
        )
        vorige = folie


def _hinweisseiten(bild: Konferenzbild) -> Iterator[Hinweisseite]:
    if text := tuple(bloecke(bild.hinweis)):
        yield Hinweisseite(text)


def _gruppenseiten(gruppe: Gruppenbild) -> Iterator[Seite]:
    yield Frageseite(gruppe)
    teile: list[Abschnittsteil] = []
    for abschnitt in gruppe.abschnitte:
        for index, folge in enumerate(_bei_seitenwechsel(abschnitt.aeusserungen)):
            neu = not folge or folge[0].neue_seite or not teile or not teile[-1].aeusserungen
            if teile and neu:
                yield Aeusserungsseite(gruppe, tuple(teile))
                teile = []
            teile.append(Abschnittsteil(abschnitt, folge, fortsetzung=index > 0))
    if teile:
        yield Aeusserungsseite(gruppe, tuple(teile))


def _bei_seitenwechsel(eintraege: Sequence[_Eintrag]) -> Iterator[tuple[_Eintrag, ...]]:
    """Yield runs of entries that stand on one page, one empty run when there are no entries."""
    anfang = 0
    for stelle, eintrag in enumerate(eintraege):
        if stelle and eintrag.neue_seite:
            yield tuple(eintraege[anfang:stelle])
            anfang = stelle
    yield tuple(eintraege[anfang:])
