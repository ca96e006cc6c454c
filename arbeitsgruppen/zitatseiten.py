"""The pages on which a statement is quoted; every statement's Kennung leads there."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from arbeitsgruppen.ausgabe import heftseite
from arbeitsgruppen.erloschen import geloeschte_aeusserung
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
    konferenz = gruppe.konferenz
    vorschau = Vorschau.fuer(leser, konferenz, [] if gruppe.ist_freigegeben else [gruppe.nummer], gruppe)
    if aeusserung.kennung != kennung.lower():
        antwort: HttpResponse = redirect("zitat_ris" if ris else "zitat", aeusserung.kennung)
    else:
        # What is not released yet has a page only in drafts, where it still moves.
        zitat = Zitat.von(aeusserung, None if vorschau else heftseite(konferenz, aeusserung.kennung))
        if not ris:
            kontext = {
                "aeusserung": aeusserung,
                "gruppe": gruppe,
                "konferenz": konferenz,
                "zitat": zitat,
                "kanonisch": kanonisch(gruppe.get_absolute_url()),
            }
            return seite(request, "arbeitsgruppen/zitat.html", kontext, vorschau)
        antwort = HttpResponse(zitat.ris, content_type="application/x-research-info-systems; charset=utf-8")
        antwort["Content-Disposition"] = f'attachment; filename="{aeusserung.kennung}.ris"'
    if vorschau:
        geheimhalten(antwort)
    return antwort
