"""Rate limits: how often one client may ask for what costs much, or try what might be guessed.

Generous, for an office behind one address is one client until its people sign in. Counted by django-ratelimit
in the cache of the site, under a keyed hash: no address is stored anywhere, and none can be found by trying.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from django_ratelimit.core import get_usage

from konferenz.anmeldung import rechner

logger = logging.getLogger(__name__)

ALLES, GESENDETES = ("GET", "HEAD", "POST"), ("POST",)


@dataclass(frozen=True, slots=True)
class Grenze:
    """So many requests (`anzahl`) within so many seconds (`in_sekunden`), with these methods."""

    name: str
    anzahl: int
    in_sekunden: int
    methoden: tuple[str, ...] = ALLES


SUCHE = Grenze("suche", 120, 60)
DATEN = Grenze("daten", 60, 60)
HEFT = Grenze("heft", 120, 60)
# The pages that wait for something ask every second or two.
HEFT_STAND = Grenze("heft-stand", 600, 60)
ARCHIV = Grenze("archiv", 20, 600)
ANMELDUNG = Grenze("anmeldung", 100, 600, GESENDETES)
ANMELDEDIENST = Grenze("anmeldedienst", 200, 600)
KENNWORT = Grenze("kennwort", 30, 3600, GESENDETES)
RUECKMELDUNG = Grenze("rueckmeldung", 15, 3600, GESENDETES)

# By the names of the addresses.
GRENZEN = {
    name: grenze
    for grenze, namen in (
        (SUCHE, ("suche",)),
        (DATEN, ("suchdaten", "daten", "gruppendaten", "dcat", "dcat_katalog")),
        (HEFT, ("heft", "gruppenheft", "heftausgabe")),
        (HEFT_STAND, ("heft_stand", "gruppenheft_stand", "export_stand")),
        (ARCHIV, ("konferenzarchiv_zip",)),
        (
            ANMELDUNG,
            ("admin:login", "zweiter_faktor", "zweiter_faktor_code", "zweiter_faktor_einrichten"),
        ),
        (ANMELDEDIENST, ("anmeldedienst", "anmeldedienst_zurueck")),
        (KENNWORT, ("admin_password_reset", "kennwort_setzen")),
        (RUECKMELDUNG, ("rueckmeldung",)),
    )
    for name in namen
}


class Drosselung:
    """Answers 429 and says when to come back (RFC 6585, 4) once a client asks too often."""

    def __init__(self, weiter: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._weiter = weiter

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Go on; which address is asked for, and so which limit holds, is known only below."""
        return self._weiter(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Iterable[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Count a request, and refuse it where it is one too many."""
        stelle = request.resolver_match
        grenze = GRENZEN.get(stelle.view_name) if stelle else None
        if not settings.DROSSELUNG or grenze is None or request.method not in grenze.methoden:
            return None
        warten = _wartezeit(request, grenze)
        return None if warten is None else zu_oft(request, warten)


def _wartezeit(request: HttpRequest, grenze: Grenze) -> int | None:
    """Return the seconds until the client may ask again, None where it may now."""
    try:
        stand = get_usage(
            request,
            group=f"konferenz:{grenze.name}",
            key=_wer,
            rate=(grenze.anzahl * settings.DROSSELUNG, grenze.in_sekunden),
            increment=True,
        )
    except Exception:  # whatever the cache's client raises: without a cache all may come in
        logger.exception("Requests cannot be counted, the cache is gone.")
        return None
    if stand is None or not stand["should_limit"]:
        return None
    return max(1, stand["time_left"])


def _wer(gruppe: str, request: HttpRequest) -> str:
    """Return what stands for a client: its account, else its address; keyed, so that nobody can undo it.

    Only who brings a cookie is looked up: an answer that reads no session stays one for everybody.
    """
    if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
        wer = f"konto {request.user.pk}"
    else:
        wer = f"rechner {rechner(request)}"
    return salted_hmac("konferenz.drosselung", wer, algorithm="sha256").hexdigest()


def zu_oft(request: HttpRequest, sekunden: int) -> HttpResponse:
    """Return the page that says so, and how long to wait."""
    minuten = -(-sekunden // 60)
    frist = f"{minuten} Minuten" if minuten > 1 else "einer Minute"
    antwort = render(request, "429.html", {"frist": frist}, status=429)
    antwort["Retry-After"] = str(sekunden)
    antwort["Cache-Control"] = "private, no-store"
    return antwort
