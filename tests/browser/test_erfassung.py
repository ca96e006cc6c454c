"""The Erfassung in a real browser: comfort of the script, the keyboard, the phone, accessibility."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe, Bearbeitung
from konferenz.berechtigungen import MODERATION
from konferenz.models import Konferenz
from tests.browser.test_seiten import GROESSEN, verstoesse
from tests.fabriken import BenutzerFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def gruppe(echte_konferenz: Konferenz) -> Arbeitsgruppe:
    gruppe = echte_konferenz.arbeitsgruppen.get(nummer=4)
    gruppe.status = Arbeitsgruppe.Status.IN_BEARBEITUNG
    gruppe.save()
    return gruppe


@pytest.fixture
def konto(gruppe: Arbeitsgruppe) -> User:
    konto = BenutzerFactory(mitarbeit=True, first_name="Stephanie", last_name="Saleth")
    konto.groups.add(Group.objects.get(name=MODERATION))
    konto.arbeitsgruppen.add(gruppe)
    return konto


Oeffnen = Callable[..., Any]


@pytest.fixture
def oeffnen(browser, live_server, gruppe: Arbeitsgruppe, konto: User) -> Iterator[Oeffnen]:
    """Return what opens the group's page for an account, with a clock that the test drives."""
    kontexte = []

    def oeffnen(wer: User = konto, pfad: str | None = None, **optionen: Any) -> Any:
        client = Client()
        client.force_login(wer)
        kontext = browser.new_context(locale="de-DE", **optionen)
        kontexte.append(kontext)
        kontext.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
        )
        seite = kontext.new_page()
        seite.klagen = []
        seite.on(
            "console",
            lambda m: seite.klagen.append(m.text) if m.type in ("error", "warning") else None,
        )
        seite.clock.install()
        seite.goto(live_server.url + (pfad or f"/admin/erfassung/{gruppe.pk}/"))
        return seite

    yield oeffnen
    for kontext in kontexte:
        kontext.close()


def feld(seite: Any, nummer: int = 0) -> Any:
    return seite.get_by_label("Äußerungen, je Zeile eine").nth(nummer)


def anhaengen(seite: Any, text: str, nummer: int = 0) -> None:
    feld(seite, nummer).focus()
    seite.keyboard.press("Control+End")
    seite.keyboard.type(text)


@pytest.mark.parametrize("schema", ["light", "dark"])
@pytest.mark.parametrize("groesse", GROESSEN)
def test_seiten_der_erfassung_sind_barrierefrei_und_passen(oeffnen, gruppe, schema, groesse) -> None:
    breite, hoehe = GROESSEN[groesse]
    seite = oeffnen(viewport={"width": breite, "height": hoehe}, color_scheme=schema)
    gefunden = {"Gruppe": verstoesse(seite)}
    anhaengen(seite, "\n- ")
    seite.get_by_role("button", name="Speichern").click()
    gefunden["Fehler"] = verstoesse(seite)
    seite.get_by_role("button", name="entfernen", exact=True).first.click()
    gefunden["Rückfrage"] = verstoesse(seite)
    for name in ("/admin/erfassung/",):
        seite.goto(seite.url.split("/admin/")[0] + name)
        gefunden[name] = verstoesse(seite)
        assert seite.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert {name: liste for name, liste in gefunden.items() if liste} == {}
    assert [k for k in seite.klagen if "422" not in k] == []


def test_die_vorschau_zeigt_beim_tippen_was_gespeichert_wird(oeffnen) -> None:
    seite = oeffnen()
    anhaengen(seite, "\nGanz neu getippt\n- mit Unterpunkt")
    seite.clock.run_for(300)
    seite.locator("[data-vorschau]").first.get_by_text("mit Unterpunkt").wait_for()
    assert seite.get_by_text("noch nicht gespeichert").is_visible()


