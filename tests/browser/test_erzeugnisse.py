"""Waiting for what the background makes: archive, data of a large search, a file that is slow to read."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect

from arbeitsgruppen import lesung, suchexport
from arbeitsgruppen.models import Erzeugnis
from konferenz.models import Konferenz
from tests import dateien, vorlage
from tests.browser.ansichten import verstoesse
from tests.fabriken import (
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    KonferenzFactory,
    angemeldet,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def konferenz() -> Konferenz:
    konferenz = KonferenzFactory(slug="fachtag", veroeffentlicht=True)
    gruppe = ArbeitsgruppeFactory(konferenz=konferenz, nummer=3)
    for nummer in range(3):
        AeusserungFactory(abschnitt__arbeitsgruppe=gruppe, text=f"Wohnung {nummer}")
    return konferenz


@pytest.fixture(params=[(1280, "light"), (320, "dark")], ids=["breit", "schmal"])
def seite(browser, live_server, request) -> Iterator:
    """Return a page of an organiser that notes complaints of its console."""
    breite, schema = request.param
    kontext = browser.new_context(
        base_url=live_server.url, viewport={"width": breite, "height": 800}, color_scheme=schema
    )
    keks = angemeldet(BenutzerFactory(rolle="Organisation")).cookies["sessionid"].value
    kontext.add_cookies([{"name": "sessionid", "value": keks, "url": live_server.url}])
    seite = kontext.new_page()
    seite.klagen = []
    seite.on("console", lambda m: seite.klagen.append(m.text) if m.type in ("error", "warning") else None)
    yield seite
    kontext.close()


def verfolgen(seite: Any, erledigen: Callable[..., list[str]]) -> None:
    """Follow what is being made on a page that waits, until it is made."""
    status = seite.get_by_role("status")
    expect(status).to_have_text("Es beginnt gleich.")
    assert verstoesse(seite) == []
    assert not seite.evaluate("document.documentElement.scrollWidth > innerWidth")
    seite.evaluate("window.dieselbe = true")
    Erzeugnis.objects.update(getan=3, umfang=7, schritt="Etwas wird geschrieben.")
    expect(status).to_have_text("Etwas wird geschrieben.")
    fortschritt = seite.get_by_role("progressbar", name="Fortschritt")
    assert fortschritt.evaluate("f => [f.value, f.max]") == [3, 7]
    assert seite.evaluate("window.dieselbe")
    assert "herstellen" in erledigen()


def test_archiv_wird_auf_knopfdruck_gepackt_und_kommt_von_selbst(seite, konferenz, setzer, erledigen) -> None:
    seite.goto(f"/admin/erfassung/konferenz/{konferenz.pk}/archiv/")
    assert verstoesse(seite) == []
    seite.get_by_role("button", name="Archiv erstellen").click()
    with seite.expect_download() as download:
        verfolgen(seite, erledigen)
    assert download.value.suggested_filename == "fachtag-archiv.zip"
    expect(seite.get_by_role("link", name="Archiv herunterladen")).to_be_visible()
    assert verstoesse(seite) == []
    assert seite.klagen == []


def test_daten_einer_grossen_suche_kommen_von_selbst(seite, konferenz, erledigen, monkeypatch) -> None:
    monkeypatch.setattr(suchexport, "SOFORT", 1)
    seite.goto("/suche/?q=Wohnung")
    seite.get_by_role("link", name="Excel").click()
    with seite.expect_download() as download:
        verfolgen(seite, erledigen)
    assert download.value.suggested_filename == "suche.xlsx"
    assert download.value.path().read_bytes().startswith(b"PK")
    expect(seite.get_by_role("heading", level=1)).to_have_text("Die Datei ist fertig")
    assert verstoesse(seite) == []
    seite.get_by_role("link", name="Zurück zur Suche").click()
    expect(seite.get_by_label("Suchwörter").first).to_have_value("Wohnung")
    assert seite.klagen == []


def test_langsam_gelesene_datei_wird_von_selbst_gezeigt(
    seite, konferenz, erledigen, monkeypatch, tmp_path
) -> None:
    monkeypatch.setattr(lesung, "SOFORT", replace(lesung.SOFORT, zeit=0.001))
    gruppe = konferenz.arbeitsgruppen.get()
    gruppe.status = "in_bearbeitung"
    gruppe.save()
    datei = tmp_path / "Folien.pptx"
    datei.write_bytes(dateien.pptx(vorlage.echte().bild.gruppen[2]))
    seite.goto(f"/admin/erfassung/{gruppe.pk}/uebernahme/")
    seite.get_by_label("Datei").set_input_files(datei)
    seite.get_by_role("button", name="Lesen und ansehen").click()
    verfolgen(seite, erledigen)
    expect(seite.get_by_text("„Folien.pptx“ liegt jetzt bei der Gruppe.")).to_be_visible()
    seite.get_by_role("button", name="Übernehmen").first.click()
    expect(seite.get_by_text("Übernommen:")).to_be_visible()
    assert [klage for klage in seite.klagen if "Content Security" in klage] == []
