"""The list of all public pages."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone
from lxml import etree

from arbeitsgruppen import sitemap
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe
from konferenz.models import Konferenz
from tests.fabriken import (
    AeusserungFactory,
    ArbeitsgruppeFactory,
    FolieFactory,
    KonferenzFactory,
    ThemaFactory,
)

pytestmark = pytest.mark.django_db

SCHEMA = Path(__file__).parent / "daten" / "sitemap.xsd"
LOC, LASTMOD = ("{http://www.sitemaps.org/schemas/sitemap/0.9}" + name for name in ("loc", "lastmod"))
PFLICHT = ["/impressum/", "/datenschutz/", "/barrierefreiheit/", "/leichte-sprache/"]


@pytest.fixture
def konferenz(settings) -> Konferenz:
    """Return a released conference with a talk and two groups, of which one is not released."""
    settings.SITE_URL = "https://doku.example.de"
    konferenz = KonferenzFactory(slug="fachtag", veroeffentlicht=True)
    FolieFactory(vortrag__konferenz=konferenz, vortrag__slug="stand")
    AeusserungFactory(abschnitt__arbeitsgruppe=ArbeitsgruppeFactory(konferenz=konferenz, nummer=1))
    ArbeitsgruppeFactory(konferenz=konferenz, nummer=2, zur_pruefung=True)
    return konferenz


def gelesen(client: Client, pfad: str = "/sitemap.xml") -> dict[str, str | None]:
    """Return the listed paths with their dates; the whole answers to the schema.

    Made anew: a line of a history is nothing that changes by itself.
    """
    caches["seiten"].clear()
    antwort = client.get(pfad)
    assert antwort["Content-Type"].startswith("application/xml")
    baum = etree.fromstring(antwort.content)
    etree.XMLSchema(file=str(SCHEMA)).assertValid(baum)
    return {url.findtext(LOC).removeprefix("https://doku.example.de"): url.findtext(LASTMOD) for url in baum}


@pytest.mark.parametrize("angemeldet", [False, True], ids=["anonym", "organisation"])
def test_sitemap_nennt_freigegebenes_und_sonst_nichts(
    client: Client, organisation: Client, konferenz, angemeldet: bool
) -> None:
    FolieFactory(vortrag__konferenz=KonferenzFactory(slug="geplant"))
    ArbeitsgruppeFactory(konferenz__slug="auch-geplant")
    ThemaFactory()
    assert list(gelesen(organisation if angemeldet else client)) == [
        "/",
        "/fachtag/",
        "/fachtag/vortraege/stand/",
        "/fachtag/ag/1/",
        *PFLICHT,
        "/fachtag/vergleich/",
        "/fachtag/themen/",
    ]


def test_was_fuer_eine_liste_zu_viel_ist_kommt_in_teilen(client: Client, konferenz, monkeypatch) -> None:
    alle = list(gelesen(client))
    monkeypatch.setattr(sitemap, "HOECHSTENS", 4)
    caches["seiten"].clear()
    verzeichnis = etree.fromstring(client.get("/sitemap.xml").content)
    assert verzeichnis.tag.endswith("}sitemapindex")
    teile = [teil.findtext(LOC).removeprefix("https://doku.example.de") for teil in verzeichnis]
    assert teile == [f"/sitemap-{n}.xml" for n in range(1, -(-len(alle) // 4) + 1)]
    assert [adresse for teil in teile for adresse in gelesen(client, teil)] == alle
    for teil in (0, len(teile) + 1):
        assert client.get(f"/sitemap-{teil}.xml").status_code == 404


def test_leere_anwendung_hat_startseite_und_pflichtseiten(client: Client, settings) -> None:
    settings.SITE_URL = "https://doku.example.de"
    assert list(gelesen(client)) == ["/", *PFLICHT]


def test_zuletzt_geaendert_ist_eine_seite_wenn_etwas_auf_ihr_es_ist(client: Client, konferenz) -> None:
    for modell in (Konferenz, Arbeitsgruppe, Aeusserung):
        modell.history.update(history_date=timezone.now() - timedelta(days=10))
    for tage, objekt in ((5, Aeusserung.objects.get()), (3, konferenz)):
        objekt.save()
        objekt.history.filter(pk=objekt.history.first().pk).update(
            history_date=timezone.now() - timedelta(days=tage)
        )
    seiten = gelesen(client)
    assert seiten["/"] is None
    assert vor_tagen(seiten["/fachtag/"]) == 3
    assert vor_tagen(seiten["/fachtag/ag/1/"]) == 0  # its heading is of today
    Aeusserung.objects.get().abschnitt.history.update(history_date=timezone.now() - timedelta(days=9))
    assert vor_tagen(gelesen(client)["/fachtag/ag/1/"]) == 5


def vor_tagen(datum: str | None) -> int:
    """Return how many days ago this time was, which has to be written as the schema wants it."""
    assert datum is not None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d", datum)
    return (timezone.now() - datetime.fromisoformat(datum)).days


def test_zahl_der_abfragen_haengt_nicht_von_der_menge_ab(
    client: Client, konferenz, django_assert_num_queries
) -> None:
    with django_assert_num_queries(17):
        client.get("/sitemap.xml")
    for _ in range(3):
        weitere = KonferenzFactory(veroeffentlicht=True)
        FolieFactory(vortrag__konferenz=weitere)
        AeusserungFactory.create_batch(2, abschnitt__arbeitsgruppe__konferenz=weitere)
    with django_assert_num_queries(17):
        client.get("/sitemap.xml")
