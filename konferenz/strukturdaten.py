"""Structured data for search engines: JSON-LD in the vocabulary of https://schema.org."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from konferenz.herausgabe import Herausgabe
from konferenz.models import Konferenz

# Inside <script> only these could end the element or begin a comment (HTML standard, 4.12.1.3).
SKRIPTSICHER = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}

FORMATE = {
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def als_skript(*dinge: dict[str, Any]) -> SafeString:
    """Return things as one JSON-LD document, safe inside a script element."""
    text = json.dumps({"@context": "https://schema.org", "@graph": dinge}, ensure_ascii=False)
    return mark_safe(text.translate(SKRIPTSICHER))  # noqa: S308  # escaped just here


def veranstaltung(konferenz: Konferenz, site_url: str) -> dict[str, Any]:
    """Return `konferenz` as https://schema.org/Event."""
    adresse = site_url + konferenz.get_absolute_url()
    zone = ZoneInfo(settings.TIME_ZONE)
    daten: dict[str, Any] = {
        "@type": "Event",
        "@id": f"{adresse}#konferenz",
        "name": konferenz.titel,
        "url": adresse,
        "inLanguage": "de",
        "startDate": konferenz.datum.isoformat(),
        "eventStatus": "https://schema.org/EventScheduled",
    }
    if konferenz.beginn:
        daten["startDate"] = datetime.combine(konferenz.datum, konferenz.beginn, zone).isoformat()
    if konferenz.ende:
        daten["endDate"] = datetime.combine(konferenz.datum, konferenz.ende, zone).isoformat()
    if konferenz.ort:
        daten["location"] = {"@type": "Place", "name": konferenz.ort, "address": konferenz.ort}
        daten["eventAttendanceMode"] = "https://schema.org/OfflineEventAttendanceMode"
    else:
        daten["location"] = {"@type": "VirtualLocation", "url": adresse}
        daten["eventAttendanceMode"] = "https://schema.org/OnlineEventAttendanceMode"
    if konferenz.veranstalter:
        daten["organizer"] = {"@type": "Organization", "name": konferenz.veranstalter}
    if konferenz.reihe:
        daten["superEvent"] = {"@type": "EventSeries", "name": konferenz.reihe}
    return daten


def datensatz(konferenz: Konferenz, site_url: str) -> dict[str, Any]:
    """Return the data of a conference as https://schema.org/Dataset."""
    adresse = site_url + konferenz.get_absolute_url()
    dateien = {endung: site_url + reverse("daten", args=[konferenz.slug, endung]) for endung in FORMATE}
    satz = _satz(f"{adresse}#daten", f"Daten der Konferenz „{konferenz.titel}“", adresse, dateien)
    satz["about"] = {"@id": f"{adresse}#konferenz"}
    return satz | _herausgabe(konferenz)


def gruppendatensatz(konferenz: Konferenz, nummer: int, titel: str, site_url: str) -> dict[str, Any]:
    """Return the data of a group, of this number and title, as part of the conference's Dataset."""
    adresse = site_url + reverse("arbeitsgruppe", args=[konferenz.slug, nummer])
    dateien = {
        endung: site_url + reverse("gruppendaten", args=[konferenz.slug, nummer, endung])
        for endung in FORMATE
    }
    satz = _satz(f"{adresse}#daten", f"AG {nummer}: {titel} ({konferenz.titel})", adresse, dateien)
    satz["isPartOf"] = {"@id": f"{site_url}{konferenz.get_absolute_url()}#daten"}
    return satz | _herausgabe(konferenz)


def brotkrumen(stationen: Iterable[tuple[str, str]], site_url: str) -> dict[str, Any]:
    """Return the way to a page as https://schema.org/BreadcrumbList, from names and paths of pages."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": stelle, "name": name, "item": site_url + pfad}
            for stelle, (name, pfad) in enumerate(stationen, 1)
        ],
    }


def _satz(kennung: str, name: str, adresse: str, dateien: dict[str, str]) -> dict[str, Any]:
    return {
        "@type": "Dataset",
        "@id": kennung,
        "name": name,
        # https://developers.google.com/search/docs/appearance/structured-data/dataset asks for 50 characters.
        "description": "Äußerungen aus Arbeitsgruppen, wörtlich und ungefiltert dokumentiert, mit "
        f"Fragestellung, Kategorie und dauerhafter Adresse. {name}.",
        "url": adresse,
        "inLanguage": "de",
        "isAccessibleForFree": True,
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": FORMATE[endung], "contentUrl": datei}
            for endung, datei in dateien.items()
        ],
    }


def _herausgabe(konferenz: Konferenz) -> dict[str, Any]:
    herausgabe = Herausgabe.eingestellte()
    daten: dict[str, Any] = {}
    if stelle := herausgabe.herausgeber or konferenz.veranstalter:
        daten["creator"] = {"@type": "Organization", "name": stelle}
    if herausgabe.lizenz:
        daten["license"] = herausgabe.lizenz.adresse
    return daten
