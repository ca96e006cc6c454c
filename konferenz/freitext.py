"""The small text format of slides, free-text pages, notices and duty pages: paragraphs, lists, headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

PUNKT = "• "
UEBERSCHRIFT = re.compile(r"^(##?) +(\S.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (its lines) or a list (its items)."""

    ist_liste: bool
    zeilen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ueberschrift:
    """A heading; `ebene` is its level on the page, below the page's own of level 1."""

    ebene: int
    text: str


def bloecke(text: str) -> Iterator[Block]:
    """Yield the blocks of `text`: a blank line ends a paragraph, lines with „• “ in front form a list.

    Every character of the text but the bullets and the blank lines stands in exactly one block.
    """
    for absatz in re.split(r"\n[^\S\n]*\n", text.replace("\r\n", "\n")):
        zeilen = [zeile for zeile in absatz.split("\n") if zeile.strip()]
        for ist_liste, folge in groupby(zeilen, key=lambda zeile: zeile.startswith(PUNKT)):
            yield Block(ist_liste, tuple(z.removeprefix(PUNKT) if ist_liste else z for z in folge))


def gegliedert(text: str) -> Iterator[Ueberschrift | Block]:
    """Yield headings and blocks of a page: „# “ in front of a line makes it a heading, „## “ one below it.

    Only for texts written for a page: what is documented verbatim may begin with such a sign. No level is
    left out, whatever was typed (WCAG 2.2, technique G141).
    """
    text = text.replace("\r\n", "\n")
    unter, stelle = False, 0  # whether there is a heading of the first level for one below it
    for zeile in UEBERSCHRIFT.finditer(text):
        yield from bloecke(text[stelle : zeile.start()])
        yield Ueberschrift(3 if unter and len(zeile[1]) == 2 else 2, zeile[2].strip())
        unter = unter or len(zeile[1]) == 1
        stelle = zeile.end()
    yield from bloecke(text[stelle:])
