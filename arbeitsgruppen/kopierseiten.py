"""The page on which next year's conference is made from this one."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from arbeitsgruppen.kopieren import WEG, Kopie, Vergeben
from arbeitsgruppen.kopierformular import Kopierformular
from konferenz.berechtigungen import darf_konferenz_kopieren
from konferenz.models import Konferenz
from konferenz.verwaltung import verwaltungsantwort, verwaltungsseite

EBEN = timedelta(minutes=5)


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def konferenz_kopieren(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask what the new conference is to be, or make it; who clicks twice gets to the one that there is."""
    if not darf_konferenz_kopieren(request.user):
        raise PermissionDenied
    vorlage = get_object_or_404(Konferenz, pk=pk)
    form = Kopierformular(vorlage, request.POST if request.method == "POST" else None)
    if form.is_bound:
        try:
            if form.is_valid():
                return _fertig(request, form.kopieren())
        except Vergeben:
            form = Kopierformular(vorlage, request.POST)  # which finds what the other request has stored
            form.full_clean()
        if form.gleiche and _eben_selbst_kopiert(request, form.gleiche):
            messages.info(request, f"„{form.gleiche}“ ist schon angelegt.")
            return redirect("admin:konferenz_konferenz_change", form.gleiche.pk)
    kontext = {"vorlage": vorlage, "form": form}
    return verwaltungsantwort(
        request, "admin/erfassung/konferenz_kopieren.html", "Konferenz kopieren", kontext
    )


def _fertig(request: HttpRequest, kopie: Kopie) -> HttpResponse:
    messages.success(request, f"„{kopie.konferenz}“ ist als Entwurf angelegt: {uebernommenes(kopie)}.")
    return redirect("admin:konferenz_konferenz_change", kopie.konferenz.pk)


def uebernommenes(kopie: Kopie) -> str:
    """Return in words how much a copy took over."""
    zahlen = [
        (kopie.programmpunkte, "Programmpunkt", "Programmpunkte"),
        (kopie.gruppen, "Arbeitsgruppe", "Arbeitsgruppen"),
        (kopie.moderationen, "Moderation", "Moderationen"),
        (kopie.zuordnungen, "Zuordnung von Konten", "Zuordnungen von Konten"),
        (kopie.abschnitte, "Überschrift", "Überschriften"),
    ]
    teile = [f"{zahl} {eins if zahl == 1 else viele}" for zahl, eins, viele in zahlen if zahl]
    return ", ".join(teile) or "ohne Programm und Arbeitsgruppen"


def _eben_selbst_kopiert(request: HttpRequest, konferenz: Konferenz) -> bool:
    """Whether the same person has made this copy a moment ago: the second click of two."""
    anfang = konferenz.history.filter(history_type="+", history_change_reason=WEG)
    seit = timezone.now() - EBEN
    return anfang.filter(history_user=request.user, history_date__gte=seit).exists()
