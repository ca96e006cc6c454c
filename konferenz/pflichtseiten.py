"""The pages that a public site owes its readers, and the form for what is in their way."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from konferenz import rueckmeldung
from konferenz.berechtigungen import ist_organisation
from konferenz.models import Pflichtseite
from konferenz.rueckmeldeformular import RueckmeldeForm
from konferenz.views import kanonisch
from konferenz.zwischenspeicher import fuer_alle_gleich


@fuer_alle_gleich()
@require_safe
def pflichtseite(request: HttpRequest, art: str) -> HttpResponse:
    """Show one of the pages; as long as it shows the example, it says so and leads the Organisation to it."""
    seite = Pflichtseite.objects.filter(art=art).first() or Pflichtseite(art=art)
    kontext: dict[str, Any] = {"seite": seite, "kanonisch": kanonisch(seite.get_absolute_url())}
    if seite.pk and ist_organisation(request.user):
        kontext["bearbeiten"] = reverse("admin:konferenz_pflichtseite_change", args=[seite.pk])
    return render(request, "konferenz/pflichtseite.html", kontext)


@csrf_exempt  # nothing is done in anybody's name, and the token would be a cookie: docs/entscheidungen/0017
@require_http_methods(["GET", "HEAD", "POST"])
def rueckmelden(request: HttpRequest) -> HttpResponse:
    """Ask what is in somebody's way; store it, send it on, and say so."""
    form = RueckmeldeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        rueckmeldung.weitersagen(form.save())
        return redirect("rueckmeldung_danke")
    kontext = {"form": form, "kanonisch": kanonisch(reverse("rueckmeldung"))}
    return render(request, "konferenz/rueckmeldung.html", kontext)


@require_safe
def danke(request: HttpRequest) -> HttpResponse:
    """Say that the message arrived and what happens next."""
    return render(request, "konferenz/rueckmeldung_danke.html")
