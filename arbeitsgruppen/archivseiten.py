"""The page on which a conference is downloaded as an archive, and the download itself."""

from tempfile import TemporaryFile
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from arbeitsgruppen.archiv import Archivfehler, schreiben
from arbeitsgruppen.ausgabe import Zustand, erneuern, fertiges_pdf, uebliche
from arbeitsgruppen.auswahl import Auswahl
from arbeitsgruppen.hintergrund import nachhelfen
from arbeitsgruppen.models import Heftausgabe
from konferenz.berechtigungen import darf_archiv_laden
from konferenz.models import Konferenz
from konferenz.verwaltung import verwaltungsantwort, verwaltungsseite


class HeftFehlt(Exception):
    """A Heft that belongs into the archive is yet to be made."""


@verwaltungsseite
@require_safe
def konferenzarchiv(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whether all Hefte for the archive are ready, have them made, and offer the download."""
    konferenz = _konferenz(request, pk)
    if not konferenz.ist_oeffentlich:
        return _seite(request, konferenz, 409)
    fertig, gesamt, fehler = _hefte(konferenz)
    if fertig < gesamt:
        erneuern(konferenz)
        wartende = konferenz.heftausgaben.wartende().first()
        if wartende:
            nachhelfen(wartende.auftrag)
    return _seite(request, konferenz, fertig=fertig, gesamt=gesamt, fehler=fehler)


@verwaltungsseite
@require_safe
def konferenzarchiv_zip(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the archive as ZIP; while a Heft is missing, lead to the page that says so."""
    konferenz = _konferenz(request, pk)
    datei = TemporaryFile()  # noqa: SIM115  # the response closes it
    try:
        with ZipFile(datei, "w", ZIP_DEFLATED) as archiv:
            ordner = f"{konferenz.slug}-archiv"
            schreiben(konferenz, _pdf, lambda name, inhalt: archiv.writestr(f"{ordner}/{name}", inhalt))
    except HeftFehlt:
        datei.close()
        return redirect("konferenzarchiv", konferenz.pk)
    except Archivfehler as fehler:
        datei.close()
        return _seite(request, konferenz, 409, fehler=str(fehler))
    datei.seek(0)
    return FileResponse(datei, as_attachment=True, filename=f"{konferenz.slug}-archiv.zip")


def _konferenz(request: HttpRequest, pk: int) -> Konferenz:
    if not darf_archiv_laden(request.user):
        raise PermissionDenied
    return get_object_or_404(Konferenz, pk=pk)


def _hefte(konferenz: Konferenz) -> tuple[int, int, str]:
    """Return how many Hefte of the present state are ready, how many there are to be, and what failed."""
    zustand = Zustand.von(konferenz)
    schluessel = [zustand.schluessel(auswahl) for auswahl in uebliche(zustand.bild)]
    ausgaben = Heftausgabe.objects.filter(schluessel__in=schluessel)
    gescheitert = ausgaben.exclude(fehler="").first()
    return ausgaben.fertige().count(), len(schluessel), gescheitert.fehler if gescheitert else ""


def _pdf(auswahl: Auswahl, zustand: Zustand) -> bytes:
    fertiges = fertiges_pdf(zustand, auswahl)
    if fertiges is None:
        raise HeftFehlt
    return fertiges


def _seite(request: HttpRequest, konferenz: Konferenz, status: int = 200, **kontext: Any) -> HttpResponse:
    titel = f"Archiv: {konferenz}"
    return verwaltungsantwort(
        request, "admin/erfassung/archiv.html", titel, {"konferenz": konferenz, **kontext}, status
    )
