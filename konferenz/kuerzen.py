"""Texts in less room than they need."""

from textwrap import shorten


def gekuerzt(text: str, zeichen: int) -> str:
    """Return the beginning of a text in so many characters at most, cut between words where that can be.

    White space becomes single blanks. A text that fits is returned whole.
    """
    kurz = shorten(text, zeichen, placeholder=" …")
    # A first word that is too long by itself; shorten() leaves only the placeholder of it.
    return kurz if kurz.strip() != "…" or text.strip() == "…" else f"{text.strip()[: zeichen - 1]}…"
