"""Links to drafts: the address that opens one, and the pages on which they are made and revoked."""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from arbeitsgruppen.forms import LinkForm
from arbeitsgruppen.models import Arbeitsgruppe
from konferenz.berechtigungen import darf_entwurf_zeigen
from konferenz.entwurfslink import Entwurfslink, LinkAbgelaufen, LinkUngueltig, oeffnen, widerrufen
from konferenz.models import Konferenz
from konferenz.verwaltung import verwaltungsantwort, verwaltungsseite
from konferenz.views import kanonisch
from konferenz.vorschau import geheimhalten


@require_safe
def entwurf(request: HttpRequest, marke: str) -> HttpResponse:
    """Open to this browser what a link names, and lead there."""
    try:
        link = oeffnen(request, marke)
    except LinkUngueltig:
        antwort = render(request, "entwurfslink.html", {"abgelaufen": False}, status=403)
    except LinkAbgelaufen:
        antwort = render(request, "entwurfslink.html", {"abgelaufen": True}, status=410)
    else:
        antwort = redirect(
            get_object_or_404(Konferenz, pk=link.konferenz)
            if link.gruppe is None
            else get_object_or_404(Arbeitsgruppe.objects.select_related("konferenz"), pk=link.gruppe)
        )
    geheimhalten(antwort)
    antwort["Referrer-Policy"] = "no-referrer"  # whoever has the address has the draft
    return antwort


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def gruppenlink(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a link to the draft of a group."""
    gruppe = get_object_or_404(Arbeitsgruppe.objects.select_related("konferenz"), pk=pk)
    offen = gruppe.ist_freigegeben and gruppe.konferenz.ist_oeffentlich
    return _linkseite(request, gruppe.konferenz, gruppe, oeffentlich=offen)


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def konferenzlink(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a link to the draft of a whole conference."""
    konferenz = get_object_or_404(Konferenz, pk=pk)
    gruppen: Any = konferenz.arbeitsgruppen
    offen = konferenz.ist_oeffentlich and not gruppen.zurueckgehaltene().exists()
    return _linkseite(request, konferenz, None, oeffentlich=offen)


def _linkseite(
    request: HttpRequest, konferenz: Konferenz, gruppe: Arbeitsgruppe | None, *, oeffentlich: bool
) -> HttpResponse:
    if not darf_entwurf_zeigen(request.user, gruppe):
        raise PermissionDenied
    form = LinkForm(request.POST if request.method == "POST" else None)
    ziel = gruppe or konferenz
    kontext: dict[str, Any] = {
        "konferenz": konferenz,
        "gruppe": gruppe,
        "form": form,
        "oeffentlich": kanonisch(ziel.get_absolute_url()) if oeffentlich else "",
        "darf_widerrufen": darf_entwurf_zeigen(request.user),
    }
    if form.is_valid() and not oeffentlich:
        link = Entwurfslink.fuer(konferenz, form.cleaned_data["tage"], gruppe)
        adresse = kanonisch(reverse("entwurf", args=[link.marke]))
        kontext |= {"link": link, "adresse": adresse, "mail": _mail(str(ziel), adresse, link)}
    status = 400 if form.errors else 200
    return verwaltungsantwort(
        request, "admin/erfassung/link.html", f"Entwurf zeigen: {ziel}", kontext, status
    )


def _mail(was: str, adresse: str, link: Entwurfslink) -> str:
    """Return the address that opens a mail with the link in the reader's own mail program."""
    bis = date_format(timezone.localtime(link.bis), "j. F Y, H:i")
    text = (
        f"Guten Tag,\n\nunter dieser Adresse sehen Sie den Entwurf „{was}“:\n\n{adresse}\n\n"
        f"Der Link gilt bis {bis} Uhr. Bitte geben Sie ihn nicht weiter: Wer ihn hat, sieht den Entwurf.\n"
    )
    return f"mailto:?subject={quote(f'Entwurf: {was}')}&body={quote(text)}"


@verwaltungsseite
@require_POST
def links_widerrufen(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke all links to drafts of a conference, those to its groups included."""
    if not darf_entwurf_zeigen(request.user):
        raise PermissionDenied
    konferenz = get_object_or_404(Konferenz, pk=pk)
    widerrufen(konferenz)
    messages.success(
        request, "Alle bisherigen Links zu dieser Konferenz und ihren Gruppen gelten nicht mehr."
    )
    return redirect("konferenzlink", konferenz.pk)
