"""What goes into the renderer and what comes out: plain values, without Django and without WeasyPrint.

The renderer is a process of its own (setzer.py); these cross the border between it and its caller.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Markup, so that no text a user typed can ever be one of them: texts are escaped.
SEITE = "<b data-seite></b>"
SEITEN = "<b data-seiten></b>"


class SatzFehler(Exception):
    """The Heft cannot be set; says in German why and, where it is known, at which place."""


@dataclass(frozen=True, slots=True)
class Teil:
    """A part of the Heft, which is laid out by itself and begins on a new page.

    `html` is one element. `rand` is the HTML of what every page of it carries in its margins: a page's
    own number replaces SEITE, the number of all pages SEITEN. `name` tells people which part it is.
    `einpassen`: it was one page of the original and is set smaller, step by step, to stay one page.
    `verweise`: it prints page numbers of other parts, `<a class="seitenzahl" data-ziel="id"></a>`.
    """

    name: str
    html: str
    rand: str = ""
    einpassen: bool = False
    verweise: bool = False


@dataclass(frozen=True, slots=True)
class Anhang:
    """A file attached to the PDF; `beziehung` is its AFRelationship (ISO 19005-3, Annex E)."""

    name: str
    typ: str
    beschreibung: str
    daten: bytes
    beziehung: str = "Source"


@dataclass(frozen=True, slots=True)
class Satz:
    """All that a PDF is made of; equal ones give equal bytes.

    `kennung`, 32 hex digits, identifies the file. `stil` is the style sheet of the parts, `randstil` that
    of their margins. `bilder` maps the names in addresses `bild:NAME` to the content of the pictures.
    `geaendert` is a day like 2021-04-21, or empty.
    """

    titel: str
    kennung: str
    stil: str
    teile: tuple[Teil, ...]
    randstil: str = ""
    autor: str = ""
    beschreibung: str = ""
    geaendert: str = ""
    bilder: Mapping[str, bytes] = field(default_factory=dict)
    anhaenge: tuple[Anhang, ...] = ()


@dataclass(frozen=True, slots=True)
class Grenzen:
    """What setting may take: seconds for one part, bytes of address space, pages of one Heft."""

    zeit: float = 120.0
    speicher: int = 3 * 2**30
    seiten: int = 6_000


@dataclass(frozen=True, slots=True)
class Pdf:
    """A finished PDF, the number of its pages, and on which of them, counted from 1, every id stands."""

    daten: bytes
    seiten: int
    stellen: Mapping[str, int] = field(default_factory=dict)
