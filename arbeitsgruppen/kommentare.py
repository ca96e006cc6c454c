"""Remarks for the editors on a group or one of its statements: written, dealt with, counted. Never public."""

from collections import Counter

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe, Kommentar
from konferenz.berechtigungen import Konto, darf_kommentare_erledigen, darf_kommentieren
from konferenz.reihenfolge import sperren
from konferenz.verlauf import vorgang

WEG = "Kommentar"


def schreiben(
    konto: Konto, gruppe: Arbeitsgruppe, text: str, aeusserung: Aeusserung | None = None
) -> tuple[Kommentar, bool]:
    """Write a comment on a group or on one of its statements; return it, and whether it is a new one.

    What the same account said there already and nobody has dealt with yet is not said twice: somebody
    pressed the button again. Raises PermissionDenied.
    """
    if not darf_kommentieren(konto):
        raise PermissionDenied
    with transaction.atomic(), vorgang(WEG):
        sperren(gruppe)
        gleicher = Kommentar.objects.offene().filter(
            arbeitsgruppe=gruppe, aeusserung=aeusserung, verfasst_von=konto.pk, text=text
        )
        if kommentar := gleicher.first():
            return kommentar, False
        kommentar = Kommentar(
            arbeitsgruppe=gruppe, aeusserung=aeusserung, verfasst_von_id=konto.pk, text=text
        )
        kommentar.save()
        return kommentar, True


def erledigen(konto: Konto, kommentar: Kommentar, gruppe: Arbeitsgruppe, *, erledigt: bool) -> None:
    """Mark a comment on this group as dealt with, or open it again; one that is so already stays as it is.

    Raises PermissionDenied.
    """
    if not darf_kommentare_erledigen(konto, gruppe):
        raise PermissionDenied
    with transaction.atomic(), vorgang(WEG):
        kommentar = Kommentar.objects.select_for_update(of=("self",)).get(pk=kommentar.pk)
        if (kommentar.erledigt is not None) != erledigt:
            kommentar.erledigt = timezone.now() if erledigt else None
            kommentar.erledigt_von_id = konto.pk if erledigt else None
            kommentar.save(update_fields=["erledigt", "erledigt_von"])


def anzahl_offene(gruppe: Arbeitsgruppe) -> Counter[str]:
    """Return how many open comments there are by the Kennung of their statement, "" for the group itself."""
    kennungen = Kommentar.objects.offene().zu(gruppe).values_list("aeusserung__kennung", flat=True)
    return Counter(kennung or "" for kennung in kennungen)
