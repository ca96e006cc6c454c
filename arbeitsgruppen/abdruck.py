"""Remembering that a text was there without keeping it, for the next import of a file that still holds it."""

import secrets
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

# In the place of a value that was erased: whatever a file says there, it does not come back.
ENTFALLEN = {"entfallen": True}


def abdruck(text: str) -> dict[str, str]:
    """Return what tells a text from any other, but does not say what it is; another each time."""
    salz = secrets.token_hex(8)
    return {"salz": salz, "abdruck": _gemischt(salz, text)}


def passender(abdruck: Mapping[str, str], texte: Iterable[str]) -> str | None:
    """Return that of the texts from which the imprint was made; None if from none of them."""
    return next((text for text in texte if _gemischt(abdruck["salz"], text) == abdruck["abdruck"]), None)


def ohne(stand: Mapping[str, dict[str, Any]], namen: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return what an import wrote without the values of these rows; they can still be told in the file."""
    geht = set(namen)
    return {
        name: {
            **{feld: wert for feld, wert in werte.items() if feld.startswith("_")},
            "_schluessel": abdruck(werte["_schluessel"]),
        }
        if name in geht and isinstance(werte["_schluessel"], str)
        else werte
        for name, werte in stand.items()
    }


def _gemischt(salz: str, text: str) -> str:
    return sha256(f"{salz}\n{text}".encode()).hexdigest()
