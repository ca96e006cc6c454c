"""Statements that are gone: their address says so to whoever could have read them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe, ErloscheneKennung
from arbeitsgruppen.papierkorb import Eintrag, geloescht
from arbeitsgruppen.wiederherstellen import gruppe_von
from konferenz.berechtigungen import darf_entwuerfe_lesen
from konferenz.models import Konferenz

IMMER_SCHON = datetime.min.replace(tzinfo=UTC)
BIS_JETZT = datetime.max.replace(tzinfo=UTC)


class Zeit(NamedTuple):
    """From when to when something was so."""

    von: datetime
    bis: datetime
    wert: Any


def geloescht_am(kennung: str) -> date | None:
    """Return when the statement went that had this Kennung.

    None where there is one, where there never was, and where the public never saw it: then nobody but the
    editors may learn that it existed.
    """
    if erloschene := ErloscheneKennung.objects.filter(kennung=kennung).first():
        return erloschene.geloescht if erloschene.oeffentlich else None
    zeile = geloescht(Aeusserung).filter(kennung=kennung).first()
    return timezone.localdate(zeile.history_date) if zeile and je_oeffentlich([kennung]) else None


def geloeschte_aeusserung(request: HttpRequest, kennung: str) -> HttpResponse:
    """Return the page in the place of a statement that is gone; whoever reads drafts gets to the bin from it.

    Raise Http404 where there is none, or this reader may not learn that there was.
    """
    zeile = geloescht(Aeusserung).filter(kennung=kennung).first()
    im_korb = zeile if zeile and darf_entwuerfe_lesen(request.user) else None
    tag = timezone.localdate(im_korb.history_date) if im_korb else geloescht_am(kennung)
    if tag is None:
        raise Http404(f"Eine Äußerung „{kennung}“ gibt es nicht.")
    kontext = {"text": f"Die Äußerung „{kennung}“ ist seit dem {date_format(tag, 'j. F Y')} nicht mehr da."}
    if im_korb and (gruppe := gruppe_von(Eintrag(im_korb))):
        kontext |= {"ziel": reverse("papierkorb", args=[gruppe.pk]), "knopf": "Zum Papierkorb der Gruppe"}
    return render(request, "410.html", kontext, status=410)


def je_oeffentlich(kennungen: Collection[str]) -> set[str]:
    """Return of these Kennungen those whose statement the public could read at any time, in four queries."""
    leben = _zeiten(Aeusserung, "kennung", kennungen, lambda z: z.abschnitt_id)
    abschnitte = _zeiten(Abschnitt, "id", _werte(leben), lambda z: z.arbeitsgruppe_id)
    gruppen = _zeiten(
        Arbeitsgruppe,
        "id",
        _werte(abschnitte),
        lambda z: z.konferenz_id if z.status == Arbeitsgruppe.Status.FREIGEGEBEN else None,
    )
    konferenzen = _zeiten(
        Konferenz, "id", _werte(gruppen), lambda z: True if z.status != Konferenz.Status.ENTWURF else None
    )
    return {
        kennung
        for kennung, zeiten in leben.items()
        if any(
            _ueberlappen(zeit, abschnitt, gruppe, konferenz)
            for zeit in zeiten
            for abschnitt in abschnitte[zeit.wert]
            for gruppe in gruppen[abschnitt.wert]
            for konferenz in konferenzen[gruppe.wert]
        )
    }


def _zeiten(
    modell: Any, feld: str, schluessel: Collection[Any], wert: Callable[[Any], Any]
) -> dict[Any, list[Zeit]]:
    """Return for each row, by the value of `feld`, when which value held; None is no value."""
    zeilen = defaultdict[Any, list[Any]](list)
    for zeile in modell.history.filter(**{f"{feld}__in": schluessel}).order_by("history_id"):
        zeilen[getattr(zeile, feld)].append(zeile)
    return defaultdict(list, {k: list(_zeiten_einer(liste, wert)) for k, liste in zeilen.items()})


def _zeiten_einer(zeilen: Sequence[Any], wert: Callable[[Any], Any]) -> Iterator[Zeit]:
    def gilt(zeile: Any) -> Any:
        return None if zeile.history_type == "-" else wert(zeile)

    erste = zeilen[0]
    if erste.history_type == "-":
        yield Zeit(IMMER_SCHON, erste.history_date, wert(erste))
    laeufe = [(was, next(gruppe)) for was, gruppe in groupby(zeilen, gilt)]
    for (was, zeile), (_, danach) in zip(laeufe, [*laeufe[1:], (None, None)], strict=True):
        von = IMMER_SCHON if zeile is erste and zeile.history_type == "~" else zeile.history_date
        if was is not None:
            yield Zeit(von, danach.history_date if danach else BIS_JETZT, was)


def _werte(zeiten: dict[Any, list[Zeit]]) -> set[Any]:
    return {zeit.wert for liste in zeiten.values() for zeit in liste}


def _ueberlappen(*zeiten: Zeit) -> bool:
    return max(zeit.von for zeit in zeiten) < min(zeit.bis for zeit in zeiten)
