"""Pages that are the same for everybody are made once for each state of what they show, and then kept.

Only what is asked for without a session goes in and comes out: who signed in, or opened a link to a draft,
has one, and gets every page made for them. The key has the state (seitenstand.py), which a change anywhere
makes another, and the version of the program. So nothing has to be thrown away, and the next reader sees a
change.
"""

import gzip
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import caches
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import Resolver404, resolve
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import urlencode

from konferenz.seitenstand import stand

# What is older is of a state that no longer is; seconds.
AUFHEBEN = 24 * 3600
# Locks, of which pages seldom share one, and seconds after which nobody waits for them any more.
RIEGEL, LAENGSTENS = 64, 10.0
# A longer query is nobody's but its sender's.
LAENGSTE_ANFRAGE = 300
GIBT_PARAMETER = "_gleich_bei"

Ansicht = Callable[..., HttpResponseBase]


class Kopie(NamedTuple):
    """An answer as it is kept: its body is packed, for that is what almost everybody gets."""

    gepackt: bytes
    kopf: Mapping[str, str]
    etag: str


def fuer_alle_gleich(*parameter: str) -> Callable[[Ansicht], Ansicht]:
    """Mark a view whose answer is the same for all readers without a session.

    It depends on nothing but the path, these parameters of the query, and what `seitenstand.beobachtete()`
    watches. Without any parameter whatever stands in the query is ignored; with some, an address that has
    others is answered as if the view weren't marked, for its links may carry them on.
    """

    def markieren(ansicht: Ansicht) -> Ansicht:
        setattr(ansicht, GIBT_PARAMETER, frozenset(parameter))
        return ansicht

    return markieren


class Zwischenspeicher:
    """The middleware: answers from the cache, keeps new answers, and says who else may keep them."""

    def __init__(self, weiter: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.weiter = weiter
        self._riegel = [Lock() for _ in range(RIEGEL)]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a request."""
        frage = _frage(request)
        if frage is None:
            return _nicht_aufzuheben(self.weiter(request))
        # Asked before the page is made: what changes meanwhile is another state, not this one.
        try:
            jetzt = stand()
        except DatabaseError:  # the page says so (ausfall.py)
            return _nicht_aufzuheben(self.weiter(request))
        schluessel = f"seite:{sha256(f'{fassung()} {jetzt} {frage}'.encode()).hexdigest()}"
        kopie = caches["seiten"].get(schluessel)
        if kopie is None:
            with self._allein(schluessel):
                kopie = caches["seiten"].get(schluessel)
                if kopie is None:
                    antwort = self.weiter(request)
                    if not _ist_aufzuheben(antwort):
                        return _nicht_aufzuheben(antwort)
                    kopie = _kopie(antwort)
                    caches["seiten"].set(schluessel, kopie, AUFHEBEN)
        return _antwort(request, kopie)

    @contextmanager
    def _allein(self, schluessel: str) -> Iterator[None]:
        """Let one request at a time make a page in this process; others wait, and take what it has made.

        Else, after each change, all threads would make the pages that everybody reads at once.
        """
        riegel = self._riegel[int(schluessel[-4:], 16) % len(self._riegel)]
        bekommen = riegel.acquire(timeout=LAENGSTENS)
        try:
            yield
        finally:
            if bekommen:
                riegel.release()


def _frage(request: HttpRequest) -> str | None:
    """Return what tells one answer for everybody from others; None where there is no such answer."""
    eigene = {settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name}
    if settings.DEBUG or request.method not in ("GET", "HEAD") or not eigene.isdisjoint(request.COOKIES):
        return None
    try:
        # Logs and metrics tell by it what was answered.
        request.resolver_match = ziel = resolve(request.path_info)
    except Resolver404:
        return None
    erlaubte: frozenset[str] | None = getattr(ziel.func, GIBT_PARAMETER, None)
    if erlaubte is None or len(request.META["QUERY_STRING"]) > LAENGSTE_ANFRAGE:
        return None
    if not erlaubte:
        return request.path_info
    return f"{request.path_info}?{_geordnet(request.GET)}" if erlaubte.issuperset(request.GET) else None


def _geordnet(anfrage: QueryDict) -> str:
    return urlencode(sorted(anfrage.lists()), doseq=True)


def _ist_aufzuheben(antwort: HttpResponseBase) -> bool:
    return (
        isinstance(antwort, HttpResponse)
        and antwort.status_code == 200
        and not antwort.cookies
        and "Cache-Control" not in antwort.headers
    )


def _nicht_aufzuheben(antwort: HttpResponseBase) -> HttpResponseBase:
    """Have browsers ask again for a page that says nothing of it itself, and others not keep it at all."""
    if antwort.headers.get("Content-Type", "").startswith("text/html"):
        antwort.headers.setdefault("Cache-Control", "private, no-cache")
    return antwort


def _kopie(antwort: Any) -> Kopie:
    inhalt: bytes = antwort.content
    kopf = {name: wert for name, wert in antwort.headers.items() if name not in ("Content-Length", "ETag")}
    return Kopie(gzip.compress(inhalt, mtime=0), kopf, f'W/"{sha256(inhalt).hexdigest()[:32]}"')


def _antwort(request: HttpRequest, kopie: Kopie) -> HttpResponseBase:
    gepackt = "gzip" in request.headers.get("Accept-Encoding", "")
    antwort = HttpResponse(
        kopie.gepackt if gepackt else zlib.decompress(kopie.gepackt, wbits=31), headers=kopie.kopf
    )
    if gepackt:
        antwort["Content-Encoding"] = "gzip"
    antwort["ETag"] = kopie.etag
    antwort["Cache-Control"] = _wie_lange()
    # What a browser with a session gets is another page.
    patch_vary_headers(antwort, ["Accept-Encoding", "Cookie"])
    return get_conditional_response(request, kopie.etag, response=antwort) or antwort


def _wie_lange() -> str:
    """Say how long a proxy may answer without asking: not at all, unless whoever runs the site says so."""
    sekunden = settings.PROXY_SEKUNDEN
    proxy = f", s-maxage={sekunden}, stale-while-revalidate={sekunden}" if sekunden else ""
    return f"public, max-age=0{proxy}"


@cache
def fassung() -> str:
    """Return what tells this version of the program, and its settings, from others that share a cache."""
    summe = sha256(repr([getattr(settings, name) for name in EINSTELLUNGEN]).encode())
    for ordner in ORDNER:
        for wurzel, unterordner, namen in os.walk(settings.BASE_DIR / ordner):
            unterordner.sort()
            for datei in sorted(Path(wurzel, name) for name in namen if not name.endswith(".pyc")):
                summe.update(str(datei.relative_to(settings.BASE_DIR)).encode())
                summe.update(datei.read_bytes())
    return summe.hexdigest()


# What an answer depends on beside the database. Names of static files have a hash of what is in them.
ORDNER = ("arbeitsgruppen", "konferenz", "templates", "static")
EINSTELLUNGEN = (
    "DEBUG",
    "SITE_URL",
    "HERAUSGEBER",
    "DATEN_LIZENZ",
    "DATEN_KONTAKT",
    "DATEN_BEREITSTELLER",
    "DATEN_THEMEN",
    "KONTAKT_MAIL",
)
