"""Statements that live on in another one: their addresses lead there."""

from arbeitsgruppen.models import Aeusserung, ErloscheneKennung, Weiterfuehrung
from konferenz.berechtigungen import Leser


def gesuchte_aeusserung(kennung: str, leser: Leser) -> Aeusserung | None:
    """Return the statement with this Kennung, or where it is gone that in which it lives on.

    None where this reader may not read what is found, or nothing is. Its heading, group and conference are
    fetched along.
    """
    sichtbare = Aeusserung.objects.sichtbar_fuer(leser).select_related(
        "abschnitt__arbeitsgruppe__konferenz", "uebergeordnet"
    )
    gesehen: set[str] = set()
    while kennung and kennung not in gesehen:
        if gefunden := sichtbare.filter(kennung=kennung).first():
            return gefunden
        if Aeusserung.objects.filter(kennung=kennung).exists():
            return None
        gesehen.add(kennung)
        kennung = nachfolger(kennung)
    return None


def nachfolger(kennung: str) -> str:
    """Return the Kennung of the statement in which one lives on, "" where there is none."""
    zeile = Weiterfuehrung.objects.filter(kennung=kennung).values_list("nachfolger", flat=True)
    return zeile.first() or ""


def weitergefuehrte() -> dict[str, Weiterfuehrung]:
    """Return all records by the Kennung of the statement that is gone."""
    return {zeile.kennung: zeile for zeile in Weiterfuehrung.objects.all()}


def fuehrt_zu(anfang: str, ziel: str) -> bool:
    """Whether one gets from a Kennung to another by way of successors."""
    gesehen: set[str] = set()
    while anfang and anfang not in gesehen:
        if anfang == ziel:
            return True
        gesehen.add(anfang)
        anfang = nachfolger(anfang)
    return False


def gab_es(kennung: str) -> bool:
    """Whether a statement with this Kennung is there or ever was."""
    return any(
        zeilen.filter(kennung=kennung).exists() for zeilen in (Aeusserung.history, ErloscheneKennung.objects)
    )
