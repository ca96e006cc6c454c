"""Which statements of a picture no longer have the wording of their recording, for the notes of the Heft."""

from collections.abc import Iterator
from typing import NamedTuple

from arbeitsgruppen.bild import Gruppenbild, Konferenzbild

ERKLAERUNG = (
    "Der Wortlaut dieser Äußerungen wurde nach der Aufnahme von der Redaktion geändert, zum Beispiel um "
    "einen Namen herauszunehmen oder ein Versehen zu berichtigen."
)


class Vermerk(NamedTuple):
    """A statement whose wording is no longer that of its recording, and where it stands."""

    gruppe: int
    ueberschrift: str
    nummer: str
    kennung: str


def vermerke(bild: Konferenzbild) -> list[Vermerk]:
    """Return the changed statements and sub-points of a picture, in its order."""
    return [vermerk for gruppe in bild.gruppen for vermerk in _vermerke(gruppe)]


def _vermerke(gruppe: Gruppenbild) -> Iterator[Vermerk]:
    for abschnitt in gruppe.abschnitte:
        for nummer, aeusserung in enumerate(abschnitt.aeusserungen, 1):
            ort = (gruppe.nummer, abschnitt.ueberschrift)
            if aeusserung.redaktionell_geaendert:
                yield Vermerk(*ort, f"Nr. {nummer}", aeusserung.kennung)
            for stelle, punkt in enumerate(aeusserung.unterpunkte, 1):
                if punkt.redaktionell_geaendert:
                    yield Vermerk(*ort, f"Nr. {nummer}, Unterpunkt {stelle}", punkt.kennung)
