"""Since when a conference can be read by everybody, as its history tells."""

from collections.abc import Collection
from datetime import datetime

from konferenz.models import Konferenz


def oeffentlich_seit(konferenzen: Collection[Konferenz]) -> dict[int, datetime]:
    """Return by primary key since when these conferences have been public without a break, in one query.

    A conference that was taken back to a draft is new when it comes out again; putting it into the archive
    changes nothing. One that is a draft is missing.
    """
    seit: dict[int, datetime] = {}
    verlauf = Konferenz.history.filter(id__in=[konferenz.pk for konferenz in konferenzen])
    zeilen = verlauf.order_by("history_date", "history_id").values_list("id", "status", "history_date")
    for pk, status, wann in zeilen:
        if status == Konferenz.Status.ENTWURF:
            seit.pop(pk, None)
        else:
            seit.setdefault(pk, wann)
    return seit
