"""Where else a statement is said, for its place on a page."""

from collections.abc import Mapping

from django import template

from arbeitsgruppen.aehnlich import Entsprechung

register = template.Library()


@register.filter
def zu_aeusserung(
    entsprechungen: Mapping[str, tuple[Entsprechung, ...]], kennung: str
) -> tuple[Entsprechung, ...]:
    """Return where else the statement of this Kennung is said, the same or similarly."""
    return entsprechungen.get(kennung, ())
