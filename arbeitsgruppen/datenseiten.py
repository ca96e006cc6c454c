"""The addresses under which the data is downloaded: of a conference, of a group; and what describes it."""

import json
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from arbeitsgruppen.auswahl import Auswahl, ausgewaehlt
from arbeitsgruppen.daten import KONFERENZSCHEMA, SCHEMATA, ZEILENSCHEMA
from arbeitsgruppen.datenformate import FORMATE
from arbeitsgruppen.dcat import beschreibung, katalog
from arbeitsgruppen.views import gelesene
from konferenz.berechtigungen import Leser
from konferenz.models import Konferenz
from konferenz.teilabruf import datei_antwort
from konferenz.vorschau import geheimhalten


def datenantwort(
    request: HttpRequest, inhalt: bytes, endung: str, name: str, *, oeffentlich: bool
) -> HttpResponseBase:
    """Return a response with data in one of the FORMATE (`endung`), or a 304 where the reader has it already.

    `name` is the name of the file without its ending. What is not `oeffentlich` is kept by nobody.
    """
    antwort = datei_antwort(
        request,
        ContentFile(inhalt),
        etag=sha256(inhalt).hexdigest(),
        typ=FORMATE[endung].typ,
        name=f"{name}.{endung}",
        oeffentlich=oeffentlich,
    )
    if not oeffentlich:
        geheimhalten(antwort)
    return antwort


@require_safe
def daten(request: HttpRequest, konferenz: str, endung: str, nummer: int | None = None) -> HttpResponseBase:
    """Send the data of a conference, or of one of its groups, as far as the reader may see it."""
    objekt, _, zustand = gelesene(Leser.von(request), konferenz, nummer)
    auswahl = Auswahl(gruppen=() if nummer is None else (nummer,))
    bild = ausgewaehlt(zustand.bild, auswahl)
    inhalt = FORMATE[endung].machen(bild, settings.SITE_URL, zustand.stand)
    name = auswahl.dateiname(objekt.slug)
    return datenantwort(request, inhalt, endung, name, oeffentlich=not bild.vorlaeufig)


@require_safe
def schema(request: HttpRequest, name: str) -> HttpResponse:
    """Send the JSON schema of one of the kinds of data, under the address that the data name."""
    if name not in (KONFERENZSCHEMA, ZEILENSCHEMA):
        raise Http404("Dieses Schema gibt es nicht.")
    inhalt = json.loads((SCHEMATA / f"{name}.schema.json").read_text(encoding="utf-8"))
    adresse = settings.SITE_URL + reverse("datenschema", args=[name])
    antwort = HttpResponse(
        json.dumps({"$id": adresse, **inhalt}, ensure_ascii=False, indent=2) + "\n",
        content_type="application/schema+json",
    )
    antwort["Cache-Control"] = "public, max-age=86400"
    antwort["Access-Control-Allow-Origin"] = "*"  # validators and editors on other pages fetch it
    return antwort


@require_safe
def dcat_katalog(request: HttpRequest) -> HttpResponseBase:
    """Send what open-data portals harvest of all conferences; drafts are in it for nobody."""
    return _dcat(request, katalog(Konferenz.objects.oeffentlich(), settings.SITE_URL), "dcat")


@require_safe
def dcat(request: HttpRequest, konferenz: str) -> HttpResponseBase:
    """Send what open-data portals harvest of one conference; of a draft there is nothing, for nobody."""
    konferenzen = Konferenz.objects.oeffentlich().filter(slug=konferenz)
    get_object_or_404(konferenzen)
    return _dcat(request, beschreibung(konferenzen, settings.SITE_URL), f"{konferenz}-dcat")


def _dcat(request: HttpRequest, inhalt: dict[str, Any], name: str) -> HttpResponseBase:
    daten = json.dumps(inhalt, ensure_ascii=False, indent=1).encode() + b"\n"
    return datei_antwort(
        request,
        ContentFile(daten),
        etag=sha256(daten).hexdigest(),
        typ="application/ld+json",
        name=f"{name}.jsonld",
        oeffentlich=True,
    )
