"""The log of sign-ins and accounts as a page of the administration, for the Organisation."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from konferenz.anmeldeprotokoll import ARTEN, AUFBEWAHRUNG, eintraege
from konferenz.berechtigungen import ist_organisation
from konferenz.konten import anmeldename
from konferenz.verwaltung import verwaltungsantwort, verwaltungsseite

JE_SEITE = 50
# So many of the latest are to be seen; in an attack there may be any number, and the command prints them all.
HOECHSTENS = 5_000
ZEITRAEUME = {1: "letzter Tag", 7: "7 Tage", AUFBEWAHRUNG.days: "30 Tage", 90: "90 Tage"}


class Auswahl(forms.Form):
    """What of the log is to be seen."""

    konto = forms.CharField(
        label="Konto",
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
        help_text="Benutzername oder E-Mail-Adresse",
    )
    art = forms.ChoiceField(label="Was", required=False, choices=[("", "alles"), *ARTEN.items()])
    tage = forms.ChoiceField(label="Zeitraum", choices=[*ZEITRAEUME.items()])


@verwaltungsseite
@require_safe
def protokoll(request: HttpRequest) -> HttpResponse:
    """Show what was noted, the latest first; what is chosen and is no choice counts as not chosen."""
    if not ist_organisation(request.user):
        raise PermissionDenied
    form = Auswahl({"tage": AUFBEWAHRUNG.days} | request.GET.dict())
    form.is_valid()
    wahl: dict[str, Any] = form.cleaned_data
    seit = timezone.now() - timedelta(days=int(wahl.get("tage", AUFBEWAHRUNG.days)))
    gefunden = eintraege(seit, anmeldename(wahl.get("konto", "")), wahl.get("art", ""), HOECHSTENS)
    kontext = {
        "form": form,
        "seite": Paginator(gefunden, JE_SEITE).get_page(request.GET.get("seite")),
        "abgeschnitten": len(gefunden) == HOECHSTENS,
    }
    return verwaltungsantwort(request, "admin/konten/protokoll.html", "Anmeldeprotokoll", kontext)
