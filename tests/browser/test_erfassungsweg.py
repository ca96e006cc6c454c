"""The three-minute way: from a moderator's text to the public page and the Heft."""

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from playwright.sync_api import expect

from arbeitsgruppen.bild import Gruppenbild, konferenzbild
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe
from konferenz.models import Konferenz
from tests import vorlage
from tests.fabriken import BenutzerFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KENNWORT = "geheim-und-lang-genug"


@pytest.fixture
def gruppe(echte_konferenz: Konferenz) -> Arbeitsgruppe:
    """Return AG 3 of the real conference before anybody entered anything."""
    gruppe = echte_konferenz.arbeitsgruppen.get(nummer=3)
    gruppe.abschnitte.all().delete()
    gruppe.status = Arbeitsgruppe.Status.IN_BEARBEITUNG
    gruppe.save()
    return gruppe


def angemeldet(browser: Any, live_server: Any, konto: User) -> Any:
    """Sign in as people do."""
    seite = browser.new_context(locale="de-DE").new_page()
    seite.goto(f"{live_server.url}/admin/erfassung/")
    seite.get_by_label("Benutzername").or_(seite.get_by_label(re.compile("Name oder"))).first.fill(
        konto.username
    )
    seite.locator("[name=password]").fill(KENNWORT)
    seite.get_by_role("button", name="Anmelden").click()
    expect(seite.get_by_role("heading", name="Erfassung", level=1)).to_be_visible()
    return seite


def inhalt(bild: Gruppenbild) -> list[Any]:
    return [
        (a.ueberschrift, a.kategorie, a.herkunft, [(e.text, e.neue_seite) for e in a.aeusserungen])
        for a in bild.abschnitte
    ]


def test_vom_text_der_moderation_bis_zur_oeffentlichen_seite_und_zum_heft(
    browser, live_server, gruppe: Arbeitsgruppe, tmp_path: Path
) -> None:
    erwartet = next(g for g in vorlage.echte().bild.gruppen if g.nummer == 3)
    text = "\n\n".join(seite for seite in vorlage.text().split("\f") if seite.lstrip().startswith("AG 3"))
    adresse = gruppe.get_absolute_url()

    moderation = angemeldet(
        browser, live_server, BenutzerFactory(rolle="Moderation", rolle__gruppen=[gruppe])
    )
    moderation.get_by_role("link", name="AG 3").click()
    moderation.get_by_role("link", name="Text oder Datei übernehmen").click()
    moderation.locator("textarea").first.fill(text)
    moderation.get_by_role("button", name="Lesen und ansehen").click()
    expect(moderation.get_by_text("72 Äußerungen")).to_be_visible()
    moderation.get_by_role("button", name="Übernehmen", exact=True).click()
    expect(moderation.locator("[data-vorschau]").first).to_contain_text("VwV Sprachkurse für Geduldete")
    moderation.get_by_role("button", name="Zur Prüfung geben").click()
    expect(moderation.get_by_text("zur Prüfung", exact=True).first).to_be_visible()

    gast = browser.new_context(locale="de-DE").new_page()
    gast.goto(live_server.url + adresse)
    expect(gast.get_by_text("noch nicht freigegeben")).to_be_visible()
    assert "VwV Sprachkurse" not in gast.content()

    organisation = angemeldet(browser, live_server, BenutzerFactory(rolle="Organisation"))
    organisation.get_by_role("link", name="AG 3").click()
    organisation.get_by_role("button", name="Freigeben").click()
    expect(organisation.get_by_text("freigegeben", exact=True).first).to_be_visible()

    gast.reload()
    expect(gast.get_by_text("VwV Sprachkurse für Geduldete")).to_be_visible()
    for seite in (moderation, organisation, gast):
        seite.context.close()
    assert Aeusserung.objects.filter(abschnitt__arbeitsgruppe=gruppe).eintraege().count() == 72
    (gespeichert,) = (g for g in konferenzbild(gruppe.konferenz).gruppen if g.nummer == 3)
    assert inhalt(gespeichert) == inhalt(erwartet)
    heft = tmp_path / "heft.pdf"
    call_command("heft_exportieren", vorlage.SLUG, str(heft), "--ag", "3", stdout=StringIO())
    with pypdfium2.PdfDocument(heft) as pdf:
        assert any("VwV Sprachkurse" in blatt.get_textpage().get_text_range() for blatt in pdf)
