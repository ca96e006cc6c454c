"""Spreadsheets: every sheet that is shown, as a table or, where only one column is used, as paragraphs."""

from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

from arbeitsgruppen.dateileser.bloecke import Art, Block, Dateifehler, Sammler, Tabellenzeile, zu_lang


def lesen(inhalt: bytes, sammler: Sammler) -> None:
    """Add every sheet with something in it. Raise Dateifehler where one is too long."""
    mappe = load_workbook(BytesIO(inhalt), read_only=True, data_only=True, keep_links=False)
    for blatt in mappe.worksheets:
        if blatt.sheet_state != "visible":
            sammler.hinweise.append(f"Das Blatt „{blatt.title}“ ist ausgeblendet und wurde nicht gelesen.")
            continue
        zeilen = list(_zeilen(blatt, sammler))
        sammler.seite(
            blatt.title, als_bloecke([[(_wert(z), _ist_fett(z)) for z in zeile] for zeile in zeilen])
        )


def _zeilen(blatt: Any, sammler: Sammler) -> Iterator[list[Any]]:
    """Yield the rows of a sheet, of several empty ones the first; what it says of its size is ignored."""
    spalten = sammler.grenzen.spalten
    blatt.reset_dimensions()
    gefuellt, leer = 0, True
    for zeile in blatt.iter_rows():
        war_leer, leer = leer, all(zelle.value is None for zelle in zeile)
        if leer and war_leer:
            continue
        if any(zelle.value is not None for zelle in zeile[spalten:]):
            raise Dateifehler(
                f"Das Blatt „{blatt.title}“ hat mehr als {spalten} Spalten. Laden Sie eine Tabelle hoch, "
                f"in der nur die Äußerungen stehen."
            )
        gefuellt += 1
        if gefuellt > sammler.grenzen.zeilen:
            raise Dateifehler(zu_lang(sammler.grenzen))
        yield list(zeile[:spalten])


def als_bloecke(zeilen: list[list[tuple[str, bool]]]) -> list[Block]:
    """Return rows of cells, each its text and whether it is bold, as blocks."""
    spalten = {i for zeile in zeilen for i, (text, _) in enumerate(zeile) if text.strip()}
    if len(spalten) != 1:
        return [Block(Art.TABELLE, zeilen=tuple(map(_als_zeile, zeilen)))] if spalten else []
    (spalte,) = spalten
    bloecke, abgesetzt = [], False
    for zeile in zeilen:
        text, fett = zeile[spalte] if spalte < len(zeile) else ("", False)
        if text.strip():
            bloecke.append(Block(Art.FREI, text, fett=fett, abgesetzt=abgesetzt))
        abgesetzt = not text.strip()
    return bloecke


def _als_zeile(zeile: list[tuple[str, bool]]) -> Tabellenzeile:
    return tuple((text,) if text.strip() else () for text, _ in zeile)


def _wert(zelle: Any) -> str:
    """Return what a cell shows, as far as that can be told without its number format."""
    wert = zelle.value
    if wert is None:
        return ""
    if isinstance(wert, bool):
        return "ja" if wert else "nein"
    if isinstance(wert, datetime) and wert.time() != time():
        return f"{wert:%d.%m.%Y %H:%M}"
    if isinstance(wert, date):
        return f"{wert:%d.%m.%Y}"
    if isinstance(wert, float):
        return f"{wert:.15g}".replace(".", ",")
    return str(wert)


def _ist_fett(zelle: Any) -> bool:
    return zelle.value is not None and bool(zelle.font.bold)
