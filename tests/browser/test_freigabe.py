"""From the group's moderation to the public in a real browser: steps, preview, links to drafts, comments."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect

from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe
from konferenz.berechtigungen import MINISTERIUM, MODERATION, ORGANISATION
from konferenz.entwurfslink import Entwurfslink
from konferenz.models import Konferenz
from tests import vorlage
from tests.browser.ansichten import Durchsicht
from tests.fabriken import BenutzerFactory, KommentarFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SEITE = f"/{vorlage.SLUG}/ag/4/"

Oeffnen = Callable[..., Any]


@pytest.fixture
def gruppe(echte_konferenz: Konferenz) -> Arbeitsgruppe:
    """Return AG 4 of the real conference, which is released: the group is worked on, AG 5 is checked."""
    Arbeitsgruppe.objects.filter(nummer=4).update(status=Arbeitsgruppe.Status.IN_BEARBEITUNG)
    Arbeitsgruppe.objects.filter(nummer=5).update(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)
    return echte_konferenz.arbeitsgruppen.get(nummer=4)


@pytest.fixture
def oeffnen(browser, live_server) -> Iterator[Oeffnen]:
    """Return what opens a browser for an account, or for nobody in particular."""
    kontexte = []

    def oeffnen(konto: User | None = None, **optionen: Any) -> Any:
        kontext = browser.new_context(base_url=live_server.url, locale="de-DE", **optionen)
        kontexte.append(kontext)
        if konto:
            client = Client()
            client.force_login(konto)
            sitzung = client.cookies["sessionid"].value
            kontext.add_cookies([{"name": "sessionid", "value": sitzung, "url": live_server.url}])
        return kontext.new_page()

    yield oeffnen
    for kontext in kontexte:
        kontext.close()


def knopf(seite: Any, name: str) -> Any:
    return seite.get_by_role("button", name=re.compile(f"^{name}"))


@pytest.mark.parametrize("skript", [True, False], ids=["mit Skript", "ohne Skript"])
def test_gruppe_geht_von_der_moderation_ueber_die_organisation_an_die_oeffentlichkeit(
    oeffnen, gruppe, skript
) -> None:
    moderation = oeffnen(
        BenutzerFactory(rolle=MODERATION, rolle__gruppen=[gruppe]), java_script_enabled=skript
    )
    organisation = oeffnen(BenutzerFactory(rolle=ORGANISATION), java_script_enabled=skript)
    leser = oeffnen(java_script_enabled=skript)

    moderation.goto(f"/admin/erfassung/{gruppe.pk}/stand/")
    knopf(moderation, "Zur Prüfung geben").click()
    moderation.get_by_text("AG 4 ist jetzt „zur Prüfung“.").wait_for()
    expect(knopf(moderation, "Freigeben")).to_have_count(0)
    leser.goto(SEITE)
    leser.get_by_text("Die Ergebnisse dieser Arbeitsgruppe sind noch nicht freigegeben.").wait_for()

    organisation.goto(SEITE)
    organisation.get_by_text("Terminvereinbarung").wait_for()
    organisation.get_by_role("link", name="Zum Stand der Freigabe").click()
    knopf(organisation, "Freigeben").click()
    organisation.get_by_text("Die Öffentlichkeit sieht ihre Ergebnisse.").wait_for()
    leser.reload()
    leser.get_by_text("Terminvereinbarung").wait_for()
    organisation.goto(SEITE)
    expect(organisation.get_by_text("Vorschau:")).to_have_count(0)


def test_alles_gepruefte_wird_mit_der_tastatur_in_einem_schritt_freigegeben(oeffnen, gruppe) -> None:
    seite = oeffnen(BenutzerFactory(rolle=ORGANISATION))
    seite.goto(f"/admin/erfassung/konferenz/{gruppe.konferenz.pk}/stand/")
    knopf(seite, "Freigeben, was zur Prüfung steht: AG 5").focus()
    seite.keyboard.press("Enter")
    seite.get_by_text("Freigegeben: AG 5.").wait_for()
    seite.get_by_text("nicht zu sehen: die Ergebnisse der AG 4.").wait_for()


def test_link_zeigt_jemandem_ohne_konto_den_entwurf_bis_er_zurueckgezogen_wird(oeffnen, gruppe) -> None:
    organisation, jemand = oeffnen(BenutzerFactory(rolle=ORGANISATION)), oeffnen()
    organisation.goto(f"/admin/erfassung/{gruppe.pk}/link/")
    organisation.get_by_label("1 Tag").check()
    knopf(organisation, "Link ausstellen").click()
    adresse = organisation.get_by_label("Der Link, gültig bis").input_value()
    jemand.goto("/entwurf/" + adresse.split("/entwurf/")[1])
    jemand.wait_for_url(f"**{SEITE}")
    jemand.get_by_text("Terminvereinbarung").wait_for()
    jemand.get_by_text("Ihr Link gilt bis").wait_for()

    knopf(organisation, "Alle Links dieser Konferenz zurückziehen").click()
    organisation.get_by_text("gelten nicht mehr").first.wait_for()
    jemand.reload()
    expect(jemand.get_by_text("Terminvereinbarung")).to_have_count(0)


def test_kommentar_wird_an_der_aeusserung_geschrieben_und_mit_einem_klick_erledigt(oeffnen, gruppe) -> None:
    ministerium = oeffnen(BenutzerFactory(rolle=MINISTERIUM))
    ministerium.goto(SEITE)
    ministerium.get_by_role("link", name="Kommentieren: ").first.click()
    ministerium.get_by_label("Ihr Kommentar zu dieser Äußerung").fill("Wer ist gemeint?")
    knopf(ministerium, "Kommentieren").click()
    ministerium.get_by_text("Ihr Kommentar ist gespeichert.").wait_for()
    expect(knopf(ministerium, "Erledigt")).to_have_count(0)

    moderation = oeffnen(BenutzerFactory(rolle=MODERATION, rolle__gruppen=[gruppe]))
    moderation.goto(SEITE)
    moderation.get_by_role("link", name="1 offener Kommentar: ").click()
    moderation.get_by_text("Wer ist gemeint?").first.wait_for()
    knopf(moderation, "Erledigt").click()
    moderation.get_by_text("Alles ist erledigt.").wait_for()


def test_keine_seite_verstoesst_gegen_wcag_oder_laeuft_ueber_den_rand(
    oeffnen, gruppe, durchsicht: Durchsicht
) -> None:
    klagen: list[str] = []
    ansehen = durchsicht.ansehen
    konferenz = gruppe.konferenz
    aeusserung = Aeusserung.objects.filter(abschnitt__arbeitsgruppe=gruppe).earliest("pk")
    seite = oeffnen(BenutzerFactory(rolle=ORGANISATION), **durchsicht.optionen)
    seite.on("console", lambda m: klagen.append(m.text) if "Content Security Policy" in m.text else None)
    erfassung = "/admin/erfassung"
    for name, adresse in {
        "Stand der Gruppe": f"{erfassung}/{gruppe.pk}/stand/",
        "Stand der Konferenz": f"{erfassung}/konferenz/{konferenz.pk}/stand/",
        "Archiv der Konferenz": f"{erfassung}/konferenz/{konferenz.pk}/archiv/",
        "Link zur Gruppe": f"{erfassung}/{gruppe.pk}/link/",
        "keine Kommentare": f"{erfassung}/{gruppe.pk}/kommentare/",
    }.items():
        seite.goto(adresse)
        ansehen(seite, name)
    knopf(seite, "Kommentieren").click()
    seite.get_by_role("alert").wait_for()
    ansehen(seite, "leerer Kommentar")
    KommentarFactory(arbeitsgruppe=gruppe, text="https://example.de/" + "lang" * 200)
    KommentarFactory(arbeitsgruppe=gruppe, aeusserung=aeusserung)
    for name, anfrage in {
        "Kommentare": "?stand=alle",
        "zu einer": f"?aeusserung={aeusserung.kennung}",
    }.items():
        seite.goto(f"{erfassung}/{gruppe.pk}/kommentare/{anfrage}")
        ansehen(seite, name)
    seite.goto(f"{erfassung}/konferenz/{konferenz.pk}/link/")
    knopf(seite, "Link ausstellen").click()
    seite.get_by_label("Der Link, gültig bis").wait_for()
    ansehen(seite, "ausgestellter Link")
    seite.goto(SEITE)
    ansehen(seite, "Vorschau der Gruppe mit Kommentaren")
    seite.goto(f"/{vorlage.SLUG}/")
    ansehen(seite, "Vorschau der Konferenz")
    seite.goto(f"{erfassung}/{gruppe.pk}/stand/")
    Arbeitsgruppe.objects.filter(pk=gruppe.pk).update(status="zur_pruefung")
    knopf(seite, "Zur Prüfung geben").click()  # it is there already
    seite.goto(f"{erfassung}/{gruppe.pk}/stand/")
    Arbeitsgruppe.objects.filter(pk=gruppe.pk).update(status="in_bearbeitung")
    knopf(seite, "Freigeben").click()
    seite.get_by_text("Jemand anderes hat den Stand geändert").wait_for()
    ansehen(seite, "überholter Schritt")
    gruppe.abschnitte.all().delete()
    knopf(seite, "Zur Prüfung geben").click()
    seite.get_by_text("In AG 4 ist noch keine Äußerung erfasst.").wait_for()
    ansehen(seite, "leere Gruppe")

    jemand = oeffnen(**durchsicht.optionen)
    for name, adresse in {
        "zurückgehaltene Gruppe": f"/{vorlage.SLUG}/ag/5/",
        "Konferenz mit Zurückgehaltenem": f"/{vorlage.SLUG}/",
        "unlesbarer Link": "/entwurf/unlesbar/",
        "Vorschau über einen Link": f"/entwurf/{Entwurfslink.fuer(konferenz, 1).marke}/",
    }.items():
        jemand.goto(adresse)
        ansehen(jemand, name)
    assert durchsicht.maengel == {}
    assert klagen == []
