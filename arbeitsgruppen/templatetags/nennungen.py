"""Where else a statement is said, for its place on a page."""

from collections.abc import Mapping

from django import template

from arbeitsgruppen.aehnlich import Nennung

register = template.Library()


@register.filter
def zu_aeusserung(nennungen: Mapping[str, tuple[Nennung, ...]], kennung: str) -> tuple[Nennung, ...]:
    """Return where else the statement of this Kennung is said, the same or similarly."""
    return nennungen.get(kennung, ())
