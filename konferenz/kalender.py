"""A conference's agenda as iCalendar."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event

from konferenz.models import Konferenz

# How long the last slot lasts where the conference has no end, so that calendars show it at all.
LETZTER_PUNKT = timedelta(minutes=15)


def kalender(konferenz: Konferenz, site_url: str) -> bytes:
    """Return the agenda of `konferenz` as iCalendar (RFC 5545), one event per slot, in two queries.

    A slot ends when a later one begins, the last with the conference. `site_url` is the beginning of
    all addresses of the site.
    """
    zone = ZoneInfo(settings.TIME_ZONE)
    rechner = urlsplit(site_url).netloc
    punkte = list(konferenz.programmpunkte.prefetch_related("arbeitsgruppen"))
    anfaenge = [datetime.combine(konferenz.datum, punkt.beginn, zone) for punkt in punkte]
    schluss = konferenz.ende and datetime.combine(konferenz.datum, konferenz.ende, zone)
    kalender = Calendar()
    kalender.add("prodid", "-//Konferenzdokumentation//DE")
    kalender.add("version", "2.0")
    kalender.add("name", konferenz.titel)
    kalender.add("x-wr-calname", konferenz.titel)  # what Outlook and Apple read instead of RFC 7986's NAME
    for punkt, anfang in zip(punkte, anfaenge, strict=True):
        spaeter = [a for a in [*anfaenge, schluss] if a and a > anfang]
        termin = Event()
        # RFC 5545, 3.8.4.7: the same event keeps its uid, so the row's key and not its position.
        termin.add("uid", f"programmpunkt-{punkt.pk}@{rechner}")
        termin.add("dtstamp", timezone.now())
        termin.add("dtstart", anfang)
        termin.add("dtend", min(spaeter, default=anfang + LETZTER_PUNKT))
        termin.add("summary", f"{punkt.titel} ({konferenz.titel})")
        gruppen = [str(gruppe) for gruppe in punkt.arbeitsgruppen.all()]
        if beschreibung := "\n".join(filter(None, [punkt.mitwirkende, *gruppen])):
            termin.add("description", beschreibung)
        if ort := konferenz.ort or konferenz.format:
            termin.add("location", ort)
        termin.add("url", site_url + konferenz.get_absolute_url())
        kalender.add_component(termin)
    tag = timedelta(days=1)
    kalender.add_missing_timezones(konferenz.datum - tag, konferenz.datum + tag)
    return kalender.to_ical()
