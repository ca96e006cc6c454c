"""The administration in a real browser: every page of every model in it, whatever is registered."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from arbeitsgruppen.models import Abschnitt, Arbeitsgruppe
from konferenz.berechtigungen import MINISTERIUM
from konferenz.models import Konferenz, Vortrag
from tests.browser.ansichten import ANSICHTEN, LANG, Durchsicht
from tests.konferenz.test_admin import FABRIKEN

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Controls that are cut off by what they stand in, or that reach over the edge of the window.
ABGESCHNITTEN = """() => [...document.querySelectorAll('#content :is(input, select, textarea, button, a)')]
    .filter(feld => {
        const kasten = feld.getBoundingClientRect();
        if (!kasten.width || feld.closest('.visually-hidden')) return false;
        let rand = innerWidth;
        for (let um = feld.parentElement; um; um = um.parentElement)
            if (getComputedStyle(um).overflowX !== 'visible')
                rand = Math.min(rand, um.getBoundingClientRect().right);
        return kasten.right > rand + 1;
    })
    .map(feld => `abgeschnitten: ${feld.outerHTML.slice(0, 120)}`)"""


def modelle() -> list[type[Model]]:
    """Return every model of the administration, ours and others', in a fixed order."""
    return sorted(admin.site._registry, key=lambda modell: modell._meta.label)


def groesstes(modell: type[Model]) -> Model:
    """Return an object with as many rows under it as the real conference has, or a new one."""
    if modell is Abschnitt:
        return max(Abschnitt.objects.all(), key=lambda abschnitt: abschnitt.aeusserungen.count())
    return modell._base_manager.first() or FABRIKEN[modell]()


def seiten_von(modell: type[Model]) -> Iterator[str]:
    """Yield the addresses of the pages of a model: lists, forms, history, deletion."""
    objekt = groesstes(modell)
    liste = reverse(f"admin:{modell._meta.app_label}_{modell._meta.model_name}_changelist")
    yield from (liste, f"{liste}?q=ä&o=1.-2&_facets=True")
    yield f"{liste}add/"
    yield from (f"{liste}{objekt.pk}/{seite}/" for seite in ("change", "history", "delete"))
    if verlauf := getattr(objekt, "history", None):
        objekt.save()
        yield f"{liste}{objekt.pk}/history/{verlauf.first().pk}/"


@pytest.fixture
def angemeldet(live_server) -> Any:
    """Return what makes a page of the browser for somebody who is signed in."""

    def oeffnen(browser: Any, konto: User, **optionen: Any) -> Any:
        kontext = browser.new_context(
            base_url=live_server.url, locale="de-DE", timezone_id="Europe/Berlin", **optionen
        )
        client = Client()
        client.force_login(konto)
        sitzung = client.cookies["sessionid"].value
        kontext.add_cookies([{"name": "sessionid", "value": sitzung, "url": live_server.url}])
        seite = kontext.new_page()
        seite.klagen = []
        seite.on("pageerror", lambda fehler: seite.klagen.append(str(fehler)))
        seite.on(
            "console",
            lambda m: (
                seite.klagen.append(m.text)
                if m.type in ("error", "warning") and "status of 4" not in m.text
                else None
            ),
        )
        return seite

    return oeffnen


def ansehen(durchsicht: Durchsicht, seite: Any, name: str) -> None:
    """Note what is wrong with the page as it stands: complaints, what is cut off, WCAG."""
    durchsicht.ansehen(seite, name, list(seite.klagen), ABGESCHNITTEN)
    seite.klagen.clear()  # axe itself draws with inline styles


@pytest.mark.dauer
@pytest.mark.parametrize("ansicht", ANSICHTEN, ids="-".join)
def test_keine_seite_der_verwaltung_verstoesst_gegen_wcag_oder_laeuft_ueber(
    browser, angemeldet, echte_konferenz, ansicht
) -> None:
    durchsicht = Durchsicht([ansicht])
    seite = angemeldet(browser, User.objects.create_superuser("organisation"), **durchsicht.optionen)
    # In short every model is looked at in one of the four ways, in full in all of them.
    auswahl = modelle() if LANG else modelle()[ANSICHTEN.index(ansicht) :: len(ANSICHTEN)]
    adressen = ["/admin/", "/admin/konferenz/"]
    for modell in auswahl:
        adressen += seiten_von(modell)
    for adresse in adressen:
        antwort = seite.goto(adresse)
        assert antwort.status in (200, 403), adresse
        ansehen(durchsicht, seite, adresse)
    assert durchsicht.maengel == {}
    seite.context.close()


