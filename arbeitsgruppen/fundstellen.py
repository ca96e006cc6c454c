"""Statements that somebody has found, of whatever groups and conferences, as rows of the data."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from arbeitsgruppen.daten import Zeile, dauerhafte_adresse
from arbeitsgruppen.models import Aeusserung


def fundzeilen(
    gefundene: Iterable[Aeusserung], adresse: str, themen: Mapping[int, tuple[str, ...]]
) -> list[Zeile]:
    """Return the rows of these statements in their order, in one query if they bring along where they are.

    That is: `select_related("abschnitt__arbeitsgruppe__konferenz")`. What the reader may see is for the
    caller to choose (`Aeusserung.objects.sichtbar_fuer`). `adresse` is what the site's addresses begin with,
    `themen` has the titles of the topics of each statement by its key.
    """
    aeusserungen = list(gefundene)
    nummern = _nummern({aeusserung.abschnitt_id for aeusserung in aeusserungen})
    zeilen = []
    for aeusserung in aeusserungen:
        abschnitt = aeusserung.abschnitt
        gruppe = abschnitt.arbeitsgruppe
        zeilen.append(
            Zeile(
                konferenz=gruppe.konferenz.titel,
                datum=gruppe.konferenz.datum,
                ag=gruppe.nummer,
                ag_titel=gruppe.titel,
                abschnitt=abschnitt.ueberschrift,
                kategorie=abschnitt.kategorie,
                herkunft=abschnitt.herkunft,
                nummer=nummern[aeusserung.uebergeordnet_id or aeusserung.pk],
                unterpunkt=nummern[aeusserung.pk] if aeusserung.uebergeordnet_id else None,
                text=aeusserung.text,
                adresse=dauerhafte_adresse(aeusserung.kennung, adresse),
                redaktionell_geaendert=aeusserung.redaktionell_geaendert,
                themen=themen.get(aeusserung.pk, ()),
            )
        )
    return zeilen


def _nummern(abschnitte: set[int]) -> dict[int, int]:
    """Return what number each statement of these headings has there, or sub-point at its statement."""
    zaehler = defaultdict[tuple[int, int | None], int](int)
    nummern = {}
    alle = Aeusserung.objects.filter(abschnitt__in=abschnitte).order_by("position")
    for pk, abschnitt, uebergeordnet in alle.values_list("pk", "abschnitt_id", "uebergeordnet_id"):
        zaehler[abschnitt, uebergeordnet] += 1
        nummern[pk] = zaehler[abschnitt, uebergeordnet]
    return nummern
