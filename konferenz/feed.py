"""The Atom feed of newly released conferences (RFC 4287)."""

import re
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.formats import date_format
from django.utils.html import escape

from konferenz.herausgabe import Herausgabe
from konferenz.models import Konferenz
from konferenz.veroeffentlichung import oeffentlich_seit

HOECHSTENS = 30


class Meldung(NamedTuple):
    """A conference, and since when it is public."""

    konferenz: Konferenz
    seit: datetime


class NeueKonferenzen(Feed):
    """What has been released, newest first; whoever asks gets only what everybody may read."""

    feed_type = Atom1Feed
    title = "Neu dokumentierte Konferenzen"
    subtitle = "Konferenzen, sobald ihre Dokumentation veröffentlicht ist"
    language = "de"

    def link(self) -> str:
        """Return the page that shows the same; absolute, so that the host that was asked doesn't matter."""
        return f"{settings.SITE_URL}/"

    def feed_url(self) -> str:
        """Return the feed's own address."""
        return f"{settings.SITE_URL}{reverse('feed')}"

    def author_name(self) -> str:
        """Return who publishes; every feed needs an author (RFC 4287, 4.1.1)."""
        return Herausgabe.eingestellte().herausgeber or "Konferenzdokumentation"

    def items(self) -> list[Meldung]:
        """Return the newest conferences, in two queries."""
        konferenzen = list(Konferenz.objects.oeffentlich())
        seit = oeffentlich_seit(konferenzen)
        meldungen = [Meldung(k, seit[k.pk]) for k in konferenzen if k.pk in seit]
        return sorted(meldungen, key=lambda meldung: meldung.seit, reverse=True)[:HOECHSTENS]

    def item_title(self, item: Meldung) -> str:
        """Return the conference's title."""
        return _einzeilig(item.konferenz.titel)

    def item_description(self, item: Meldung) -> str:
        """Return what it was, in a line; Django declares it as HTML."""
        k = item.konferenz
        tag = date_format(k.datum, "j. F Y")
        angaben = [f"{k.format or 'Konferenz'} vom {tag}", k.ort, k.reihe, k.veranstalter]
        return escape(_einzeilig(" · ".join(filter(None, angaben))))

    def item_link(self, item: Meldung) -> str:
        """Return the page of the conference; it is what the entry is known by as well."""
        return settings.SITE_URL + item.konferenz.get_absolute_url()

    def item_author_name(self, item: Meldung) -> str | None:
        """Return who held it."""
        return _einzeilig(item.konferenz.veranstalter) or None

    def item_pubdate(self, item: Meldung) -> datetime:
        """Return since when it is public."""
        return item.seit

    def item_updateddate(self, item: Meldung) -> datetime:
        """Return the same: its release is the news."""
        return item.seit


def _einzeilig(text: str) -> str:
    """Return the text without control characters, one of which would make the whole feed unreadable."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff]+", " ", text).strip()
