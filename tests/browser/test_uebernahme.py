"""The Übernahme in a real browser: slides are in within three clicks, on a phone and without script."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from arbeitsgruppen.models import Arbeitsgruppe
from konferenz.berechtigungen import MODERATION
from konferenz.models import Konferenz
from tests import dateien, vorlage
from tests.browser.ansichten import Durchsicht
from tests.fabriken import BenutzerFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AG3 = vorlage.echte().bild.gruppen[2]
TEXT = "\n".join(seite.strip("\n") for seite in vorlage.text().split("\f") if "AG 3:" in seite.strip()[:5])

Oeffnen = Callable[..., Any]


@pytest.fixture
def gruppe(echte_konferenz: Konferenz) -> Arbeitsgruppe:
    """Return the real AG 3 without its statements."""
    gruppe = echte_konferenz.arbeitsgruppen.get(nummer=3)
    gruppe.status = Arbeitsgruppe.Status.IN_BEARBEITUNG
    gruppe.save()
    gruppe.abschnitte.all().delete()
    return gruppe


@pytest.fixture
def oeffnen(browser, live_server, gruppe: Arbeitsgruppe) -> Iterator[Oeffnen]:
    """Return what opens the page of the Übernahme for the group's moderation."""
    konto = BenutzerFactory(mitarbeit=True)
    konto.groups.add(Group.objects.get(name=MODERATION))
    konto.arbeitsgruppen.add(gruppe)
    kontexte = []

    def oeffnen(**optionen: Any) -> Any:
        client = Client()
        client.force_login(konto)
        kontext = browser.new_context(locale="de-DE", **optionen)
        kontexte.append(kontext)
        kontext.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
        )
        seite = kontext.new_page()
        seite.klagen = []
        seite.on("console", lambda m: seite.klagen.append(m.text) if m.type in ("error", "warning") else None)
        seite.goto(f"{live_server.url}/admin/erfassung/{gruppe.pk}/uebernahme/")
        return seite

    yield oeffnen
    for kontext in kontexte:
        kontext.close()


def test_seiten_der_uebernahme_sind_barrierefrei_und_passen(oeffnen, durchsicht: Durchsicht) -> None:
    seite = oeffnen(**durchsicht.optionen)
    durchsicht.ansehen(seite, "Eingabe")
    seite.get_by_role("button", name="Lesen").click()
    seite.get_by_role("alert").first.wait_for()
    durchsicht.ansehen(seite, "Eingabe mit Fehler")
    seite.get_by_label("Text einfügen").fill(f"{TEXT}\nAG 5: Arbeit\nPartner\n- fremd\n")
    seite.get_by_role("button", name="Lesen").click()
    seite.get_by_text("Einen weiteren Abschnitt anlegen").click()
    durchsicht.ansehen(seite, "Vorschau")
    seite.get_by_role("textbox", name="Text").nth(3).fill(" ")
    seite.get_by_role("button", name="Übernehmen").click()
    seite.get_by_role("alert").first.wait_for()
    durchsicht.ansehen(seite, "Vorschau mit Fehler")
    assert durchsicht.maengel == {}
    assert [klage for klage in seite.klagen if "422" not in klage] == []


def test_folien_sind_mit_drei_klicks_uebernommen_auch_ohne_skript(oeffnen, gruppe, tmp_path) -> None:
    datei = tmp_path / "Ergebnisse.pptx"
    datei.write_bytes(dateien.pptx(AG3))
    seite = oeffnen(java_script_enabled=False)
    seite.get_by_label("oder eine Datei wählen").set_input_files(datei)
    seite.get_by_role("button", name="Lesen").click()
    seite.get_by_role("button", name="Übernehmen").click()

    seite.get_by_text("Übernommen: 72 Äußerungen.").wait_for()
    assert [
        (a.ueberschrift, list(a.aeusserungen.order_by("position").values_list("text", flat=True)))
        for a in gruppe.abschnitte.order_by("position")
    ] == [(a.ueberschrift, [x.text for x in a.aeusserungen]) for a in AG3.abschnitte]


def test_eine_aehnliche_wird_mit_der_tastatur_statt_der_vorhandenen_gewaehlt(oeffnen, gruppe) -> None:
    seite = oeffnen()
    seite.get_by_label("Text einfügen").fill("Wo hakt es?\n- Ehrenamtliche sind sehr müde")
    seite.get_by_role("button", name="Lesen").press("Enter")
    seite.get_by_role("button", name="Übernehmen").press("Enter")
    seite.goto(f"{seite.url}uebernahme/")
    seite.get_by_label("Text einfügen").fill("Wo hakt es?\n- Ehrenamtliche sind müde")
    seite.get_by_role("button", name="Lesen").press("Enter")
    seite.get_by_label("als neue Äußerung").press("ArrowRight")
    seite.get_by_role("button", name="Übernehmen").press("Enter")

    seite.get_by_text("Übernommen: eine geänderte Fassung.").wait_for()
    assert gruppe.abschnitte.get().aeusserungen.get().text == "Ehrenamtliche sind müde"
