"""Marking what was searched for in a verbatim text, and the part of a long one that shows it."""

from collections.abc import Iterator

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from arbeitsgruppen.suchausdruck import Suchausdruck
from konferenz.faltung import ganze, stellen

# A statement is shown whole in a list of results unless it is longer than this.
LAENGSTER = 700
UMGEBUNG = 250


def fundstellen(text: str, ausdruck: Suchausdruck) -> list[tuple[int, int]]:
    """Return from where to where the words stand that were searched for, in order and not overlapping.

    Whole words, because a mark inside of one tears it apart for a screen reader.
    """
    spannen = sorted(_spannen(text, [muster for begriff in ausdruck.gesuchte for muster in begriff.muster]))
    gefunden: list[tuple[int, int]] = []
    for beginn, ende in spannen:
        if gefunden and beginn <= gefunden[-1][1]:
            gefunden[-1] = (gefunden[-1][0], max(ende, gefunden[-1][1]))
        else:
            gefunden.append((beginn, ende))
    return gefunden


def _spannen(text: str, alle_muster: list[str]) -> Iterator[tuple[int, int]]:
    gefaltet, woher = stellen(text)
    for muster in alle_muster:
        stelle = gefaltet.find(muster)
        while stelle >= 0:
            wort = stelle + len(muster) - len(muster.lstrip())
            erstes = gefaltet.rfind(" ", 0, wort + 1) + 1
            letztes = gefaltet.find(" ", stelle + len(muster.rstrip()))
            yield woher[erstes], woher[letztes - 1] + 1
            stelle = gefaltet.find(muster, stelle + 1)
    for ganzes, beginn, ende in ganze(text):
        if any(muster in f" {ganzes} " for muster in alle_muster):
            yield beginn, ende


def markiert(text: str, ausdruck: Suchausdruck) -> SafeString:
    """Return a text escaped, with <mark> around the words that were searched for.

    Of a text longer than `LAENGSTER` characters only what is around the first of them, with … where the rest
    is left out.
    """
    spannen = fundstellen(text, ausdruck)
    anfang, schluss = 0, len(text)
    if len(text) > LAENGSTER:
        mitte = spannen[0][0] if spannen else 0
        anfang = _wortgrenze(text, mitte - UMGEBUNG)
        schluss = _wortgrenze(text, anfang + LAENGSTER)
    teile, stand = ["… " if anfang else ""], anfang
    for beginn, ende in spannen:
        if beginn < anfang or ende > schluss:
            continue
        teile += [conditional_escape(text[stand:beginn]), format_html("<mark>{}</mark>", text[beginn:ende])]
        stand = ende
    teile += [conditional_escape(text[stand:schluss]), " …" if schluss < len(text) else ""]
    return mark_safe("".join(teile))  # noqa: S308  # every part is escaped above


def _wortgrenze(text: str, stelle: int) -> int:
    """Return a place at or shortly before the given one where a word begins."""
    if stelle <= 0:
        return 0
    if stelle >= len(text):
        return len(text)
    leer = text.rfind(" ", max(stelle - 40, 0), stelle)
    return leer + 1 if leer >= 0 else stelle
