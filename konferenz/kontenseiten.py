"""The pages about accounts: inviting, handing over a link, and setting a password with one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.helpers import AdminErrorList, AdminForm
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordChangeView, PasswordResetConfirmView
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from konferenz import konten
from konferenz.berechtigungen import darf_konto_verwalten, ist_organisation
from konferenz.forms import (
    EinladungForm,
    KennwortAendernForm,
    KennwortForm,
    VergessenForm,
    schon_vorhanden,
)
from konferenz.verwaltung import verwaltungsantwort, verwaltungsseite

# In the administration: for the Organisation


@dataclass(frozen=True, slots=True)
class Uebergabe:
    """A link that the Organisation hands over itself; `gescheitert`: the mail with it could not be sent."""

    konto: User
    link: str
    gescheitert: bool = False


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def einladen(request: HttpRequest) -> HttpResponse:
    """Ask for a person and a role, create the account and send the invitation."""
    if not ist_organisation(request.user):
        raise PermissionDenied
    form = EinladungForm(request.POST or None)
    if form.is_valid():
        try:
            konto = form.anlegen()
        except IntegrityError:  # somebody was quicker, or clicked twice
            form.add_error("email", schon_vorhanden(konten.gleichnamige(form.cleaned_data["email"])[0]))
        else:
            konten.vermerken(konto, form.aenderungen(), request.user)
            messages.success(request, f"Das Konto für {konten.name(konto)} ist angelegt.")
            return zustellen(request, [konto])
    felder = [
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("Zugang", {"fields": ["rolle", "gruppen"]}),
    ]
    kontext = {"adminform": AdminForm(form, felder, {}), "errors": AdminErrorList(form, [])}
    return verwaltungsantwort(request, "admin/konten/einladen.html", "Jemanden einladen", kontext)


@verwaltungsseite
@require_POST
def link_erneuern(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a person a new link, or show it to the Organisation where that is asked for."""
    konto = get_object_or_404(User, pk=pk)
    if not darf_konto_verwalten(request.user, konto):
        raise PermissionDenied
    if not konto.is_active:
        messages.error(request, "Das Konto ist deaktiviert. Nehmen Sie es zuerst wieder in Benutzung.")
        return redirect("admin:auth_user_change", pk)
    return zustellen(request, [konto], zeigen="zeigen" in request.POST)


def zustellen(request: HttpRequest, eingeladene: Iterable[User], *, zeigen: bool = False) -> HttpResponse:
    """Send each of these accounts a new link; show those links that have to be handed over otherwise."""
    von: Any = request.user
    uebergaben = []
    for konto in eingeladene:
        konten.erneuern(konto)
        link = konten.kennwortlink(konto)
        gesendet = not zeigen and bool(konto.email) and konten.zustellen(konten.einladung(konto, link, von))
        konten.vermerken(konto, "Link gesendet." if gesendet else "Link zur Weitergabe angezeigt.", von)
        if gesendet:
            messages.success(request, f"{konten.name(konto)} bekommt eine Mail an {konto.email}.")
        else:
            gescheitert = settings.POSTAUSGANG and not zeigen and bool(konto.email)
            uebergaben.append(Uebergabe(konto, link, gescheitert))
    if not uebergaben:
        return redirect("admin:auth_user_changelist")
    kontext = {"uebergaben": uebergaben, "gueltig_bis": konten.gueltig_bis()}
    return verwaltungsantwort(request, "admin/konten/uebergabe.html", "Link weitergeben", kontext)


# Public


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def kennwort_vergessen(request: HttpRequest) -> HttpResponse:
    """Ask for a mail address to which a link for a new password goes, and don't say whether it is known."""
    ohne_post = not settings.POSTAUSGANG and not settings.DEBUG
    form = VergessenForm(request.POST or None)
    if not ohne_post and form.is_valid():
        konten.kennwort_vergessen(form.cleaned_data["email"])
        return redirect("kennwort_unterwegs")
    return render(request, "konto/vergessen.html", {"form": form, "ohne_post": ohne_post})


@require_safe
def kennwort_unterwegs(request: HttpRequest) -> HttpResponse:
    """Say what happens next, the same to everybody."""
    kontext = {"hoechstens": konten.HOECHSTENS, "tage": settings.PASSWORD_RESET_TIMEOUT // 86400}
    return render(request, "konto/unterwegs.html", kontext)


@method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")
class KennwortSetzen(PasswordResetConfirmView):
    """Set a password with the link of a mail; a link that is used up or too old says how to get another."""

    form_class = KennwortForm
    template_name = "konto/setzen.html"
    reset_url_token = "setzen"  # noqa: S105  # what stands in the address instead of the token
    success_url = reverse_lazy("kennwort_gesetzt")

    def get_user(self, uidb64: str) -> User | None:
        """Return the account of the address, unless it is out of use."""
        konto: User | None = super().get_user(uidb64)
        return konto if konto and konto.is_active else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say for how long links hold."""
        return super().get_context_data(tage=settings.PASSWORD_RESET_TIMEOUT // 86400, **kwargs)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Tell programs too that a link is used up: 410."""
        return super().render_to_response(context, status=200 if self.validlink else 410, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Store the password and record that it was set."""
        antwort = super().form_valid(form)
        konten.vermerken(form.user, "Kennwort gesetzt.", form.user)
        return antwort


@require_safe
def kennwort_gesetzt(request: HttpRequest) -> HttpResponse:
    """Lead on to signing in."""
    return render(request, "konto/gesetzt.html")


@method_decorator([never_cache, require_http_methods(["GET", "HEAD", "POST"])], name="dispatch")
class KennwortAendern(PasswordChangeView):
    """Change one's own password; the administration has its address (rahmen.py)."""

    form_class = KennwortAendernForm
    success_url = reverse_lazy("admin:password_change_done")
