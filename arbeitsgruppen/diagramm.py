"""Charts as SVG text, from numbers. What users wrote does not get into a chart: it stands in the table.

A chart is drawn in CSS pixels (96 to the inch) and scales with the width it is given. It can be read
without its colours: every bar stands in a named column and carries its number.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape

SCHRIFT = "Heft"
TEXTFARBE = "#14242c"
NEBENFARBE = "#4a5c66"
LINIENFARBE = "#c9d3d7"


@dataclass(frozen=True, slots=True)
class Spalte:
    """One column of a chart: its name, the colour of its bars, and a number (0 or more) for every row."""

    name: str
    farbe: str
    werte: tuple[int, ...]

    @property
    def summe(self) -> int:
        """The total of the column."""
        return sum(self.werte)


def balkentafel(
    zeilen: Sequence[str],
    spalten: Sequence[Spalte],
    *,
    breite: float = 605,
    schrift: str = SCHRIFT,
    textfarbe: str = TEXTFARBE,
    nebenfarbe: str = NEBENFARBE,
    linienfarbe: str = LINIENFARBE,
) -> str:
    """Return horizontal bars as SVG: a row for each of `zeilen`, beside each other the bars of `spalten`.

    All bars have one scale and begin at the line of their column, so that they can be compared down a
    column and across. `breite` is in CSS pixels. Raises ValueError when a column has not one number
    for every row, or a negative one.
    """
    if any(len(spalte.werte) != len(zeilen) or min(spalte.werte, default=0) < 0 for spalte in spalten):
        raise ValueError("every column needs one number for every row, none below zero")
    kopf, zeile, balken = 42.0, 20.0, 12.0
    # No letter of the font is wider on average than 7.5 of these 12.5 pixels.
    rand = max(62.0, *(len(name) * 7.5 + 14 for name in zeilen)) if zeilen else 62.0
    hoehe = kopf + zeile * len(zeilen) + 4
    feld = (breite - rand) / max(len(spalten), 1)
    groesster = max((wert for spalte in spalten for wert in spalte.werte), default=0) or 1
    laenge = (min(feld, 260) - 44) / groesster
    teile = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {breite:g} {hoehe:g}" '
        f'width="{breite:g}" height="{hoehe:g}" font-family="{escape(schrift)}" font-size="12.5">'
    ]
    for index, name in enumerate(zeilen):
        grundlinie = kopf + zeile * index + 14.5
        teile.append(_text(0, grundlinie, name, textfarbe, staerke=600))
    for nummer, spalte in enumerate(spalten):
        x = rand + feld * nummer
        teile.append(_text(x, 14, spalte.name, spalte.farbe, staerke=600))
        teile.append(_text(x, 31, f"{spalte.summe} insgesamt", nebenfarbe, groesse=11))
        teile.append(
            f'<path d="M{x:g} {kopf:g}V{hoehe:g}" stroke="{escape(linienfarbe)}" stroke-width="1"/>'
            if zeilen
            else ""
        )
        for index, wert in enumerate(spalte.werte):
            oben = kopf + zeile * index + (zeile - balken) / 2
            strecke = wert * laenge
            if wert:
                teile.append(
                    f'<rect x="{x:g}" y="{oben:g}" width="{strecke:.2f}" height="{balken:g}" '
                    f'fill="{escape(spalte.farbe)}"/>'
                )
            teile.append(
                _text(
                    x + strecke + 5, kopf + zeile * index + 14.5, str(wert), textfarbe if wert else nebenfarbe
                )
            )
    return "".join([*teile, "</svg>"])


def linienbild(
    gruppen: Sequence[tuple[str, Sequence[int]]], *, breite: float = 605, hoehe: float = 420
) -> str:
    """Return an ornament as SVG: a column for every group, in it a line for every statement.

    `gruppen` gives for every group its colour and the length of each statement in characters; the
    columns grow from the bottom, so that they are as high as their group has statements. Sizes are in
    CSS pixels.
    """
    hoechste = max((len(laengen) for _, laengen in gruppen), default=0)
    if not hoechste:
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {breite:g} {hoehe:g}"></svg>'
    schritt = min(hoehe / hoechste, 7.0)
    staerke = schritt * 0.5
    feld = breite / max(len(gruppen), 4)
    # A few statements are very long: the longest tenth fills the column, else all others were dots.
    alle = sorted(laenge for _, laengen in gruppen for laenge in laengen)
    volle = max(alle[len(alle) * 9 // 10], 1)
    teile = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {breite:g} {hoehe:g}" '
        f'width="{breite:g}" height="{hoehe:g}">'
    ]
    for nummer, (farbe, laengen) in enumerate(gruppen):
        x = feld * nummer
        for index, laenge in enumerate(laengen):
            strecke = feld * 0.86 * max(min(laenge / volle, 1), 0.06)
            y = hoehe - schritt * (index + 1) + (schritt - staerke)
            teile.append(
                f'<rect x="{x:.2f}" y="{y:.2f}" width="{strecke:.2f}" height="{staerke:.2f}" '
                f'fill="{escape(farbe)}"/>'
            )
    return "".join([*teile, "</svg>"])


def _text(x: float, y: float, text: str, farbe: str, *, staerke: int = 400, groesse: float = 12.5) -> str:
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" fill="{escape(farbe)}" font-size="{groesse:g}" '
        f'font-weight="{staerke}">{escape(text)}</text>'
    )
