"""Which format a file is of, by its content, and what reads it."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from zipfile import ZipFile

from arbeitsgruppen.dateileser.archiv import KAPUTT, geprueft
from arbeitsgruppen.dateileser.bloecke import Dateifehler, Grenzen, Sammler, zu_lang

Leser = Callable[[bytes, Sammler], None]

OOXML = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What stands in files of the old binary formats, and what it was that somebody encrypted.
OLE_INHALT = {
    "EncryptedPackage": "Die Datei ist mit einem Kennwort geschützt. Speichern Sie sie ohne Kennwort und "
    "laden Sie sie noch einmal hoch.",
    "PowerPoint Document": "Die Datei ist im alten Format .ppt. Öffnen Sie sie in PowerPoint, speichern "
    "Sie sie als .pptx und laden Sie diese hoch.",
    "WordDocument": "Die Datei ist im alten Format .doc. Öffnen Sie sie in Word, speichern Sie sie als "
    ".docx und laden Sie diese hoch.",
    "Workbook": "Die Datei ist im alten Format .xls. Öffnen Sie sie in Excel, speichern Sie sie als .xlsx "
    "und laden Sie diese hoch.",
    "__substg1.0": "Die Datei ist eine E-Mail. Öffnen Sie sie und fügen Sie ihren Text ein, oder laden Sie "
    "ihren Anhang hoch.",
}
OLE_SONST = (
    "Die Datei ist in einem alten Format. Speichern Sie sie in Ihrem Office-Programm als .pptx, .docx oder "
    ".xlsx und laden Sie diese hoch."
)
MAKROS = (
    "Die Datei enthält Makros und wird deshalb nicht gelesen. Speichern Sie sie ohne Makros (als .pptx, "
    ".docx oder .xlsx) und laden Sie diese hoch."
)
LEER = "Die Datei ist leer. Laden Sie die Datei mit den Ergebnissen hoch, oder fügen Sie den Text ein."
OHNE_TEXT = (
    "In der Datei wurde kein Text gefunden. Steht er in Bildern, fügen Sie ihn bitte von Hand ein; sonst "
    "laden Sie die Datei mit den Ergebnissen hoch."
)
# The first bytes of what people send by mistake.
KENNZEICHEN = (
    (b"{\\rtf", "Die Datei ist im Format RTF. Öffnen Sie sie in Word und speichern Sie sie als .docx."),
    (
        b"<!doctype html",
        "Die Datei ist eine Internetseite. Öffnen Sie sie im Browser und fügen Sie den Text ein.",
    ),
    (b"<html", "Die Datei ist eine Internetseite. Öffnen Sie sie im Browser und fügen Sie den Text ein."),
    (b"\x89png", "Die Datei ist ein Bild. Fügen Sie den Text ein, der darauf steht."),
    (b"\xff\xd8\xff", "Die Datei ist ein Bild. Fügen Sie den Text ein, der darauf steht."),
    (b"gif8", "Die Datei ist ein Bild. Fügen Sie den Text ein, der darauf steht."),
)


def lesen(inhalt: bytes, grenzen: Grenzen) -> dict[str, Any]:
    """Return what a file holds, ready for JSON. Raise Dateifehler with cause and mend where that fails.

    The result has `text` (plain text), `quelle` (the lines of a PDF) or `seiten` (blocks), and `hinweise`.
    """
    if not inhalt.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise Dateifehler(LEER)
    if inhalt.startswith(OLE):
        raise Dateifehler(_ole(inhalt))
    if inhalt.startswith(b"PK"):
        return _archiv(inhalt, grenzen)
    if b"%PDF-" in inhalt[:1024]:
        return _pdf(inhalt, grenzen)
    anfang = inhalt[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for kennzeichen, meldung in KENNZEICHEN:
        if anfang.startswith(kennzeichen):
            raise Dateifehler(meldung)
    return _text(inhalt, grenzen)


def _ole(inhalt: bytes) -> str:
    # Names in the directory of such a file are UTF-16.
    return next((m for name, m in OLE_INHALT.items() if name.encode("utf-16-le") in inhalt), OLE_SONST)


def _archiv(inhalt: bytes, grenzen: Grenzen) -> dict[str, Any]:
    with geprueft(inhalt, grenzen) as archiv:
        leser, seitenweise = _leser(archiv)
    sammler = Sammler(grenzen)
    leser(inhalt, sammler)
    if not any(seite.bloecke for seite in sammler.seiten):
        raise Dateifehler(OHNE_TEXT)
    return {
        "seiten": [asdict(seite) for seite in sammler.seiten],
        "seitenweise": seitenweise,
        "hinweise": sammler.hinweise,
    }


def _leser(archiv: ZipFile) -> tuple[Leser, bool]:
    """Return what reads an archive, and whether its pages are pages. Raise Dateifehler for any other kind.

    The libraries are loaded only for the format at hand: that takes a good part of the time.
    """
    namen = set(archiv.namelist())
    if any(name.lower().endswith("vbaproject.bin") for name in namen):
        raise Dateifehler(MAKROS)
    if "[Content_Types].xml" in namen:
        return _ooxml(archiv.read("[Content_Types].xml").replace(b"\0", b"").decode("utf-8", "replace"))
    if "mimetype" in namen:
        return _odf(archiv)
    if any(name.endswith(".iwa") for name in namen):
        raise Dateifehler(
            "Die Datei ist von Keynote, Pages oder Numbers. Exportieren Sie sie als PowerPoint, Word, "
            "Excel oder PDF."
        )
    raise Dateifehler(
        "Die Datei ist ein gepackter Ordner (ZIP) oder von unbekannter Art. Laden Sie die Dateien darin "
        "einzeln hoch."
    )


def _ooxml(inhaltstypen: str) -> tuple[Leser, bool]:
    if "macroEnabled" in inhaltstypen:
        raise Dateifehler(MAKROS)
    if f"{OOXML}presentationml.presentation.main+xml" in inhaltstypen:
        from arbeitsgruppen.dateileser import praesentation

        return praesentation.lesen, True
    if f"{OOXML}wordprocessingml.document.main+xml" in inhaltstypen:
        from arbeitsgruppen.dateileser import textdokument

        return textdokument.lesen, True
    if f"{OOXML}spreadsheetml.sheet.main+xml" in inhaltstypen:
        from arbeitsgruppen.dateileser import tabelle

        return tabelle.lesen, False
    for kennung, endung in (("slideshow", ".pptx"), ("template", ".pptx, .docx oder .xlsx")):
        if f".{kennung}.main+xml" in inhaltstypen:
            raise Dateifehler(
                f"Die Datei ist eine Vorlage oder Bildschirmpräsentation. Speichern Sie sie als {endung}."
            )
    raise Dateifehler(KAPUTT)


def _odf(archiv: ZipFile) -> tuple[Leser, bool]:
    art = archiv.read("mimetype")[:100].decode("ascii", "replace").strip()
    manifest = archiv.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in archiv.namelist() else b""
    if b"encryption-data" in manifest.replace(b"\0", b""):
        raise Dateifehler(OLE_INHALT["EncryptedPackage"])
    if not manifest or art.removeprefix(ODF) not in ("text", "presentation", "spreadsheet"):
        raise Dateifehler(
            "Die Datei ist von LibreOffice, aber weder Text noch Präsentation noch Tabelle. Speichern Sie "
            "sie als .odt, .odp oder .ods."
        )
    from arbeitsgruppen.dateileser import opendocument

    return opendocument.lesen, not art.endswith("spreadsheet")


def _pdf(inhalt: bytes, grenzen: Grenzen) -> dict[str, Any]:
    from arbeitsgruppen.quelle import Quellenfehler, aus_pdf

    try:
        quelle = aus_pdf(inhalt, "Die Datei", grenzen.seiten)
    except Quellenfehler as fehler:
        raise Dateifehler(str(fehler)) from fehler
    zeilen = [zeile for seite in quelle.seiten for zeile in (*seite.zeilen, *seite.rand)]
    if len(zeilen) > grenzen.zeilen or sum(len(zeile.roh) for zeile in zeilen) > grenzen.zeichen:
        raise Dateifehler(zu_lang(grenzen))
    return {"quelle": asdict(quelle), "hinweise": []}


def _text(inhalt: bytes, grenzen: Grenzen) -> dict[str, Any]:
    from arbeitsgruppen.dateileser import reintext
    from arbeitsgruppen.dateileser.tabelle import als_bloecke

    text, hinweis = reintext.dekodiert(inhalt)
    if len(text) > grenzen.zeichen or text.count("\n") > grenzen.zeilen:
        raise Dateifehler(zu_lang(grenzen))
    hinweise = [hinweis] if hinweis else []
    zeilen = reintext.als_tabelle(text)
    if zeilen is None:
        return {"text": text, "hinweise": hinweise}
    sammler = Sammler(grenzen)
    sammler.seite("", als_bloecke([[(feld, False) for feld in zeile] for zeile in zeilen]))
    return {"seiten": [asdict(s) for s in sammler.seiten], "seitenweise": False, "hinweise": hinweise}
