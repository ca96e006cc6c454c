"""Template access to the small text format of slides, free-text pages and notices."""

from django import template

from konferenz.freitext import bloecke

register = template.Library()
register.filter("bloecke", bloecke)
