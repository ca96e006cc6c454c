"""The pages on which groups are entered: all groups with their state, and one group."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from arbeitsgruppen.models import Arbeitsgruppe
from konferenz.models import Konferenz
from konferenz.verwaltung import verwaltungsantwort, verwaltungsseite


@verwaltungsseite
@require_safe
def uebersicht(request: HttpRequest) -> HttpResponse:
    """Show every group of every conference with its state."""
    konferenzen = Konferenz.objects.prefetch_related("arbeitsgruppen")
    return verwaltungsantwort(
        request, "admin/erfassung/uebersicht.html", "Erfassung", {"konferenzen": konferenzen}
    )


@verwaltungsseite
@require_safe
def gruppe(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is entered for a group."""
    objekt = get_object_or_404(Arbeitsgruppe.objects.select_related("konferenz"), pk=pk)
    return verwaltungsantwort(
        request, "admin/erfassung/gruppe.html", str(objekt), {"gruppe": objekt, "konferenz": objekt.konferenz}
    )
