"""The comparison in a real browser: a table, and a list on a phone; without script, by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from konferenz.models import Konferenz
from tests import vorlage
from tests.browser.ansichten import Durchsicht
from tests.fabriken import AeusserungFactory, ArbeitsgruppeFactory, KonferenzFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADRESSE = f"/{vorlage.SLUG}/vergleich/"


@pytest.fixture
def mit_wieder(echte_themen: Konferenz) -> str:
    """Return a query string for the real conference beside another one that asked a question again."""
    gruppe = echte_themen.arbeitsgruppen.get(nummer=6)
    wieder = KonferenzFactory(slug="wieder", veroeffentlicht=True)
    neue = ArbeitsgruppeFactory(konferenz=wieder, titel=gruppe.titel, fragestellung=gruppe.fragestellung)
    AeusserungFactory(abschnitt__arbeitsgruppe=neue)
    return "?auch=wieder"


def test_auswahl_fehler_und_andere_konferenz_sind_barrierefrei(
    browser, mit_wieder, live_server, durchsicht: Durchsicht
) -> None:
    kontext = browser.new_context(**durchsicht.optionen)
    seite = kontext.new_page()
    for anfrage in (mit_wieder, "?q=Xylophon", "?ag=99&thema=mars&q=-weg", f"{mit_wieder}&thema=sprachkurse"):
        seite.goto(live_server.url + ADRESSE + anfrage)
        if "99" not in anfrage:  # errors open the form by themselves
            seite.locator("summary").click()
        expect(seite.get_by_role("button", name="Vergleichen")).to_be_visible()
        durchsicht.ansehen(seite, anfrage)
    assert durchsicht.maengel == {}
    kontext.close()


def test_bei_320_punkten_laeuft_kein_vergleich_ueber_den_rand(browser, mit_wieder, live_server) -> None:
    kontext = browser.new_context(viewport={"width": 320, "height": 740})
    seite = kontext.new_page()
    for anfrage in (mit_wieder, "?q=Xylophon", "?ag=99&thema=mars&q=-weg"):
        seite.goto(live_server.url + ADRESSE + anfrage)
        if "99" not in anfrage:
            seite.locator("summary").click()
        expect(seite.get_by_role("button", name="Vergleichen")).to_be_visible()
        assert seite.evaluate("document.documentElement.scrollWidth <= innerWidth"), anfrage
    kontext.close()


@pytest.mark.parametrize(("breite", "tabelle"), [(1280, True), (360, False)])
def test_zahlen_sind_eine_tabelle_und_auf_dem_telefon_eine_liste(
    browser, echte_konferenz, live_server, breite, tabelle
) -> None:
    kontext = browser.new_context(viewport={"width": breite, "height": 740})
    seite = kontext.new_page()
    seite.goto(live_server.url + ADRESSE)
    zahlen = seite.get_by_role("table")
    assert zahlen.get_by_role("columnheader", name="AG 6").is_visible() == tabelle
    zeile = zahlen.get_by_role("row", name="Lösungsansätze")
    assert zeile.get_by_role("rowheader", name="Lösungsansätze").is_visible()
    assert zeile.get_by_role("cell", name="nichts").count() == (4 if tabelle else 0)
    zeile.get_by_role("link", name="AG 6: 6 Einträge").click()
    ziel = seite.locator(":target")
    expect(ziel.get_by_role("heading", level=3)).to_have_text(re.compile("^\\s*AG 6"))
    assert ziel.is_visible()
    kontext.close()


def test_hoechstens_vier_spalten_stehen_nebeneinander(browser, echte_konferenz, live_server) -> None:
    kontext = browser.new_context(viewport={"width": 1920, "height": 1080})
    seite = kontext.new_page()
    seite.goto(live_server.url + ADRESSE)
    spalten = seite.locator("#zu-1 .kd-vergleich__spalte")
    links = [spalten.nth(nummer).bounding_box()["x"] for nummer in range(spalten.count())]
    assert len(links) == 5
    assert len(set(links)) == 4
    kontext.close()


def test_vergleich_wird_ohne_skript_mit_der_tastatur_eingegrenzt(
    browser, echte_konferenz, live_server
) -> None:
    kontext = browser.new_context(java_script_enabled=False)
    seite = kontext.new_page()
    seite.goto(live_server.url + ADRESSE)
    seite.locator("summary").focus()
    seite.keyboard.press("Enter")
    for _ in range(3):  # AG 3
        seite.keyboard.press("Tab")
    seite.keyboard.press("Space")
    for _ in range(5 + 4 + 1):  # five groups, four categories, the words
        seite.keyboard.press("Tab")
    seite.keyboard.type("Ehrenamt")
    seite.keyboard.press("Enter")
    seite.wait_for_url("**/vergleich/?*")
    assert "ag=3&q=Ehrenamt" in seite.url.replace("&thema=", "")
    assert seite.get_by_text("Ausgewählt: AG 3, gesucht: Ehrenamt.").is_visible()
    assert seite.locator("mark").first.is_visible()
    kontext.close()
