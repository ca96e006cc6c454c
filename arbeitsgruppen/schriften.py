"""The fonts of the Heft: they come with Python packages, never from the machine it is made on.

Text is set in Fira Sans. Characters that it lacks are taken from the first fallback that has them;
what none has is written out as its code point, so that no character ends as an empty box unseen.
"""

import ctypes
import ctypes.util
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import fontpkg_fira_sans
import pymupdf_fonts
from fontTools.ttLib import TTFont


@dataclass(frozen=True, slots=True)
class Schrift:
    """One font file: `quelle` is its file name, or the key of its bytes in pymupdf-fonts."""

    familie: str
    quelle: str
    staerke: int = 400

    @property
    def adresse(self) -> str:
        """The address by which the style sheet asks for the font."""
        return f"schrift:{self.quelle}"

    @property
    def regel(self) -> str:
        """The CSS rule that makes the font known."""
        return (
            f'@font-face{{font-family:"{self.familie}";font-weight:{self.staerke};src:url({self.adresse})}}'
        )

    def daten(self) -> bytes:
        """Return the font file's content."""
        if self.quelle in pymupdf_fonts.fontbuffers:
            return bytes(pymupdf_fonts.fontbuffers[self.quelle]())
        return (Path(fontpkg_fira_sans.ROOT) / "files" / f"{self.quelle}.ttf").read_bytes()


# Names of our own: a font of the same name installed on the machine must not take their place.
GRUNDSCHRIFT = (
    Schrift("Heft", "FiraSans-Regular"),
    Schrift("Heft", "FiraSans-Medium", 500),
    Schrift("Heft", "FiraSans-SemiBold", 600),
)
# FiraGO is Fira Sans for more scripts (Arabic, Hebrew, Georgian, Thai …); the others have symbols.
ERSATZSCHRIFTEN = (
    (Schrift("Heft FiraGO", "figo"), Schrift("Heft FiraGO", "figbo", 600)),
    (Schrift("Heft Symbole 2", "symbol2"),),
    (Schrift("Heft Symbole", "symbol1"),),
    (Schrift("Heft Mathematik", "math"),),
    (Schrift("Heft Noto", "notos"),),
)
SCHRIFTEN = {schrift.adresse: schrift for familie in (GRUNDSCHRIFT, *ERSATZSCHRIFTEN) for schrift in familie}
UMBRUCH = frozenset("\r\n\t")
VARIANTENWAEHLER = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


@cache
def zeichenvorrat(schrift: Schrift) -> frozenset[str]:
    """Return the characters that a font has."""
    return frozenset(map(chr, TTFont(BytesIO(schrift.daten()), lazy=True).getBestCmap()))


def ersetzungen(zeichen: Iterable[str]) -> dict[str, str]:
    """Return what to write for those of these characters that no font has.

    Spaces become a plain space, what is invisible anyway becomes nothing, all else its code point
    in brackets, for example „[U+1F600]“.
    """
    gesucht = set(zeichen) - UMBRUCH
    fehlend = gesucht - zeichenvorrat(GRUNDSCHRIFT[0])
    for familie in ERSATZSCHRIFTEN:
        fehlend = fehlend and fehlend - zeichenvorrat(familie[0])
    # Some fonts claim to have control characters and line separators, which no renderer draws.
    steuernd = {zeichen for zeichen in gesucht if unicodedata.category(zeichen) in ("Cc", "Zl", "Zp")}
    return {zeichen: _ersatz(zeichen) for zeichen in sorted(fehlend | steuernd)}


def _ersatz(zeichen: str) -> str:
    if zeichen.isspace():
        return " "
    if unicodedata.category(zeichen) in ("Cc", "Cf", "Cs") or VARIANTENWAEHLER.match(zeichen):
        return ""
    return f"[U+{ord(zeichen):04X}]"


def pango_version() -> str:
    """Return the version of the library that sets the text, for example „1.50.12“; empty without one."""
    name = ctypes.util.find_library("pango-1.0")
    if not name:
        return ""
    auskunft = ctypes.CDLL(name).pango_version_string
    auskunft.restype = ctypes.c_char_p
    return bytes(auskunft()).decode()
