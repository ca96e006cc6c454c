r"""How statements are written in one text field, and back: nothing that is stored gets lost on the way.

A line is a statement. A line that is indented or begins with a dash is a sub-point of the statement above
it. A line that holds only --- is a page break in the Heft; blank lines mean nothing. A backslash at the end
of a line continues the statement on the next line, and before a dash or a space at the beginning of a line
it says that they are meant as they are. To write such a backslash itself, double it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

SEITENUMBRUCH = "---"
STRICHE = "-–—"
# What stands at the beginning of a line and would be taken for something else, or was protected from that.
GESCHUETZT = re.compile(rf"\\*[{STRICHE}\s]")
UNTERPUNKT = re.compile(rf"\s+(?:[{STRICHE}]\s*)?|[{STRICHE}]\s*")
UMBRUCHZEILE = re.compile(r"\s*-{3,}\s*")


@dataclass(slots=True)
class Punkt:
    """A statement or sub-point as it is written, with its lines in the field (from 0, the end excluded)."""

    text: str
    neue_seite: bool = False
    unterpunkte: "list[Punkt]" = field(default_factory=list)
    von: int = field(default=0, compare=False)
    bis: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Schreibfehler:
    """What cannot be stored as it is written; lines count from 1."""

    zeile: int
    meldung: str

    def __str__(self) -> str:
        return f"Zeile {self.zeile}: {self.meldung}"


def gelesen(feld: str) -> tuple[list[Punkt], list[Schreibfehler]]:
    """Return the statements that are written in a field, and what is wrong with it."""
    punkte: list[Punkt] = []
    fehler: list[Schreibfehler] = []
    umbruch = 0  # the line of a page break (from 1) for which a statement is yet to come
    zeilen = mit_zeilenenden_eines_systems(feld).split("\n")
    nummer = 0
    while nummer < len(zeilen):
        zeile, von = zeilen[nummer], nummer
        nummer += 1
        if not zeile.strip():
            continue
        if UMBRUCHZEILE.fullmatch(zeile):
            umbruch = nummer
            continue
        einzug = UNTERPUNKT.match(zeile)
        teile = []
        inhalt, weiter = _ohne_fortsetzung(zeile[einzug.end() :] if einzug else zeile)
        teile.append(inhalt[1:] if inhalt[:1] == "\\" and GESCHUETZT.match(inhalt) else inhalt)
        while weiter:
            inhalt, weiter = _ohne_fortsetzung(zeilen[nummer] if nummer < len(zeilen) else "")
            teile.append(inhalt)
            nummer += 1
        punkt = Punkt("\n".join(teile), von=von, bis=min(nummer, len(zeilen)))
        if not punkt.text:
            fehler.append(Schreibfehler(von + 1, "Hinter dem Strich steht nichts."))
        elif not einzug:
            punkt.neue_seite = bool(umbruch)
            punkte.append(punkt)
        elif not punkte:
            fehler.append(
                Schreibfehler(
                    von + 1, "Ein Unterpunkt braucht eine Äußerung, unter der er steht. " + STRICH_HILFE
                )
            )
        elif umbruch:
            fehler.append(Schreibfehler(umbruch, "Vor einem Unterpunkt kann im Heft keine Seite beginnen."))
        else:
            punkte[-1].unterpunkte.append(punkt)
            punkte[-1].bis = punkt.bis
        umbruch = 0
    if umbruch:
        fehler.append(Schreibfehler(umbruch, "Nach dem Seitenumbruch (---) fehlt eine Äußerung."))
    return punkte, fehler


STRICH_HILFE = r"Gehört der Strich oder der Abstand zum Text? Dann schreiben Sie \ davor."


def geschrieben(punkte: Iterable[Punkt]) -> str:
    """Return statements as they are written in a field; `gelesen` returns the same again."""
    zeilen: list[str] = []
    for punkt in punkte:
        if punkt.neue_seite:
            zeilen.append(SEITENUMBRUCH)
        zeilen.append(_geschuetzt(punkt.text))
        zeilen += [f"- {_geschuetzt(unterpunkt.text)}" for unterpunkt in punkt.unterpunkte]
    return "\n".join(zeilen)


def mit_zeilenenden_eines_systems(text: str) -> str:
    """Return a text with line feeds only, whatever the browser or system made of its line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def zeilen_von(feld: str) -> Sequence[str]:
    """Return the lines of a field as `Punkt.von` and `.bis` count them."""
    return mit_zeilenenden_eines_systems(feld).split("\n")


def _ohne_fortsetzung(zeile: str) -> tuple[str, bool]:
    """Return a line without the backslash that continues it, and whether there was one."""
    anfang = zeile.rstrip("\\")
    anzahl = len(zeile) - len(anfang)
    return anfang + "\\" * (anzahl // 2), anzahl % 2 == 1


def _geschuetzt(text: str) -> str:
    erste, *weitere = mit_zeilenenden_eines_systems(text).split("\n")
    if GESCHUETZT.match(erste):
        erste = "\\" + erste
    zeilen = []
    for zeile in (erste, *weitere):
        anzahl = len(zeile) - len(zeile.rstrip("\\"))
        zeilen.append(zeile + "\\" * anzahl)
    return "\\\n".join(zeilen)
