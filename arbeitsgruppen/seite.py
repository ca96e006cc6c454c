"""A laid-out page as it is kept: painted already, and of its boxes only what the structure tree asks for.

Painting takes longer than anything else in writing a PDF, and an edit leaves nearly all pages as they were.
So a page is painted as soon as it is laid out, and what that writes is taken down; its boxes, some hundred
kilobytes in thousands of objects, are reduced and packed into a few. Beside pdf.py the only module that
knows WeasyPrint.
"""

import pickle
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

import pydyf
from weasyprint.document import Page
from weasyprint.draw import draw_stacking_context
from weasyprint.formatting_structure.boxes import Box, MarginBox
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.pdf.fonts import Font
from weasyprint.pdf.stream import Stream
from weasyprint.stacking import StackingContext
from weasyprint.text.ffi import pango
from weasyprint.text.fonts import get_pango_font_key

# Points in a CSS pixel, by which WeasyPrint scales what it paints.
MASSSTAB = 0.75
# Kinds of things that a page can refer to beside fonts and states.
FREMDES = ("XObject", "Pattern", "Shading")
# What the structure tree (weasyprint/pdf/tags.py) asks of a box, its style and its element.
BAUMANGABEN = (
    *("element_tag", "is_table_wrapper", "colspan", "rowspan"),
    *("width", "height", "position_x", "position_y", "margin_left", "margin_top"),
    *("border_left_width", "border_top_width", "padding_left", "padding_top"),
)
STILANGABEN = ("display", "list_style_type")
ELEMENTANGABEN = ("alt", "scope", "src")
SVG = "{http://www.w3.org/2000/svg}svg"  # asked for its title

_Marken = dict[Box, Any]


class Seite(Page):
    """A page that can be written any number of times.

    What stands in its margins is painted last, as artifacts (ISO 14289-1, 7.1): it is not part of the text.
    WeasyPrint would mark what stands in margin boxes as content that hangs nowhere in the structure tree.
    `im_rand`: the page is itself one that stands in the margins of another.

    `einmalig`: it can be written only once, because photos are on it: WeasyPrint scales them down in place
    as it writes, and would again the next time.
    """

    links: list[Any]
    _page_box: Box
    _rand: "Seite | None"
    _schriften: "Schriftkasten"
    _geschrieben: Callable[[], None]

    def __init__(self, seite: Page, schriften: "Schriftkasten", im_rand: bool = False) -> None:
        ganz = seite._page_box
        self._randboxen = [box for box in ganz.children if isinstance(box, MarginBox) and not im_rand]
        super().__init__(ganz.copy_with_children([b for b in ganz.children if not isinstance(b, MarginBox)]))
        for box in self._page_box.descendants(placeholders=True):
            if box.element_tag == "li::before":
                box.element_tag = "li::marker"  # then it is tagged as Lbl; see _nacharbeiten in pdf.py
        leinwand = Leinwand(schriften, None if im_rand else {})
        self._malen(leinwand)
        self.einmalig = bool(leinwand._images)
        self._aufnahme = leinwand.aufnahme()
        if self._aufnahme:
            self._ausraeumen(self._aufnahme)

    def _ausraeumen(self, aufnahme: "_Aufnahme") -> None:
        """Keep of the boxes what is needed now that they are painted."""
        kopien: dict[Box, Box] = {}
        self._page_box = _geruest(self._page_box, kopien)
        self._randboxen = []
        for _, _, _, box in self.links:
            verweis = kopien[box].element = copy(kopien[box].element)
            verweis.text = "".join(box.element.itertext())
        self.links = [(art, ziel, flaeche, kopien[box]) for art, ziel, flaeche, box in self.links]
        marken = {kopien[box]: marke for box, marke in aufnahme.marken.items()}
        self._aufnahme = replace(aufnahme, marken=marken)

    def packen(self) -> "bytes | Seite":
        """Return the page in a few kilobytes, or as it is if it has to be painted anew each time."""
        return zlib.compress(pickle.dumps(self), 1) if self._aufnahme else self

    @staticmethod
    def auspacken(gepackte: "bytes | Seite") -> "Seite":
        """Return a page of its own for every time that the packed one is written."""
        if isinstance(gepackte, Seite):
            return copy(gepackte)
        seite: Seite = pickle.loads(zlib.decompress(gepackte))  # noqa: S301  # packed here
        return seite

    def fertig(
        self, rand: "Seite | None", schriften: "Schriftkasten", geschrieben: Callable[[], None]
    ) -> "Seite":
        """Return the page, ready for writing: with `rand` in its margins; `geschrieben` is told of it."""
        self._rand, self._schriften, self._geschrieben = rand, schriften, geschrieben
        return self

    def paint(self, stream: Stream, scale: float = MASSSTAB) -> None:
        """Write the page; WeasyPrint calls this for every page."""
        for art, ziel, _, box in self.links:
            if art in ("internal", "external") and box.link_annotation is not None:
                # ISO 14289-1, 7.18.5: a link says in words where it leads.
                text = " ".join("".join(box.element.itertext()).split())
                box.link_annotation["Contents"] = pydyf.String(text or str(ziel))
        self._schreiben(stream, self._schriften)
        if self._rand:
            with _artefakt(stream):
                self._rand._schreiben(stream, self._schriften)
        self._geschrieben()

    def _schreiben(self, stream: Stream, schriften: "Schriftkasten") -> None:
        if self._aufnahme:
            self._aufnahme.schreiben(stream, schriften)
        else:
            self._malen(stream)

    def _malen(self, stream: Stream) -> None:
        super().paint(stream, MASSSTAB)
        if self._randboxen:
            with _artefakt(stream), stream.stacked():
                stream.transform(a=MASSSTAB, d=MASSSTAB)
                for box in self._randboxen:
                    draw_stacking_context(stream, StackingContext.from_box(box, self._page_box))


