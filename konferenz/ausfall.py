"""What readers and editors see while the database or the disk fails: what to do, and all that was typed."""

import logging
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
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
        """Answer a request that failed for such a reason; leave others to Django."""
        if isinstance(exception, OSError):
            if not ist_ausfall(exception):
                return None
        elif not isinstance(exception, OperationalError | InterfaceError):
            return None
        protokoll.error("%s: %s", type(exception).__name__, request.path, exc_info=exception)
        return _antwort(request)


def _antwort(request: HttpRequest) -> HttpResponse:
    kontext: dict[str, Any] = {"sekunden": IN_SEKUNDEN, "kennung": kennung()}
    felder = eingaben(request)
    if felder and not any("password" in name for name, _ in felder):  # a secret stands on no page
        kontext |= {
            "felder": felder,
            "dateien": [datei.name for _, liste in request.FILES.lists() for datei in liste],
        }
    antwort = render(request, "ausfall.html", kontext, status=503)
    antwort["Retry-After"] = IN_SEKUNDEN
    antwort["Cache-Control"] = "no-store"
    return antwort
