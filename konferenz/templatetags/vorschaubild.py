"""The picture that other sites show beside a link to one of ours."""

from django import template
from django.conf import settings
from django.templatetags.static import static

register = template.Library()


@register.simple_tag
def vorschaubild() -> str:
    """Return its address with the host, which Open Graph asks for (https://ogp.me/#url)."""
    return settings.SITE_URL + static("teilen.png")
