"""The number of open comments at each statement of a group's page."""

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def zu(anzahl: Mapping[str, int], kennung: str) -> int:
    """Return how many open comments there are on the statement of this Kennung, "" for the group itself."""
    return anzahl.get(kennung, 0)
