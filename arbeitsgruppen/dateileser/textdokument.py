"""Documents of Word: headings by style, lists with levels, tables, text boxes, margins and footnotes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import docx
from docx.oxml.ns import qn
from docx.shared import Cm
from docx.text.paragraph import Paragraph
from lxml import etree

from arbeitsgruppen.dateileser.bloecke import Art, Block, Sammler, Tabellenzeile
from arbeitsgruppen.dateileser.zeichen import aus_wingdings

UEBERSCHRIFT = re.compile(r"(?:heading|überschrift) \d|title|titel", re.IGNORECASE)
LISTE = re.compile(r"(?:list (?:bullet|number)|aufzählungszeichen|listennummer)(?: (\d))?", re.IGNORECASE)
# What is deleted, not shown, or stands in a box of its own.
NICHT_IM_TEXT = {qn("w:del"), qn("w:moveFrom"), qn("w:txbxContent"), qn("w:instrText"), qn("w:pPr")}
ZEICHEN = {
    qn("w:tab"): "\t",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
}
RAND = ("/header", "/footer")
NOTIZEN = ("/footnotes", "/endnotes", "/comments")
SEITENWECHSEL = "\f"
EINZUG = Cm(1)  # at least half of it is a level


def lesen(inhalt: bytes, sammler: Sammler) -> None:
    """Add the pages that page breaks made by hand divide the document into."""
    dokument = docx.Document(BytesIO(inhalt))
    leser = _Dokumentleser(dokument)
    leser.lesen()
    rand = list(_nebenteile(dokument))
    for nummer, bloecke in enumerate(leser.seiten, 1):
        name = f"Seite {nummer}" if len(leser.seiten) > 1 else ""
        sammler.seite(name, bloecke + (rand if nummer == len(leser.seiten) else []))


@dataclass(slots=True)
class _Dokumentleser:
    dokument: Any
    seiten: list[list[Block]] = field(default_factory=lambda: [[]])

    def lesen(self) -> None:
        """Go through paragraphs and tables in their order."""
        abgesetzt = False
        for element in _inhalt(self.dokument.element.body):
            if element.tag == qn("w:tbl"):
                self.seiten[-1].append(Block(Art.TABELLE, zeilen=tuple(_tabellenzeilen(element))))
                continue
            absatz = Paragraph(element, self.dokument._body)
            if _beginnt_seite(element):
                self._neue_seite()
            for nummer, text in enumerate(_text(element).split(SEITENWECHSEL)):
                if nummer:
                    self._neue_seite()
                if text.strip():
                    self.seiten[-1].append(_block(absatz, text, abgesetzt))
            abgesetzt = not _text(element).strip()
            self.seiten[-1] += [Block(Art.FREI, text) for text in _kaesten(element)]
            if _beendet_abschnitt(element):
                self._neue_seite()

    def _neue_seite(self) -> None:
        if self.seiten[-1]:
            self.seiten.append([])


def _inhalt(eltern: Any) -> Iterator[Any]:
    """Yield paragraphs and tables, those in content controls and tracked insertions too."""
    for element in eltern:
        if element.tag in (qn("w:p"), qn("w:tbl")):
            yield element
        elif element.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:moveTo"), qn("w:customXml")):
            yield from _inhalt(element)


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


def _block(absatz: Paragraph, text: str, abgesetzt: bool) -> Block:
    stil = (absatz.style.name or "") if absatz.style is not None else ""
    if UEBERSCHRIFT.fullmatch(stil) or _gliederungsebene(absatz):
        return Block(Art.KOPF, text, abgesetzt=abgesetzt)
    ebene = _listenebene(absatz, stil)
    art = Art.ABSATZ if ebene is None else Art.PUNKT
    return Block(art, text, _einzug(absatz) if ebene is None else ebene, _ist_fett(absatz), abgesetzt)


def _eigenschaft(absatz: Paragraph, name: str) -> Any:
    """Return a property of a paragraph, its own or that of its style and the styles below it."""
    eigenschaften = [absatz._p.pPr]
    stil: Any = absatz.style
    while stil is not None and len(eigenschaften) < 20:
        eigenschaften.append(stil.element.pPr)
        stil = stil.base_style
    gefunden = (e.find(qn(name)) for e in eigenschaften if e is not None)
    return next((eigenschaft for eigenschaft in gefunden if eigenschaft is not None), None)


def _einzug(absatz: Paragraph) -> int:
    """Return how many levels a paragraph is indented that is in no list."""
    einzug = absatz.paragraph_format.left_indent or 0
    erste_zeile = absatz.paragraph_format.first_line_indent or 0
    return max(0, round((einzug + erste_zeile) / EINZUG))


def _gliederungsebene(absatz: Paragraph) -> bool:
    ebene = _eigenschaft(absatz, "w:outlineLvl")
    return ebene is not None and ebene.get(qn("w:val")) != "9"  # 9 is body text


def _listenebene(absatz: Paragraph, stil: str) -> int | None:
    """Return the level of a list item from 0, None for what is none."""
    nummerierung = _eigenschaft(absatz, "w:numPr")
    if treffer := LISTE.fullmatch(stil):
        aus_stil = int(treffer[1] or 1) - 1
    elif nummerierung is None or stil == "Subtitle":
        return None
    else:
        aus_stil = 0
    if nummerierung is None:
        return aus_stil
    nummer, ebene = (nummerierung.find(qn(name)) for name in ("w:numId", "w:ilvl"))
    if nummer is not None and nummer.get(qn("w:val")) == "0":
        return None  # taken out of the list by hand
    return max(aus_stil, int(ebene.get(qn("w:val"))) if ebene is not None else 0)


def _ist_fett(absatz: Paragraph) -> bool:
    stil = absatz.style
    geerbt = stil is not None and bool(stil.font.bold)
    laeufe = [lauf for lauf in absatz.runs if lauf.text.strip()]
    return bool(laeufe) and all(geerbt if lauf.bold is None else lauf.bold for lauf in laeufe)


def _beginnt_seite(element: Any) -> bool:
    wechsel = element.find(f"{qn('w:pPr')}/{qn('w:pageBreakBefore')}")
    return wechsel is not None and wechsel.get(qn("w:val")) not in ("0", "false")


def _beendet_abschnitt(element: Any) -> bool:
    abschnitt = element.find(f"{qn('w:pPr')}/{qn('w:sectPr')}")
    if abschnitt is None:
        return False
    art = abschnitt.find(qn("w:type"))
    return art is None or art.get(qn("w:val")) != "continuous"


def _kaesten(element: Any) -> Iterator[str]:
    """Yield the paragraphs of text boxes; each box stands in the file twice, for old programs again."""
    for kasten in element.iter(qn("w:txbxContent")):
        if not any(eltern.tag.endswith("}Fallback") for eltern in kasten.iterancestors()):
            yield from (_text(absatz).replace(SEITENWECHSEL, "\n") for absatz in kasten.iter(qn("w:p")))


def _tabellenzeilen(tabelle: Any) -> Iterator[Tabellenzeile]:
    for zeile in tabelle.iter(qn("w:tr")):
        zellen: list[tuple[str, ...]] = []
        for zelle in zeile.iter(qn("w:tc")):
            eigenschaften = zelle.find(qn("w:tcPr"))
            fortsetzung, spalten = False, 1
            if eigenschaften is not None:
                verbunden = eigenschaften.find(qn("w:vMerge"))
                fortsetzung = verbunden is not None and verbunden.get(qn("w:val")) != "restart"
                breite = eigenschaften.find(qn("w:gridSpan"))
                spalten = min(int(breite.get(qn("w:val"))), 100) if breite is not None else 1
            texte = () if fortsetzung else tuple(map(_zellenabsatz, zelle.iter(qn("w:p"))))
            zellen += [texte, *[()] * (spalten - 1)]
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
