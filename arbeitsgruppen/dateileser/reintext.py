"""Files of plain text: which characters its bytes are, and whether they are a table (CSV)."""

import csv
import re
import unicodedata
from io import StringIO

from arbeitsgruppen.dateileser.bloecke import Dateifehler

TRENNZEICHEN = ";\t,|"
KEIN_TEXT = (
    "Die Datei ist von keiner Art, die gelesen werden kann. Möglich sind PowerPoint (.pptx), Word (.docx), "
    "Excel (.xlsx), LibreOffice (.odt, .odp, .ods), PDF, CSV und Text. Speichern Sie sie als eine davon, "
    "oder fügen Sie den Text ein."
)
AUFZAEHLUNG = re.compile(r"\s*([•‣◦▪■●○▸►➢➤✓❖⁃∙·o*–—+\ue000-\uf8ff-]|\d{1,2}[.)]|[a-z][.)])?\s*")


def dekodiert(inhalt: bytes) -> tuple[str, str]:
    """Return bytes as text, and a hint where the encoding was guessed.

    Raise Dateifehler for what is no text.
    """
    hinweis = ""
    if kodierung := _utf16(inhalt):
        text = inhalt.decode(kodierung, "replace")
    elif b"\0" in inhalt:
        raise Dateifehler(KEIN_TEXT)
    else:
        try:
            text = inhalt.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = inhalt.decode("cp1252", "replace")
            hinweis = (
                "Die Datei ist nicht in UTF-8 kodiert und wurde als Windows-Text gelesen: "
                "Prüfen Sie die Umlaute."
            )
    steuerzeichen = sum(unicodedata.category(z) == "Cc" for z in text) - sum(
        map(text.count, "\n\r\t\f\v\x85")
    )
    if steuerzeichen > len(text) * 0.01 or text.count("\ufffd") > len(text) * 0.01:
        raise Dateifehler(KEIN_TEXT)
    return text, hinweis


def _utf16(inhalt: bytes) -> str:
    """Return the kind of UTF-16 that bytes are, by their mark or by the zeros between Latin letters."""
    if inhalt.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    probe = inhalt[:2000]
    for kodierung, nullen in (("utf-16-le", probe[1::2]), ("utf-16-be", probe[::2])):
        if len(probe) >= 4 and nullen.count(0) > 0.7 * len(nullen):
            return kodierung
    return ""


def als_tabelle(text: str) -> list[list[str]] | None:
    """Return the rows of a CSV, None for text that is no table: then not all lines have as many fields."""
    text = text.lstrip("\ufeff")
    if treffer := re.match(r"sep=(.)\r?\n", text):  # what Excel writes and reads
        return _gelesen(text[treffer.end() :], treffer[1])
    for zeichen in TRENNZEICHEN:
        zeilen = _gelesen(text, zeichen) or []
        felder = set(map(len, zeilen))
        # In running text a space follows the sign.
        satz = text.count(f"{zeichen} ") > text.count(zeichen) / 2
        if len(zeilen) > 1 and len(felder) == 1 and felder != {1} and not satz and not _ist_liste(zeilen):
            return zeilen
    return None


def _gelesen(text: str, trennzeichen: str) -> list[list[str]] | None:
    try:
        zeilen = list(csv.reader(StringIO(text, newline=""), delimiter=trennzeichen, strict=True))
    except csv.Error:
        return None
    return [zeile for zeile in zeilen if zeile]


def _ist_liste(zeilen: list[list[str]]) -> bool:
    """Whether the first field holds nothing but bullets, as when a list was copied from Word."""
    return all(AUFZAEHLUNG.fullmatch(zeile[0]) for zeile in zeilen)
