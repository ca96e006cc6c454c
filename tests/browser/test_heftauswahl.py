"""Putting a Heft together in a real browser: without script, by keyboard, on a phone, light and dark."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.test_seiten import verstoesse

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("schema", ["light", "dark"])
@pytest.mark.parametrize("breite", [1280, 360, 320])
def test_aufgeklapptes_formular_ist_barrierefrei(
    browser, echte_konferenz, live_server, breite, schema
) -> None:
    kontext = browser.new_context(viewport={"width": breite, "height": 740}, color_scheme=schema)
    seite = kontext.new_page()
    seite.goto(live_server.url + echte_konferenz.get_absolute_url())
    assert not seite.get_by_role("button", name="Heft erstellen (PDF)").is_visible()
    seite.get_by_text("Heft zusammenstellen").click()
    expect(seite.get_by_role("button", name="Heft erstellen (PDF)")).to_be_visible()
    assert verstoesse(seite) == []
    assert seite.evaluate("document.documentElement.scrollWidth <= innerWidth")
    kontext.close()


def test_heft_wird_ohne_skript_mit_der_tastatur_zusammengestellt(
    browser, echte_konferenz, live_server
) -> None:
    kontext = browser.new_context(java_script_enabled=False)
    seite = kontext.new_page()
    seite.route("**/heft.pdf*", lambda weg: weg.fulfill(body="<p>Heft</p>", content_type="text/html"))
    seite.goto(live_server.url + echte_konferenz.get_absolute_url())
    seite.get_by_text("Heft zusammenstellen").focus()
    seite.keyboard.press("Enter")
    seite.keyboard.press("Tab")  # Folien
    seite.keyboard.press("ArrowDown")  # Bericht
    seite.keyboard.press("Tab")  # AG 1
    seite.keyboard.press("Space")
    for _ in range(8 + 1):  # the other seven groups, „läuft gut“, „hakt“
        seite.keyboard.press("Tab")
    seite.keyboard.press("Space")
    seite.keyboard.press("Enter")
    seite.wait_for_url("**/heft.pdf?*")
    assert urlsplit(seite.url).query == "form=bericht&ag=1&kategorie=hakt"
    kontext.close()
