"""What is read from a file, whatever its format: pages of blocks; and what reading may take."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

Zelle = tuple[str, ...]  # paragraphs
Tabellenzeile = tuple[Zelle, ...]


class Dateifehler(Exception):
    """A file that cannot be read; the message is German and names cause and mend."""


class Art(StrEnum):
    """What a block is in the layout of its page."""

    KOPF = "kopf"  # a title or heading by its style
    PUNKT = "punkt"  # an item of a list
    FREI = "frei"  # stands by itself: a text box, a cell
    ABSATZ = "absatz"  # a paragraph of running text
    RAHMEN = "rahmen"  # belongs to the cover
    NOTIZ = "notiz"
    FUSS = "fuss"
    TABELLE = "tabelle"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or a table; `ebene` counts from 0, line breaks inside a text are meant."""

    art: Art
    text: str = ""
    ebene: int = 0
    fett: bool = False
    abgesetzt: bool = False  # an empty paragraph stands before it
    zeilen: tuple[Tabellenzeile, ...] = ()


@dataclass(frozen=True, slots=True)
class Dateiseite:
    """A page with the name that people know it by, „Folie 3“ for example."""

    name: str
    bloecke: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Grenzen:
    """What a file may be and what reading it may take: bytes, numbers, seconds."""

    datei: int = 50 * 2**20
    entpackt: int = 200 * 2**20
    teil: int = 20 * 2**20  # an XML part of it, which has to be taken apart in memory
    verhaeltnis: int = 100  # unpacked to packed; XML comes to 10 or 20
    eintraege: int = 5_000
    seiten: int = 500
    zeilen: int = 10_000
    zeichen: int = 500_000
    spalten: int = 100
    zeit: float = 20.0
    rechenzeit: int = 15
    speicher: int = 2**30


def zu_lang(grenzen: Grenzen) -> str:
    """Return the message for a file that holds more text than anybody would take over."""
    return (
        f"Die Datei enthält mehr als {grenzen.zeilen} Zeilen oder {grenzen.zeichen} Zeichen. "
        f"Laden Sie nur den Teil hoch, der zur Arbeitsgruppe gehört."
    )


@dataclass(slots=True)
class Sammler:
    """Gathers the pages of a file and stops where it goes beyond the limits."""

    grenzen: Grenzen
    seiten: list[Dateiseite] = field(default_factory=list)
    hinweise: list[str] = field(default_factory=list)
    _zeilen: int = 0
    _zeichen: int = 0

    def seite(self, name: str, bloecke: Iterable[Block]) -> None:
        """Add a page. Raise Dateifehler where the file holds too much."""
        if len(self.seiten) >= self.grenzen.seiten:
            raise Dateifehler(
                f"Die Datei hat mehr als {self.grenzen.seiten} Seiten. "
                f"Laden Sie nur die Seiten der Arbeitsgruppe hoch."
            )
        self.seiten.append(Dateiseite(name, tuple(self._gezaehlt(bloecke))))

    def dokument(self, bloecke: Iterable[tuple[Block, bool]], rand: Iterable[Block]) -> None:
        """Add the pages of running text: each block says whether a page begins with it.

        What stands in the margins comes last. Raise Dateifehler as soon as it is too much.
        """
        seiten: list[list[Block]] = [[]]
        for block, neue_seite in bloecke:
            if neue_seite and seiten[-1]:
                seiten.append([])
            seiten[-1] += self._gezaehlt([block])
        seiten[-1] += self._gezaehlt(rand)
        self._zeilen = self._zeichen = 0  # counted again below
        for nummer, seite in enumerate(seiten, 1):
            self.seite(f"Seite {nummer}" if len(seiten) > 1 else "", seite)

    def _gezaehlt(self, bloecke: Iterable[Block]) -> Iterator[Block]:
        for block in bloecke:
            texte = [block.text, *(text for zeile in block.zeilen for zelle in zeile for text in zelle)]
            self._zeilen += len(block.zeilen) or 1
            self._zeichen += sum(map(len, texte))
            if self._zeilen > self.grenzen.zeilen or self._zeichen > self.grenzen.zeichen:
                raise Dateifehler(zu_lang(self.grenzen))
            if any(map(str.strip, texte)):
                yield block
