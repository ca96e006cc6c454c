"""Links that open a draft for a few days to somebody without an account.

A link is signed and stored nowhere: it says itself what it opens and until when. It goes with what it opens,
and all links of a conference can be revoked: the history then has a line that says so, and each link knows
the last such line that there was when it was made.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.core import signing
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone

from konferenz.models import Konferenz
from konferenz.verlauf import vorgang

SALZ = "konferenz.entwurfslink"
TAGE = (1, 3, 7)
WIDERRUF = "Entwurfslinks widerrufen"  # the way by which such a line of the history came
SITZUNG = "entwurfslinks"  # where the session keeps the links that were opened in this browser
HOECHSTENS = 20  # of them


class LinkUngueltig(Exception):
    """The link is not one of ours: cut off, mistyped, made up."""


class LinkAbgelaufen(Exception):
    """The link is one of ours, but doesn't open anything any more."""


@dataclass(frozen=True, slots=True)
class Entwurfslink:
    """What a link opens: a conference, or only one `gruppe` of it (primary keys), until when.

    `widerruf` is the line of the conference's history by which links were revoked last, 0 without one.
    """

    konferenz: int
    gruppe: int | None
    bis: datetime
    widerruf: int

    @classmethod
    def fuer(cls, konferenz: Konferenz, tage: int, gruppe: Any = None) -> Self:
        """Return a new link to this conference, or to a group of it, that holds for so many days."""
        bis = (timezone.now() + timedelta(days=tage)).replace(microsecond=0)
        (widerruf,) = _mit_widerruf().filter(pk=konferenz.pk).values_list("widerruf", flat=True)
        return cls(konferenz.pk, gruppe.pk if gruppe else None, bis, widerruf)

    @classmethod
    def aus(cls, marke: str) -> Self:
        """Read what `marke` wrote. Raises LinkUngueltig, or LinkAbgelaufen where its time is over."""
        try:
            konferenz, gruppe, bis, widerruf = signing.loads(marke, salt=SALZ)
        except signing.BadSignature as fehler:
            raise LinkUngueltig from fehler
        link = cls(konferenz, gruppe, datetime.fromtimestamp(bis, UTC), widerruf)
        if link.bis <= timezone.now():
            raise LinkAbgelaufen
        return link

    @property
    def marke(self) -> str:
        """The part of the address by which the link is recognised."""
        inhalt = [self.konferenz, self.gruppe, int(self.bis.timestamp()), self.widerruf]
        return signing.dumps(inhalt, salt=SALZ)


def bestehende(links: Iterable[Entwurfslink]) -> tuple[Entwurfslink, ...]:
    """Return those links that are not revoked and whose conference and group are there, in one query."""
    links = tuple(links)
    if not links:
        return ()
    konferenzen = _mit_widerruf().filter(pk__in={link.konferenz for link in links})
    zeilen = set(konferenzen.values_list("pk", "widerruf", "arbeitsgruppen"))
    da = zeilen | {(konferenz, widerruf, None) for konferenz, widerruf, _ in zeilen}
    return tuple(link for link in links if (link.konferenz, link.widerruf, link.gruppe) in da)


def _mit_widerruf() -> Any:
    zeilen = Konferenz.history.filter(id=OuterRef("pk"), history_change_reason=WIDERRUF)
    letzte = zeilen.order_by("-history_id").values("history_id")[:1]
    return Konferenz.objects.order_by().annotate(widerruf=Coalesce(Subquery(letzte), 0))


def widerrufen(konferenz: Konferenz) -> None:
    """Let no link that was made so far open anything of this conference any more."""
    with transaction.atomic(), vorgang(WIDERRUF):
        konferenz = Konferenz.objects.select_for_update(no_key=True).get(pk=konferenz.pk)
        konferenz.save(update_fields=["status"])  # for the line in its history


def oeffnen(request: HttpRequest, marke: str) -> Entwurfslink:
    """Open to this browser what a link names, and return the link.

    Raises LinkUngueltig, and LinkAbgelaufen where its time is over, it was revoked, or what it opens is gone.
    """
    link = Entwurfslink.aus(marke)
    if not bestehende([link]):
        raise LinkAbgelaufen
    andere = [alte.marke for alte in geoeffnete(request) if alte != link]
    request.session[SITZUNG] = [*andere, marke][-HOECHSTENS:]
    return link


def geoeffnete(request: HttpRequest) -> tuple[Entwurfslink, ...]:
    """Return the links that were opened in this browser and still hold."""
    links = []
    for marke in request.session.get(SITZUNG, ()):
        try:
            links.append(Entwurfslink.aus(marke))
        except (LinkUngueltig, LinkAbgelaufen):  # also where the key for signing is a new one
            continue
    return bestehende(links)
