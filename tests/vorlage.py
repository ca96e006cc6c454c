"""The real documentation and small made-up ones, as text and as pictures, for many tests."""

import re
from functools import cache
from pathlib import Path

from arbeitsgruppen.gliederung import Gliederung, gliedern
from arbeitsgruppen.quelle import lesen

ORDNER = Path(__file__).parent.parent / "fixtures"
TEXT = ORDNER / "pakt-fuer-integration-2021.txt"
SLUG = "pakt-fuer-integration-2021"

TITELSEITE = "Fachtag\n„Wohnen – Ankommen in der Kommune“\n\n3. Mai 2024\n9:30 bis 16:00 Uhr"


def text() -> str:
    """Return the text of the real documentation."""
    return TEXT.read_text(encoding="utf-8")


@cache
def echte() -> Gliederung:
    """Return what the real documentation holds."""
    return gliedern(lesen(TEXT))


def wie_von_werkzeug_ohne_seitenvorschub(text: str) -> str:
    """Return the text as other tools extract it: pages apart by blank lines, slides glued.

    A slide after a picture page is glued to it with one leading space; a heading comes behind its
    bullets; the target of a link is written once more at the end of its page.
    """
    seiten = text.split("\f")
    seiten[9] = re.sub(r"\A\n?Arbeitsgruppen\n", "", seiten[9]) + "\nArbeitsgruppen\n"
    for index, kopf in (
        (42, "Herausforderungen und mögliche Lösungsansätze"),
        (56, "Gibt es Beispiele für gute, alltagspraktische Lösungen?"),
        (83, "Wer muss beteiligt sein? Wünsche an die Partner?"),
    ):
        assert f"{kopf}\n\n" in seiten[index]
        seiten[index] = seiten[index].replace(f"{kopf}\n\n", "", 1).rstrip("\n") + f"\n\n{kopf}\n"
    seiten[68] = seiten[68].rstrip("\n") + "\n\nhttps://bamf-navi.bamf.de/de/\n"
    seiten[5] = seiten[5].rstrip("\n") + "\n " + seiten.pop(6).lstrip("\n")
    return "\n\n\n".join(seite.rstrip("\n") + "\n" for seite in seiten)


def dokumentation(*seiten: str) -> str:
    """Return a small documentation: a title page and the given pages, with form feeds between."""
    return "\f".join((TITELSEITE, *seiten))
