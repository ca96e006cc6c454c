"""The pages on which groups and conferences are released: their state, and the buttons to change it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from arbeitsgruppen.freigabe import (
    Ueberholt,
    gruppenschritt,
    ist_leer,
    konferenzschritt,
    letzter_wechsel,
)
from arbeitsgruppen.models import Arbeitsgruppe
from konferenz.adressen import ist_eigene
from konferenz.aufzaehlung import der_gruppen, gruppennamen
from konferenz.berechtigungen import (
    darf_archiv_laden,
    darf_entwurf_zeigen,
    darf_stand_aendern,
    ist_organisation,
)
from konferenz.models import Konferenz
from konferenz.verwaltung import verwaltungsantwort, verwaltungsseite

UNBEKANNT = "Diesen Schritt gibt es nicht. Wählen Sie einen der Knöpfe."
GETAN = {
    Konferenz.Status.ENTWURF: "Die Konferenz ist wieder ein Entwurf, die Öffentlichkeit sieht nichts davon.",
    Konferenz.Status.VEROEFFENTLICHT: "Die Konferenz ist jetzt veröffentlicht.",
    Konferenz.Status.ARCHIVIERT: "Die Konferenz ist jetzt archiviert: Alle können sie lesen, niemand ändert "
    "mehr etwas an ihren Arbeitsgruppen. Zurück führt „Aus dem Archiv nehmen“.",
}


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def gruppenstand(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the state of a group, or bring it into another: `ziel`, from the state `von`.

    A group without any statement goes on only with `bestaetigt`. `weiter` is where to go afterwards.
    """
    gruppe = get_object_or_404(Arbeitsgruppe.objects.select_related("konferenz"), pk=pk)
    if request.method != "POST":
        return _gruppenseite(request, gruppe)
    if not darf_stand_aendern(request.user, gruppe):
        raise PermissionDenied
    ziel = request.POST.get("ziel", "")
    if ziel not in Arbeitsgruppe.Status:
        return _gruppenseite(request, gruppe, 400, fehler=UNBEKANNT)
    if _ungefragt_leer(request, gruppe, ziel):
        return _gruppenseite(request, gruppe, frage=ziel)
    vorher = gruppe.status
    try:
        gruppe = gruppenschritt(request.user, gruppe, ziel, request.POST.get("von", ""))
    except Ueberholt as ueberholt:
        gruppe.refresh_from_db()
        return _gruppenseite(request, gruppe, 409, fehler=str(ueberholt))
    messages.success(request, _getan(gruppe, vorher))
    return redirect(_weiter(request, reverse("gruppenstand", args=[gruppe.pk])))


def _ungefragt_leer(request: HttpRequest, gruppe: Arbeitsgruppe, ziel: str) -> bool:
    vorwaerts = ziel != Arbeitsgruppe.Status.IN_BEARBEITUNG and gruppe.status != ziel
    return vorwaerts and "bestaetigt" not in request.POST and ist_leer(gruppe)


def _getan(gruppe: Arbeitsgruppe, vorher: str) -> str:
    satz = f"AG {gruppe.nummer} ist jetzt „{gruppe.get_status_display()}“."
    if not gruppe.konferenz.ist_oeffentlich:
        folge = "Zu sehen sind ihre Ergebnisse, sobald auch die Konferenz veröffentlicht ist."
        return f"{satz} {folge}" if gruppe.ist_freigegeben else satz
    if gruppe.ist_freigegeben:
        return f"{satz} Die Öffentlichkeit sieht ihre Ergebnisse."
    if vorher == Arbeitsgruppe.Status.FREIGEGEBEN:
        return f"{satz} Die Öffentlichkeit sieht ihre Ergebnisse nicht mehr."
    return satz


def _weiter(request: HttpRequest, sonst: str) -> str:
    weiter = request.POST.get("weiter", "")
    return weiter if ist_eigene(weiter) else sonst


def _gruppenseite(
    request: HttpRequest, gruppe: Arbeitsgruppe, status: int = 200, **kontext: Any
) -> HttpResponse:
    kontext |= {
        "gruppe": gruppe,
        "konferenz": gruppe.konferenz,
        "wechsel": letzter_wechsel(gruppe),
        "weiter": _weiter(request, ""),
        "darf_zeigen": darf_entwurf_zeigen(request.user, gruppe),
    }
    return verwaltungsantwort(
        request, "admin/erfassung/gruppenstand.html", f"Stand: {gruppe}", kontext, status
    )


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def konferenzstand(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the state of a conference and its groups, or bring it into another: `ziel`, from the state `von`.

    With `gepruefte` the groups that are ready are released along with it, or alone where `ziel` is the
    present state.
    """
    konferenz = get_object_or_404(Konferenz, pk=pk)
    if request.method != "POST":
        return _konferenzseite(request, konferenz)
    if not ist_organisation(request.user):
        raise PermissionDenied
    ziel = request.POST.get("ziel", "")
    if ziel not in Konferenz.Status:
        return _konferenzseite(request, konferenz, 400, fehler=UNBEKANNT)
    vorher = konferenz.status
    try:
        konferenz, freigegebene = konferenzschritt(
            request.user,
            konferenz,
            ziel,
            request.POST.get("von", ""),
            gepruefte="gepruefte" in request.POST,
        )
    except Ueberholt as ueberholt:
        konferenz.refresh_from_db()
        return _konferenzseite(request, konferenz, 409, fehler=str(ueberholt))
    if konferenz.status != vorher:
        messages.success(request, GETAN[Konferenz.Status(konferenz.status)])
    if freigegebene:
        messages.success(request, f"Freigegeben: {gruppennamen(gruppe.nummer for gruppe in freigegebene)}.")
    verborgene = [gruppe.nummer for gruppe in konferenz.arbeitsgruppen.zurueckgehaltene()]
    if konferenz.ist_oeffentlich and verborgene:
        messages.warning(
            request, f"Noch nicht freigegeben und nicht zu sehen: die Ergebnisse {der_gruppen(verborgene)}."
        )
    return redirect("konferenzstand", konferenz.pk)


def _konferenzseite(
    request: HttpRequest, konferenz: Konferenz, status: int = 200, **kontext: Any
) -> HttpResponse:
    gruppen = list(
        konferenz.arbeitsgruppen.prefetch_related("konten").annotate(
            eintraege=Count(
                "abschnitte__aeusserungen", filter=Q(abschnitte__aeusserungen__uebergeordnet=None)
            )
        )
    )
    for gruppe in gruppen:
        gruppe.konferenz = konferenz
    geprueft = [g.nummer for g in gruppen if g.status == Arbeitsgruppe.Status.ZUR_PRUEFUNG]
    kontext |= {
        "konferenz": konferenz,
        "gruppen": gruppen,
        "geprueft": gruppennamen(geprueft) if geprueft else "",
        "verborgene": any(not gruppe.ist_freigegeben for gruppe in gruppen),
        "wechsel": letzter_wechsel(konferenz),
        "darf_zeigen": darf_entwurf_zeigen(request.user),
        "darf_archivieren": konferenz.ist_oeffentlich and darf_archiv_laden(request.user),
    }
    return verwaltungsantwort(
        request, "admin/erfassung/konferenzstand.html", f"Stand: {konferenz}", kontext, status
    )
