"""The list of all public pages for search engines (https://www.sitemaps.org/protocol.html)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import product
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe, Moderation, Thema
from konferenz.models import Folie, Konferenz, Pflichtseite, Programmpunkt, Textseite, Vortrag
from konferenz.zwischenspeicher import fuer_alle_gleich

# One list may have so many addresses (sitemaps.org, 50 MB with as many); more of them are parts of an index.
HOECHSTENS = 50_000
# Where the history of each model says to which page its rows belong.
_GESCHICHTEN: tuple[tuple[Any, Any, str], ...] = (
    (Konferenz, Konferenz, "id"),
    (Konferenz, Programmpunkt, "konferenz"),
    (Konferenz, Textseite, "konferenz"),
    (Vortrag, Vortrag, "id"),
    (Vortrag, Folie, "vortrag"),
    (Arbeitsgruppe, Arbeitsgruppe, "id"),
    (Arbeitsgruppe, Moderation, "arbeitsgruppe"),
    (Arbeitsgruppe, Abschnitt, "arbeitsgruppe"),
    (Arbeitsgruppe, Aeusserung, "abschnitt__arbeitsgruppe"),
    (Pflichtseite, Pflichtseite, "id"),
)


class Eintrag(NamedTuple):
    """A page and when it was changed last, if anybody knows."""

    adresse: str
    geaendert: datetime | None = None


@fuer_alle_gleich()
@require_safe
def sitemap(request: HttpRequest, teil: int | None = None) -> HttpResponse:
    """List everything that is released, and nothing else, whoever asks; what is too much for one in parts."""
    alle = list(eintraege())
    teile = [alle[ab : ab + HOECHSTENS] for ab in range(0, len(alle), HOECHSTENS)]
    if teil is None and len(teile) > 1:
        adressen = [settings.SITE_URL + reverse("sitemap_teil", args=[n]) for n in range(1, len(teile) + 1)]
        return render(request, "sitemap-index.xml", {"teile": adressen}, content_type="application/xml")
    if teil is not None and not 1 <= teil <= len(teile):
        raise Http404("So viele Teile gibt es nicht.")
    kontext = {"eintraege": teile[(teil or 1) - 1]}
    return render(request, "sitemap.xml", kontext, content_type="application/xml")


def eintraege() -> Iterator[Eintrag]:
    """Yield all public pages: start page, conferences, talks, released groups, duty pages, overviews.

    As many queries for one conference as for many.
    """
    zuletzt = _zuletzt()
    yield Eintrag(f"{settings.SITE_URL}/")
    for seite in _seiten():
        yield Eintrag(settings.SITE_URL + seite.get_absolute_url(), zuletzt.get((type(seite), seite.pk)))
    uebersichten = ["vergleich", "themen"] if Thema.objects.exists() else ["vergleich"]
    for slug, name in product(_mit_ergebnissen(), uebersichten):
        yield Eintrag(settings.SITE_URL + reverse(name, args=[slug]))


def _mit_ergebnissen() -> Iterator[str]:
    """Yield the addresses (slugs) of the conferences in which there is something to compare."""
    gruppen = Arbeitsgruppe.objects.veroeffentlicht().filter(abschnitte__aeusserungen__isnull=False)
    yield from Konferenz.objects.filter(arbeitsgruppen__in=gruppen).distinct().values_list("slug", flat=True)


def _seiten() -> Iterator[Any]:
    konferenzen = Konferenz.objects.oeffentlich()
    gruppen = Arbeitsgruppe.objects.veroeffentlicht()
    yield from konferenzen
    yield from Vortrag.objects.filter(konferenz__in=konferenzen).select_related("konferenz")
    yield from gruppen.select_related("konferenz")
    geschriebene = {seite.art: seite for seite in Pflichtseite.objects.all()}
    yield from (geschriebene.get(art, Pflichtseite(art=art)) for art in Pflichtseite.Art.values)


def _zuletzt() -> dict[tuple[Any, int], datetime]:
    """Return when anything of each page was changed last, by its model and key."""
    zeiten = defaultdict[tuple[Any, int], list[datetime]](list)
    for seite, modell, feld in _GESCHICHTEN:
        zeilen = modell.history.order_by().values_list(feld).annotate(zuletzt=Max("history_date"))
        for schluessel, zuletzt in zeilen:
            zeiten[seite, schluessel].append(zuletzt)
    return {seite: max(liste) for seite, liste in zeiten.items()}
