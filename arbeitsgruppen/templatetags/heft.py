"""What the templates of the Heft need beyond Django: addresses in verbatim text become links."""

import re

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

from arbeitsgruppen.farben import gruppenfarbe

register = template.Library()
register.filter("gruppenfarbe", gruppenfarbe)

ADRESSE = re.compile(r"""(?<![\w@./-])(?:https?://|www\.)[^\s<>"„“”«»‹›‚‘’{}|\\^`]+""", re.IGNORECASE)
# What closes a sentence or a bracket behind an address is not part of it.
SCHLUSSZEICHEN = ".,;:!?'*_…–—"
KLAMMERN = {")": "(", "]": "["}
# Something has to follow the scheme: a host that begins with a letter or a figure, in www. with a dot.
RECHNER = re.compile(r"(?:https?://\w|www\.[\w-]+\.\w)", re.IGNORECASE)


@register.filter
def mit_adressen(text: str) -> SafeString:
    """Return the text escaped, with its http(s):// and www. addresses as links.

    The visible text is the given one character by character; punctuation behind an address stays
    outside the link. Markup in the text is text, whatever the template's autoescape says; a text that
    is marked as safe already is returned as it is.
    """
    if isinstance(text, SafeString):
        return text
    teile: list[str] = []
    ende = 0
    for treffer in ADRESSE.finditer(text):
        adresse = _ohne_schluss(treffer[0])
        if not RECHNER.match(adresse):
            continue
        teile.append(conditional_escape(text[ende : treffer.start()]))
        ziel = adresse if adresse.lower().startswith("http") else f"https://{adresse}"
        teile.append(format_html('<a class="adresse" href="{}">{}</a>', ziel, adresse))
        ende = treffer.start() + len(adresse)
    teile.append(conditional_escape(text[ende:]))
    return mark_safe("".join(teile))  # noqa: S308 - every part is escaped above


@register.filter
def kolumnentitel(text: str, worte: int = 6) -> str:
    """Return a title short enough to be repeated in a margin: so many words and 75 characters at most."""
    return Truncator(Truncator(text).words(worte, truncate=" …")).chars(75)


def _ohne_schluss(adresse: str) -> str:
    while adresse:
        letztes = adresse[-1]
        auf = KLAMMERN.get(letztes)
        if letztes not in SCHLUSSZEICHEN and not (auf and adresse.count(auf) < adresse.count(letztes)):
            break
        adresse = adresse[:-1]
    return adresse
