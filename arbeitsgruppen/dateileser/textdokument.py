"""Documents of Word: headings by style, lists with levels, tables, text boxes, margins and footnotes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import docx
from docx.oxml.ns import qn
from lxml import etree

from arbeitsgruppen.dateileser.bloecke import Art, Block, Sammler, Tabellenzeile
from arbeitsgruppen.dateileser.zeichen import aus_wingdings

UEBERSCHRIFT = re.compile(r"(?:heading|überschrift) \d|title|titel", re.IGNORECASE)
LISTE = re.compile(r"(?:list (?:bullet|number)|aufzählungszeichen|listennummer)(?: (\d))?", re.IGNORECASE)
TEXTEBENE = "9"  # the outline level of what is no heading
EINZUG = 567  # twentieths of a point, 1 cm: at least half of it is a level
SPALTEN_HOECHSTENS = 100  # that one cell may span
# What is deleted, not shown, or stands in a box of its own.
NICHT_IM_TEXT = {qn("w:del"), qn("w:moveFrom"), qn("w:txbxContent"), qn("w:instrText"), qn("w:pPr")}
ZEICHEN = {
    qn("w:tab"): "\t",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
}
# What may stand around paragraphs, rows and cells: content controls, tracked insertions.
HUELLEN = {qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:moveTo"), qn("w:customXml")}
RAND = ("/header", "/footer")
NOTIZEN = ("/footnotes", "/endnotes", "/comments")
SEITENWECHSEL = "\f"


def lesen(inhalt: bytes, sammler: Sammler) -> None:
    """Add the pages that page breaks made by hand divide the document into."""
    dokument = docx.Document(BytesIO(inhalt))
    leser = _Leser(_stile(dokument.styles.element))
    sammler.dokument(leser.bloecke(dokument.element.body), _nebenteile(dokument))


# --- styles -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stil:
    """A style with what it inherits: its paragraph properties, from the nearest to the furthest."""

    name: str = ""
    eigenschaften: tuple[Any, ...] = ()
    fett: bool = False


def _stile(wurzel: Any) -> dict[str | None, _Stil]:
    """Return all styles by their id, the default one of paragraphs under None.

    python-docx would search the whole list for the style of each paragraph.
    """
    elemente = {element.get(qn("w:styleId")): element for element in wurzel.iterchildren(qn("w:style"))}
    stile: dict[str | None, _Stil] = {}
    for kennung, element in elemente.items():
        folge = [element]
        while (davor := elemente.get(_wert(folge[-1], "w:basedOn"))) is not None and davor not in folge:
            folge.append(davor)
        eigenschaften = (stil.find(qn("w:pPr")) for stil in folge)
        fett = next((gewicht for stil in folge if (gewicht := _gewicht(stil)) is not None), False)
        stile[kennung] = _Stil(
            _wert(element, "w:name") or "", tuple(e for e in eigenschaften if e is not None), fett
        )
        if element.get(qn("w:type")) == "paragraph" and element.get(qn("w:default")) in ("1", "true"):
            stile[None] = stile[kennung]
    return stile


# --- paragraphs ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Leser:
    stile: dict[str | None, _Stil]

    def bloecke(self, koerper: Any) -> Iterator[tuple[Block, bool]]:
        """Yield paragraphs, tables and text boxes in their order, and whether a page begins with each."""
        abgesetzt = neue_seite = False
        for element in _darunter(koerper, qn("w:p"), qn("w:tbl")):
            if element.tag == qn("w:tbl"):
                yield Block(Art.TABELLE, zeilen=tuple(_tabellenzeilen(element))), neue_seite
                neue_seite = False
                continue
            neue_seite |= _ist_an(element.find(f"{qn('w:pPr')}/{qn('w:pageBreakBefore')}"))
            for nummer, text in enumerate(_text(element).split(SEITENWECHSEL)):
                neue_seite |= nummer > 0
                if text.strip():
                    yield self._block(element, text, abgesetzt), neue_seite
                    neue_seite = False
            abgesetzt = not _text(element).strip()
            yield from ((Block(Art.FREI, text), False) for text in _kaesten(element))
            neue_seite |= _beendet_abschnitt(element)

    def _block(self, absatz: Any, text: str, abgesetzt: bool) -> Block:
        eigener = absatz.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        kennung = None if eigener is None else eigener.get(qn("w:val"))
        stil = self.stile.get(kennung) or self.stile.get(None) or _Stil()
        gliederung = _eigenschaft(absatz, stil, "w:outlineLvl")
        ist_kopf = gliederung is not None and gliederung.get(qn("w:val")) != TEXTEBENE
        if ist_kopf or UEBERSCHRIFT.fullmatch(stil.name):
            return Block(Art.KOPF, text, abgesetzt=abgesetzt)
        ebene = _listenebene(absatz, stil)
        if ebene is None:
            return Block(Art.ABSATZ, text, _einzug(absatz), _ist_fett(absatz, stil), abgesetzt)
        return Block(Art.PUNKT, text, ebene, _ist_fett(absatz, stil), abgesetzt)


def _eigenschaft(absatz: Any, stil: _Stil, name: str) -> Any:
    """Return a property of a paragraph: its own, or that of its style."""
    eigene = absatz.find(qn("w:pPr"))
    folge = (*(() if eigene is None else (eigene,)), *stil.eigenschaften)
    gefunden = (eigenschaften.find(qn(name)) for eigenschaften in folge)
    return next((eigenschaft for eigenschaft in gefunden if eigenschaft is not None), None)


def _listenebene(absatz: Any, stil: _Stil) -> int | None:
    """Return the level of a list item from 0, None for what is none."""
    nummerierung = _eigenschaft(absatz, stil, "w:numPr")
    treffer = LISTE.fullmatch(stil.name)
    if (nummerierung is None and not treffer) or stil.name == "Subtitle":
        return None
    aus_stil = int(treffer[1] or 1) - 1 if treffer else 0
    if nummerierung is None:
        return aus_stil
    if _wert(nummerierung, "w:numId") == "0":
        return None  # taken out of the list by hand
    return max(aus_stil, int(_wert(nummerierung, "w:ilvl") or 0))


def _einzug(absatz: Any) -> int:
    """Return how many levels a paragraph is indented that is in no list."""
    einzug = absatz.find(f"{qn('w:pPr')}/{qn('w:ind')}")
    if einzug is None:
        return 0
    links, erste_zeile, haengend = (
        int(einzug.get(qn(name), "0")) for name in ("w:left", "w:firstLine", "w:hanging")
    )
    return max(0, round((links + erste_zeile - haengend) / EINZUG))


def _ist_fett(absatz: Any, stil: _Stil) -> bool:
    """Whether all that stands in a paragraph is set bold."""
    laeufe = [lauf for lauf in absatz.iter(qn("w:r")) if _text(lauf).strip()]
    gewichte = [stil.fett if (gewicht := _gewicht(lauf)) is None else gewicht for lauf in laeufe]
    return bool(gewichte) and all(gewichte)


def _gewicht(element: Any) -> bool | None:
    """Return whether a run or a style is bold, None where it says nothing of it."""
    schalter = element.find(f"{qn('w:rPr')}/{qn('w:b')}")
    return None if schalter is None else _ist_an(schalter)


def _ist_an(schalter: Any) -> bool:
    """Whether a switch is on: it stands there and does not say no."""
    return schalter is not None and schalter.get(qn("w:val")) not in ("0", "false", "off")


def _wert(element: Any, name: str) -> str | None:
    """Return the value of a child element, None where there is none."""
    kind = element.find(qn(name))
    return None if kind is None else kind.get(qn("w:val"))


def _beendet_abschnitt(absatz: Any) -> bool:
    """Whether the section of pages ends with a paragraph."""
    abschnitt = absatz.find(f"{qn('w:pPr')}/{qn('w:sectPr')}")
    return abschnitt is not None and _wert(abschnitt, "w:type") != "continuous"


# --- text ---------------------------------------------------------------------------------------------


def _darunter(eltern: Any, *namen: str) -> Iterator[Any]:
    """Yield the elements of these names right below another, whatever is put around them."""
    for element in eltern:
        if element.tag in namen:
            yield element
        elif element.tag in HUELLEN:
            yield from _darunter(element, *namen)


def _text(element: Any) -> str:
    return "".join(_texte(element))


def _texte(element: Any) -> Iterator[str]:
    for kind in element:
        if kind.tag in NICHT_IM_TEXT:
            continue
        if kind.tag == qn("w:t"):
            yield kind.text or ""
        elif kind.tag == qn("w:br"):
            yield SEITENWECHSEL if kind.get(qn("w:type")) == "page" else "\n"
        elif kind.tag == qn("w:sym"):
            yield aus_wingdings(chr(int(kind.get(qn("w:char"), "20"), 16)))
        elif kind.tag in ZEICHEN:
            yield ZEICHEN[kind.tag]
        else:
            yield from _texte(kind)


def _kaesten(absatz: Any) -> Iterator[str]:
    """Yield the paragraphs of text boxes; each box stands in the file twice, for old programs again."""
    for kasten in absatz.iter(qn("w:txbxContent")):
        if not any(eltern.tag.endswith("}Fallback") for eltern in kasten.iterancestors()):
            yield from (_text(innen).replace(SEITENWECHSEL, "\n") for innen in kasten.iter(qn("w:p")))


def _tabellenzeilen(tabelle: Any) -> Iterator[Tabellenzeile]:
    for zeile in _darunter(tabelle, qn("w:tr")):
        zellen: list[tuple[str, ...]] = []
        for zelle in _darunter(zeile, qn("w:tc")):
            eigenschaften = zelle.find(qn("w:tcPr"))
            fortsetzung, breite = False, 1
            if eigenschaften is not None:
                verbunden = eigenschaften.find(qn("w:vMerge"))
                fortsetzung = verbunden is not None and verbunden.get(qn("w:val")) != "restart"
                breite = min(int(_wert(eigenschaften, "w:gridSpan") or 1), SPALTEN_HOECHSTENS)
            texte = () if fortsetzung else tuple(map(_zellenabsatz, zelle.iter(qn("w:p"))))
            zellen += [texte, *[()] * (breite - 1)]
        yield tuple(zellen)


def _zellenabsatz(absatz: Any) -> str:
    """Return a paragraph of a cell, indented as deep as it stands in a list."""
    ebene = absatz.find(f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:ilvl')}")
    tiefe = int(ebene.get(qn("w:val"))) if ebene is not None else 0
    return "    " * tiefe + _text(absatz).replace(SEITENWECHSEL, "\n")


def _nebenteile(dokument: Any) -> Iterator[Block]:
    """Yield what stands in margins, footnotes and comments."""
    for art, endungen in ((Art.NOTIZ, NOTIZEN), (Art.FUSS, RAND)):
        for verweis in dokument.part.rels.values():
            if not verweis.is_external and verweis.reltype.endswith(endungen):
                baum = etree.fromstring(verweis.target_part.blob, etree.XMLParser(resolve_entities=False))
                yield from (Block(art, _text(absatz)) for absatz in baum.iter(qn("w:p")))
