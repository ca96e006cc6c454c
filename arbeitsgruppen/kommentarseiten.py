"""The pages of comments: all of a group or of one statement, and what deals with one."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from arbeitsgruppen.forms import KommentarForm
from arbeitsgruppen.kommentare import erledigen, schreiben
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe, Kommentar
from konferenz.berechtigungen import darf_kommentare_erledigen
from konferenz.verwaltung import verwaltungsantwort, verwaltungsseite


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def kommentare(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the comments on a group, or add one.

    `aeusserung` (a Kennung) restricts the page to one statement and says what a new comment is about;
    `stand=alle` shows those that are dealt with as well.
    """
    gruppe = get_object_or_404(Arbeitsgruppe.objects.select_related("konferenz"), pk=pk)
    aeusserung = _aeusserung(request, gruppe)
    form = KommentarForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        kommentar, neu = schreiben(request.user, gruppe, form.cleaned_data["text"], aeusserung)
        if neu:
            messages.success(request, "Ihr Kommentar ist gespeichert.")
        else:
            messages.info(request, "Das steht dort schon von Ihnen. Es wurde nichts doppelt gespeichert.")
        return redirect(f"{_adresse(request, gruppe)}#kommentar-{kommentar.pk}")
    alle = Kommentar.objects.zu(gruppe)
    if aeusserung:
        alle = alle.filter(aeusserung=aeusserung)
    zeige_alle = request.GET.get("stand") == "alle"
    gezeigte = alle if zeige_alle else alle.offene()
    kontext = {
        "gruppe": gruppe,
        "konferenz": gruppe.konferenz,
        "aeusserung": aeusserung,
        "form": form,
        "kommentare": list(gezeigte.mit_allem()),
        "zeige_alle": zeige_alle,
        "anzahl_offen": alle.offene().count(),
        "anzahl_alle": alle.count(),
        "darf_erledigen": darf_kommentare_erledigen(request.user, gruppe),
        "hier": _adresse(request, gruppe),
    }
    titel = f"Kommentare: {gruppe}"
    return verwaltungsantwort(
        request, "admin/erfassung/kommentare.html", titel, kontext, 400 if form.errors else 200
    )


@verwaltungsseite
@require_POST
def kommentar_erledigen(request: HttpRequest, pk: int, kommentar: int) -> HttpResponse:
    """Mark a comment as dealt with (`erledigt=1`), or open it again (`erledigt=0`)."""
    gruppe = get_object_or_404(Arbeitsgruppe.objects.select_related("konferenz"), pk=pk)
    objekt = get_object_or_404(Kommentar.objects.zu(gruppe), pk=kommentar)
    erledigt = request.POST.get("erledigt") != "0"
    erledigen(request.user, objekt, gruppe, erledigt=erledigt)
    messages.success(
        request, "Der Kommentar ist erledigt." if erledigt else "Der Kommentar ist wieder offen."
    )
    return redirect(_adresse(request, gruppe))


def _aeusserung(request: HttpRequest, gruppe: Arbeitsgruppe) -> Aeusserung | None:
    kennung = request.GET.get("aeusserung", "")
    if not kennung:
        return None
    if not kennung.isalnum():  # PostgreSQL takes no NUL, not even to look for it
        raise Http404("Eine solche Kennung gibt es nicht.")
    aeusserungen = Aeusserung.objects.filter(abschnitt__arbeitsgruppe=gruppe).select_related("abschnitt")
    return get_object_or_404(aeusserungen, kennung=kennung.lower())


def _adresse(request: HttpRequest, gruppe: Arbeitsgruppe) -> str:
    """Return the address of the list that shows what this one shows."""
    felder: dict[str, Any] = {n: request.GET[n] for n in ("aeusserung", "stand") if request.GET.get(n)}
    return reverse("kommentare", args=[gruppe.pk]) + (f"?{urlencode(felder)}" if felder else "")
