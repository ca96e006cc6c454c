"""How long somebody stays signed in: so long without a request, and a working day at most.

And only with what is asked for now: once everybody needs a second factor, sessions from before end.

What was being typed is not lost: nochmal.py brings it back after signing in again.
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout, update_session_auth_hash
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase

BEGONNEN, ZULETZT, STARK = "angemeldet_seit", "zuletzt_da", "zweiter_faktor"
# The last request is noted to the minute only: not every page has to write the session.
GENAU = 60


@receiver(user_logged_in)
def _beginnen(request: HttpRequest, **_: Any) -> None:
    request.session[BEGONNEN] = request.session[ZULETZT] = int(time.time())


def als_stark_merken(request: HttpRequest) -> None:
    """Note that more than a password was asked for in this session: a second factor, or another service."""
    request.session[STARK] = True


def andere_beenden(request: HttpRequest, konto: User, kennwort: str) -> None:
    """End all other sessions of an account that has just been authenticated, as a new password does.

    They hold what follows from the stored password (Django's get_session_auth_hash), and the same password,
    salted anew, is stored otherwise. One that was changed meanwhile stays as it is.
    """
    bisher = konto.password
    konto.set_password(kennwort)
    if User.objects.filter(pk=konto.pk, password=bisher).update(password=konto.password):
        update_session_auth_hash(request, konto)


class Sitzungsdauer:
    """Signs out whoever came back too late; readers without a session are not even looked at."""

    def __init__(self, weiter: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._weiter = weiter

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """End a session whose time is over before anything is done in its name."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            _pruefen(request)
        return self._weiter(request)


def _pruefen(request: HttpRequest) -> None:
    jetzt = int(time.time())
    # Sessions from before there were these notes begin now.
    begonnen = request.session.setdefault(BEGONNEN, jetzt)
    zuletzt = request.session.get(ZULETZT, jetzt)
    if begonnen > jetzt or zuletzt > jetzt:  # by a clock that was wrong; they would outlast every limit
        begonnen = request.session[BEGONNEN] = min(begonnen, jetzt)
        zuletzt = request.session[ZULETZT] = min(zuletzt, jetzt)
    if (
        jetzt - begonnen > settings.SITZUNG_DAUER.total_seconds()
        or jetzt - zuletzt > settings.SITZUNG_RUHE.total_seconds()
        or (settings.ZWEITER_FAKTOR == "pflicht" and STARK not in request.session)
    ):
        logout(request)
    elif jetzt - zuletzt >= GENAU or ZULETZT not in request.session:
        request.session[ZULETZT] = jetzt
