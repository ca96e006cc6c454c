"""Reading a printed documentation from a file: pages of lines, whatever tool wrote them.

A source is UTF-8 text with a form feed between pages (what PDF-to-text tools write), text whose
pages are separated by blank lines, or a PDF with text.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2

# A printed documentation of a day has some 50 KB of text; a PDF with pictures may be far larger.
GROESSTE_DATEI = 50 * 1024 * 1024  # bytes
MEISTE_SEITEN = 2000
ZU_WENIG_LEERZEICHEN = 0.1


class Quellenfehler(Exception):
    """A source that cannot be read; the message is one German line with cause and mend."""


@dataclass(frozen=True, slots=True)
class Zeile:
    """A line of a page that is not blank."""

    roh: str
    nummer: int  # counted from 1 on its page, blank lines included
    nach_leerzeile: bool = False

    @property
    def text(self) -> str:
        """The line without the white space around it."""
        return self.roh.strip()


@dataclass(frozen=True, slots=True)
class Seite:
    """A page of the source with its number, counted from 1."""

    nummer: int
    zeilen: tuple[Zeile, ...]

    @property
    def breite(self) -> int:
        """Length of the longest line in characters: what fits on a line of this page."""
        return max((len(zeile.text) for zeile in self.zeilen), default=0)


@dataclass(frozen=True)
class Quelle:
    """A source as pages, and what was done to get at them."""

    seiten: tuple[Seite, ...]
    hinweise: tuple[str, ...] = ()
    # Some tools leave a space where they wrapped a line. Where a source has such spaces, a line
    # without one was ended on purpose.
    umbruch_mit_leerzeichen: bool = field(default=False)


def lesen(pfad: Path) -> Quelle:
    """Read `pfad` into pages. Raise Quellenfehler where that is not possible."""
    name = f"„{pfad.name}“"
    try:
        groesse = pfad.stat().st_size
        if pfad.is_dir():
            raise Quellenfehler(f"{name} ist ein Ordner. Geben Sie eine Text- oder PDF-Datei an.")
        if groesse > GROESSTE_DATEI:
            raise Quellenfehler(
                f"{name} ist mit {groesse // 1024**2} MB zu groß, höchstens {GROESSTE_DATEI // 1024**2} MB "
                f"sind möglich. Geben Sie nur die Dokumentation selbst an, ohne Anhänge und Bilder."
            )
        inhalt = pfad.read_bytes()
    except FileNotFoundError as fehler:
        raise Quellenfehler(f"Die Datei {name} gibt es nicht. Prüfen Sie den Pfad „{pfad}“.") from fehler
    except OSError as fehler:
        raise Quellenfehler(
            f"{name} lässt sich nicht lesen ({fehler.strerror}). Prüfen Sie die Rechte der Datei."
        ) from fehler
    if b"%PDF-" in inhalt[:1024]:
        return _quelle(_pdf_seiten(inhalt, name))
    return _quelle(*_textseiten(_dekodiert(inhalt, name)))


def _dekodiert(inhalt: bytes, name: str) -> str:
    if not inhalt.strip():
        raise Quellenfehler(f"{name} ist leer. Geben Sie die Datei mit dem Text der Dokumentation an.")
    if inhalt.startswith((b"\xff\xfe", b"\xfe\xff")):
        kodierung = "utf-16"
    elif b"\0" in inhalt or inhalt.startswith(b"PK\x03\x04"):
        raise Quellenfehler(
            f"{name} ist keine Textdatei. Speichern Sie die Dokumentation als PDF oder als Text in UTF-8."
        )
    else:
        kodierung = "utf-8-sig"
    try:
        text = inhalt.decode(kodierung)
    except UnicodeDecodeError as fehler:
        zeile = inhalt.count(b"\n", 0, fehler.start) + 1
        raise Quellenfehler(
            f"{name} ist nicht in UTF-8 kodiert (erste Stelle: Zeile {zeile}). "
            f"Speichern Sie die Datei als Text in UTF-8."
        ) from fehler
    # Control characters other than tab, line and page breaks do not occur in text; they would also
    # end in PostgreSQL refusing the row.
    steuerzeichen = sum(unicodedata.category(c) == "Cc" for c in text) - sum(
        map(text.count, "\n\r\t\f\v\x85")
    )
    if steuerzeichen > len(text) * 0.01:
        raise Quellenfehler(
            f"{name} ist keine Textdatei. Speichern Sie die Dokumentation als PDF oder als Text in UTF-8."
        )
    if not text.strip("\ufeff \t\r\n\f\v\x85\xa0"):
        raise Quellenfehler(f"{name} enthält keinen Text. Geben Sie die Datei mit der Dokumentation an.")
    return text


def bereinigt(text: str) -> str:
    """Return `text` composed (NFC), with \\n as line end, without byte order marks and control characters."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n")
    text = re.sub("[\r\v\x85\u2028\u2029]", "\n", text).replace("\t", " ")
    return re.sub("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff]", "", text)


