"""Tables that people send: which cells are headings, which are statements, and which only count them."""

import re
from collections.abc import Callable, Iterator, Sequence

from arbeitsgruppen.dateileser.bloecke import Art, Block, Tabellenzeile, Zelle
from arbeitsgruppen.gruppenseiten import OHNE_UEBERSCHRIFT

# How columns are called in lists of statements: our own data, whiteboards, polls.
AEUSSERUNG = re.compile(
    r"äußerung(en)?|aussagen?|texte?|beitr(ag|äge)|statements?|inhalt|antwort(en)?|nennung(en)?|stichworte?|body"
    r"|content|kommentar|rückmeldung(en)?",
    re.IGNORECASE,
)
ABSCHNITT = re.compile(r"abschnitte?|überschrift|rubrik|frage|spalte|bereich|section|question", re.IGNORECASE)
UNTERPUNKT = re.compile(r"unterpunkte?", re.IGNORECASE)
NUMMER_DER_GRUPPE = re.compile(r"ag|arbeitsgruppe", re.IGNORECASE)
TITEL_DER_GRUPPE = re.compile(r"ag_titel", re.IGNORECASE)
FORMELSCHUTZ = re.compile(r"'(?=[=+\-@])")  # what we put before a text that spreadsheets take for a formula

Pruefung = Callable[[str], bool]


def aus_tabelle(
    zeilen: Sequence[Tabellenzeile], bekannt: Pruefung, taugt: Pruefung, hinweise: list[str]
) -> Iterator[Block]:
    """Yield the headings and statements of a table in reading order.

    `bekannt` says whether a text is a heading that is known, `taugt` whether it could be one. What is left
    out is told in `hinweise`.
    """
    gefuellt = _rechteck([zeile for zeile in zeilen if any(map(_text, zeile))])
    if not gefuellt:
        return
    spalten = _spalten(gefuellt, hinweise)
    tabelle = [[zeile[i] for i in spalten] for zeile in gefuellt]
    kopf = [_text(zelle) for zelle in tabelle[0]]
    erste = [_text(zeile[0]) for zeile in tabelle]
    texte = [i for i, name in enumerate(kopf) if AEUSSERUNG.fullmatch(name)]
    if len(texte) == 1 and len(tabelle) > 1 and len(spalten) > 1:
        yield from _liste(tabelle, kopf, texte[0], hinweise)
    elif any(map(bekannt, kopf)) and all(bekannt(name) or taugt(name) for name in filter(None, kopf)):
        yield from _spaltenweise(tabelle)
    elif len(spalten) > 1 and (any(map(bekannt, erste)) or _gruppiert(erste)):
        yield from _zeilenweise(tabelle)
    elif len(spalten) > 1 and len(tabelle) > 1 and all(map(taugt, kopf)) and len(set(kopf)) == len(kopf):
        yield from _spaltenweise(tabelle)
    else:
        yield from (punkt for zeile in tabelle for zelle in zeile for punkt in _punkte(zelle))


def _rechteck(zeilen: Sequence[Tabellenzeile]) -> list[Tabellenzeile]:
    breite = max(map(len, zeilen), default=0)
    return [(*zeile, *[()] * (breite - len(zeile))) for zeile in zeilen]


def _text(zelle: Zelle) -> str:
    return "\n".join(text for text in zelle if text.strip()).strip()


def _spalten(zeilen: Sequence[Tabellenzeile], hinweise: list[str]) -> list[int]:
    """Return the columns with something in them, without one that only counts the rows."""
    spalten = [i for i in range(len(zeilen[0])) if any(_text(zeile[i]) for zeile in zeilen)]
    nummern = next((i for i in spalten if _zaehlt([_text(zeile[i]) for zeile in zeilen])), None)
    if nummern is None or len(spalten) == 1:
        return spalten
    hinweise.append("Die Spalte mit den laufenden Nummern wurde weggelassen.")
    return [i for i in spalten if i != nummern]


def _zaehlt(texte: Sequence[str]) -> bool:
    """Whether a column holds 1, 2, 3 …, perhaps under a heading."""
    zahlen = [text.rstrip(".") for text in texte]
    if not zahlen[0].isdecimal():
        zahlen = zahlen[1:]
    return len(zahlen) > 1 and zahlen == [str(n) for n in range(1, len(zahlen) + 1)]


def _liste(tabelle: list[list[Zelle]], kopf: list[str], text: int, hinweise: list[str]) -> Iterator[Block]:
    """Yield a list with a statement in each row and its heading in another column."""

    def stelle(muster: re.Pattern[str]) -> int | None:
        return next((i for i, name in enumerate(kopf) if muster.fullmatch(name) and i != text), None)

    abschnitt, unterpunkt, gruppe, titel = map(
        stelle, (ABSCHNITT, UNTERPUNKT, NUMMER_DER_GRUPPE, TITEL_DER_GRUPPE)
    )
    benutzt = {text, abschnitt, unterpunkt, gruppe, titel}
    if weitere := [name for i, name in enumerate(kopf) if i not in benutzt and name]:
        hinweise.append(f"Nicht übernommene Spalten: {', '.join(weitere)}.")

    def wert(zeile: list[Zelle], spalte: int | None) -> str:
        return _text(zeile[spalte]) if spalte is not None else ""

    zuletzt = ["", ""]
    for zeile in tabelle[1:]:
        jetzt = [f"AG {wert(zeile, gruppe)}: {wert(zeile, titel)}".rstrip(": "), wert(zeile, abschnitt)]
        if gruppe is not None and jetzt[0] != zuletzt[0]:
            yield Block(Art.KOPF, jetzt[0])
        if jetzt[1] and jetzt != zuletzt:
            yield Block(Art.KOPF, jetzt[1])
        zuletzt = jetzt
        yield from _punkte(zeile[text], 1 if wert(zeile, unterpunkt) else 0)


def _spaltenweise(tabelle: list[list[Zelle]]) -> Iterator[Block]:
    """Yield columns under their headings; a row without one above it belongs to nothing known."""
    for spalte, kopf in enumerate(tabelle[0]):
        yield Block(Art.KOPF, _text(kopf) or OHNE_UEBERSCHRIFT)
        for zeile in tabelle[1:]:
            yield from _punkte(zeile[spalte])


def _zeilenweise(tabelle: list[list[Zelle]]) -> Iterator[Block]:
    """Yield rows under the heading in their first cell; an empty one stands for the heading above."""
    for zeile in tabelle:
        if kopf := _text(zeile[0]):
            yield Block(Art.KOPF, kopf)
        for zelle in zeile[1:]:
            yield from _punkte(zelle)


def _gruppiert(erste: Sequence[str]) -> bool:
    """Whether the first column names the same several times, or leaves merged cells empty in between."""
    bis = max((i for i, text in enumerate(erste) if text), default=0)
    return bool(erste[0]) and len(set(filter(None, erste[: bis + 1]))) <= bis


def _punkte(zelle: Zelle, ebene: int = 0) -> Iterator[Block]:
    for text in zelle:
        einzug = len(text) - len(text.lstrip(" "))
        yield Block(Art.PUNKT, FORMELSCHUTZ.sub("", text, count=1), ebene or einzug // 4)
