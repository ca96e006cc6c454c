"""What makes two texts differ, word by word."""

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

# Words, white space, and each other character by itself: a full stop that came is no changed word.
TEIL = re.compile(r"\w+|\s+|[^\w\s]")
# Comparing takes time with the square of the number of words, and nobody reads through more of them.
HOECHSTENS = 2_000


class Art(StrEnum):
    """What became of a piece of text."""

    GLEICH = ""
    WEG = "weg"
    NEU = "neu"


class Stueck(NamedTuple):
    """A piece of text and what became of it."""

    art: Art
    text: str


class _Paar(NamedTuple):
    """What stood at a place and what stands there now."""

    alt: str
    neu: str

    @property
    def gleich(self) -> bool:
        return self.alt == self.neu


def unterschied(alt: str, neu: str) -> list[Stueck]:
    """Return the pieces of both texts in reading order, what went before what came in its place.

    Those that are equal or went make up `alt`, those that are equal or came make up `neu`, character by
    character.
    """
    return list(_stuecke(_ohne_inseln(_paare(TEIL.findall(alt), TEIL.findall(neu)))))


def _paare(alte: list[str], neue: list[str]) -> Iterator[_Paar]:
    anfang = _gemeinsam(alte, neue)
    kopf = "".join(alte[:anfang])
    alte, neue = alte[anfang:], neue[anfang:]
    ende = _gemeinsam(alte[::-1], neue[::-1])
    fuss = "".join(alte[len(alte) - ende :])
    alte, neue = alte[: len(alte) - ende], neue[: len(neue) - ende]
    yield _Paar(kopf, kopf)
    if len(alte) + len(neue) > HOECHSTENS:
        yield _Paar("".join(alte), "".join(neue))
    else:
        for _, a, b, c, d in SequenceMatcher(None, alte, neue, autojunk=False).get_opcodes():
            yield _Paar("".join(alte[a:b]), "".join(neue[c:d]))
    yield _Paar(fuss, fuss)


def _gemeinsam(alte: list[str], neue: list[str]) -> int:
    """Return how many pieces are equal at the beginning of both."""
    verschieden = (stelle for stelle, (a, b) in enumerate(zip(alte, neue, strict=False)) if a != b)
    return next(verschieden, min(len(alte), len(neue)))


def _ohne_inseln(paare: Iterable[_Paar]) -> Iterator[_Paar]:
    """Join changes that only a space or a sign stands between: to a reader they are one."""
    offen, insel = _Paar("", ""), ""
    for paar in paare:
        if not paar.gleich:
            offen = _Paar(offen.alt + insel + paar.alt, offen.neu + insel + paar.neu)
            insel = ""
        elif len(paar.alt) == 1 and not paar.alt.isalnum() and not offen.gleich:
            insel = paar.alt
        else:
            yield from (offen, _Paar(insel, insel), paar)
            offen, insel = _Paar("", ""), ""
    yield from (offen, _Paar(insel, insel))


def _stuecke(paare: Iterable[_Paar]) -> Iterator[Stueck]:
    gleich = ""
    for paar in paare:
        if paar.gleich:
            gleich += paar.alt
            continue
        yield from (
            Stueck(art, text)
            for art, text in ((Art.GLEICH, gleich), (Art.WEG, paar.alt), (Art.NEU, paar.neu))
            if text
        )
        gleich = ""
    if gleich:
        yield Stueck(Art.GLEICH, gleich)
