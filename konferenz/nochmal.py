"""What somebody typed and sent after the sign-in had ended comes back to be sent again."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.csrf import csrf_failure

ZEICHEN = "csrfmiddlewaretoken"
# What is shorter is a button or a choice, or typed again in a moment.
GETIPPT_AB = 30


def hat_eingaben(request: HttpRequest) -> bool:
    """Whether the request brings what took somebody a while to type, and no secret."""
    felder = [(name, str(wert)) for name, wert in request.POST.items() if name != ZEICHEN]
    return any(len(wert) >= GETIPPT_AB for _, wert in felder) and not any(
        "password" in name for name, _ in felder
    )


def eingaben(request: HttpRequest) -> list[tuple[str, Any]]:
    """Return all fields that were sent, names and values in their order, for a form that sends them again."""
    return [(name, wert) for name, werte in request.POST.lists() for wert in werte if name != ZEICHEN]


def nochmal_senden(request: HttpRequest) -> HttpResponse:
    """Return a page that holds all that was sent, with a button to send it again; nothing was stored."""
    return render(
        request,
        "konto/nochmal.html",
        {"felder": eingaben(request), "ziel": request.get_full_path(), "dateien": bool(request.FILES)},
        status=403,
    )


def formular_abgelaufen(request: HttpRequest, reason: str = "") -> Any:
    """Answer a form whose token is out of date; Django calls this.

    Whoever signs out and in again in another tab has such forms open. What another site sent is not shown:
    browsers say where a POST comes from (Origin, Fetch standard, 3.2).
    """
    eigene = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    if eigene and hat_eingaben(request):
        return nochmal_senden(request)
    return csrf_failure(request, reason)
