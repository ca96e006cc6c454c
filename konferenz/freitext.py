"""The small text format of slides, free-text pages and notices: paragraphs and lists."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

PUNKT = "• "


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (its lines) or a list (its items)."""

    ist_liste: bool
    zeilen: tuple[str, ...]


def bloecke(text: str) -> Iterator[Block]:
    """Yield the blocks of `text`: a blank line ends a paragraph, lines with „• “ in front form a list.

    Every character of the text but the bullets and the blank lines stands in exactly one block.
    """
    for absatz in re.split(r"\n[^\S\n]*\n", text.replace("\r\n", "\n")):
        zeilen = [zeile for zeile in absatz.split("\n") if zeile.strip()]
        for ist_liste, folge in groupby(zeilen, key=lambda zeile: zeile.startswith(PUNKT)):
            yield Block(ist_liste, tuple(z.removeprefix(PUNKT) if ist_liste else z for z in folge))
