"""Addresses: titles made into them, and that of the search."""

from urllib.parse import urlencode

from django.urls import reverse
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
