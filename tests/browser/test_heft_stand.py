"""Waiting for a Heft in a real browser: with and without script, light and dark, wide and narrow."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from arbeitsgruppen.models import Heftausgabe
from konferenz.models import Konferenz
from tests.browser.ansichten import Durchsicht
from tests.fabriken import AeusserungFactory, KonferenzFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def konferenz() -> Konferenz:
    konferenz = KonferenzFactory(slug="fachtag", veroeffentlicht=True)
    AeusserungFactory(abschnitt__arbeitsgruppe__konferenz=konferenz)
    return konferenz


@pytest.fixture
def heft(live_server, konferenz: Konferenz, setzer) -> str:
    """Return the address of a Heft that nobody has asked for yet."""
    return f"{live_server.url}/fachtag/heft.pdf"


def als_download(weg) -> None:
    """Let the PDF be saved: what Chromium's own viewer does with it is not to be tested here."""
    antwort = weg.fetch()
    kopf = antwort.headers
    if kopf["content-type"] == "application/pdf":
        kopf["content-disposition"] = kopf["content-disposition"].replace("inline", "attachment")
    weg.fulfill(response=antwort, headers=kopf)


@pytest.fixture
def seite(browser) -> Iterator:
    """Return a page that notes what its console complains about, and how often a page was loaded."""
    kontext = browser.new_context()
    seite = kontext.new_page()
    seite.route("**/heft.pdf", als_download)
    seite.klagen, seite.geladen = [], []
    seite.on("console", lambda m: seite.klagen.append(m.text) if m.type in ("error", "warning") else None)
    seite.on("pageerror", lambda fehler: seite.klagen.append(str(fehler)))
    seite.on(
        "request",
        lambda anfrage: seite.geladen.append(anfrage.url) if anfrage.is_navigation_request() else None,
    )
    yield seite
    kontext.close()


def test_fortschritt_laeuft_mit_ohne_neu_zu_laden_und_dann_kommt_das_heft(
    seite, heft: str, erledigen
) -> None:
    seite.goto(heft)
    status = seite.get_by_role("status")
    expect(status).to_have_text("Es beginnt gleich.")
    seite.evaluate("window.dieselbe = true")

    Heftausgabe.objects.update(gesetzt=7, umfang=19)
    status.get_by_text("7 von etwa 19 Seiten sind gesetzt.").wait_for()
    fortschritt = seite.get_by_role("progressbar", name="Fortschritt")
    assert fortschritt.evaluate("f => [f.value, f.max]") == [7, 19]
    Heftausgabe.objects.update(gesetzt=19)
    status.get_by_text("Alle 19 Seiten sind gesetzt, das PDF wird geschrieben.").wait_for()
    assert fortschritt.evaluate("f => f.value") == 19
    assert seite.evaluate("window.dieselbe")
    assert seite.geladen == [heft]

    with seite.expect_download() as download:
        erledigen()
    assert download.value.url == heft
    assert download.value.suggested_filename == "fachtag.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF")
    expect(seite.get_by_role("heading", level=1)).to_have_text("Das Heft ist fertig")
    assert (
        seite.get_by_role("link", name=re.compile("Heft öffnen")).get_attribute("href") == "/fachtag/heft.pdf"
    )
    assert seite.evaluate("document.activeElement.id") == "inhalt"
    assert seite.evaluate("window.dieselbe")
    assert seite.klagen == []


def test_scheitern_wird_gemeldet_und_die_seite_fragt_nicht_weiter(
    seite, heft: str, setzer, erledigen
) -> None:
    setzer.fehler = "Das Heft hat mehr als 6000 Seiten."
    seite.clock.install()
    seite.goto(heft)
    erledigen()
    seite.clock.run_for(1000)
    seite.get_by_text("Das Heft hat mehr als 6000 Seiten.").wait_for()
    expect(seite.get_by_role("heading", level=1)).to_have_text("Das Heft ließ sich nicht setzen")
    assert seite.evaluate("document.activeElement.id") == "inhalt"
    expect(seite.get_by_role("progressbar")).to_have_count(0)
    anfragen: list[str] = []
    seite.on("request", lambda anfrage: anfragen.append(anfrage.url))
    seite.clock.run_for(60_000)
    assert anfragen == []


