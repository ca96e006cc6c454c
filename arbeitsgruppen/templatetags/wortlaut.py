"""Short forms for where there is no room for more: excerpts of texts, categories with numbers."""

from django import template

from arbeitsgruppen.models import Abschnitt
from konferenz.kuerzen import gekuerzt

register = template.Library()
register.filter("gekuerzt", gekuerzt)


@register.filter
def gezaehlt(kategorie: str, anzahl: int) -> str:
    """Return a category with the number of its statements, for example „1 Lösungsansatz“."""
    return Abschnitt.Kategorie(kategorie).gezaehlt(anzahl)
