"""Charts as SVG text, from numbers. What users wrote does not get into a chart: it stands in the table.

A chart is drawn in CSS pixels (96 to the inch) and scales with the width it is given. It can be read
without its colours: every bar stands in a named column and carries its number.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape

from konferenz.kuerzen import gekuerzt

SCHRIFT = "Heft"
TEXTFARBE = "#14242c"
NEBENFARBE = "#4a5c66"
LINIENFARBE = "#c9d3d7"
# No letter of the font is wider on average, in CSS pixels at the size of names.
BUCHSTABE = 7.5


@dataclass(frozen=True, slots=True)
class Spalte:
    """One column of a chart: its name, the colour of its bars, and a number (0 or more) for every row.

    `art` names the column for the style sheet of a page, by which it can have other colours.
    """

    name: str
    farbe: str
    werte: tuple[int, ...]
    art: str = ""

    @property
    def summe(self) -> int:
        """The total of the column."""
        return sum(self.werte)


def balkentafel(
    zeilen: Sequence[str],
    spalten: Sequence[Spalte],
    *,
    breite: float = 605,
    namen_darueber: bool = False,
    summen: bool = True,
    ziele: Sequence[Sequence[str]] = (),
    schrift: str = SCHRIFT,
    textfarbe: str = TEXTFARBE,
    nebenfarbe: str = NEBENFARBE,
    linienfarbe: str = LINIENFARBE,
) -> str:
    """Return horizontal bars as SVG: a row for each of `zeilen`, beside each other the bars of `spalten`.

    All bars have one scale and begin at the line of their column, so that they can be compared down a
    column and across. `breite` is in CSS pixels. With `namen_darueber` the name of a row stands above its
    bars instead of before them, which leaves them the whole width. Without `summen` the columns don't say
    their totals, where these would count things twice. `ziele` are addresses by row and column,
    to which the bars lead for who points at them: the keyboard and screen readers have the table. Raises
    ValueError when a column has not one number for every row, or a negative one.
    """
    if any(len(spalte.werte) != len(zeilen) or min(spalte.werte, default=0) < 0 for spalte in spalten):
        raise ValueError("every column needs one number for every row, none below zero")
    kopf, zeile, balken = 42.0 if summen else 25.0, 36.0 if namen_darueber else 20.0, 12.0
    # Names have half of the width at most; what is cut stands in the table.
    rand = (
        0.0 if namen_darueber else min(breite / 2, max(62.0, *(len(n) * BUCHSTABE + 14 for n in zeilen), 0))
    )
    hoehe = kopf + zeile * len(zeilen) + 4
    feld = (breite - rand) / max(len(spalten), 1)
    groesster = max((wert for spalte in spalten for wert in spalte.werte), default=0) or 1
    # Behind the longest bar there is room for its number.
    laenge = (min(feld, 260) - 10 - 8.5 * len(str(groesster))) / groesster
    kopfschrift = min(12.5, *((feld - 6) / (len(s.name) * 0.53) for s in spalten), 12.5)
    teile = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {breite:g} {hoehe:g}" '
        f'width="{breite:g}" height="{hoehe:g}" font-family="{escape(schrift)}" font-size="12.5">'
    ]
    for index, name in enumerate(zeilen):
        kurz = gekuerzt(name, int((breite if namen_darueber else rand) / BUCHSTABE))
        teile.append(_text(0, kopf + zeile * index + 14.5, kurz, textfarbe, staerke=600))
    for nummer, spalte in enumerate(spalten):
        x = rand + feld * nummer
        teile.append(f'<g data-kategorie="{escape(spalte.art)}">' if spalte.art else "<g>")
        teile.append(_text(x, 14, spalte.name, spalte.farbe, staerke=600, groesse=kopfschrift))
        if summen:
            teile.append(_text(x, 31, f"{spalte.summe} insgesamt", nebenfarbe, groesse=min(11, kopfschrift)))
        if zeilen:
            # Not through the names.
            anfaenge = [kopf + zeile * index for index in range(len(zeilen))] if namen_darueber else [kopf]
            linien = "".join(
                f"M{x:g} {oben + zeile - 20:g}v20" if namen_darueber else f"M{x:g} {oben:g}V{hoehe:g}"
                for oben in anfaenge
            )
            teile.append(f'<path d="{linien}" stroke="{escape(linienfarbe)}" stroke-width="1"/>')
        for index, wert in enumerate(spalte.werte):
            # The bars stand in the middle of their line, which is the last of the row.
            grundlinie = kopf + zeile * (index + 1) - 5.5
            strecke = wert * laenge
            zahl = _text(x + strecke + 5, grundlinie, str(wert), textfarbe if wert else nebenfarbe)
            if not wert:
                teile.append(zahl)
                continue
            bild = (
                f'<rect x="{x:g}" y="{grundlinie - 10.5:g}" width="{strecke:.2f}" height="{balken:g}" '
                f'fill="{escape(spalte.farbe)}"/>{zahl}'
            )
            ziel = escape(ziele[index][nummer]) if ziele else ""
            teile.append(f'<a href="{ziel}" tabindex="-1">{bild}</a>' if ziel else bild)
        teile.append("</g>")
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
