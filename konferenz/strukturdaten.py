"""Structured data for search engines: a conference as schema.org Event in JSON-LD."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from konferenz.models import Konferenz

# Inside <script> only these could end the element or begin a comment (HTML standard, 4.12.1.3).
SKRIPTSICHER = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


def veranstaltung(konferenz: Konferenz, site_url: str) -> SafeString:
    """Return `konferenz` as JSON-LD (https://schema.org/Event), safe inside a script element."""
    adresse = site_url + konferenz.get_absolute_url()
    zone = ZoneInfo(settings.TIME_ZONE)
    daten: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "Event",
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
    return mark_safe(json.dumps(daten, ensure_ascii=False).translate(SKRIPTSICHER))  # noqa: S308  # escaped above
