"""The wording of statements: what was recorded first stays known to the editors.

A statement stays verbatim. Where an editor had to change it all the same (a name, a slip), page, Heft and
data say so (see vermerke.py), unless the Organisation accepts that it was only typed wrongly.
"""

from django.db import transaction

from arbeitsgruppen.models import Aeusserung
from konferenz.reihenfolge import sperren
from konferenz.verlauf import vorgang


def wahren(zeile: Aeusserung) -> None:
    """Keep what was recorded first of a statement on which a form has already set another text."""
    gespeichert = Aeusserung.objects.select_related("abschnitt__arbeitsgruppe").filter(pk=zeile.pk).first()
    if gespeichert:
        text = zeile.text
        zeile.text, zeile.original = gespeichert.text, gespeichert.original
        if text != gespeichert.text:
            zeile.umformulieren(text, gespeichert.abschnitt.arbeitsgruppe)


def als_erfassungsfehler_anerkennen(zeile: Aeusserung) -> bool:
    """Take the present wording for the recorded one: the other was no statement, but typed wrongly.

    Return False where there is nothing to accept (any more). The history keeps both.
    """
    with transaction.atomic(), vorgang("Erfassungsfehler anerkannt"):
        sperren(zeile.abschnitt.arbeitsgruppe)
        zeile.refresh_from_db()
        if not zeile.redaktionell_geaendert:
            return False
        zeile.original = None
        zeile.save(update_fields=["original"])
    return True
