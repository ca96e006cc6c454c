"""Quoting a statement in a real browser: in a dialog, on a page, with and without script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from arbeitsgruppen.models import Aeusserung
from konferenz.models import Konferenz
from tests import vorlage
from tests.browser.test_seiten import GROESSEN, verstoesse

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GRUPPE = f"/{vorlage.SLUG}/ag/5/"


@pytest.fixture
def seite(browser, live_server, echte_konferenz: Konferenz) -> Iterator:
    """Return a page of the browser that may use the clipboard."""
    kontext = browser.new_context(base_url=live_server.url)
    kontext.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    yield kontext.new_page()
    kontext.close()


def zwischenablage(seite) -> str:
    return seite.evaluate("navigator.clipboard.readText()")


def test_kennung_oeffnet_das_zitat_auf_der_seite_und_kopiert_es(seite, settings) -> None:
    seite.goto(GRUPPE)
    verweis = seite.locator(".kd-aeusserung__kennung").nth(2)
    kennung = verweis.get_attribute("href").split("/")[2]
    verweis.click()
    dialog = seite.get_by_role("dialog", name="Äußerung zitieren")
    dialog.wait_for()
    stand = dialog.get_by_role("status")
    for knopf, erwartet in (
        ("Kopieren: Wortlaut mit Quelle", f"„{Aeusserung.objects.get(kennung=kennung).text}“ ("),
        ("Kopieren: Quelle", "Pakt für Integration"),
        ("Kopieren: dauerhafte Adresse", f"{settings.SITE_URL}/a/{kennung}/"),
    ):
        dialog.get_by_role("button", name=knopf, exact=True).click()
        stand.get_by_text(knopf.replace("Kopieren", "Kopiert")).wait_for()
        assert zwischenablage(seite).startswith(erwartet)
    assert zwischenablage(seite) == f"{settings.SITE_URL}/a/{kennung}/"
    assert seite.url.endswith(GRUPPE)


def test_mit_der_tastatur_geht_der_dialog_auf_und_zu_und_der_ort_bleibt(seite) -> None:
    seite.goto(GRUPPE)
    verweis = seite.locator(".kd-aeusserung__kennung").nth(40)
    verweis.focus()
    for zu in ("Escape", "Schließen"):
        seite.keyboard.press("Enter")
        dialog = seite.get_by_role("dialog")
        dialog.wait_for()
        assert seite.evaluate("document.querySelector('dialog').contains(document.activeElement)")
        if zu == "Escape":
            seite.keyboard.press("Escape")
        else:
            dialog.get_by_role("button", name=zu).click()
        dialog.wait_for(state="hidden")
        assert verweis.evaluate("v => v === document.activeElement")


def test_was_inzwischen_geloescht_ist_sagt_die_seite_selbst(seite) -> None:
    seite.goto(GRUPPE)
    verweis = seite.locator(".kd-aeusserung__kennung").first
    Aeusserung.objects.get(kennung=verweis.get_attribute("href").split("/")[2]).delete()
    verweis.click()
    seite.get_by_role("heading", name="Diese Äußerung wurde gelöscht").wait_for()


def test_wo_der_browser_das_kopieren_verbietet_sagt_das_zitat_was_hilft(seite) -> None:
    seite.goto(GRUPPE)
    seite.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')) }")
    seite.locator(".kd-aeusserung__kennung").first.click()
    seite.get_by_role("button", name="Kopieren: Quelle").click()
    seite.get_by_role("status").get_by_text("Markieren Sie den Text").wait_for()


def test_ohne_skript_fuehrt_die_kennung_zu_einer_seite_mit_allem(
    browser, live_server, echte_konferenz
) -> None:
    kontext = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    seite = kontext.new_page()
    seite.goto(GRUPPE)
    seite.locator(".kd-aeusserung__kennung").first.click()
    seite.wait_for_url("**/zitat/")
    expect(seite.get_by_role("heading", name="Quelle", exact=True)).to_be_visible()
    assert seite.get_by_role("button").count() == 0  # nothing that does nothing
    seite.get_by_role("link", name="Im Zusammenhang lesen").click()
    seite.wait_for_url("**#a-*")
    kontext.close()


@pytest.mark.parametrize("schema", ["light", "dark"])
@pytest.mark.parametrize("groesse", GROESSEN)
def test_dialog_und_seite_mit_knoepfen_sind_barrierefrei(
    browser, live_server, echte_konferenz, groesse: str, schema: str
) -> None:
    breite, hoehe = GROESSEN[groesse]
    kontext = browser.new_context(
        base_url=live_server.url, viewport={"width": breite, "height": hoehe}, color_scheme=schema
    )
    seite = kontext.new_page()
    seite.goto(GRUPPE)
    verweis = seite.locator(".kd-aeusserung__kennung").first
    verweis.click()
    seite.get_by_role("dialog").wait_for()
    assert verstoesse(seite) == []
    assert seite.evaluate("document.querySelector('dialog').scrollWidth <= innerWidth")
    seite.goto(verweis.get_attribute("href"))
    expect(seite.get_by_role("button", name="Kopieren: Quelle")).to_be_visible()
    assert verstoesse(seite) == []
    kontext.close()
