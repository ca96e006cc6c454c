"""Signing in behind a reverse proxy."""

from django.http import HttpRequest


def rechner(request: HttpRequest) -> str:
    """Return the address that the proxy saw, by which failed sign-ins are counted.

    The proxy appends it to the header; what stands before it there may be made up by the client.
    """
    weitergeleitet = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    return weitergeleitet or request.META["REMOTE_ADDR"]
