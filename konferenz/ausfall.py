"""What readers and editors see while the database or the disk fails: what to do, and all that was typed."""

import logging
import sys
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.deprecation import MiddlewareMixin

from konferenz.nochmal import eingaben
from konferenz.protokoll import kennung
from konferenz.speicher import ist_ausfall

IN_SEKUNDEN = "10"
protokoll = logging.getLogger(__name__)


class Ausfall(MiddlewareMixin):
    """Answers 503 where the database or the store of files is gone, locked, too slow or full, or the disk is.

    Nothing has been stored then: every request that writes does so in one transaction, and files go in their
    place only when they are whole.
    """

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a request whose view failed for such a reason; leave others to Django."""
        return _antwort(request, exception)


def stoerung(request: HttpRequest) -> HttpResponse:
    """Answer a request that failed outside of a view, as where a session is looked up; Django calls this.

    Where it failed for another reason it says so, with the id by which the cause is found in the log.
    """
    antwort = _antwort(request, sys.exc_info()[1])
    return antwort or HttpResponseServerError(render_to_string("500.html", {"kennung": kennung()}))


def _antwort(request: HttpRequest, fehler: BaseException | None) -> HttpResponse | None:
    if isinstance(fehler, OSError):
        if not ist_ausfall(fehler):
            return None
    elif not isinstance(fehler, OperationalError | InterfaceError):
        return None
    protokoll.error("%s: %s", type(fehler).__name__, request.path, exc_info=fehler)
    # Without context processors: they ask for the session.
    kontext: dict[str, Any] = {
        "request": request,
        "sekunden": IN_SEKUNDEN,
        "kennung": kennung(),
    }
    felder = eingaben(request)
    if felder and not any("password" in name for name, _ in felder):  # a secret stands on no page
        kontext |= {
            "felder": felder,
            "dateien": [datei.name for _, liste in request.FILES.lists() for datei in liste],
        }
        if settings.CSRF_COOKIE_NAME in request.COOKIES:  # who has none sent a form that asks for none
            kontext["csrf_token"] = get_token(request)
    antwort = HttpResponse(render_to_string("ausfall.html", kontext), status=503)
    antwort["Retry-After"] = IN_SEKUNDEN
    antwort["Cache-Control"] = "no-store"
    return antwort
