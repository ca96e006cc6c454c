"""The pages about the second factor: setting it up, signing in with it, looking after it, resetting it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from konferenz import anmeldewege, konten, zweiter_faktor
from konferenz.berechtigungen import darf_konto_verwalten
from konferenz.forms import CodeForm, EinrichtenForm
from konferenz.verwaltung import verwaltungsantwort, verwaltungsseite

Ansicht = Callable[..., HttpResponse]


def eigene_seite(view: Ansicht) -> Ansicht:
    """Wrap a page about one's own second factor: there only where the setting is, and never cached."""

    @wraps(view)
    @never_cache
    @sensitive_post_parameters("code", "kennwort")
    @require_http_methods(["GET", "HEAD", "POST"])
    def gewaechter(request: HttpRequest) -> HttpResponse:
        _nur_eingeschaltet()
        return view(request)

    return gewaechter


def _nur_eingeschaltet() -> None:
    if not zweiter_faktor.eingeschaltet():
        raise Http404


@eigene_seite
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code, the second step of signing in."""
    stufe = anmeldewege.wartender(request, anmeldewege.Code)
    if stufe is None:
        return redirect("admin:login")
    form = CodeForm(request, stufe.login.user, request.POST or None)
    if form.is_valid():
        return anmeldewege.weiter(request, stufe)
    return render(request, "konto/zweiter_faktor_code.html", {"form": form})


@eigene_seite
def einrichten(request: HttpRequest) -> HttpResponse:
    """Set up a second factor: as somebody signed in, or as a step of signing in where everybody needs one."""
    stufe = anmeldewege.wartender(request, anmeldewege.Einrichtung)
    if stufe is None and not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), "admin:login")
    konto: Any = stufe.login.user if stufe else request.user
    ersetzt = zweiter_faktor.hat(konto)
    if ersetzt and (stufe or not zweiter_faktor.darf_ersetzen(request)):
        return redirect("zweiter_faktor")
    geheimnis = zweiter_faktor.neues_geheimnis(request)
    form = EinrichtenForm(request, konto, geheimnis, stufe is None, request.POST or None)
    if form.is_valid():
        _festhalten(konto, f"Zweiter Faktor {'neu ' if ersetzt else ''}eingerichtet.", konto)
        zweiter_faktor.fertig(request)
        ziel = anmeldewege.weiter(request, stufe)["Location"] if stufe else ""
        return _codes_zeigen(request, form.codes, neu=True, ziel=ziel)
    adresse = zweiter_faktor.appadresse(konto, geheimnis)
    kontext = {
        "form": form,
        "pflicht": stufe is not None,
        "ersetzt": ersetzt,
        "kennwortlos": stufe is None and not konto.has_usable_password(),
        "adresse": adresse,
        "qr_code": zweiter_faktor.qr_code(adresse),
        "geheimnis": _in_gruppen(geheimnis),
        "konto": konto,
    }
    return render(request, "konto/zweiter_faktor_einrichten.html", kontext)


@eigene_seite
def stand(request: HttpRequest) -> HttpResponse:
    """Show one's own second factor; with a code it can be replaced or taken away, and get recovery codes.

    Where everybody needs one it can only be replaced: without, the password alone would do to set one up.
    """
    konto: Any = request.user
    if not konto.is_authenticated:
        return redirect_to_login(request.get_full_path(), "admin:login")
    if not zweiter_faktor.hat(konto):
        return redirect("zweiter_faktor_einrichten")
    form = CodeForm(request, konto, request.POST or None)
    if form.is_valid():
        entfernen = "entfernen" in request.POST
        if "ersetzen" in request.POST or (entfernen and zweiter_faktor.pflicht()):
            zweiter_faktor.ersetzen_erlauben(request)
            return redirect("zweiter_faktor_einrichten")
        if not entfernen:
            _festhalten(konto, "Neue Wiederherstellungscodes erzeugt.", konto)
            return _codes_zeigen(request, zweiter_faktor.neue_codes(konto))
        zweiter_faktor.entfernen(konto)
        _festhalten(konto, "Zweiter Faktor entfernt.", konto)
        messages.success(request, "Der zweite Faktor ist entfernt.")
        return redirect("admin:index")
    uebrig = zweiter_faktor.uebrige_codes(konto)
    kontext = {"form": form, "pflicht": zweiter_faktor.pflicht(), "uebrig": uebrig}
    return render(request, "konto/zweiter_faktor.html", kontext)


def _codes_zeigen(
    request: HttpRequest, codes: list[str], *, neu: bool = False, ziel: str = ""
) -> HttpResponse:
    """Show recovery codes, this once: they are in the answer only, reloading does not bring them back."""
    kontext = {"codes": [_in_gruppen(code) for code in codes], "neu": neu, "ziel": ziel}
    return render(request, "konto/zweiter_faktor_codes.html", kontext)


def _festhalten(konto: User, was: str, von: Any) -> None:
    """Note in the history of an account what was done, and tell its owner."""
    konten.vermerken(konto, was, von)
    konten.benachrichtigen(konto, was)


def _in_gruppen(zeichen: str) -> str:
    """Return it in groups of four, as people copy it."""
    return " ".join(zeichen[stelle : stelle + 4] for stelle in range(0, len(zeichen), 4))


@verwaltungsseite
@require_http_methods(["GET", "HEAD", "POST"])
def zuruecksetzen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the second factor of another account away, after asking: its phone is lost, or new."""
    _nur_eingeschaltet()
    konto = get_object_or_404(User, pk=pk)
    if not darf_konto_verwalten(request.user, konto):
        raise PermissionDenied
    if konto == request.user:
        return redirect("zweiter_faktor")
    if not zweiter_faktor.hat(konto):
        messages.info(request, f"{konten.name(konto)} hat keinen zweiten Faktor.")
        return redirect("admin:auth_user_change", pk)
    if request.method == "POST":
        zweiter_faktor.zuruecksetzen(konto)
        _festhalten(konto, "Zweiter Faktor zurückgesetzt.", request.user)
        messages.success(request, f"Der zweite Faktor von {konten.name(konto)} ist zurückgesetzt.")
        return redirect("admin:auth_user_change", pk)
    kontext = {"konto": konto, "name": konten.name(konto), "pflicht": zweiter_faktor.pflicht()}
    return verwaltungsantwort(
        request, "admin/konten/zweiter_faktor.html", "Zweiten Faktor zurücksetzen", kontext
    )
