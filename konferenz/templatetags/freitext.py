"""Template access to the small text format of slides, free-text pages and notices."""

from collections.abc import Iterator

from django import template

from konferenz.freitext import Block
from konferenz.freitext import bloecke as _bloecke

register = template.Library()


@register.filter
def bloecke(text: str) -> Iterator[Block]:
    """Return the paragraphs and lists of `text`, to be rendered by konferenz/_freitext.html."""
    return _bloecke(text)
