"""What every request meets first: its method; and by which address failed sign-ins are counted."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

METHODEN = ("GET", "HEAD", "POST")


def nur_lesen_und_senden(weiter: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Return the middleware that refuses every method that no page answers (405).

    The administration's own pages would take them for a GET.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        return weiter(request) if request.method in METHODEN else HttpResponseNotAllowed(METHODEN)

    return middleware


def rechner(request: HttpRequest) -> str:
    """Return the address that the proxy saw, by which failed sign-ins are counted.

    The proxy appends it to the header; what stands before it there may be made up by the client.
    """
    weitergeleitet = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    return weitergeleitet or request.META["REMOTE_ADDR"]
