"""Reading a printed documentation from a file: pages of lines, whatever tool wrote them.

A source is UTF-8 text with a form feed between pages (what PDF-to-text tools write), text whose
pages are separated by blank lines, or a PDF with text.
"""

import os
import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pypdfium2

# A printed documentation of a day has some 50 KB of text; a PDF with pictures may be far larger.
GROESSTE_DATEI = 50 * 1024 * 1024  # bytes
MEISTE_SEITEN = 2000
# Part of the lines that end in a space where a tool left it at wrapped lines.
UMBRUCH_LEERZEICHEN_AB = 0.1
GLEICHE_HOEHE = 3.0  # points
GRUPPENZEILE = re.compile(r"(AG|Arbeitsgruppe)[\s-]*(Nr\.?\s*)?\d")


class Quellenfehler(Exception):
    """A source that cannot be read; the message is one German line with cause and mend."""


@dataclass(frozen=True, slots=True)
class Zeile:
    """A line of a page that is not blank."""

    roh: str
    nummer: int  # counted from 1 on its page, blank lines included
    nach_leerzeile: bool = False
    hoehe: float | None = None  # of its lower edge above the foot of a PDF page, in points

    @property
    def text(self) -> str:
        """The line without the white space around it."""
        return self.roh.strip()


@dataclass(frozen=True, slots=True)
class Seite:
    """A page of the source with its number, counted from 1."""

    nummer: int
    zeilen: tuple[Zeile, ...]
    rand: tuple[Zeile, ...] = ()  # what was taken off it: page number, footer, running head

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
    umbruch_mit_leerzeichen: bool = False
    # In text a blank line may be noise between two lines of one sentence; in a PDF it was measured.
    gemessen: bool = False


def lesen(pfad: Path) -> Quelle:
    """Read `pfad` into pages. Raise Quellenfehler where that is not possible."""
    name = f"„{lesbarer_name(pfad)}“"
    try:
        zustand = pfad.stat()
        groesse = zustand.st_size
        if pfad.is_dir():
            raise Quellenfehler(f"{name} ist ein Ordner. Geben Sie eine Text- oder PDF-Datei an.")
        if not stat.S_ISREG(zustand.st_mode):
            raise Quellenfehler(f"{name} ist keine Datei. Geben Sie eine Text- oder PDF-Datei an.")
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
    if ist_pdf(inhalt):
        return aus_pdf(inhalt, name)
    texte, hinweise = _textseiten(_dekodiert(inhalt, name))
    return aus_seiten(texte, hinweise)


def ist_pdf(inhalt: bytes) -> bool:
    """Whether these bytes are a PDF."""
    return b"%PDF-" in inhalt[:1024]


def aus_pdf(inhalt: bytes, name: str, meiste_seiten: int | None = None) -> Quelle:
    """Return a PDF as pages; `name` is what messages call it. Raise Quellenfehler where it has no text."""
    return _quelle(_pdf_seiten(inhalt, name, meiste_seiten or MEISTE_SEITEN), gemessen=True)


def aus_seiten(texte: Iterable[str], hinweise: Sequence[str] = ()) -> Quelle:
    """Return texts, one for each page, as a source."""
    return _quelle([list(_zeilen(text)) for text in texte], list(hinweise))


def lesbarer_name(pfad: Path) -> str:
    """Return the name of a file as text, whatever bytes it is made of."""
    return os.fsencode(pfad.name).decode("utf-8", "replace")


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
    return re.sub("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff]", "", text)


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


def _pdf_seiten(inhalt: bytes, name: str, meiste_seiten: int) -> list[list[Zeile]]:
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
        if len(dokument) > meiste_seiten:
            raise Quellenfehler(
                f"{name} hat {len(dokument)} Seiten, höchstens {meiste_seiten} sind möglich. "
                f"Geben Sie nur die Dokumentation selbst an."
            )
        seiten = [list(_pdf_zeilen(seite)) for seite in dokument]
    finally:
        dokument.close()
    if not any(seiten):
        raise Quellenfehler(
            f"{name} enthält keinen Text, nur Bilder. "
            f"Lassen Sie zuerst eine Texterkennung (OCR) darüber laufen."
        )
    return seiten


