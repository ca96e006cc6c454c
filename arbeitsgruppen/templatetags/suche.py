"""What the pages of the search need in their templates."""

from django import template
from django.utils.safestring import SafeString

from arbeitsgruppen import markieren
from arbeitsgruppen.suchausdruck import Suchausdruck

register = template.Library()


@register.filter
def markiert(text: str, ausdruck: Suchausdruck) -> SafeString:
    """Return the text escaped, the words of the query marked in it."""
    return markieren.markiert(text, ausdruck)
