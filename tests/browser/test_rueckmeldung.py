"""Reporting a barrier in a real browser: accessible when something is wrong, without script and cookies."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect

from konferenz import rueckmeldeformular
from konferenz.models import Rueckmeldung
from tests.browser.test_seiten import GROESSEN, verstoesse
from tests.fabriken import PflichtseiteFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("schema", ["light", "dark"])
@pytest.mark.parametrize("groesse", GROESSEN)
def test_formular_mit_fehlern_ist_barrierefrei(browser, live_server, groesse: str, schema: str) -> None:
    breite, hoehe = GROESSEN[groesse]
    kontext = browser.new_context(viewport={"width": breite, "height": hoehe}, color_scheme=schema)
    seite = kontext.new_page()
    seite.goto(f"{live_server.url}/barrierefreiheit/rueckmeldung/")
    seite.get_by_label("Ihre E-Mail-Adresse").fill("jo@")
    seite.get_by_role("button", name="Senden").click()
    seite.get_by_role("alert").wait_for()
    assert seite.get_by_label("Dieses Feld bitte leer lassen").is_hidden()
    assert verstoesse(seite) == []
    assert seite.evaluate("document.documentElement.scrollWidth <= innerWidth")
    seite.get_by_role("alert").get_by_role("link", name="Schreiben Sie, was Sie stört").click()
    assert seite.evaluate("location.hash") == "#id_text"
    kontext.close()


def test_ohne_skript_und_cookies_kommt_die_nachricht_an(browser, live_server, monkeypatch) -> None:
    monkeypatch.setattr(rueckmeldeformular, "FRUEHESTENS", 0)
    kontext = browser.new_context(java_script_enabled=False)
    seite = kontext.new_page()
    seite.goto(f"{live_server.url}/barrierefreiheit/")
    seite.get_by_role("link", name="Barriere melden").click()
    seite.get_by_label("Was stört Sie").fill("Die Schrift ist klein")
    seite.get_by_role("button", name="Senden").click()
    expect(seite.get_by_role("heading", level=1)).to_have_text("Ihre Nachricht ist angekommen")
    assert kontext.cookies() == []
    assert Rueckmeldung.objects.get().text == "Die Schrift ist klein"
    kontext.close()


def test_organisation_kommt_vom_beispieltext_zum_bearbeiten(browser, live_server) -> None:
    PflichtseiteFactory(art="impressum")
    client = Client()
    client.force_login(User.objects.create_superuser("organisation"))
    kontext = browser.new_context(base_url=live_server.url)
    kontext.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    seite = kontext.new_page()
    seite.goto("/impressum/")
    assert verstoesse(seite) == []
    seite.get_by_role("link", name="Text bearbeiten").click()
    seite.get_by_label("Text:").fill("# Anbieter\n\nAmt Ulm")
    seite.get_by_role("button", name="Sichern", exact=True).click()
    seite.get_by_text("erfolgreich geändert").wait_for()
    seite.goto("/impressum/")
    assert seite.get_by_role("heading", name="Anbieter").is_visible()
    assert not seite.get_by_text("Beispieltext").is_visible()
    kontext.close()
