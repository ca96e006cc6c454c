"""The page that quotes a statement, to which its Kennung leads, and the file for reference managers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from arbeitsgruppen.ausgabe import heftseite
from arbeitsgruppen.erloschen import geloeschte_aeusserung
from arbeitsgruppen.models import Aeusserung
from arbeitsgruppen.weiterfuehrung import gesuchte_aeusserung
from arbeitsgruppen.zitieren import Zitat
from konferenz.berechtigungen import Leser
from konferenz.views import kanonisch
from konferenz.vorschau import Vorschau, geheimhalten, seite


@require_safe
def zitat(request: HttpRequest, kennung: str, ris: bool = False) -> HttpResponse:
    """Show a statement with its permanent address and its source, ready to copy; or send that as RIS."""
    leser = Leser.von(request)
    aeusserung = gesuchte_aeusserung(kennung.lower(), leser)
    if aeusserung is None:
        return geloeschte_aeusserung(request, kennung.lower())
    gruppe = aeusserung.abschnitt.arbeitsgruppe
    vorlaeufige = [] if gruppe.ist_freigegeben else [gruppe.nummer]
    vorschau = Vorschau.fuer(leser, gruppe.konferenz, vorlaeufige, gruppe)
    if aeusserung.kennung != kennung.lower():  # it lives on in this one
        antwort: HttpResponse = redirect("zitat_ris" if ris else "zitat", aeusserung.kennung)
    elif ris:
        antwort = _ris(aeusserung, vorschau)
    else:
        antwort = _seite(request, aeusserung, vorschau)
    if vorschau:
        geheimhalten(antwort)
    return antwort


def _zitat(aeusserung: Aeusserung, vorschau: Vorschau) -> Zitat:
    # What is not released yet has a page in drafts only, where it still moves.
    konferenz = aeusserung.abschnitt.arbeitsgruppe.konferenz
    return Zitat.von(aeusserung, None if vorschau else heftseite(konferenz, aeusserung.kennung))


def _seite(request: HttpRequest, aeusserung: Aeusserung, vorschau: Vorschau) -> HttpResponse:
    gruppe = aeusserung.abschnitt.arbeitsgruppe
    kontext = {
        "aeusserung": aeusserung,
        "gruppe": gruppe,
        "konferenz": gruppe.konferenz,
        "zitat": _zitat(aeusserung, vorschau),
        "kanonisch": kanonisch(gruppe.get_absolute_url()),
    }
    return seite(request, "arbeitsgruppen/zitat.html", kontext, vorschau)


def _ris(aeusserung: Aeusserung, vorschau: Vorschau) -> HttpResponse:
    typ = "application/x-research-info-systems; charset=utf-8"
    antwort = HttpResponse(_zitat(aeusserung, vorschau).ris, content_type=typ)
    antwort["Content-Disposition"] = f'attachment; filename="{aeusserung.kennung}.ris"'
    return antwort
