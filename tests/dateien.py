"""Files as people make them, of the statements of a group: slides, documents, tables."""

import csv
from collections.abc import Iterable, Iterator
from io import BytesIO, StringIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import docx
from docx.enum.text import WD_BREAK
from openpyxl import Workbook
from openpyxl.styles import Font
from pptx import Presentation
from pptx.util import Inches

from arbeitsgruppen.bild import Abschnittsbild, Aeusserungsbild, Gruppenbild, Unterpunktbild
from arbeitsgruppen.dateileser.opendocument import NAMENSRAEUME

Seite = tuple[Abschnittsbild, list[Aeusserungsbild]]


def seiten(gruppe: Gruppenbild) -> Iterator[Seite]:
    """Yield the statements of a group as they stand on its pages, each page with its Abschnitt."""
    for abschnitt in gruppe.abschnitte:
        auf_seite: list[Aeusserungsbild] = []
        for aeusserung in abschnitt.aeusserungen:
            if aeusserung.neue_seite and auf_seite:
                yield abschnitt, auf_seite
                auf_seite = []
            auf_seite.append(aeusserung)
        yield abschnitt, auf_seite


def titel(gruppe: Gruppenbild) -> str:
    """Return the title as every page bears it."""
    return f"AG {gruppe.nummer}: {gruppe.titel}"


def pptx(gruppe: Gruppenbild) -> bytes:
    """Return slides: a cover, then each page in another of the ways in which people build slides."""
    praesentation = Presentation()
    umschlag = praesentation.slides.add_slide(praesentation.slide_layouts[0])
    umschlag.shapes.title.text = titel(gruppe)
    umschlag.placeholders[1].text = "Moderation: Sabine Müller\n21. April 2021"
    bauweisen = (_liste, _kaesten, _tabelle, _liste_mit_kopf_im_text)
    for nummer, (abschnitt, aeusserungen) in enumerate(seiten(gruppe)):
        bauweisen[nummer % len(bauweisen)](praesentation, gruppe, abschnitt, aeusserungen)
        folie = praesentation.slides[-1]
        _fusszeile(folie, nummer + 2)
        folie.notes_slide.notes_text_frame.text = f"Notiz zu Seite {nummer + 2}"
    return _gespeichert(praesentation)


def _liste(praesentation, gruppe, abschnitt, aeusserungen):
    """Build the plainest slide: the heading as its title, statements as list with levels."""
    folie = praesentation.slides.add_slide(praesentation.slide_layouts[1])
    folie.shapes.title.text = abschnitt.ueberschrift
    rahmen = folie.placeholders[1].text_frame
    absatz = None
    for aeusserung in aeusserungen:
        for text, ebene in ((aeusserung.text, 0), *((u.text, 1) for u in aeusserung.unterpunkte)):
            absatz = rahmen.paragraphs[0] if absatz is None else rahmen.add_paragraph()
            absatz.text, absatz.level = text.replace("\n", "\v"), ebene


def _kaesten(praesentation, gruppe, abschnitt, aeusserungen):
    """Build a slide of notes side by side, drawn in another order than they are read."""
    folie = praesentation.slides.add_slide(praesentation.slide_layouts[5])
    folie.shapes.title.text = abschnitt.ueberschrift
    plaetze = [(index, aeusserung) for index, aeusserung in enumerate(aeusserungen)]
    for index, aeusserung in reversed(plaetze):
        kasten = folie.shapes.add_textbox(Inches(0.5), Inches(1.5 + index * 0.5), Inches(8), Inches(0.4))
        zeilen = [aeusserung.text.replace("\n", "\v"), *(f"- {u.text}" for u in aeusserung.unterpunkte)]
        kasten.text_frame.text = "\n".join(zeilen)


def _tabelle(praesentation, gruppe, abschnitt, aeusserungen):
    """Build a slide with the title of the group and a table under the heading."""
    folie = praesentation.slides.add_slide(praesentation.slide_layouts[5])
    folie.shapes.title.text = titel(gruppe)
    form = folie.shapes.add_table(len(aeusserungen) + 1, 1, Inches(0.5), Inches(1.5), Inches(8), Inches(4))
    form.table.cell(0, 0).text = abschnitt.ueberschrift
    for zeile, aeusserung in enumerate(aeusserungen, 1):
        rahmen = form.table.cell(zeile, 0).text_frame
        rahmen.text = aeusserung.text.replace("\n", "\v")
        for unterpunkt in aeusserung.unterpunkte:
            absatz = rahmen.add_paragraph()
            absatz.text, absatz.level = unterpunkt.text, 1


def _liste_mit_kopf_im_text(praesentation, gruppe, abschnitt, aeusserungen):
    """Build a slide whose title holds the group's title and, in a second line, the heading."""
    _liste(praesentation, gruppe, abschnitt, aeusserungen)
    praesentation.slides[-1].shapes.title.text = f"{titel(gruppe)}\v{abschnitt.ueberschrift}"


def _fusszeile(folie, nummer: int) -> None:
    """Add footer and slide number, which python-pptx leaves in the layout."""
    for platz in folie.slide_layout.placeholders:
        if platz.placeholder_format.type.name in ("FOOTER", "SLIDE_NUMBER"):
            folie.shapes.clone_placeholder(platz)
            text = "Fachtag 2021" if platz.placeholder_format.type.name == "FOOTER" else str(nummer)
            folie.shapes[-1].text_frame.text = text