def _textseiten(text: str) -> tuple[list[str], list[str]]:
    text = bereinigt(text)
    if "\f" in text:
        return text.split("\f"), []
    # Without form feeds two or more blank lines end a page. A slide after one without text is glued
    # to it by some tools and then begins with the only leading space far and wide.
    hinweise = []
    seiten: list[str] = []
    eingerueckt = re.findall(r"^ +\S", text, re.MULTILINE)
    trennbar = len(eingerueckt) < 0.02 * text.count("\n")
    for teil in re.split(r"\n(?:[ ]*\n){2,}", text.strip("\n")):
        stuecke = re.split(r"\n(?= [A-ZÄÖÜ])", teil) if trennbar else [teil]
        for stueck in stuecke[1:]:
            erste = stueck.strip().split("\n")[0].strip()
            hinweise.append(f"Ohne Trennzeichen angeklebte Seite abgetrennt: „{erste}“")
        seiten.extend(stuecke)
    return seiten, hinweise


def _pdf_seiten(inhalt: bytes, name: str) -> list[str]:
    try:
        dokument = pypdfium2.PdfDocument(inhalt)
    except pypdfium2.PdfiumError as fehler:
        if "password" in str(fehler).lower():
            raise Quellenfehler(
                f"{name} ist mit einem Kennwort geschützt. Speichern Sie das PDF ohne Kennwort."
            ) from fehler
        raise Quellenfehler(
            f"{name} ist kein lesbares PDF. Speichern Sie das PDF noch einmal oder geben Sie den Text an."
        ) from fehler
    try:
        if len(dokument) > MEISTE_SEITEN:
            raise Quellenfehler(
                f"{name} hat {len(dokument)} Seiten, höchstens {MEISTE_SEITEN} sind möglich. "
                f"Geben Sie nur die Dokumentation selbst an."
            )
        seiten = [bereinigt(_pdf_seite(seite)) for seite in dokument]
    finally:
        dokument.close()
    if not any(seite.strip() for seite in seiten):
        raise Quellenfehler(
            f"{name} enthält keinen Text, nur Bilder. "
            f"Lassen Sie zuerst eine Texterkennung (OCR) darüber laufen."
        )
    return seiten


def _pdf_seite(seite: pypdfium2.PdfPage) -> str:
    """Return the text of a page; a wide gap or another type size becomes a blank line."""
    textseite = seite.get_textpage()
    ausgabe: list[str] = []
    stelle = 0
    unterkante = hoehe = None
    for roh in re.split("(\r\n|\n)", textseite.get_text_range()):
        if roh in ("\r\n", "\n") or not roh.strip():
            stelle += len(roh)
            continue
        erstes = stelle + len(roh) - len(roh.lstrip())
        stelle += len(roh)
        _, unten, _, oben = textseite.get_charbox(erstes, loose=True)
        if (
            hoehe
            and unterkante is not None
            and (unterkante - oben > 0.6 * hoehe or not 0.87 < (oben - unten) / hoehe < 1.15)
        ):
            ausgabe.append("")
        # PDFium writes a hyphen at a line end as U+FFFE or U+0002 and drops the break behind it.
        ausgabe.append(re.sub("[\ufffe\x02]", "-\n", roh))
        unterkante, hoehe = unten, oben - unten
    return "\n".join(ausgabe)


def _quelle(texte: list[str], hinweise: list[str] | None = None) -> Quelle:
    while texte and not texte[-1].strip():
        texte.pop()  # pdftotext ends the last page with a form feed as well
    hinweise = list(hinweise or [])
    seiten = [Seite(nummer, tuple(_zeilen(text))) for nummer, text in enumerate(texte, 1)]
    seiten, weggelassen = _ohne_fusszeilen(seiten)
    alle = [zeile for seite in seiten for zeile in seite.zeilen]
    markiert = sum(zeile.roh.endswith(" ") for zeile in alle) > ZU_WENIG_LEERZEICHEN * len(alle)
    return Quelle(tuple(seiten), tuple(hinweise + weggelassen), markiert)


def _zeilen(text: str) -> Iterator[Zeile]:
    leer = False
    for nummer, roh in enumerate(text.split("\n"), 1):
        if roh.strip():
            yield Zeile(roh, nummer, leer)
        leer = not roh.strip()


def _ohne_fusszeilen(seiten: list[Seite]) -> tuple[list[Seite], list[str]]:
    """Take page numbers and lines that end most pages off, and say which."""
    muster = Counter(_ohne_ziffern(seite.zeilen[-1].text) for seite in seiten if seite.zeilen)
    fusszeilen = {text for text, anzahl in muster.items() if text and anzahl >= max(5, 0.6 * len(seiten))}
    gezaehlt = Counter[str]()
    ergebnis = []
    for seite in seiten:
        zeilen = seite.zeilen
        if zeilen and _ohne_ziffern(zeilen[-1].text) in fusszeilen:
            gezaehlt[f"Fußzeile „{_ohne_ziffern(zeilen[-1].text)}“"] += 1
            zeilen = zeilen[:-1]
        if len(zeilen) > 1 and re.fullmatch(rf"(Seite )?{seite.nummer}( ?(von|/) ?\d+)?", zeilen[-1].text):
            gezaehlt["Seitenzahl"] += 1
            zeilen = zeilen[:-1]
        ergebnis.append(Seite(seite.nummer, zeilen))
    return ergebnis, [f"{was} auf {anzahl} Seiten nicht übernommen" for was, anzahl in gezaehlt.items()]


def _ohne_ziffern(text: str) -> str:
    """Return a footer without the page number in it."""
    return re.sub(r"\s+", " ", re.sub(r"\d+( ?(von|/) ?\d+)?$|^\d+ ", "", text)).strip(" ·|–-")