def test_kurz_unterbrochene_verbindung_haelt_die_seite_nicht_auf(seite, heft: str, erledigen) -> None:
    seite.goto(heft)
    seite.route("**/heft/", lambda weg: weg.abort())
    with seite.expect_event("requestfailed"):
        pass
    seite.unroute("**/heft/")
    with seite.expect_download() as download:
        erledigen()
    assert download.value.suggested_filename == "fachtag.pdf"


def test_ohne_skript_laedt_sich_die_seite_selbst_neu_bis_das_heft_kommt(
    browser, heft: str, live_server, erledigen
) -> None:
    kontext = browser.new_context(java_script_enabled=False)
    seite = kontext.new_page()
    seite.route("**/heft.pdf", als_download)
    seite.goto(heft)
    expect(seite.get_by_role("heading", level=1)).to_have_text("Das Heft wird gesetzt")
    Heftausgabe.objects.update(gesetzt=7, umfang=19)
    seite.wait_for_url(f"{live_server.url}/fachtag/heft/")
    expect(seite.get_by_text("7 von etwa 19 Seiten sind gesetzt.")).to_be_visible()
    with seite.expect_download() as download:
        erledigen()
    assert download.value.suggested_filename == "fachtag.pdf"
    expect(seite.get_by_role("heading", level=1)).to_have_text("Das Heft ist fertig")
    kontext.close()


def test_kein_zustand_verstoesst_gegen_wcag(
    browser, heft: str, konferenz: Konferenz, settings, setzer, erledigen, durchsicht: Durchsicht
) -> None:
    kontext = browser.new_context(**durchsicht.optionen)
    seite = kontext.new_page()
    seite.route("**/heft.pdf", als_download)

    def oeffnen(name: str, ueberschrift: str, anfrage: str = "") -> None:
        seite.goto(heft.replace("heft.pdf", f"heft/{anfrage}"))
        ansehen(name, ueberschrift)

    def ansehen(name: str, ueberschrift: str) -> None:
        expect(seite.get_by_role("heading", level=1)).to_have_text(ueberschrift)
        durchsicht.ansehen(seite, name)

    oeffnen("beginnt", "Das Heft wird gesetzt")
    Heftausgabe.objects.update(gesetzt=7, umfang=19)
    oeffnen("Arbeit", "Das Heft wird gesetzt")
    with seite.expect_download():
        erledigen()
    ansehen("fertig", "Das Heft ist fertig")
    konferenz.titel = "Neuer Titel"
    konferenz.save()
    oeffnen("vorige Ausgabe", "Das Heft wird gesetzt")
    assert seite.get_by_role("link", name=re.compile("Heft vom")).is_visible()
    setzer.fehler = "Das Setzen kam 180 Sekunden lang nicht voran (bei „AG 1: Wohnen“)."
    erledigen()
    oeffnen("gescheitert", "Das Heft ließ sich nicht setzen")
    oeffnen("Fehler", "Heft zusammenstellen", "?ag=99&form=xyz&kategorie=nix&vortraege=vielleicht")
    settings.HEFT_WARTESCHLANGE = 0
    oeffnen("voll", "Gerade werden sehr viele Hefte gesetzt", "?form=bericht")
    assert durchsicht.maengel == {}
    kontext.close()


def test_die_stelle_in_der_adresse_geht_beim_warten_nicht_verloren(seite, heft: str, erledigen) -> None:
    seite.goto(f"{heft}#nameddest=a-k3f9dq")
    with seite.expect_download() as geladen:
        erledigen()
    assert geladen.value.url == f"{heft}#nameddest=a-k3f9dq"
