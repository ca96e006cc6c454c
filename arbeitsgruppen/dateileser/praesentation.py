"""Slides of PowerPoint: titles, lists with levels, text boxes in reading order, tables, notes and footers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE, PP_PLACEHOLDER
from pptx.oxml.ns import qn

from arbeitsgruppen.dateileser.anordnung import Kasten, in_lesefolge
from arbeitsgruppen.dateileser.bloecke import Art, Block, Dateifehler, Sammler, Zelle
from arbeitsgruppen.dateileser.zeichen import aus_wingdings

TITEL = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE)
RAND = (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.HEADER)
LISTEN = (
    PP_PLACEHOLDER.BODY,
    PP_PLACEHOLDER.OBJECT,
    PP_PLACEHOLDER.VERTICAL_BODY,
    PP_PLACEHOLDER.VERTICAL_OBJECT,
)
VERGLEICH = "twoTxTwoObj"  # the layout with a heading above each of two lists
DIAGRAMM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"


def lesen(inhalt: bytes, sammler: Sammler) -> None:
    """Add every slide that is shown. Raise Dateifehler where there is none."""
    folien = list(Presentation(BytesIO(inhalt)).slides)
    if not folien:
        raise Dateifehler("Die Datei enthält keine Folien. Laden Sie die Datei mit den Ergebnissen hoch.")
    for nummer, folie in enumerate(folien, 1):
        name = f"Folie {nummer}"
        if folie.element.get("show") == "0":
            sammler.hinweise.append(
                f"{name} ist ausgeblendet und wurde nicht gelesen. Blenden Sie sie ein, wenn sie dazugehört."
            )
            continue
        leser = _Folienleser(folie)
        sammler.seite(name, leser.bloecke())
        if leser.bilder:
            sammler.hinweise.append(
                f"{name} enthält ein Bild oder Diagramm: Was darin steht, wird nicht gelesen."
            )


@dataclass(slots=True)
class _Folienleser:
    folie: Any
    bilder: bool = False

    def bloecke(self) -> Iterator[Block]:
        """Yield what stands on the slide: the title first, then the rest as it is read, notes and edges "
        "last."""
        titel = [form for form in self.folie.shapes if _platzhalter(form) in TITEL]
        raender = [form for form in self.folie.shapes if _platzhalter(form) in RAND]
        for form in titel:
            if text := "\n".join(filter(str.strip, _absaetze(form.text_frame))):
                yield Block(Art.KOPF, text)
        for form in self._geordnet(f for f in self.folie.shapes if f not in titel and f not in raender):
            yield from self._form(form)
        if self.folie.has_notes_slide and (notizen := self.folie.notes_slide.notes_text_frame):
            yield from (Block(Art.NOTIZ, text) for text in _absaetze(notizen))
        for form in raender:
            yield from (Block(Art.FUSS, text) for text in _absaetze(form.text_frame))

    def _geordnet(self, formen: Iterable[Any]) -> list[Any]:
        kaesten = [
            Kasten(form.left or 0, form.top or 0, form.width or 0, form.height or 0, form) for form in formen
        ]
        return in_lesefolge(kaesten)

    def _form(self, form: Any) -> Iterator[Block]:
        if form.shape_type == MSO_SHAPE_TYPE.GROUP:
            for teil in self._geordnet(form.shapes):
                yield from self._form(teil)
        elif getattr(form, "has_table", False):
            yield Block(Art.TABELLE, zeilen=tuple(_tabellenzeilen(form.table)))
        elif form.has_text_frame:
            yield from self._text(form)
        elif diagramm := _smartart(form):
            yield from (Block(Art.FREI, text) for text in diagramm)
        else:
            self.bilder |= form._element.tag == qn("p:pic") or getattr(form, "has_chart", False)

    def _text(self, form: Any) -> Iterator[Block]:
        platz = _platzhalter(form)
        vergleich = self.folie.slide_layout.element.get("type") == VERGLEICH
        abgesetzt = False
        for absatz in form.text_frame.paragraphs:
            text = _text(absatz)
            if not text.strip():
                abgesetzt = True
                continue
            if platz == PP_PLACEHOLDER.SUBTITLE:
                art = Art.RAHMEN
            elif platz == PP_PLACEHOLDER.BODY and vergleich:
                art = Art.KOPF
            else:
                art = Art.PUNKT if _hat_punkt(absatz, platz in LISTEN) else Art.FREI
            yield Block(art, text, absatz.level, _ist_fett(absatz), abgesetzt)
            abgesetzt = False


def _platzhalter(form: Any) -> PP_PLACEHOLDER | None:
    return form.placeholder_format.type if form.is_placeholder else None


def _absaetze(rahmen: Any) -> Iterator[str]:
    return (_text(absatz) for absatz in rahmen.paragraphs)


def _text(absatz: Any) -> str:
    return "".join(_lauf(teil) for teil in absatz._p.content_children).replace("\v", "\n")


def _lauf(teil: Any) -> str:
    """Return the text of a run; the arrow that PowerPoint makes of „->“ is a letter in a symbol font."""
    schrift = teil.find(f"{qn('a:rPr')}/{qn('a:sym')}")
    if schrift is not None and str(schrift.get("typeface")).startswith("Wingdings"):
        return aus_wingdings(teil.text)
    return teil.text


def _hat_punkt(absatz: Any, geerbt: bool) -> bool:
    """Whether a paragraph has a bullet; lists inherit theirs from the layout."""
    eigenschaften = absatz._p.pPr
    if eigenschaften is None:
        return geerbt
    if eigenschaften.find(qn("a:buNone")) is not None:
        return False
    zeichen = ("a:buChar", "a:buAutoNum", "a:buBlip")
    return geerbt or any(eigenschaften.find(qn(name)) is not None for name in zeichen)


def _ist_fett(absatz: Any) -> bool:
    laeufe = [lauf for lauf in absatz.runs if lauf.text.strip()]
    return bool(laeufe) and all(lauf.font.bold for lauf in laeufe)


def _tabellenzeilen(tabelle: Any) -> Iterator[tuple[Zelle, ...]]:
    for zeile in tabelle.rows:
        yield tuple(
            () if zelle.is_spanned else tuple(_zellenabsatz(a) for a in zelle.text_frame.paragraphs)
            for zelle in zeile.cells
        )


def _zellenabsatz(absatz: Any) -> str:
    """Return a paragraph of a cell, indented as deep as it stands in a list."""
    return "    " * absatz.level + _text(absatz)


def _smartart(form: Any) -> list[str]:
    """Return the texts of a SmartArt graphic, which stand in a part of their own."""
    verweis = next(form._element.iter(f"{{{DIAGRAMM}}}relIds"), None)
    if verweis is None:
        return []
    daten = form.part.related_part(verweis.get(qn("r:dm")))
    baum = etree.fromstring(daten.blob, etree.XMLParser(resolve_entities=False))
    absaetze = (
        "".join(text.text or "" for text in absatz.iter(qn("a:t")))
        for knoten in baum.iter(f"{{{DIAGRAMM}}}t")
        for absatz in knoten.iter(qn("a:p"))
    )
    return [text for text in absaetze if text.strip()]
