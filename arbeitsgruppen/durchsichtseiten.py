"""The pages on which statements are given their topics, below /admin/erfassung/themen/."""

from collections import defaultdict
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from arbeitsgruppen.durchsicht import (
    Ergebnis,
    Liste,
    Urteil,
    der_liste,
    durchzusehende,
    entscheiden,
    ohne_thema,
)
from arbeitsgruppen.models import Thema
from arbeitsgruppen.themen import alle_abkuerzungen, ausdruecke, umfang
from konferenz.berechtigungen import darf_themen_zuordnen
from konferenz.models import Konferenz
from konferenz.reihenfolge import ganzzahl
from konferenz.verwaltung import verwaltungsantwort, verwaltungsseite

JE_SEITE = 50
HOECHSTENS_GENANNT = 3
# The button that takes over all proposals of the page which nobody touched.
ALLE_DAZU = "alle"


@verwaltungsseite
@require_safe
def uebersicht(request: HttpRequest) -> HttpResponse:
    """Show all topics with how much of each is decided, and how many statements have none."""
    konferenz = _konferenz(request)
    themen = list(Thema.objects.all())
    aeusserungen = durchzusehende(konferenz)
    gezaehlt = umfang(themen, aeusserungen)
    kontext = {
        **_auswahl(request, konferenz),
        "themen": [(thema, gezaehlt[thema.pk]) for thema in themen],
        "ohne": ohne_thema(themen, aeusserungen).order_by().count(),
        "alle": aeusserungen.order_by().count(),
    }
    return verwaltungsantwort(request, "admin/erfassung/themen.html", "Themen", kontext)


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def durchsicht(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the statements of a topic, list by list, and store what is decided about them."""
    thema = get_object_or_404(Thema, pk=pk)
    if request.method == "POST":
        return _entschieden(request, {thema: _wuensche(request)})
    konferenz, gesucht = _konferenz(request), request.GET.get("q", "")[:200]
    liste = request.GET.get("liste", "")
    liste = liste if liste in Liste.values else Liste.OFFEN
    aeusserungen = durchzusehende(konferenz)
    seite = _seite(request, der_liste(thema, liste, aeusserungen, gesucht))
    tafel = alle_abkuerzungen()
    zeilen = [(zeile.strip(), a) for zeile in thema.woerter.splitlines() for a in ausdruecke(zeile, tafel)]
    for aeusserung in seite:
        aeusserung.urteil = Urteil.von(aeusserung.gehoert_dazu)
        aeusserung.fund = [zeile for zeile, ausdruck in zeilen if ausdruck.passt(aeusserung.gefaltet)]
    anzahlen = umfang([thema], aeusserungen)[thema.pk]
    kontext = {
        **_auswahl(request, konferenz),
        "thema": thema,
        "seite": seite,
        "liste": liste,
        "listen": [(wert, name, getattr(anzahlen, wert)) for wert, name in Liste.choices],
        "gesucht": gesucht,
        "urteile": Urteil.choices,
        "alle_dazu": ALLE_DAZU if liste == Liste.OFFEN else "",
    }
    return verwaltungsantwort(request, "admin/erfassung/durchsicht.html", f"Thema: {thema}", kontext)


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def ohne(request: HttpRequest) -> HttpResponse:
    """Show the statements that have no topic, and add those that are chosen to one."""
    themen = list(Thema.objects.all())
    if request.method == "POST":
        nach_schluessel = {thema.pk: thema for thema in themen}
        wuensche = defaultdict[Thema, dict[int, tuple[str, str]]](dict)
        for name, wert in request.POST.items():
            aeusserung = ganzzahl(name.removeprefix("thema-"))
            thema = nach_schluessel.get(ganzzahl(wert) or 0)
            if aeusserung is not None and thema:
                wuensche[thema][aeusserung] = (Urteil.OFFEN, Urteil.DAZU)
        return _entschieden(request, wuensche)
    konferenz = _konferenz(request)
    kontext = {
        **_auswahl(request, konferenz),
        "seite": _seite(request, ohne_thema(themen, durchzusehende(konferenz))),
        "themen": themen,
    }
    return verwaltungsantwort(request, "admin/erfassung/ohne_thema.html", "Äußerungen ohne Thema", kontext)


def _wuensche(request: HttpRequest) -> dict[int, tuple[str, str]]:
    """Return for each statement that was sent the Urteil that the page showed, and the one that is wanted."""
    wuensche = {}
    for name, wert in request.POST.items():
        pk = ganzzahl(name.removeprefix("urteil-"))
        if pk is None or wert not in Urteil.values:
            continue
        alle = wert == Urteil.OFFEN and request.POST.get("aktion") == ALLE_DAZU
        wuensche[pk] = request.POST.get(f"gezeigt-{pk}", Urteil.OFFEN), Urteil.DAZU if alle else wert
    return wuensche


def _entschieden(request: HttpRequest, wuensche: dict[Thema, dict[int, tuple[str, str]]]) -> HttpResponse:
    """Store what was decided, and lead back to the same list, where what is left now stands."""
    if not darf_themen_zuordnen(request.user):
        raise PermissionDenied
    try:
        ergebnis = entscheiden(wuensche)
    except Thema.DoesNotExist as fehler:
        raise Http404("Dieses Thema ist inzwischen gelöscht.") from fehler
    _melden(request, ergebnis)
    return redirect(request.get_full_path())


def _melden(request: HttpRequest, ergebnis: Ergebnis) -> None:
    anzahl, andere = ergebnis.geaendert, ergebnis.abweichend
    if anzahl:
        was = "Eine Entscheidung ist" if anzahl == 1 else f"{anzahl} Entscheidungen sind"
        messages.success(request, f"{was} gespeichert.")
    elif not andere:
        messages.info(request, "Es war nichts zu ändern.")
    if andere:
        genannte = "; ".join(f"„{aeusserung}“" for aeusserung in andere[:HOECHSTENS_GENANNT])
        mehr = len(andere) - HOECHSTENS_GENANNT
        messages.warning(
            request,
            "Inzwischen hat jemand anders anders entschieden, und das bleibt so: "
            f"{genannte}{f' und {mehr} weitere' if mehr > 0 else ''}. "
            "Sie finden sie in den anderen Listen dieses Themas.",
        )


def _konferenz(request: HttpRequest) -> Konferenz | None:
    """Return the conference to which a list is restricted."""
    return Konferenz.objects.filter(slug=request.GET.get("konferenz", "").replace("\0", "")).first()


def _auswahl(request: HttpRequest, konferenz: Konferenz | None) -> dict[str, Any]:
    """Return what the pages need for choosing a conference and for leading from one to the other."""
    return {
        "konferenz": konferenz,
        "konferenzen": list(Konferenz.objects.all()),
        "nur": f"?{urlencode({'konferenz': konferenz.slug})}" if konferenz else "",
        "und": f"&{urlencode({'konferenz': konferenz.slug})}" if konferenz else "",
        "darf": darf_themen_zuordnen(request.user),
    }


def _seite(request: HttpRequest, aeusserungen: Any) -> Page[Any]:
    return Paginator(aeusserungen, JE_SEITE).get_page(request.GET.get("seite"))
