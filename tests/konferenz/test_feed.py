"""The Atom feed: valid, in the order of release, without drafts."""

from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import etree

from konferenz.models import Konferenz
from tests.fabriken import KonferenzFactory

pytestmark = pytest.mark.django_db

ATOM = {"a": "http://www.w3.org/2005/Atom"}
SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).parent / "atom.rng"))


@pytest.fixture(autouse=True)
def _seite(settings) -> None:
    settings.SITE_URL = "https://doku.example.de"


def feed(client: Client):
    antwort = client.get("/feed.atom")
    assert antwort["Content-Type"] == "application/atom+xml; charset=utf-8"
    baum = etree.fromstring(antwort.content)
    SCHEMA.assertValid(baum)
    gelesen = feedparser.parse(antwort.content)
    assert (gelesen.version, gelesen.bozo) == ("atom10", False), gelesen.get("bozo_exception")
    assert [e.id for e in gelesen.entries] == baum.xpath("a:entry/a:id/text()", namespaces=ATOM)
    # 4.1.1 and 4.1.2: one alternate each, of the feed one link to itself; no id twice.
    assert [link.get("rel") for link in baum.findall("a:link", ATOM)] == ["alternate", "self"]
    for eintrag in baum.findall("a:entry", ATOM):
        assert [link.get("rel") for link in eintrag.findall("a:link", ATOM)] == ["alternate"]
    kennungen = baum.xpath("//a:id/text()", namespaces=ATOM)
    assert len(kennungen) == len(set(kennungen))
    return baum


def veroeffentlicht_am(tag: int, **werte) -> Konferenz:
    konferenz = KonferenzFactory(veroeffentlicht=True, **werte)
    konferenz.history.update(history_date=datetime(2024, 5, tag, 9, 30, tzinfo=UTC))
    return konferenz


def test_feed_nennt_veroeffentlichte_konferenzen_die_neueste_veroeffentlichung_zuerst(client: Client) -> None:
    veroeffentlicht_am(1, titel="Erste", datum="2024-01-09")
    veroeffentlicht_am(3, titel="Zweite", datum="2021-01-01", slug="zweite")
    KonferenzFactory(titel="Geheime")

    baum = feed(client)

    assert baum.xpath("a:entry/a:title/text()", namespaces=ATOM) == ["Zweite", "Erste"]
    assert baum.xpath("a:entry/a:published/text()", namespaces=ATOM) == [
        "2024-05-03T09:30:00+00:00",
        "2024-05-01T09:30:00+00:00",
    ]
    assert baum.xpath("a:entry[1]/a:link/@href", namespaces=ATOM) == ["https://doku.example.de/zweite/"]
    assert baum.xpath("a:link[@rel='self']/@href", namespaces=ATOM) == ["https://doku.example.de/feed.atom"]
    assert baum.xpath("string(a:updated)", namespaces=ATOM) == "2024-05-03T09:30:00+00:00"


def test_feed_ohne_konferenz_ist_gueltig_und_leer(client: Client) -> None:
    assert feed(client).xpath("a:entry", namespaces=ATOM) == []


@pytest.mark.parametrize("titel", ["A & <b>B</b>", "Glocke \x07 im Titel", "zwei\nZeilen", "\ufffe"])
def test_kein_titel_macht_den_feed_unlesbar(client: Client, titel: str) -> None:
    veroeffentlicht_am(1, titel=f"Fachtag {titel}", veranstalter=titel, reihe=titel)

    (gefunden,) = feed(client).xpath("a:entry/a:title/text()", namespaces=ATOM)
    assert gefunden.startswith("Fachtag")


def test_zusammenfassung_ist_html_in_dem_titel_text_bleiben(client: Client) -> None:
    veroeffentlicht_am(1, reihe="<script>alert(1)</script>")

    (text,) = feed(client).xpath("a:entry/a:summary/text()", namespaces=ATOM)
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_feed_ist_fuer_alle_derselbe(client: Client, organisation: Client) -> None:
    veroeffentlicht_am(1)
    KonferenzFactory(titel="Geheime")

    assert organisation.get("/feed.atom").content == client.get("/feed.atom").content


def test_feed_nennt_den_herausgeber(client: Client, settings) -> None:
    veroeffentlicht_am(1)
    settings.HERAUSGEBER = "Statistisches Landesamt"

    assert feed(client).xpath("string(a:author/a:name)", namespaces=ATOM) == "Statistisches Landesamt"


def test_wer_den_feed_schon_hat_bekommt_304(client: Client) -> None:
    veroeffentlicht_am(1)
    marke = client.get("/feed.atom")["ETag"]

    assert client.get("/feed.atom", headers={"If-None-Match": marke}).status_code == 304
    veroeffentlicht_am(2)
    assert client.get("/feed.atom", headers={"If-None-Match": marke}).status_code == 200


def test_viele_konferenzen_kosten_so_viele_abfragen_wie_eine(client: Client) -> None:
    veroeffentlicht_am(1)
    with CaptureQueriesContext(connection) as eine:
        feed(client)
    for tag in range(2, 6):
        veroeffentlicht_am(tag)
    with CaptureQueriesContext(connection) as viele:
        feed(client)
    assert len(viele) == len(eine) == 3


def test_jede_seite_fuehrt_zum_feed(client: Client) -> None:
    verweis = '<link rel="alternate" type="application/atom+xml" href="/feed.atom"'
    assert verweis in client.get("/").text