def docx_mit_formatvorlagen(gruppe: Gruppenbild) -> bytes:
    """Return a document with headings and lists by style, and a page break between the pages."""
    dokument = docx.Document()
    dokument.add_heading(titel(gruppe), 0)
    dokument.sections[0].footer.paragraphs[0].text = "Seite 1"
    for nummer, (abschnitt, aeusserungen) in enumerate(seiten(gruppe)):
        if nummer:
            dokument.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        dokument.add_heading(abschnitt.ueberschrift, 1)
        for aeusserung in aeusserungen:
            dokument.add_paragraph(aeusserung.text, "List Bullet")
            for unterpunkt in aeusserung.unterpunkte:
                dokument.add_paragraph(unterpunkt.text, "List Bullet 2")
    return _gespeichert(dokument)


def docx_von_hand(gruppe: Gruppenbild) -> bytes:
    """Return a document of someone who knows no styles: bold headings, dashes typed before the text."""
    dokument = docx.Document()
    dokument.add_paragraph(titel(gruppe))
    for abschnitt in gruppe.abschnitte:
        dokument.add_paragraph().add_run(abschnitt.ueberschrift).bold = True
        for aeusserung in abschnitt.aeusserungen:
            dokument.add_paragraph(f"-\t{aeusserung.text}")
            for unterpunkt in aeusserung.unterpunkte:
                dokument.add_paragraph(f"\to\t{unterpunkt.text}")
    return _gespeichert(dokument)


def odt(gruppe: Gruppenbild) -> bytes:
    """Return a document of LibreOffice with headings and nested lists."""
    return opendocument(
        "text",
        f'<text:h text:outline-level="1">{titel(gruppe)}</text:h>'
        + "".join(
            f'<text:h text:outline-level="2">{_xml(a.ueberschrift)}</text:h>{_xml_liste(a.aeusserungen)}'
            for a in gruppe.abschnitte
        ),
    )


def odp(gruppe: Gruppenbild) -> bytes:
    """Return slides of LibreOffice with titles, lists and speaker notes; the lists are drawn first."""
    return opendocument(
        "presentation",
        "".join(
            "<draw:page>"
            + _xml_rahmen("outline", "4cm", _xml_liste(aeusserungen))
            + _xml_rahmen("title", "1cm", f"<text:p>{_xml(f'{titel(gruppe)} – {a.ueberschrift}')}</text:p>")
            + "<presentation:notes>"
            + _xml_rahmen("notes", "1cm", "<text:p>Notiz der Moderation</text:p>")
            + "</presentation:notes></draw:page>"
            for a, aeusserungen in seiten(gruppe)
        ),
    )


def opendocument(art: str, koerper: str, stile: str = "") -> bytes:
    """Return a file of LibreOffice of this kind with the XML of its body and of its automatic styles."""
    namensraeume = " ".join(f'xmlns:{kurz}="{lang}"' for kurz, lang in NAMENSRAEUME.items())
    inhalt = (
        f"<office:document-content {namensraeume}><office:automatic-styles>{stile}</office:automatic-styles>"
        f"<office:body><office:{art}>{koerper}</office:{art}></office:body></office:document-content>"
    )
    ausgabe = BytesIO()
    with ZipFile(ausgabe, "w", ZIP_DEFLATED) as archiv:
        archiv.writestr("mimetype", f"application/vnd.oasis.opendocument.{art}", ZIP_STORED)
        archiv.writestr("META-INF/manifest.xml", "<manifest/>")
        archiv.writestr("content.xml", inhalt)
    return ausgabe.getvalue()


def _xml_rahmen(klasse: str, oben: str, inhalt: str) -> str:
    return (
        f'<draw:frame presentation:class="{klasse}" svg:x="2cm" svg:y="{oben}" svg:width="20cm" '
        f'svg:height="3cm"><draw:text-box>{inhalt}</draw:text-box></draw:frame>'
    )


def _xml_liste(aeusserungen: Iterable[Aeusserungsbild | Unterpunktbild]) -> str:
    punkte = (
        f"<text:list-item><text:p>{_xml(a.text)}</text:p>"
        + (_xml_liste(a.unterpunkte) if isinstance(a, Aeusserungsbild) and a.unterpunkte else "")
        + "</text:list-item>"
        for a in aeusserungen
    )
    return f"<text:list>{''.join(punkte)}</text:list>"


def _xml(text: str) -> str:
    """Return a text as XML, with white space in elements as LibreOffice writes it."""
    return escape(text).replace("\n", "<text:line-break/>").replace("  ", " <text:s/>")


def xlsx_spalten(gruppe: Gruppenbild) -> bytes:
    """Return a table with a column for each heading."""
    mappe = Workbook()
    for spalte, abschnitt in enumerate(gruppe.abschnitte, 1):
        mappe.active.cell(1, spalte, abschnitt.ueberschrift).font = Font(bold=True)
        for zeile, aeusserung in enumerate(abschnitt.aeusserungen, 2):
            mappe.active.cell(zeile, spalte, aeusserung.text)
    return _gespeichert(mappe)


def csv_liste(gruppe: Gruppenbild, trennzeichen: str = ";", kodierung: str = "utf-8-sig") -> bytes:
    """Return a list with heading and statement in each row, as German Excel saves it."""
    ausgabe = StringIO()
    schreiber = csv.writer(ausgabe, delimiter=trennzeichen, lineterminator="\r\n")
    schreiber.writerow(["Nr.", "Abschnitt", "Äußerung"])
    zeilen = ((a.ueberschrift, x.text) for a in gruppe.abschnitte for x in a.aeusserungen)
    schreiber.writerows((nummer, *zeile) for nummer, zeile in enumerate(zeilen, 1))
    return ausgabe.getvalue().encode(kodierung)


def _gespeichert(dokument) -> bytes:
    ausgabe = BytesIO()
    dokument.save(ausgabe)
    return ausgabe.getvalue()
