"""The page on which a conference is downloaded as an archive, and the download itself."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from arbeitsgruppen.archivpaket import merkmale
from arbeitsgruppen.ausgabe import Zustand
from arbeitsgruppen.bestellung import WarteschlangeVoll, schluessel_fuer, wartestand
from arbeitsgruppen.erzeugnisse import bestelltes, verlangen, wegwerfen
from arbeitsgruppen.hintergrund import nachhelfen
from arbeitsgruppen.models import Erzeugnis
from konferenz.berechtigungen import darf_archiv_laden
from konferenz.models import Konferenz
from konferenz.teilabruf import datei_antwort
from konferenz.verwaltung import verwaltungsantwort, verwaltungsseite

ARCHIV = Erzeugnis.Art.ARCHIV


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def konferenzarchiv(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the archive of the present state made, say how far it is, and offer the download."""
    konferenz = _konferenz(request, pk)
    if not konferenz.ist_oeffentlich:
        return _seite(request, konferenz, 409)
    schluessel = _schluessel(konferenz)
    erzeugnis = bestelltes(ARCHIV, schluessel)
    archive = Erzeugnis.objects.filter(art=ARCHIV, angaben__konferenz=konferenz.pk)
    if request.method == "POST":
        for ueberholtes in archive.filter(fertig=None).exclude(schluessel=schluessel):
            wegwerfen(ueberholtes)
        try:
            verlangen(ARCHIV, schluessel, {"konferenz": konferenz.pk}, noch_einmal=True)
        except WarteschlangeVoll:
            return _seite(request, konferenz, 503, voll=True)
        return redirect("konferenzarchiv", konferenz.pk)
    if erzeugnis is None:
        return _seite(request, konferenz, voriges=archive.first())
    nachhelfen(erzeugnis.auftrag)
    return _seite(request, konferenz, erzeugnis=erzeugnis, wartet=wartestand(erzeugnis))


@verwaltungsseite
@require_safe
def konferenzarchiv_zip(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the archive of the present state as ZIP; where it is not there, lead to the page that makes it."""
    konferenz = _konferenz(request, pk)
    if not konferenz.ist_oeffentlich:
        return _seite(request, konferenz, 409)
    erzeugnis = bestelltes(ARCHIV, _schluessel(konferenz))
    if erzeugnis is None or not erzeugnis.fertig:
        return redirect("konferenzarchiv", konferenz.pk)
    return datei_antwort(
        request,
        erzeugnis.datei.open(),
        etag=erzeugnis.schluessel,
        typ="application/zip",
        name=f"{konferenz.slug}-archiv.zip",
        oeffentlich=False,
    )


def _konferenz(request: HttpRequest, pk: int) -> Konferenz:
    if not darf_archiv_laden(request.user):
        raise PermissionDenied
    return get_object_or_404(Konferenz, pk=pk)


def _schluessel(konferenz: Konferenz) -> str:
    return schluessel_fuer(ARCHIV, *merkmale(konferenz, Zustand.von(konferenz)))


def _seite(request: HttpRequest, konferenz: Konferenz, status: int = 200, **kontext: Any) -> HttpResponse:
    titel = f"Archiv: {konferenz}"
    return verwaltungsantwort(
        request, "admin/erfassung/archiv.html", titel, {"konferenz": konferenz, **kontext}, status
    )
