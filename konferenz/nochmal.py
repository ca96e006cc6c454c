"""What somebody typed and sent after the sign-in had ended comes back to be sent again."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.csrf import csrf_failure

ZEICHEN = "csrfmiddlewaretoken"


def hat_eingaben(request: HttpRequest) -> bool:
    """Whether the request brings what somebody typed, and no secret."""
    namen = {name for name, wert in request.POST.items() if wert} - {ZEICHEN}
    return request.method == "POST" and bool(namen) and not any("password" in name for name in namen)


def nochmal_senden(request: HttpRequest) -> HttpResponse:
    """Return a page that holds all that was sent, with a button to send it again; nothing was stored."""
    felder = [(name, wert) for name, werte in request.POST.lists() for wert in werte if name != ZEICHEN]
    return render(
        request,
        "konto/nochmal.html",
        {"felder": felder, "ziel": request.get_full_path(), "dateien": bool(request.FILES)},
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
