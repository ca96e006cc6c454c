"""Public pages that show groups: a conference, a group, the address of a statement, the Heft."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from arbeitsgruppen.ausgabe import (
    WarteschlangeVoll,
    Zustand,
    hinweise,
    letzte_fertige,
    noch_zu_haben,
    verlangen,
    wegwerfen,
)
from arbeitsgruppen.auswahl import Auswahl, GruppeFehlt
from arbeitsgruppen.bild import gruppenbild, konferenzbild
from arbeitsgruppen.forms import HeftForm
from arbeitsgruppen.hintergrund import nachhelfen
from arbeitsgruppen.models import Aeusserung, Heftausgabe
from konferenz.models import Konferenz
from konferenz.strukturdaten import veranstaltung
from konferenz.teilabruf import datei_antwort
from konferenz.views import kanonisch


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
        "heft_form": HeftForm(bild),
        "heft_hinweise": hinweise(objekt) if request.user.is_staff else [],
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
def heft_pdf(request: HttpRequest, konferenz: str, nummer: int | None = None) -> HttpResponseBase:
    """Send the Heft of a conference or of one of its groups as PDF; while it is made, say how far it is."""
    return _heft(request, konferenz, nummer, senden=True)


@require_safe
def heft_stand(request: HttpRequest, konferenz: str, nummer: int | None = None) -> HttpResponseBase:
    """Say how far a Heft is, and lead to it as soon as it is there."""
    return _heft(request, konferenz, nummer, senden=False)


def _heft(request: HttpRequest, slug: str, nummer: int | None, *, senden: bool) -> HttpResponseBase:
    konferenz = get_object_or_404(Konferenz.objects.sichtbar_fuer(request.user), slug=slug)
    zustand = Zustand.von(konferenz)
    try:
        form = HeftForm(zustand.bild, request.GET, nummer=nummer)
    except GruppeFehlt as fehler:
        raise Http404(str(fehler)) from fehler
    if not form.is_valid():
        return _stand(request, konferenz, {"heft_form": form}, 400)
    auswahl = form.auswahl()
    try:
        ausgabe = verlangen(konferenz, auswahl, zustand)
    except WarteschlangeVoll:
        return _stand(request, konferenz, {"auswahl": auswahl, "voll": True}, 503)
    if senden and ausgabe.fertig:
        return _datei(request, ausgabe)
    nachhelfen(ausgabe.auftrag)
    art = "heft" if nummer is None else "gruppenheft"
    stelle = [konferenz.slug] if nummer is None else [konferenz.slug, nummer]
    anfrage = f"?{request.GET.urlencode()}" if request.GET else ""
    kontext = {
        "auswahl": auswahl,
        "ausgabe": ausgabe,
        "vorige": None if ausgabe.fertig else letzte_fertige(ausgabe),
        "ziel": reverse(art, args=stelle) + anfrage,
        "hier": reverse(f"{art}_stand", args=stelle) + anfrage,
    }
    return _stand(request, konferenz, kontext, 503 if ausgabe.fehler else 202 if senden else 200)


def _stand(request: HttpRequest, konferenz: Konferenz, kontext: dict[str, Any], status: int) -> HttpResponse:
    kontext |= {"konferenz": konferenz, "kanonisch": kanonisch(reverse("heft", args=[konferenz.slug]))}
    antwort = render(request, "arbeitsgruppen/heft_stand.html", kontext, status=status)
    antwort["Cache-Control"] = "no-store"
    antwort["X-Robots-Tag"] = "noindex"
    if status in (202, 503):
        antwort["Retry-After"] = "2" if status == 202 else "60" if "voll" in kontext else "900"
    return antwort


@require_safe
def heftausgabe(request: HttpRequest, konferenz: str, schluessel: str) -> HttpResponseBase:
    """Send a certain edition, which need not be of the present state."""
    ausgabe = get_object_or_404(
        Heftausgabe.objects.fertige().sichtbar_fuer(request.user).select_related("konferenz"),
        schluessel=schluessel,
        konferenz__slug=konferenz,
        konferenz__in=Konferenz.objects.sichtbar_fuer(request.user),
    )
    if not noch_zu_haben(ausgabe):
        raise Http404("Diese Ausgabe ist veraltet.")
    return _datei(request, ausgabe)


def _datei(request: HttpRequest, ausgabe: Heftausgabe) -> HttpResponseBase:
    try:
        datei = ausgabe.datei.open()
    except FileNotFoundError as fehler:
        # Lost from the store: who asks again gets it made again.
        wegwerfen(ausgabe)
        raise Http404("Die Datei ist verloren gegangen und wird neu gemacht.") from fehler
    name = Auswahl.aus_anfrage(ausgabe.auswahl).dateiname(ausgabe.konferenz.slug)
    return datei_antwort(
        request,
        datei,
        etag=ausgabe.schluessel,
        typ="application/pdf",
        name=f"{name}.pdf",
        oeffentlich=not ausgabe.entwurf,
    )
