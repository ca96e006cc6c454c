"""Cells of a list that carry the name of their column, for screens too narrow for a table."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

register = template.Library()


@register.filter
def mit_spaltennamen(zellen: Iterable[SafeString], koepfe: list[dict[str, Any]]) -> Iterator[SafeString]:
    """Return the cells that Django drew, each with the name of its column behind its opening tag."""
    for zelle, kopf in zip(zellen, koepfe, strict=True):
        anfang, _, rest = zelle.partition(">")
        if "action-checkbox" in anfang:
            yield zelle
        else:
            name = format_html(
                '<span class="spaltenname" aria-hidden="true">{}</span>', capfirst(kopf["text"])
            )
            yield mark_safe(f"{anfang}>{name}{rest}")  # noqa: S308  # what Django drew, and a drawn name
