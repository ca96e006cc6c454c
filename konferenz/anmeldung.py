"""What every request meets first: its method; and by which address failed sign-ins are counted."""

import re
from collections.abc import Callable
from ipaddress import IPv4Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

METHODEN = ("GET", "HEAD", "POST")
# Some proxies write the port along, and brackets around IPv6 (RFC 7239, 6). A zone is the machine's own.
MIT_PORT = re.compile(
    r"\[(?P<v6>[0-9A-Fa-f:.]{2,45})\](:\d{1,5})?|(?P<v4>[\d.]{7,15}):\d{1,5}"
    r"|(?P<ohne>[0-9A-Fa-f:.]{2,45})(%[\w.-]+)?"
)
# Behind a Unix socket a connection has no address; then it is this machine's.
UNBEKANNT = "127.0.0.1"


def nur_lesen_und_senden(weiter: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Return the middleware that refuses every method that no page answers (405).

    The administration's own pages would take them for a GET.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        return weiter(request) if request.method in METHODEN else HttpResponseNotAllowed(METHODEN)

    return middleware


def rechner(request: HttpRequest) -> str:
    """Return the address by which a client is counted: the one that the outermost trusted proxy saw.

    Each of the PROXYS (settings) appends to X-Forwarded-For the address that it sees; what stands before
    those may be made up by the client, and a header with fewer of them, or with something else in that
    place, was not written by the proxies at all: then the address of the connection counts. Of IPv6 it is
    the network, since whoever has one address there has 2^64 of them (RFC 6177).
    """
    kette = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if 0 < settings.PROXYS <= len(kette) and (adresse := _adresse(kette[-settings.PROXYS])):
        return adresse
    return _adresse(request.META.get("REMOTE_ADDR", "")) or UNBEKANNT


def _adresse(angabe: str) -> str:
    """Return an address as it is counted, without port, brackets and zone; "" for what is none."""
    treffer = MIT_PORT.fullmatch(angabe.strip())
    try:
        adresse = ip_address((treffer["v6"] or treffer["v4"] or treffer["ohne"]) if treffer else "")
    except ValueError:
        return ""
    if isinstance(adresse, IPv4Address):
        return str(adresse)
    if adresse.ipv4_mapped:
        return str(adresse.ipv4_mapped)
    return str(ip_network((int(adresse), 64), strict=False).network_address)
