"""Tables as a workbook (XLSX) in which every text stays text, to the letter, in Excel and in Calc.

Cells have their type written down, so nothing is taken for a formula, a date or a number. A text that would
become a formula when somebody edits its cell carries Excel's mark for text as well (quotePrefix).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from arbeitsgruppen.daten import FORMEL

Wert = str | int | date | None

# What a cell holds at most (Excel's specifications and limits); what is longer goes on in further cells.
GRENZE = 32_767
# So much of any text fits: an escaped character takes seven, one beyond U+FFFF counts twice.
SICHER = GRENZE // 7
# Characters that XML cannot hold, and what looks like the notation for them (ST_Xstring in ECMA-376-1,
# 22.9.2.19). The carriage return belongs to them, which readers of XML turn into a line feed.
UNSAGBAR = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
# The earliest time that a ZIP archive can name.
NULLZEIT = (1980, 1, 1, 0, 0, 0)
OBEN = Alignment(vertical="top", wrap_text=True)


@dataclass(frozen=True, slots=True)
class Blatt:
    """A sheet: its name, its columns with their widths in characters, its rows."""

    name: str
    spalten: Sequence[tuple[str, int]]
    zeilen: Iterable[Sequence[Wert]]


def arbeitsmappe(blaetter: Iterable[Blatt], titel: str, stand: date) -> bytes:
    """Return the sheets as XLSX; the same content gives the same bytes.

    `titel` and `stand` (the day of the last change) are what the file says of itself.
    """
    mappe = Workbook(write_only=True)
    mappe.properties.title = _sagbar(titel)
    mappe.properties.creator = "Konferenzdokumentation"
    mappe.properties.language = "de"
    mappe.properties.created = mappe.properties.modified = datetime.combine(stand, time())
    for blatt in blaetter:
        _blatt(mappe, blatt)
    ausgabe = BytesIO()
    # As Workbook.save() does, which would write down the time of writing.
    ExcelWriter(mappe, ZipFile(ausgabe, "w", ZIP_DEFLATED)).save()
    return _ohne_zeiten(ausgabe)


def _blatt(mappe: Workbook, blatt: Blatt) -> None:
    tabelle = mappe.create_sheet(blatt.name)
    for stelle, (_, breite) in enumerate(blatt.spalten, 1):
        tabelle.column_dimensions[get_column_letter(stelle)].width = breite
    tabelle.freeze_panes = "A2"
    tabelle.print_title_rows = "1:1"
    tabelle.page_setup.orientation = "landscape"
    tabelle.page_setup.paperSize = "9"  # A4
    tabelle.page_setup.fitToHeight = 0
    tabelle.sheet_properties.pageSetUpPr.fitToPage = True
    kopf = [WriteOnlyCell(tabelle, name) for name, _ in blatt.spalten]
    for zelle in kopf:
        zelle.font, zelle.alignment = Font(bold=True), OBEN
        zelle.fill = PatternFill("solid", fgColor="E4E7EC")
    tabelle.append(kopf)
    stile = _stile(tabelle)
    anzahl = 0
    for anzahl, zeile in enumerate(blatt.zeilen, 1):  # noqa: B007  # the number of the last row
        tabelle.append([_zelle(tabelle, wert, stile) for wert in _stuecke(zeile)])
    tabelle.auto_filter.ref = f"A1:{get_column_letter(len(blatt.spalten))}{anzahl + 1}"


def _stuecke(zeile: Sequence[Wert]) -> Iterator[Wert]:
    """Yield the cells of a row; what is too long for one goes on behind the last column."""
    reste: list[str] = []
    for wert in zeile:
        if isinstance(wert, str) and len(_sagbar(wert).encode("utf-16-le")) > 2 * GRENZE:
            erstes, *rest = (wert[i : i + SICHER] for i in range(0, len(wert), SICHER))
            reste += rest
            yield erstes
        else:
            yield wert
    yield from reste


def _stile(tabelle: Any) -> dict[str, Any]:
    """Return the styles of cells by kind. Made once: for each cell anew they would take half of the time."""
    text, formel, tag = (WriteOnlyCell(tabelle) for _ in range(3))
    for zelle in (text, formel, tag):
        zelle.alignment = OBEN
    formel.quotePrefix = True
    tag.number_format = "[$-407]dd.mm.yyyy"  # the German way, whatever language the reader's program has
    return {"text": text._style, "formel": formel._style, "tag": tag._style}


def _zelle(tabelle: Any, wert: Wert, stile: dict[str, Any]) -> WriteOnlyCell:
    zelle = WriteOnlyCell(tabelle, (_sagbar(wert) or None) if isinstance(wert, str) else wert)
    art = "tag" if isinstance(wert, date) else "text"
    if isinstance(wert, str) and wert:
        zelle.data_type = "s"  # not what openpyxl makes of „=1+1“ or „#N/A“
        art = "formel" if FORMEL.match(wert) else "text"
    zelle._style = stile[art]
    return zelle


def _sagbar(text: str) -> str:
    return UNSAGBAR.sub(lambda treffer: f"_x{ord(treffer[0]):04X}_", text)


def _ohne_zeiten(archiv: BytesIO) -> bytes:
    """Return the same archive without the time at which each of its parts was written."""
    ausgabe = BytesIO()
    with ZipFile(archiv) as alt, ZipFile(ausgabe, "w", ZIP_DEFLATED) as neu:
        for name in alt.namelist():
            eintrag = ZipInfo(name, NULLZEIT)
            eintrag.compress_type = ZIP_DEFLATED
            neu.writestr(eintrag, alt.read(name))
    return ausgabe.getvalue()
