"""Public pages that show groups: a conference, a group, the address of a statement, the Heft."""

from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from arbeitsgruppen.bild import gruppenbild, konferenzbild
from arbeitsgruppen.heft import GruppeFehlt, heft
from arbeitsgruppen.models import Aeusserung
from arbeitsgruppen.pdf import als_pdf
from konferenz.models import Konferenz
from konferenz.strukturdaten import veranstaltung
from konferenz.views import kanonisch

HEFT_BLEIBT = 24 * 60 * 60  # seconds in the cache


@require_safe
def konferenz(request: HttpRequest, konferenz: str) -> HttpResponse:
    """Show one conference: key figures, groups, agenda, talks, free-text pages, notice, downloads."""
    objekt = get_object_or_404(Konferenz.objects.sichtbar_fuer(request.user), slug=konferenz)
    bild = konferenzbild(objekt)
    nach_nummer = {gruppe.nummer: gruppe for gruppe in bild.gruppen}
    punkte = [
        {
            "bild": punkt,
            "vortraege": [vortrag for vortrag in bild.vortraege if vortrag.programmpunkt == index],
            "gruppen": [nach_nummer[nummer] for nummer in punkt.gruppen],
            "inhalt": punkt.mitwirkende or punkt.gruppen,
        }
        for index, punkt in enumerate(bild.programm)
    ]
    kontext = {
        "konferenz": objekt,
        "bild": bild,
        "punkte": punkte,
        "kanonisch": kanonisch(objekt.get_absolute_url()),
        "strukturdaten": veranstaltung(objekt, settings.SITE_URL),
    }
    return render(request, "konferenz/konferenz.html", kontext)


@require_safe
def arbeitsgruppe(request: HttpRequest, konferenz: str, nummer: int) -> HttpResponse:
    """Show a group: question, moderation and all statements."""
    objekt = get_object_or_404(Konferenz.objects.sichtbar_fuer(request.user), slug=konferenz)
    gruppen = list(objekt.arbeitsgruppen.all())
    stelle = next((i for i, gruppe in enumerate(gruppen) if gruppe.nummer == nummer), None)
    if stelle is None:
        raise Http404(f"Eine AG {nummer} gibt es in dieser Konferenz nicht.")
    kontext = {
        "konferenz": objekt,
        "bild": gruppenbild(gruppen[stelle]),
        "vorige": gruppen[stelle - 1] if stelle else None,
        "naechste": gruppen[stelle + 1] if stelle + 1 < len(gruppen) else None,
        "kanonisch": kanonisch(reverse("arbeitsgruppe", args=[objekt.slug, nummer])),
    }
    return render(request, "arbeitsgruppen/arbeitsgruppe.html", kontext)


@require_safe
def aeusserung(request: HttpRequest, kennung: str) -> HttpResponse:
    """Lead from the permanent address of a statement to its present place on its group's page."""
    objekt = get_object_or_404(
        Aeusserung.objects.select_related("abschnitt__arbeitsgruppe__konferenz"),
        kennung=kennung.lower(),
        abschnitt__arbeitsgruppe__konferenz__in=Konferenz.objects.sichtbar_fuer(request.user),
    )
    return redirect(f"{objekt.abschnitt.arbeitsgruppe.get_absolute_url()}#a-{objekt.kennung}")


@require_safe
def heft_pdf(request: HttpRequest, konferenz: str, nummer: int | None = None) -> HttpResponse:
    """Send the Heft of a conference or of one of its groups as PDF."""
    objekt = get_object_or_404(Konferenz.objects.sichtbar_fuer(request.user), slug=konferenz)
    try:
        satz = heft(konferenzbild(objekt), nummer)
    except GruppeFehlt as fehler:
        raise Http404(str(fehler)) from fehler
    # Setting takes seconds, the HTML of the pages milliseconds; it holds all that the PDF shows but the
    # content of pictures, whose names change with them.
    schluessel = f"heft:{sha256(repr(satz).encode()).hexdigest()}"
    daten = cache.get(schluessel)
    if daten is None:
        daten = als_pdf(satz.kopf, satz.seiten, satz.bilder).daten
        cache.set(schluessel, daten, HEFT_BLEIBT)
    antwort = HttpResponse(daten, content_type="application/pdf")
    name = objekt.slug if nummer is None else f"{objekt.slug}-ag-{nummer}"
    antwort["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return antwort
