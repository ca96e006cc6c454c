"""What is looked for at fixed addresses: robots.txt by search engines, security.txt by who found a hole."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from konferenz.models import Pflichtseite

# What no search engine shall look into: the administration, accounts, links to drafts.
VERSCHLOSSEN = ("/admin/", "/konto/", "/entwurf/")
# RFC 9116, 2.5.5 asks for less than a year; whoever keeps the file asks again in time.
GILT = timedelta(days=180)


@require_safe
def robots_txt(request: HttpRequest) -> HttpResponse:
    """Say what search engines may read, and where the list of all pages is (RFC 9309)."""
    zeilen = ["User-agent: *", *(f"Disallow: {pfad}" for pfad in VERSCHLOSSEN)]
    return _text([*zeilen, "", f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}"])


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Say to whom security holes are reported (RFC 9116); not there as long as nobody is named.

    The contact is KONTAKT_MAIL, else the Impressum once it is no example any more. Web addresses have to
    begin with https:// there, so a site without TLS names its mail address only.
    """
    kontakte = [f"mailto:{settings.KONTAKT_MAIL}"] if settings.KONTAKT_MAIL else []
    sicher = settings.SITE_URL.startswith("https://")
    if sicher and Pflichtseite.objects.filter(art=Pflichtseite.Art.IMPRESSUM).exclude(text="").exists():
        kontakte.append(settings.SITE_URL + reverse(Pflichtseite.Art.IMPRESSUM))
    if not kontakte:
        raise Http404("Es ist kein Kontakt eingetragen.")
    ablauf = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + GILT
    return _text(
        [
            *(f"Contact: {kontakt}" for kontakt in kontakte),
            f"Expires: {ablauf.isoformat()}",
            "Preferred-Languages: de, en",
            *([f"Canonical: {settings.SITE_URL}{request.path}"] if sicher else []),
        ]
    )


def _text(zeilen: list[str]) -> HttpResponse:
    return HttpResponse("\n".join([*zeilen, ""]), content_type="text/plain; charset=utf-8")