def test_getipptes_wird_als_entwurf_gesichert_und_beim_naechsten_mal_angeboten(oeffnen, gruppe) -> None:
    seite = oeffnen()
    anhaengen(seite, "\nNoch nicht fertig")
    seite.clock.run_for(4500)
    seite.get_by_text("als Entwurf gesichert").wait_for()
    assert Bearbeitung.objects.filter(entwurf__isnull=False).count() == 1
    andere = oeffnen()
    andere.get_by_role("link", name="weiterarbeiten").click()
    assert feld(andere).input_value().endswith("Noch nicht fertig")
    andere.get_by_role("button", name="Speichern").click()
    andere.get_by_text("Gespeichert: eine neue Äußerung.").wait_for()
    assert Aeusserung.objects.filter(text="Noch nicht fertig").exists()
    assert not Bearbeitung.objects.filter(entwurf__isnull=False).exists()


@pytest.mark.parametrize("getippt", [True, False])
def test_vor_dem_verlassen_wird_nur_gewarnt_wenn_etwas_ungespeichert_ist(oeffnen, gruppe, getippt) -> None:
    seite = oeffnen()
    gewarnt: list[str] = []

    def weiter(dialog: Any) -> None:
        gewarnt.append(dialog.type)
        dialog.accept()

    seite.on("dialog", weiter)
    if getippt:
        anhaengen(seite, "\nNoch nicht fertig")
    seite.get_by_role("link", name="Seite ansehen").click()
    seite.wait_for_url(f"**{gruppe.get_absolute_url()}")
    assert gewarnt == (["beforeunload"] if getippt else [])


def test_eine_aeusserung_wird_in_einen_anderen_abschnitt_gezogen_und_behaelt_ihre_kennung(
    oeffnen, gruppe
) -> None:
    seite = oeffnen(viewport={"width": 1280, "height": 3000})
    erste = gruppe.abschnitte.first().aeusserungen.eintraege()[1]
    vorschauen = seite.locator("[data-vorschau]")
    ziel = vorschauen.nth(1).locator("li[data-von]").nth(1)
    vorschauen.nth(0).get_by_text(erste.text, exact=True).drag_to(ziel)
    vorschauen.nth(1).get_by_text(erste.text, exact=True).wait_for()
    seite.get_by_role("button", name="Speichern").click()
    seite.get_by_text("Gespeichert: eine umgestellt.").wait_for()
    erste.refresh_from_db()
    assert erste.abschnitt == gruppe.abschnitte.all()[1]


def test_mit_der_tastatur_allein_wird_umgestellt_und_gespeichert(oeffnen, gruppe) -> None:
    seite = oeffnen()
    anhaengen(seite, "\nGanz neu")
    seite.keyboard.press("Alt+ArrowUp")
    assert feld(seite).input_value().split("\n")[-2] == "Ganz neu"
    seite.keyboard.press("Control+s")
    seite.get_by_text("Gespeichert: eine neue Äußerung.").wait_for()
    abschnitt = gruppe.abschnitte.first()
    assert abschnitt.aeusserungen.eintraege().reverse()[1].text == "Ganz neu"


def test_wer_sonst_noch_hier_ist_erscheint_ohne_neu_zu_laden(oeffnen, gruppe) -> None:
    seite = oeffnen()
    oeffnen(BenutzerFactory(leitung=True, first_name="Ursula", last_name="Berg"))
    seite.clock.run_for(10_500)
    seite.get_by_text("Gerade auch hier: Ursula Berg").wait_for()


def test_ohne_skript_wird_erfasst_geteilt_und_gespeichert(oeffnen, gruppe) -> None:
    seite = oeffnen(java_script_enabled=False)
    feld(seite).fill(feld(seite).input_value() + "\nOhne Skript")
    seite.get_by_role("button", name="Abschnitt anfügen").click()
    seite.get_by_label("Überschrift", exact=True).last.fill("Ideen")
    feld(seite, -1).fill("Eine Idee")
    seite.get_by_role("button", name="Speichern").click()
    seite.get_by_text("Gespeichert: 2 neue Äußerungen").wait_for()
    assert list(gruppe.abschnitte.last().aeusserungen.values_list("text", flat=True)) == ["Eine Idee"]