@contextmanager
def _artefakt(stream: Stream) -> Iterator[None]:
    # Without tags WeasyPrint marks nothing, and inside an artifact nothing may be marked.
    tags, stream._tags = stream._tags, None
    stream.begin_marked_content("Artifact", pydyf.Dictionary({"Type": "/Pagination"}))
    yield
    stream.end_marked_content()
    stream._tags = tags


def _geruest(box: Box, kopien: dict[Box, Box]) -> Box:
    """Return a copy of a box and all in it that is fit for the structure tree and nothing else.

    `kopien` is told which copy is of which box.
    """
    echte = box._box if isinstance(box, AbsolutePlaceholder) else box
    kopie = kopien[box] = kopien[echte] = object.__new__(type(echte))
    vars(kopie).update({name: vars(echte)[name] for name in BAUMANGABEN if name in vars(echte)})
    kopie.style = {name: echte.style[name] for name in STILANGABEN}
    kopie.element = echte.element
    if echte.element is not None and echte.element.tag != SVG:
        angaben = echte.element.attrib
        kopie.element = _element(
            echte.element.tag, *((name, angaben[name]) for name in ELEMENTANGABEN if name in angaben)
        )
    kopie.children = [_geruest(kind, kopien) for kind in echte.children]
    return kopie


@lru_cache(1_000)
def _element(name: str, *angaben: tuple[str, str]) -> Element:
    """Return an element; equal ones are the same, for they take most of the time to unpack."""
    return Element(name, dict(angaben))


class Schriftkasten:
    """Fonts as WeasyPrint writes them into a file, in every size that was used, before they are used."""

    def __init__(self) -> None:
        self._schnitte: dict[tuple[int, float], Font] = {}
        self._dateien: dict[str, bytes] = {}

    def unbenutzt(self, schluessel: int, groesse: float) -> Font:
        """Return a known font, of which no glyph is used yet."""
        schrift = copy(self._schnitte[schluessel, groesse])
        schrift.widths, schrift.to_unicode, schrift.missing = {}, {}, {}
        return schrift

    def aus_pango(self, pango_font: Any) -> tuple[int, float]:
        """Get to know a font; return by what it is known."""
        schluessel, beschreibung, groesse = get_pango_font_key(pango_font)
        if (schluessel, groesse) not in self._schnitte:
            schrift = Font(pango_font, beschreibung, groesse)
            schrift.file_content = self._dateien.setdefault(schrift.hash, schrift.file_content)
            self._schnitte[schluessel, groesse] = schrift
        # The rest is the font's own; this is Pango's, which may have made it anew since.
        self._schnitte[schluessel, groesse].hb_font = pango.pango_font_get_hb_font(pango_font)
        return schluessel, groesse


class Leinwand(Stream):
    """A stream of its own to paint on, for taking down what that writes."""

    def __init__(self, schriften: Schriftkasten, marken: _Marken | None) -> None:
        mittel = pydyf.Dictionary({art: pydyf.Dictionary() for art in ("ExtGState", *FREMDES)})
        mittel["ColorSpace"] = b"null"
        super().__init__({}, (0, 0, 0, 0), mittel, {}, marken, {}, "srgb")
        self._vorrat = schriften

    def add_font(self, pango_font: Any) -> tuple[Font, float]:
        """Return the font to note glyphs in, and its size; WeasyPrint asks for every run of text."""
        schluessel, groesse = self._vorrat.aus_pango(pango_font)
        if schluessel not in self._fonts:
            self._fonts[schluessel] = self._vorrat.unbenutzt(schluessel, groesse)
        return self._fonts[schluessel], groesse

    def aufnahme(self) -> "_Aufnahme | None":
        """Return what was painted, if it refers to nothing but fonts and degrees of transparency.

        Pictures, gradients and glyphs that a font lacks are numbered in the order of the whole file.
        """
        zustaende = self._resources["ExtGState"]
        if (
            any(self._resources[art] for art in FREMDES)
            or any(name[0] not in "aA" for name in zustaende)
            or any(schrift.missing for schrift in self._fonts.values())
        ):
            return None
        schriften = tuple(
            (schluessel, schrift.font_size, schrift.widths, schrift.to_unicode)
            for schluessel, schrift in self._fonts.items()
        )
        befehle = b"\n".join(map(pydyf._to_bytes, self.stream))
        return _Aufnahme(befehle, schriften, dict(zustaende), self._tags or {})


@dataclass(frozen=True, slots=True)
class _Aufnahme:
    """What painting a page writes: the commands, and the fonts, states and marks that they name.

    A font is what it is known by, and the widths and the texts of the glyphs that were used of it.
    """

    befehle: bytes
    schriften: tuple[tuple[int, float, dict[int, int], dict[int, str]], ...]
    zustaende: dict[str, Any]
    marken: _Marken

    def schreiben(self, stream: Stream, schriften: Schriftkasten) -> None:
        """Write what painting would write."""
        stream.stream.append(self.befehle)
        for schluessel, groesse, breiten, texte in self.schriften:
            if schluessel not in stream._fonts:
                stream._fonts[schluessel] = schriften.unbenutzt(schluessel, groesse)
            schrift = stream._fonts[schluessel]
            schrift.widths = breiten | schrift.widths
            schrift.to_unicode |= {z: text for z, text in texte.items() if z not in schrift.to_unicode}
        stream._resources["ExtGState"] |= self.zustaende
        if stream._tags is not None:
            stream._tags |= self.marken
