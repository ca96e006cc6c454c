"""The public pages in a real browser: accessible, self-contained, usable on a phone and without script."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect

from arbeitsgruppen.models import Aeusserung
from konferenz.models import Konferenz
from tests import vorlage
from tests.browser.ansichten import ANSICHTEN, GROESSEN, Durchsicht, verstoesse

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ERWARTET = re.compile(r"40[04] \((Bad Request|Not Found)\)")


@pytest.fixture
def adressen(echte_themen: Konferenz, live_server) -> dict[str, str]:
    """Return every kind of public page, the states that have a look of their own included."""
    vortrag = echte_themen.vortraege.get()
    kennung = Aeusserung.objects.exclude(uebergeordnet=None).values_list("kennung", flat=True)[0]
    pfade = {
        "Startseite": "/",
        "Konferenz": echte_themen.get_absolute_url(),
        "Gruppe mit drei Kategorien": f"/{vorlage.SLUG}/ag/1/",
        "Gruppe mit Weiterem": f"/{vorlage.SLUG}/ag/5/",
        "Gruppe mit allem": f"/{vorlage.SLUG}/ag/6/",
        "Vergleich": f"/{vorlage.SLUG}/vergleich/",
        "Vergleich mit Auswahl": f"/{vorlage.SLUG}/vergleich/?ag=5&ag=7&herkunft=alle&q=Projekt",
        "angesprungener Unterpunkt": f"/a/{kennung}/",
        "Themen": f"/{vorlage.SLUG}/themen/",
        "Thema": f"/{vorlage.SLUG}/themen/sprachkurse/",
        "Vortrag": vortrag.get_absolute_url(),
        "Suche": "/suche/",
        "Suche mit Treffern": "/suche/?q=Ehrenamt&kategorie=hakt",
        "Suche nach einem Tippfehler": "/suche/?q=Sprachkrus",
        "Suche ohne Treffer": "/suche/?q=Xylophon",
        "Suche mit falscher Angabe": "/suche/?ag=drei",
        "Zitat": f"/a/{kennung}/zitat/",
        "Impressum": "/impressum/",
        "Datenschutz": "/datenschutz/",
        "Barrierefreiheit": "/barrierefreiheit/",
        "Leichte Sprache": "/leichte-sprache/",
        "Barriere melden": "/barrierefreiheit/rueckmeldung/",
        "Barriere gemeldet": "/barrierefreiheit/rueckmeldung/danke/",
        "nicht gefunden": "/gibt-es-nicht/",
    }
    return {name: live_server.url + pfad for name, pfad in pfade.items()}


@pytest.fixture(params=["light", "dark"])
def schema(request) -> str:
    return request.param


def aufmerksam(browser, live_server, **optionen: Any) -> Any:
    """Return a page of the browser that notes what it asks for and what it complains about."""
    seite = browser.new_context(**optionen).new_page()
    seite.fremd, seite.klagen = [], []
    seite.on(
        "request",
        lambda anfrage: (
            seite.fremd.append(anfrage.url)
            if not anfrage.url.startswith((live_server.url, "data:"))
            else None
        ),
    )
    seite.on(
        "console",
        lambda meldung: (
            seite.klagen.append(meldung.text)
            if meldung.type in ("error", "warning") and not ERWARTET.search(meldung.text)
            else None
        ),
    )
    return seite


@pytest.fixture(params=GROESSEN)
def seite(request, schema: str, browser, live_server) -> Iterator:
    breite, hoehe = GROESSEN[request.param]
    seite = aufmerksam(browser, live_server, viewport={"width": breite, "height": hoehe}, color_scheme=schema)
    yield seite
    seite.context.close()


def test_die_pruefung_findet_was_sie_finden_soll(browser) -> None:
    seite = browser.new_page()
    seite.set_content("<img src='x.png'><p style='color:#ccc'>Blass</p>")
    gefunden = {meldung.partition(":")[0] for meldung in verstoesse(seite)}
    assert {"image-alt", "color-contrast", "html-has-lang", "document-title"} <= gefunden
    seite.close()


def test_die_durchsicht_merkt_was_nur_auf_dem_telefon_uebersteht_und_wechselt_die_ansicht(browser) -> None:
    durchsicht = Durchsicht(ANSICHTEN)
    seite = browser.new_context(**durchsicht.optionen).new_page()
    seite.set_content("<div style='width: 500px'>Breit</div>")
    gesehen = []
    for name in ("eins", "zwei", "drei", "vier"):
        gesehen.append(seite.evaluate("[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]"))
        durchsicht.ansehen(seite, name)
        assert sum("schmal: läuft über den Rand" in mangel for mangel in durchsicht.maengel[name]) == 1
        assert not any("breit: läuft" in mangel for mangel in durchsicht.maengel[name])
    assert gesehen == [[1280, False], [1280, True], [360, False], [360, True]]
    seite.context.close()


def test_keine_seite_verstoesst_gegen_wcag_oder_fragt_fremde(
    browser, live_server, adressen: dict[str, str], durchsicht: Durchsicht
) -> None:
    seite = aufmerksam(browser, live_server, **durchsicht.optionen)
    for name, adresse in adressen.items():
        seite.goto(adresse)
        durchsicht.ansehen(seite, name)
    assert durchsicht.maengel == {}
    assert seite.fremd == []
    assert seite.klagen == []
    seite.context.close()


def test_entwurf_ist_fuer_die_organisation_barrierefrei(seite, echte_konferenz, live_server) -> None:
    Konferenz.objects.update(status=Konferenz.Status.ENTWURF)
    client = Client()
    client.force_login(User.objects.create_superuser("organisation"))
    seite.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    seite.goto(live_server.url + echte_konferenz.get_absolute_url())
    assert seite.get_by_text("Nur angemeldete Beschäftigte sehen sie").is_visible()
    assert verstoesse(seite) == []


@pytest.fixture
def einfach(browser) -> Iterator:
    """Return a plain page on a phone of the narrowest kind."""
    kontext = browser.new_context(viewport={"width": 320, "height": 640})
    yield kontext.new_page()
    kontext.close()


def test_bei_320_punkten_laeuft_nichts_ueber_den_rand(einfach, adressen: dict[str, str]) -> None:
    for adresse in adressen.values():
        einfach.goto(adresse)
        assert einfach.evaluate("document.documentElement.scrollWidth <= innerWidth"), adresse


def test_ohne_skript_steht_alles_da(browser, adressen: dict[str, str]) -> None:
    texte: list[list[list[str]]] = []
    for skript in (True, False):
        kontext = browser.new_context(java_script_enabled=skript)
        seite = kontext.new_page()
        texte.append([])
        for adresse in adressen.values():
            seite.goto(adresse)
            zeilen = seite.locator("main").inner_text().splitlines()
            # Buttons that copy are there with script only.
            texte[-1].append([zeile for zeile in zeilen if zeile not in ("", "Kopieren")])
        kontext.close()
    assert texte[0] == texte[1]


def test_diagramme_haben_ihre_tabelle_und_deren_zahlen_fuehren_zu_den_aeusserungen(
    seite, adressen: dict[str, str]
) -> None:
    seite.goto(adressen["Konferenz"])
    schmal = seite.viewport_size["width"] < 500
    for art, sichtbar in (("breit", not schmal), ("schmal", schmal)):
        assert seite.locator(f".kd-diagramm__{art} svg").first.is_visible() == sichtbar
    # The chart is for the eye and the pointer only: the keyboard goes from the text to the table.
    assert seite.locator("svg a:not([tabindex='-1'])").count() == 0
    for klappe in seite.locator(".kd-diagramm summary").all():
        klappe.focus()
        seite.keyboard.press("Enter")
    assert verstoesse(seite) == []
    assert not seite.evaluate("document.documentElement.scrollWidth > innerWidth")
    tabelle = seite.get_by_role("table", name="Äußerungen der Teilnehmenden nach Thema und Kategorie")
    zeile = tabelle.get_by_role("row").filter(has_text="Sprachkurse")
    zeile.get_by_role("link", name="hakt: 36", exact=True).click()
    seite.wait_for_url("**/themen/sprachkurse/#hakt")
    expect(seite.locator("#hakt .kd-aeusserung")).to_have_count(36)


def test_balken_fuehren_wer_zeigt_zu_denselben_aeusserungen(browser, adressen: dict[str, str]) -> None:
    kontext = browser.new_context(viewport={"width": 1280, "height": 900})
    seite = kontext.new_page()
    seite.goto(adressen["Konferenz"])
    seite.locator(".kd-diagramm__breit").nth(1).get_by_text("36", exact=True).click()
    seite.wait_for_url("**/themen/sprachkurse/#hakt")
    kontext.close()


def test_sprunglink_ist_das_erste_ziel_der_tastatur(einfach, adressen: dict[str, str]) -> None:
    einfach.goto(adressen["Konferenz"])
    einfach.keyboard.press("Tab")
    assert einfach.evaluate("document.activeElement.textContent") == "Zum Inhalt springen"
    einfach.keyboard.press("Enter")
    assert einfach.evaluate("document.activeElement.id") == "inhalt"


def test_druckfassung_zeigt_die_gruppe_ohne_bedienung(einfach, adressen: dict[str, str]) -> None:
    einfach.goto(adressen["Gruppe mit drei Kategorien"])
    einfach.emulate_media(media="print")
    assert einfach.get_by_role("heading", level=1).is_visible()
    assert einfach.get_by_text("Kommunikation unter Kollegen").is_visible()
    for bedienung in ("header.kd-kopfzeile", ".kd-knoepfe", ".kd-brotkrumen", ".kd-blaettern", "footer"):
        assert not einfach.locator(bedienung).first.is_visible(), bedienung