def test_kein_zustand_der_verwaltung_verstoesst_gegen_wcag(
    browser, angemeldet, echte_konferenz, durchsicht: Durchsicht
) -> None:
    seite = angemeldet(browser, User.objects.create_superuser("organisation"), **durchsicht.optionen)
    gruppe = Arbeitsgruppe.objects.get(nummer=8)
    formular = f"/admin/arbeitsgruppen/arbeitsgruppe/{gruppe.pk}/change/"

    seite.goto(formular)
    seite.get_by_label("Titel:").fill("")
    seite.get_by_label("Nr., Zeile 1").first.fill("-1")
    seite.get_by_role("button", name="Sichern", exact=True).first.click()
    seite.locator(".errornote").wait_for()
    ansehen(durchsicht, seite, "Fehler")

    seite.goto(formular)
    seite.get_by_role("button", name="Sichern und weiter bearbeiten").first.click()
    seite.get_by_text("erfolgreich geändert").wait_for()
    ansehen(durchsicht, seite, "gesichert")

    seite.goto(formular)
    seite.get_by_label("Überschrift, neue Zeile").first.fill("Gruppe, die es nicht mehr gibt")
    seite.evaluate("document.getElementById('arbeitsgruppe_form').action = '../../99999/change/'")
    seite.get_by_role("button", name="Sichern", exact=True).first.click()
    seite.get_by_label("Überschrift, Zeile").wait_for()
    ansehen(durchsicht, seite, "verschwunden")

    kopieren = f"/admin/erfassung/konferenz/{echte_konferenz.pk}/kopieren/"
    seite.goto(kopieren)
    ansehen(durchsicht, seite, "kopieren")
    seite.get_by_label("Adresse:").fill(echte_konferenz.slug)
    seite.get_by_role("button", name="Entwurf anlegen").click()
    seite.locator(".errornote").wait_for()
    ansehen(durchsicht, seite, "kopieren mit Fehler")

    seite.goto("/admin/konferenz/person/")
    seite.get_by_label("Alle Objekte auf dieser Seite").check()
    seite.get_by_label("Aktion:").select_option(label="Ausgewählte Personen löschen")
    ansehen(durchsicht, seite, "ausgewählt")
    seite.get_by_role("button", name="Ausführen").click()
    expect(seite.get_by_label("Aktion:")).to_have_count(0)
    ansehen(durchsicht, seite, "Löschen abgelehnt")

    seite.goto("/admin/konferenz/konferenz/")
    seite.get_by_label("Alle Objekte auf dieser Seite").check()
    seite.get_by_label("Aktion:").select_option(label="Ausgewählte Konferenzen löschen")
    seite.get_by_role("button", name="Ausführen").click()
    seite.get_by_text("Sind Sie sicher").wait_for()
    ansehen(durchsicht, seite, "Löschen bestätigen")

    for name, adresse in {
        "Fenster": "/admin/konferenz/person/add/?_popup=1",
        "Kennwort": "/admin/password_change/",
        "Kennwort geändert": "/admin/password_change/done/",
    }.items():
        seite.goto(adresse)
        ansehen(durchsicht, seite, name)
    assert durchsicht.maengel == {}
    seite.context.close()


def test_wer_nur_liest_sieht_barrierefreie_formulare(
    browser, angemeldet, echte_konferenz, durchsicht: Durchsicht
) -> None:
    konto = User.objects.create_user("ministerium", is_staff=True)
    konto.groups.add(Group.objects.get(name=MINISTERIUM))
    seite = angemeldet(browser, konto, **durchsicht.optionen)
    for modell in (Konferenz, Vortrag, Arbeitsgruppe, Abschnitt):
        objekt: Any = modell.objects.first()
        adresse = reverse(
            f"admin:{objekt._meta.app_label}_{objekt._meta.model_name}_change", args=[objekt.pk]
        )
        seite.goto(adresse)
        assert seite.get_by_role("button", name="Sichern").count() == 0
        ansehen(durchsicht, seite, adresse)
    assert durchsicht.maengel == {}
    seite.context.close()


def test_kalender_und_neue_zeilen_kommen_ohne_verbotene_stile_aus(
    browser, angemeldet, echte_konferenz
) -> None:
    seite = angemeldet(browser, User.objects.create_superuser("organisation"))
    seite.goto(f"/admin/konferenz/konferenz/{echte_konferenz.pk}/change/")
    seite.get_by_title("Datum wählen").click()
    seite.locator(".calendarbox").get_by_role("link", name="15", exact=True).click()
    expect(seite.locator("#id_datum")).to_have_value("15.04.2021")
    seite.get_by_role("button", name="Programmpunkt hinzufügen").click()
    neue = seite.get_by_label("Titel, neue Zeile")
    neue.nth(1).fill("Zweite neue Zeile")
    assert neue.nth(1).get_attribute("name") == "programmpunkte-8-titel"
    assert seite.klagen == []
    seite.context.close()


def test_person_wird_im_eigenen_fenster_angelegt_und_gewaehlt(browser, angemeldet, echte_konferenz) -> None:
    seite = angemeldet(browser, User.objects.create_superuser("organisation"))
    vortrag = Vortrag.objects.get()
    seite.goto(f"/admin/konferenz/vortrag/{vortrag.pk}/change/")
    with seite.expect_popup() as fenster:
        seite.locator("#add_id_Vortrag_vortragende-1-person").click()
    fenster.value.get_by_label("Nachname:").fill("Öztürk")
    fenster.value.get_by_role("button", name="Sichern").click()
    auswahl = seite.get_by_label("Person, neue Zeile").first
    auswahl.locator("option:checked").get_by_text("Öztürk").wait_for(state="attached")
    seite.get_by_role("button", name="Sichern", exact=True).first.click()
    seite.get_by_text("erfolgreich geändert").wait_for()
    assert vortrag.vortragende.filter(nachname="Öztürk").exists()
    assert seite.klagen == []
    seite.context.close()