def _pdf_zeilen(seite: pypdfium2.PdfPage) -> Iterator[Zeile]:
    """Yield the lines of a page; a wide gap, a step up or another type size counts as a blank line."""
    textseite = seite.get_textpage()
    zeilen: list[tuple[str, float, float]] = []  # text, lower edge and height in points
    stelle = 0
    for roh in re.split("(\r\n|\n)", textseite.get_text_range()):
        if roh.strip():
            erstes = stelle + len(roh) - len(roh.lstrip())
            _, unten, _, oben = textseite.get_charbox(erstes, loose=True)
            # PDFium writes a hyphen at a line end as U+FFFE or U+0002 and drops the break behind it.
            zeilen.append((bereinigt(re.sub("[\ufffe\x02]", "-\n", roh)), unten, oben - unten))
        stelle += len(roh)
    abstaende = [davor[1] - danach[1] for davor, danach in pairwise(zeilen)]
    # The lower quartile: most pages have more gaps between paragraphs than lines without one.
    positive = sorted(abstand for abstand in abstaende if abstand > 0)
    ueblich = positive[len(positive) // 4] if positive else 0.0
    nummer = 0
    for index, (text, unten, hoehe) in enumerate(zeilen):
        abgesetzt = index > 0 and not (
            0 < abstaende[index - 1] < 1.35 * max(ueblich, hoehe)
            and 0.87 < hoehe / zeilen[index - 1][2] < 1.15
        )
        for teil in filter(str.strip, text.split("\n")):
            nummer += 1 + abgesetzt
            yield Zeile(teil, nummer, abgesetzt, unten)
            abgesetzt = False


def _quelle(
    zeilen: list[list[Zeile]], hinweise: list[str] | None = None, *, gemessen: bool = False
) -> Quelle:
    while zeilen and not zeilen[-1]:
        zeilen.pop()  # pdftotext ends the last page with a form feed as well
    seiten = [Seite(nummer, tuple(auf_seite)) for nummer, auf_seite in enumerate(zeilen, 1)]
    seiten, weggelassen = _ohne_fusszeilen(seiten)
    alle = [zeile for seite in seiten for zeile in seite.zeilen]
    markiert = sum(zeile.roh.endswith(" ") for zeile in alle) > UMBRUCH_LEERZEICHEN_AB * len(alle)
    return Quelle(tuple(seiten), tuple((hinweise or []) + weggelassen), markiert and not gemessen, gemessen)


def _zeilen(text: str) -> Iterator[Zeile]:
    leer = False
    for nummer, roh in enumerate(text.split("\n"), 1):
        if roh.strip():
            yield Zeile(roh, nummer, leer)
        leer = not roh.strip()


def _ohne_fusszeilen(seiten: list[Seite]) -> tuple[list[Seite], list[str]]:
    """Take page numbers and lines that end most pages off, and say which.

    In a PDF, whatever stands at the height of such a line belongs to the foot of the page as well, and
    what is written behind the text but stands above it belongs to the head.
    """
    enden = Counter(_ohne_ziffern(seite.zeilen[-1].text) for seite in seiten if _steht_ab(seite))
    fusszeilen = {text for text, anzahl in enden.items() if text and anzahl >= max(5, 0.6 * len(seiten))}
    anfaenge = Counter(_ohne_ziffern(seite.zeilen[0].text) for seite in seiten if seite.zeilen)
    kopfzeilen = {
        text
        for text, anzahl in anfaenge.items()
        if text and anzahl >= max(5, 0.6 * len(seiten)) and not GRUPPENZEILE.match(text)
    }
    versatz = _versatz(seiten)
    gezaehlt = Counter[str]()
    ergebnis = []
    for seite in seiten:
        rand = [z for z in seite.zeilen[-1:] if _steht_ab(seite) and _ohne_ziffern(z.text) in fusszeilen]
        if rand and rand[0].hoehe is not None:
            rand = [z for z in seite.zeilen if abs((z.hoehe or 0) - rand[0].hoehe) < GLEICHE_HOEHE]
            rand += _kopfzeilen([z for z in seite.zeilen if z not in rand])
        elif len(seite.zeilen) > 1 and versatz is not None and _seitenzahl(seite) == seite.nummer + versatz:
            rand = [seite.zeilen[-1]]
        rand += [z for z in seite.zeilen[:1] if len(seite.zeilen) > 1 and _ohne_ziffern(z.text) in kopfzeilen]
        gezaehlt.update(_ohne_ziffern(zeile.text) or "Seitenzahl" for zeile in rand)
        uebrig = tuple(zeile for zeile in seite.zeilen if zeile not in rand)
        ergebnis.append(replace(seite, zeilen=uebrig, rand=tuple(z for z in seite.zeilen if z in rand)))
    return ergebnis, [
        f"Am Rand von {anzahl} Seiten nicht übernommen: „{was}“" for was, anzahl in gezaehlt.items()
    ]


def _steht_ab(seite: Seite) -> bool:
    """Whether the last line of a page stands apart from the text, as a footer does."""
    return bool(seite.zeilen) and seite.zeilen[-1].nach_leerzeile and seite.zeilen[-1].text[0].isalnum()


def _kopfzeilen(zeilen: list[Zeile]) -> list[Zeile]:
    """Return the last lines as far as they stand above the first: running heads, drawn after the text.

    A group's title can have been drawn late as well; its mere number is part of a running head.
    """
    ueber = [(z.hoehe or 0) >= (zeilen[0].hoehe or 0) + GLEICHE_HOEHE for z in zeilen]
    koepfe = []
    for zeile, darueber in zip(reversed(zeilen), reversed(ueber), strict=True):
        if not darueber or (GRUPPENZEILE.match(zeile.text) and not re.fullmatch(r"AG \d+", zeile.text)):
            break
        koepfe.append(zeile)
    return koepfe


def _seitenzahl(seite: Seite) -> int | None:
    """Return the number that stands alone in the last line of a page."""
    treffer = seite.zeilen and re.fullmatch(
        r"(?:Seite )?(\d{1,4})(?: ?(?:von|/) ?\d+)?", seite.zeilen[-1].text
    )
    return int(treffer[1]) if treffer else None


def _versatz(seiten: list[Seite]) -> int | None:
    """Return by how much the printed page numbers differ from the count, None if pages have none.

    One page that ends in a number says nothing: it may end a statement.
    """
    abstaende = Counter(zahl - seite.nummer for seite in seiten if (zahl := _seitenzahl(seite)) is not None)
    versatz, anzahl = abstaende.most_common(1)[0] if abstaende else (0, 0)
    return versatz if anzahl >= max(2, 0.5 * len(seiten)) else None


def _ohne_ziffern(text: str) -> str:
    """Return a footer without the page number in it."""
    return re.sub(r"\s+", " ", re.sub(r"\d+( ?(von|/) ?\d+)?$|^\d+ ", "", text)).strip(" ·|–-")
