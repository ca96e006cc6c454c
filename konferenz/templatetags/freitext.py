"""Template access to the small text format of slides, pages and notices."""

from django import template

from konferenz.freitext import bloecke, gegliedert

register = template.Library()
register.filter("bloecke", bloecke)
register.filter("gegliedert", gegliedert)
