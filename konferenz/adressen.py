"""Addresses: titles made into them, and that of the search."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.http import MAX_URL_REDIRECT_LENGTH, url_has_allowed_host_and_scheme
from django.utils.text import slugify

UMSCHRIFT = {
    ord(a): b for a, b in zip("äöüÄÖÜßẞ", ("ae", "oe", "ue", "Ae", "Oe", "Ue", "ss", "Ss"), strict=True)
}


def adresse(titel: str, laenge: int = 100) -> str:
    """Return a title as part of an address: ü becomes ue, as German readers expect."""
    teile = slugify(titel.translate(UMSCHRIFT))[: laenge + 1]
    return (teile.rsplit("-", 1)[0] if len(teile) > laenge and "-" in teile else teile[:laenge]).strip("-_")


def suchadresse(**filter: str | int) -> str:
    """Return the address of the search that shows all that these filters leave, e.g. `thema="wohnen"`."""
    return f"{reverse('suche')}?{urlencode(filter)}"


def ist_eigene(ziel: str) -> bool:
    """Whether this is the path of a page of ours: what a request names as the next page may be anything.

    Django's check also lets pass what has no slash in front, which `redirect` takes for the name of a view,
    and what is too long for it.
    """
    return (
        ziel.startswith("/")
        and 3 * len(ziel.encode(errors="replace")) <= MAX_URL_REDIRECT_LENGTH  # all of it may get quoted
        and url_has_allowed_host_and_scheme(ziel, allowed_hosts=None)
    )
