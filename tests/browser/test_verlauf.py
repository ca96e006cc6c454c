"""History, bin and wording in a real browser: accessible, usable on a phone and by keyboard alone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe
from konferenz.models import Konferenz, Person
from konferenz.verlauf import vorgang
from tests.browser.ansichten import Durchsicht, verstoesse
from tests.fabriken import BenutzerFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def gruppe(echte_konferenz: Konferenz) -> Arbeitsgruppe:
    """Return a released group with a changed, a deleted and a moved statement, and a deleted heading."""
    gruppe = echte_konferenz.arbeitsgruppen.get(nummer=1)
    gruppe.status = Arbeitsgruppe.Status.FREIGEGEBEN
    gruppe.save()
    erste, zweite, dritte = Aeusserung.objects.filter(abschnitt=gruppe.abschnitte.all()[0])[:3]
    with vorgang("Erfassung"):
        erste.umformulieren(f"{erste.text}, auch im Landratsamt", gruppe)
        erste.save()
        zweite.delete()
    dritte.abschnitt, dritte.position = gruppe.abschnitte.all()[1], 999
    dritte.save()
    letzter = gruppe.abschnitte.order_by("position").last()
    assert letzter
    letzter.delete()
    return gruppe


@pytest.fixture
def erste(gruppe: Arbeitsgruppe) -> Aeusserung:
    return Aeusserung.objects.get(text__endswith=", auch im Landratsamt")


@pytest.fixture
def oeffnen(browser, live_server) -> Iterator[Callable[..., Any]]:
    """Return what opens a page as the Organisation."""
    kontexte = []
    konto: User = BenutzerFactory(leitung=True, first_name="Ayşe", last_name="Weiß")

    def oeffnen(pfad: str, **optionen: Any) -> Any:
        client = Client()
        client.force_login(konto)
        kontext = browser.new_context(locale="de-DE", base_url=live_server.url, **optionen)
        kontexte.append(kontext)
        kontext.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
        )
        seite = kontext.new_page()
        seite.klagen = []
        seite.on("console", lambda m: seite.klagen.append(m.text) if m.type in ("error", "warning") else None)
        seite.goto(pfad)
        return seite

    yield oeffnen
    for kontext in kontexte:
        kontext.close()


def test_seiten_sind_barrierefrei_und_passen(oeffnen, gruppe, erste, durchsicht: Durchsicht) -> None:
    aenderung = erste.history.first()
    zurueck = reverse("zuruecknehmen", args=[gruppe.pk])
    pfade = {
        "Verlauf": reverse("verlauf", args=[gruppe.pk]),
        "Verlauf, falsche Auswahl": reverse("verlauf", args=[gruppe.pk]) + "?seit=tag",
        "Äußerung": reverse("aeusserungsverlauf", args=[erste.kennung]),
        "Vorgang zurücknehmen": f"{zurueck}?vorgang={aenderung.vorgang}",
        "Gruppe zurücknehmen": f"{zurueck}?stand={aenderung.history_date:%Y-%m-%dT%H:%M:%S.%fZ}",
        "Papierkorb": reverse("papierkorb", args=[gruppe.pk]),
        "Papierkorb für alles": reverse("papierkorb_gesamt"),
        "Namen löschen": reverse("person_loeschen", args=[Person.objects.all()[0].pk]),
        "Formular der Äußerung": reverse("admin:arbeitsgruppen_aeusserung_change", args=[erste.pk]),
        "öffentliche Seite": gruppe.get_absolute_url(),
    }
    seite = oeffnen("/admin/", **durchsicht.optionen)
    for name, pfad in pfade.items():
        antwort = seite.goto(pfad)
        assert antwort.status == 200, name
        durchsicht.ansehen(seite, name, list(seite.klagen))
        seite.klagen.clear()  # those of axe itself
    assert durchsicht.maengel == {}


def test_geloeschte_aeusserung_ist_barrierefrei_als_weg_gemeldet(browser, live_server, gruppe) -> None:
    weg = Aeusserung.history.filter(history_type="-").last()
    seite = browser.new_page()
    assert seite.goto(f"{live_server.url}/a/{weg.kennung}/").status == 410
    assert verstoesse(seite) == []
    seite.close()


def test_loeschen_zuruecknehmen_und_wiederherstellen_nur_mit_der_tastatur(oeffnen, gruppe, erste) -> None:
    seite = oeffnen(reverse("verlauf", args=[gruppe.pk]), java_script_enabled=False)
    verweis = seite.get_by_role("link", name="diesen Vorgang zurücknehmen").filter(has_text="vom").nth(2)
    verweis.focus()
    seite.keyboard.press("Enter")
    seite.get_by_role("heading", name="Das würde geschehen").wait_for()
    seite.get_by_role("button", name="Zurücknehmen").focus()
    seite.keyboard.press("Enter")
    seite.get_by_text("Zurückgenommen.").wait_for()
    erste.refresh_from_db()
    assert not erste.text.endswith("Landratsamt")
    assert not erste.redaktionell_geaendert
    seite.get_by_role("link", name="Papierkorb").first.click()
    seite.get_by_role("button", name="Wiederherstellen").first.focus()
    seite.keyboard.press("Enter")
    seite.get_by_text("Wiederhergestellt: Abschnitt").wait_for()
    assert gruppe.abschnitte.count() == 3


def test_organisation_erkennt_einen_erfassungsfehler_an(oeffnen, erste) -> None:
    seite = oeffnen(reverse("admin:arbeitsgruppen_aeusserung_change", args=[erste.pk]))
    seite.get_by_role("link", name="Verlauf dieser Äußerung").click()
    seite.get_by_role("button", name="Als Erfassungsfehler anerkennen").click()
    seite.get_by_text("Als Erfassungsfehler anerkannt").first.wait_for()
    erste.refresh_from_db()
    assert erste.original is None
