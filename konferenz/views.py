"""Public pages of the event: all conferences, talks, the agenda as iCalendar."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from konferenz.berechtigungen import Leser, ist_organisation
from konferenz.kalender import kalender
from konferenz.models import Folie, Konferenz, Vortrag
from konferenz.vorschau import Vorschau, geheimhalten, seite
from konferenz.zwischenspeicher import fuer_alle_gleich

JE_SEITE = 60


def kanonisch(pfad: str) -> str:
    """Return the permanent address of a page, whatever host and spelling it was asked for by."""
    return settings.SITE_URL + pfad


@fuer_alle_gleich("seite")
@require_safe
def startseite(request: HttpRequest) -> HttpResponse:
    """Show the conferences that this reader may read, newest first, so many on a page."""
    konferenzen = Paginator(Konferenz.objects.sichtbar_fuer(Leser.von(request)), JE_SEITE)
    seite = konferenzen.get_page(request.GET.get("seite"))
    kontext = {
        "seite": seite,
        "seiten": konferenzen.get_elided_page_range(seite.number, on_each_side=1, on_ends=1),
        "darf_anlegen": ist_organisation(request.user),
        "kanonisch": kanonisch(f"/?seite={seite.number}" if seite.number > 1 else "/"),
    }
    antwort = render(request, "konferenz/startseite.html", kontext)
    if not all(konferenz.ist_oeffentlich for konferenz in seite):
        geheimhalten(antwort)
    return antwort


@fuer_alle_gleich()
@require_safe
def vortrag(request: HttpRequest, konferenz: str, slug: str) -> HttpResponse:
    """Show a talk with its slides."""
    leser = Leser.von(request)
    objekt = get_object_or_404(
        Vortrag.objects.select_related("konferenz", "programmpunkt"),
        konferenz__in=Konferenz.objects.sichtbar_fuer(leser),
        konferenz__slug=konferenz,
        slug=slug,
    )
    kontext = {
        "konferenz": objekt.konferenz,
        "vortrag": objekt,
        "vortragende": list(objekt.vortragende.all()),
        "folien": list(objekt.folien.all()),
        "kanonisch": kanonisch(objekt.get_absolute_url()),
    }
    return seite(request, "konferenz/vortrag.html", kontext, Vorschau.fuer(leser, objekt.konferenz))


@require_safe
def bild_der_folie(request: HttpRequest, konferenz: str, slug: str, folie: int) -> FileResponse:
    """Send the picture of a slide to those who may read its talk; a draft's pictures are no public files."""
    objekt = get_object_or_404(
        Folie.objects.exclude(bild="").select_related("vortrag__konferenz"),
        pk=folie,
        vortrag__slug=slug,
        vortrag__konferenz__slug=konferenz,
        vortrag__konferenz__in=Konferenz.objects.sichtbar_fuer(Leser.von(request)),
    )
    try:
        antwort = FileResponse(objekt.bild.open("rb"))
    except FileNotFoundError as fehler:
        raise Http404("Die Bilddatei fehlt.") from fehler
    if not objekt.vortrag.konferenz.ist_oeffentlich:
        geheimhalten(antwort)
    return antwort


@require_safe
def programm_ics(request: HttpRequest, konferenz: str) -> HttpResponse:
    """Send the agenda as iCalendar (RFC 5545)."""
    objekt = get_object_or_404(Konferenz.objects.sichtbar_fuer(Leser.von(request)), slug=konferenz)
    if not objekt.programmpunkte.exists():
        raise Http404("Ohne Programm gibt es keinen Kalender.")  # RFC 5545, 3.6: at least one component
    antwort = HttpResponse(kalender(objekt, settings.SITE_URL), content_type="text/calendar; charset=utf-8")
    antwort["Content-Disposition"] = f'attachment; filename="{objekt.slug}.ics"'
    if not objekt.ist_oeffentlich:
        geheimhalten(antwort)
    return antwort
