"""What machines ask of the process itself: whether it answers, and the way by which they ask at all."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

# For load balancers, health checks and monitoring, which call the machine by its number and without TLS.
FUER_MASCHINEN = ("/healthz", "/bereit", "/metriken")


def ohne_umwege(weiter: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Return the middleware that answers machines before anything asks for host, https, session or user."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info not in FUER_MASCHINEN:
            return weiter(request)
        request.resolver_match = ziel = resolve(request.path_info)
        antwort: HttpResponse = ziel.func(request, *ziel.args, **ziel.kwargs)
        antwort.headers["X-Content-Type-Options"] = "nosniff"
        return antwort

    return middleware


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; whether it could do its work is what `bereit` says."""
    return HttpResponse("ok\n", content_type="text/plain")
