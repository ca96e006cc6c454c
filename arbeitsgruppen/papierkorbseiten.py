"""The pages on which what was deleted comes back, and names go for good, below /admin/erfassung/."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe, Quelldatei
from arbeitsgruppen.namensloeschung import loeschen
from arbeitsgruppen.papierkorb import AUFBEWAHRUNG, MODELLE, Eintrag, eintrag_von
from arbeitsgruppen.papierkorb import papierkorb as eintraege_im_papierkorb
from arbeitsgruppen.weiterfuehrung import weitergefuehrte
from arbeitsgruppen.wiederherstellen import Hindernis, gruppe_von, konferenz_von
from arbeitsgruppen.wiederherstellen import wiederherstellen as zurueckholen
from konferenz.berechtigungen import darf_erfassen, darf_wiederherstellen, ist_organisation
from konferenz.models import Person
from konferenz.verwaltung import verwaltungsantwort, verwaltungsseite

# What those who enter a group may bring back themselves.
DER_ERFASSUNG = (Abschnitt, Aeusserung, Quelldatei)


@verwaltungsseite
@require_safe
def papierkorb(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what was deleted in a group and can come back."""
    gruppe = get_object_or_404(Arbeitsgruppe.objects.select_related("konferenz"), pk=pk)
    erfassend = darf_erfassen(request.user, gruppe)
    organisierend = darf_wiederherstellen(request.user, gruppe.konferenz)
    weiterfuehrungen = weitergefuehrte()
    kontext = {
        "gruppe": gruppe,
        "konferenz": gruppe.konferenz,
        "eintraege": [
            (
                eintrag,
                erfassend if eintrag.modell in DER_ERFASSUNG else organisierend,
                weiterfuehrungen.get(getattr(eintrag.zeile, "kennung", "")),
            )
            for eintrag in eintraege_im_papierkorb(gruppe)
        ],
        "tage": AUFBEWAHRUNG.days,
        "darf_weiterfuehren": ist_organisation(request.user),
    }
    return verwaltungsantwort(request, "admin/erfassung/papierkorb.html", f"Papierkorb: {gruppe}", kontext)


@verwaltungsseite
@require_safe
def papierkorb_gesamt(request: HttpRequest) -> HttpResponse:
    """Show the Organisation what was deleted anywhere, single statements left out."""
    if not ist_organisation(request.user):
        raise PermissionDenied
    alle = eintraege_im_papierkorb()
    kontext = {
        "eintraege": [(eintrag, True, None) for eintrag in alle if eintrag.modell is not Aeusserung],
        "tage": AUFBEWAHRUNG.days,
    }
    return verwaltungsantwort(request, "admin/erfassung/papierkorb.html", "Papierkorb", kontext)


@verwaltungsseite
@require_POST
def wiederherstellen(request: HttpRequest, art: str, pk: int) -> HttpResponse:
    """Let something come back from the bin, with all that was deleted along with it."""
    modell = next((m for m in MODELLE if m._meta.model_name == art), None)
    if modell is None:
        raise Http404("So etwas liegt in keinem Papierkorb.")
    eintrag = eintrag_von(modell, pk)
    if eintrag is None:
        messages.info(
            request, "Das liegt nicht (mehr) im Papierkorb: Es ist schon wieder da oder endgültig gelöscht."
        )
        return _zurueck(request, None)
    gruppe = gruppe_von(eintrag)
    if gruppe and modell in DER_ERFASSUNG:
        darf = darf_erfassen(request.user, gruppe)
    else:
        darf = darf_wiederherstellen(request.user, konferenz_von(eintrag))
    if not darf:
        raise PermissionDenied
    try:
        objekt = zurueckholen(eintrag)
    except Hindernis as hindernis:
        messages.error(request, str(hindernis))
    else:
        messages.success(request, _gelungen(eintrag, objekt))
    return _zurueck(request, gruppe)


def _gelungen(eintrag: Eintrag, objekt: Any) -> str:
    mit = f", dazu {eintrag.umfang}" if eintrag.umfang else ""
    satz = f"Wiederhergestellt: {eintrag.art} „{eintrag.name[:80]}“{mit}."
    for feld, was in (("slug", "die Adresse"), ("nummer", "die Nummer"), ("seite", "die Seite")):
        wert = getattr(objekt, feld, None)
        if wert != getattr(eintrag.zeile, feld, None):
            satz += f" Weil inzwischen anderes {was} hat, ist es jetzt „{wert}“."
    return satz


def _zurueck(request: HttpRequest, gruppe: Arbeitsgruppe | None) -> HttpResponse:
    """Lead back to the bin from which it was asked for."""
    if request.POST.get("von") == "gesamt" or gruppe is None:
        return redirect("papierkorb_gesamt" if ist_organisation(request.user) else "erfassung")
    return redirect("papierkorb", gruppe.pk)


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def person_loeschen(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the Organisation where a person is named, and erase the name everywhere when asked to."""
    if not ist_organisation(request.user):
        raise PermissionDenied
    person = get_object_or_404(Person, pk=pk)
    if request.method == "POST":
        ergebnis = loeschen(pk=pk, auch_in_texten=request.POST.get("auch_in_texten") == "ja")
        messages.success(request, f"Der Name ist an {len(ergebnis.geloescht)} Stellen gelöscht.")
        for zeile in ergebnis.bleibt:
            messages.warning(request, f"Bleibt: {zeile}")
        for zeile in ergebnis.pruefen:
            messages.info(request, f"Bitte prüfen: {zeile}")
        return redirect("admin:konferenz_person_changelist")
    kontext = {"person": person, "ergebnis": loeschen(pk=pk, nur_zeigen=True)}
    return verwaltungsantwort(
        request, "admin/erfassung/person_loeschen.html", f"Namen löschen: {person}", kontext
    )
