"""Public pages of the topics of a conference: all of them with their numbers, and what was said about one."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from arbeitsgruppen.bild import Konferenzbild, konferenzbild
from arbeitsgruppen.kennzahlen import fundstellen, thementafel, themenzahlen
from arbeitsgruppen.models import Abschnitt
from konferenz.adressen import suchadresse
from konferenz.berechtigungen import Leser
from konferenz.models import Konferenz
from konferenz.views import kanonisch
from konferenz.vorschau import Vorschau, seite
from konferenz.zwischenspeicher import fuer_alle_gleich

TEILNEHMENDE = Abschnitt.Herkunft.TEILNEHMENDE.value


@fuer_alle_gleich()
@require_safe
def themen(request: HttpRequest, konferenz: str) -> HttpResponse:
    """Show the topics of a conference, the largest first: how much was said about each in which category."""
    leser, objekt, bild = _gelesen(request, konferenz)
    zahlen = sorted(themenzahlen(bild), key=lambda eine: -eine.anzahl)
    kontext = {
        "konferenz": objekt,
        "zahlen": zahlen,
        "tafel": thementafel(bild, len(zahlen)),
        "ohne": sum(not stelle.aeusserung.themen for stelle in fundstellen(bild)),
        "alle": bild.anzahl,
        "kanonisch": kanonisch(reverse("themen", args=[objekt.slug])),
    }
    return seite(
        request, "arbeitsgruppen/themen.html", kontext, Vorschau.fuer(leser, objekt, bild.vorlaeufige)
    )


@fuer_alle_gleich()
@require_safe
def thema(request: HttpRequest, konferenz: str, slug: str) -> HttpResponse:
    """Show what the participants said about a topic, by category and group."""
    leser, objekt, bild = _gelesen(request, konferenz)
    zahlen = next((eine for eine in themenzahlen(bild) if eine.thema.slug == slug), None)
    if zahlen is None:
        raise Http404("Zu diesem Thema ist auf dieser Konferenz nichts gesagt worden.")
    stellen = [stelle for stelle in fundstellen(bild) if slug in stelle.aeusserung.themen]
    kontext = {
        "konferenz": objekt,
        "zahlen": zahlen,
        "kategorien": [
            (kategorie, name, [stelle for stelle in stellen if stelle.abschnitt.kategorie == kategorie])
            for kategorie, name, _ in zahlen.zaehler
        ],
        "redaktionell_geaendert": any(stelle.aeusserung.redaktionell_geaendert for stelle in stellen),
        "in_allen_konferenzen": suchadresse(thema=slug),
        "daten": "?" + urlencode({"thema": slug, "konferenz": objekt.slug, "herkunft": TEILNEHMENDE}),
        "kanonisch": kanonisch(reverse("thema", args=[objekt.slug, slug])),
    }
    vorlaeufige = {stelle.gruppe.nummer for stelle in stellen if stelle.gruppe.vorlaeufig}
    vorschau = Vorschau.fuer(leser, objekt, sorted(vorlaeufige))
    return seite(request, "arbeitsgruppen/thema.html", kontext, vorschau)


def _gelesen(request: HttpRequest, slug: str) -> tuple[Leser, Konferenz, Konferenzbild]:
    """Return who reads, the conference and what this reader may see of it, or stop with a 404."""
    leser = Leser.von(request)
    objekt = get_object_or_404(Konferenz.objects.sichtbar_fuer(leser), slug=slug)
    return leser, objekt, konferenzbild(objekt, alles=leser.liest_alles(objekt))
