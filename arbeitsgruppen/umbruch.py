"""Joining what layout wrapped: lines of a statement become one text again, verbatim."""

import re
from collections.abc import Sequence

from arbeitsgruppen.quelle import Quelle, Seite, Zeile

# After a hyphen at a line end these words show that the hyphen stands for a part left out
# („Ausbildungs- und Arbeitsmarkt“).
ERGAENZUNG = re.compile(r"(und|oder|bzw\.?|sowie|bis|als|wie|statt|noch|u\.|/|&)(\s|$)")
ADRESSE = re.compile(r"(https?://|www\.)\S*$")
ADRESSTEIL = re.compile(r"(?!https?://|www\.)(\S*[/?=&_%#\d]\S*|\S+\.\S+)")
ENDE = 300  # characters, longer than any address
SATZENDE = re.compile(r"[.!?:;)“\"]$")


class Umbruch:
    """The rules for one page: what its width and the habits of its source tell of line ends."""

    def __init__(self, quelle: Quelle, seite: Seite):
        self.markiert = quelle.umbruch_mit_leerzeichen
        self.gemessen = quelle.gemessen
        self.breite = seite.breite

    def haengt_an(self, zeile: Zeile, vorher: Zeile) -> bool:
        """Whether layout wrapped `vorher`, so that `zeile` belongs to it even after a blank line."""
        ende, anfang = vorher.text, zeile.text
        if self.gemessen:
            return False
        if ende.endswith(("-", "\u2010", "\xad", ",", "(", "/")) or anfang[0].islower():
            return True
        if self.markiert:
            return vorher.roh.endswith(" ")
        return not self.passte(ende, anfang)

    def verbinden(self, zeilen: Sequence[Zeile], *, ein_absatz: bool = False) -> str:
        """Join wrapped lines; a break that was made on purpose stays as \\n, unless `ein_absatz`."""
        text = ""
        for index, zeile in enumerate(zeilen):
            if index == 0:
                text = zeile.text
            elif self._gewollt(zeilen[index - 1], zeile) and not ein_absatz:
                text += "\n" + zeile.text
            else:
                text = verbunden(text, zeile.text)
        return text

    def passte(self, ende: str, anfang: str) -> bool:
        """Whether the first word of a line would have fitted on the line before."""
        return len(ende) + 1 + len(anfang.split()[0]) <= self.breite

    def _gewollt(self, vorher: Zeile, zeile: Zeile) -> bool:
        """Whether the line break between two lines was made on purpose, as far as that can be told."""
        ende, anfang = vorher.text, zeile.text
        if re.fullmatch(ADRESSE, ende):
            return not ADRESSTEIL.match(anfang)
        if self.gemessen:
            return False  # how many characters a line holds tells little where their widths differ
        beginnt_neu = anfang[0].isupper() or anfang[0] in '(„"→' or bool(re.match(ADRESSE, anfang))
        if vorher.roh.endswith((" ", "-", "\u2010", "\xad")) or not beginnt_neu:
            return False
        if SATZENDE.search(ende):
            return self.markiert or self.passte(ende, anfang)
        # „… mit Bildungsaspekt / Akquise in …“: a noun that ends a line too early.
        return self.markiert and ende.split()[-1][0].isupper() and self.passte(ende, anfang)


def verbunden(ende: str, anfang: str) -> str:
    """Return two parts of a text as one, the line end between them undone.

    A hyphen at the line end stays before a capital letter or digit („Corona-Bedingungen“), after an
    abbreviation („DSGVO-konform“), and with a space before und/oder/bzw./sowie; else it was
    hyphenation („Regional-entwicklung“) and goes.
    """
    if len(ende) > ENDE:  # only the end tells, and searching a long text again for each line takes minutes
        return ende[:-ENDE] + verbunden(ende[-ENDE:], anfang)
    if ende.endswith("\xad"):
        return ende[:-1] + anfang
    if re.search(r"\w[*)]?[-\u2010]$", ende):
        if ERGAENZUNG.match(anfang):
            return f"{ende} {anfang}"
        wortanfang = re.split(r"[\s-]", ende[:-1])[-1]
        if not anfang[0].islower() or re.fullmatch(r"[A-ZÄÖÜ]{2,}|\w", wortanfang):
            return ende + anfang
        return ende[:-1] + anfang
    if ADRESSE.search(ende) and ADRESSTEIL.match(anfang):
        return ende + anfang
    return f"{ende} {anfang}"
