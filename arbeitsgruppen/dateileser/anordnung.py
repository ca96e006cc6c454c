"""In which order people read boxes that lie about on a slide."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Kasten:
    """A box on a slide with what is in it; the unit of length does not matter."""

    links: int
    oben: int
    breite: int
    hoehe: int
    inhalt: Any


class _Luecke(NamedTuple):
    breite: int
    davor: list[Kasten]
    danach: list[Kasten]


def in_lesefolge(kaesten: Sequence[Kasten]) -> list[Any]:
    """Return the contents in reading order: what the widest gap sets apart is read one after the other.

    What stands close together belongs together, so columns are read before rows where the space between
    the columns is wider, and rows before columns where it is not.
    """
    folge: list[Any] = []
    offen = [list(kaesten)]  # no recursion: a slide may hold thousands of boxes in a row
    while offen:
        teil = offen.pop()
        luecke = max(
            (_groesste_luecke(teil, "oben", "hoehe"), _groesste_luecke(teil, "links", "breite")),
            key=lambda luecke: luecke.breite,
        )
        if luecke.breite > 0:
            offen += [luecke.danach, luecke.davor]
        else:
            folge += [k.inhalt for k in sorted(teil, key=lambda kasten: (kasten.oben, kasten.links))]
    return folge


def _groesste_luecke(kaesten: Sequence[Kasten], anfang: str, laenge: str) -> _Luecke:
    """Return the widest empty strip across all boxes with what lies before and behind it."""
    sortiert = sorted(kaesten, key=lambda kasten: getattr(kasten, anfang))
    breiteste, stelle, bis = 0, 0, None
    for index, kasten in enumerate(sortiert):
        von = getattr(kasten, anfang)
        if bis is not None and von - bis > breiteste:
            breiteste, stelle = von - bis, index
        bis = max(bis if bis is not None else von, von + getattr(kasten, laenge))
    return _Luecke(breiteste, sortiert[:stelle], sortiert[stelle:])
