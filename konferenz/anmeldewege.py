"""The steps of signing in, where a password alone does not suffice, or another service vouches for somebody.

Between the steps nobody is signed in: django-allauth keeps in the session who is about to be.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.stages import LoginStage, LoginStageController
from allauth.account.utils import perform_login
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from konferenz import sitzung, zweiter_faktor


class Schritt(LoginStage):
    """A step that the sign-in with a password waits for; who comes from another service skips it.

    That one has asked for whatever its office asks for.
    """

    def noetig(self) -> bool:
        """Whether this account has to take the step."""
        raise NotImplementedError

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Lead to the page of the step, or go on."""
        if "sociallogin" in (self.login.signal_kwargs or {}) or not self.noetig():
            return None, True
        return redirect(self.urlname), True


class Code(Schritt):
    """Asks for the code of an account that has a second factor."""

    key = "code"
    urlname = "zweiter_faktor_code"

    def noetig(self) -> bool:
        """Whether the account has one."""
        return zweiter_faktor.hat(self.login.user)


class Einrichtung(Schritt):
    """Has somebody set up the second factor that everybody needs here."""

    key = "einrichtung"
    urlname = "zweiter_faktor_einrichten"

    def noetig(self) -> bool:
        """Whether one is needed, and the account has none."""
        return zweiter_faktor.pflicht() and not zweiter_faktor.hat(self.login.user)


class Anmeldewege(DefaultAccountAdapter):
    """Tells django-allauth which steps there are, and to sign in as Django does: no mails, no messages."""

    def get_login_stages(self) -> list[str]:
        """Return the steps in their order."""
        return [f"{schritt.__module__}.{schritt.__qualname__}" for schritt in (Code, Einrichtung)]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return that nobody gets an account by themselves: the Organisation invites."""
        return False

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in."""
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")

    def post_login(self, request: HttpRequest, user: Any, **angaben: Any) -> HttpResponse:
        """Lead to where somebody was going."""
        if "sociallogin" in (angaben["signal_kwargs"] or {}):
            sitzung.als_stark_merken(request)
        return redirect(angaben["redirect_url"] or "admin:index")


def beginnen(request: HttpRequest, konto: User, ziel: str) -> HttpResponse:
    """Answer somebody whose password was right: with the next step, or signed in with the way to `ziel`."""
    if request.user.is_authenticated:
        logout(request)  # as another account
    return perform_login(request, konto, redirect_url=ziel)


def wartender(request: HttpRequest, schritt: type[Schritt]) -> LoginStage | None:
    """Return the step that the sign-in of this browser waits for if it is this one; no lost accounts."""
    if request.user.is_authenticated:
        return None
    stufe = LoginStageController.enter(request, schritt.key)
    return stufe if stufe and stufe.login.user and stufe.login.user.is_active else None


def weiter(request: HttpRequest, stufe: LoginStage) -> HttpResponse:
    """Sign in whoever has taken the step with the second factor; return the way to where they were going."""
    antwort: HttpResponse = stufe.exit()
    sitzung.als_stark_merken(request)
    return antwort
