"""Signing in, passwords and accounts in a real browser: accessible, self-contained, without script."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.models import User
from django.core import mail
from django.urls import reverse
from playwright.sync_api import expect

from konferenz import konten, zweiter_faktor
from konferenz.berechtigungen import MINISTERIUM, MODERATION, ORGANISATION
from tests.browser.ansichten import Durchsicht
from tests.fabriken import ArbeitsgruppeFactory, BenutzerFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KENNWORT = "geheim-und-lang-genug"
NEUES = "ein-gutes-wort-22"


@pytest.fixture(autouse=True)
def _post(settings, live_server) -> None:
    settings.POSTAUSGANG = True
    settings.SITE_URL = live_server.url


@pytest.fixture
def oeffnen(browser, live_server) -> Iterator[Callable[..., Any]]:
    """Return what opens a page in a browser of its own and notes what it complains about."""
    offene = []

    def oeffnen(pfad: str, **art: Any) -> Any:
        kontext = browser.new_context(locale="de-DE", **art)
        offene.append(kontext)
        seite = kontext.new_page()
        seite.klagen = []
        seite.on("console", lambda m: seite.klagen.append(m.text) if m.type in ("error", "warning") else None)
        seite.goto(live_server.url + pfad)
        return seite

    yield oeffnen
    for kontext in offene:
        kontext.close()


def anmelden(seite: Any, name: str, kennwort: str) -> None:
    seite.get_by_label("E-Mail-Adresse oder Benutzername").fill(name)
    seite.get_by_label("Kennwort").fill(kennwort)
    seite.get_by_role("button", name="Anmelden").click()


def kennwort_festlegen(seite: Any, kennwort: str) -> None:
    seite.get_by_label("Neues Kennwort", exact=True).fill(kennwort)
    seite.get_by_label("Neues Kennwort noch einmal").fill(kennwort)
    seite.get_by_role("button", name="Kennwort speichern").click()


def test_seiten_zu_anmeldung_und_kennwort_sind_barrierefrei(
    oeffnen, live_server, durchsicht: Durchsicht
) -> None:
    konto = BenutzerFactory(rolle=MODERATION)
    seite = oeffnen("/", **durchsicht.optionen)

    def pruefen(name: str, pfad: str = "") -> None:
        if pfad:
            seite.goto(live_server.url + pfad)
        durchsicht.ansehen(seite, name)

    pruefen("Anmeldung", reverse("admin:login"))
    anmelden(seite, konto.username, "falsch")
    pruefen("Anmeldung misslungen")
    pruefen("Kennwort vergessen", reverse("admin_password_reset"))
    seite.get_by_role("button", name="Link anfordern").click()
    pruefen("Kennwort vergessen, Eingabe fehlt")
    pruefen("Link unterwegs", reverse("kennwort_unterwegs"))
    pruefen("Link ungültig", "/konto/kennwort/MQ/abc-def/")
    pruefen("Kennwort festlegen", konten.kennwortlink(konto).removeprefix(live_server.url))
    kennwort_festlegen(seite, "kurz")
    pruefen("Kennwort zu kurz")
    kennwort_festlegen(seite, NEUES)
    pruefen("Kennwort gespeichert")
    seite.get_by_role("link", name="Anmelden").click()
    anmelden(seite, konto.email, NEUES)
    pruefen("Kennwort ändern", reverse("admin:password_change"))
    pruefen("Kennwort geändert", reverse("admin:password_change_done"))
    seite.goto(live_server.url + reverse("admin:index"))
    seite.locator("#logout-form button").click()
    pruefen("abgemeldet")
    for _ in range(5):
        seite.goto(live_server.url + reverse("admin:login"))
        anmelden(seite, konto.username, "falsch")
    pruefen("gesperrt")
    seite.get_by_role("heading", name="Anmeldung vorübergehend gesperrt").wait_for()
    assert durchsicht.maengel == {}
    erwartet = ("429", "410")  # the browser notes the status of what is locked or used up
    assert [klage for klage in seite.klagen if not any(status in klage for status in erwartet)] == []


def test_seiten_zu_den_konten_sind_barrierefrei(
    oeffnen, live_server, settings, durchsicht: Durchsicht
) -> None:
    settings.POSTAUSGANG = False
    gruppe = ArbeitsgruppeFactory()
    organisatorin = BenutzerFactory(rolle=ORGANISATION)
    konto = BenutzerFactory(rolle=MODERATION, rolle__gruppen=[gruppe])
    seite = oeffnen(reverse("admin:auth_user_add"), **durchsicht.optionen)

    def pruefen(name: str) -> None:
        durchsicht.ansehen(seite, name)

    anmelden(seite, organisatorin.username, KENNWORT)
    pruefen("einladen")
    seite.get_by_label("Vorname").fill("Ayşe")
    seite.get_by_role("button", name="Einladen").click()
    pruefen("einladen, Angaben fehlen")
    seite.goto(live_server.url + reverse("admin:auth_user_change", args=[konto.pk]))
    pruefen("Konto")
    seite.get_by_role("button", name="Link anzeigen").click()
    pruefen("Link weitergeben")
    seite.goto(live_server.url + reverse("admin:auth_user_changelist"))
    pruefen("Konten")
    assert durchsicht.maengel == {}


def test_von_der_einladung_bis_zur_anmeldung_ohne_skript(oeffnen, live_server) -> None:
    gruppe = ArbeitsgruppeFactory()
    organisatorin = BenutzerFactory(rolle=ORGANISATION)
    buero = oeffnen(reverse("admin:auth_user_add"), java_script_enabled=False)
    anmelden(buero, organisatorin.username, KENNWORT)
    buero.get_by_label("Vorname").fill("Ayşe")
    buero.get_by_label("Nachname").fill("Yılmaz")
    buero.get_by_label("E-Mail-Adresse").fill("yilmaz@example.de")
    buero.get_by_label("Moderation:").check()
    buero.get_by_label(str(gruppe)).check()
    buero.get_by_role("button", name="Einladen").click()
    buero.get_by_text("Ayşe Yılmaz bekommt eine Mail an yilmaz@example.de.").wait_for()

    link = next(zeile for zeile in str(mail.outbox[0].body).splitlines() if "/konto/kennwort/" in zeile)
    zuhause = oeffnen(link.removeprefix(live_server.url), java_script_enabled=False)
    assert zuhause.get_by_label("Damit melden Sie sich an").input_value() == "yilmaz@example.de"
    kennwort_festlegen(zuhause, NEUES)
    zuhause.get_by_role("link", name="Anmelden").click()
    anmelden(zuhause, "Yilmaz@Example.de", NEUES)
    expect(zuhause).to_have_url(live_server.url + reverse("admin:index"))
    zuhause.goto(live_server.url + reverse("erfassung_gruppe", args=[gruppe.pk]))
    assert zuhause.get_by_role("heading", level=1).is_visible()
    assert User.objects.get(username="yilmaz@example.de").last_login


def test_konto_ohne_rolle_sieht_nach_der_anmeldung_nichts_von_uns(oeffnen, live_server) -> None:
    konto = BenutzerFactory(mitarbeit=True)
    seite = oeffnen(reverse("admin:index"), java_script_enabled=False)
    anmelden(seite, konto.username, KENNWORT)
    seite.get_by_text("Das Benutzerkonto besitzt nicht die nötigen Rechte").wait_for()
    assert seite.get_by_text("Arbeitsgruppen").count() == 0


def test_leserin_hat_in_der_verwaltung_nichts_zum_speichern(oeffnen, live_server) -> None:
    gruppe = ArbeitsgruppeFactory()
    seite = oeffnen(reverse("admin:arbeitsgruppen_arbeitsgruppe_change", args=[gruppe.pk]))
    anmelden(seite, BenutzerFactory(rolle=MINISTERIUM).username, KENNWORT)
    seite.get_by_role("heading", name="Arbeitsgruppe ansehen").wait_for()
    assert seite.locator("#content input:not([type=hidden]), #content textarea, #content select").count() == 0


# The second factor, another service, the log


def code_der_app(geheimnis: str, weiter: int = 0) -> str:
    """Return what an app shows now, or so many times half a minute later."""
    return format_hotp_value(hotp_value(geheimnis, zweiter_faktor.uhr() + weiter))


def einrichten(seite: Any) -> tuple[str, list[str]]:
    """Set up a second factor on the page that is open; return its secret and the recovery codes."""
    geheimnis = seite.locator(".kd-schluessel").inner_text().replace(" ", "")
    if (kennwort := seite.get_by_label("Ihr Kennwort")).count():
        kennwort.fill(KENNWORT)
    seite.get_by_label("Code aus der App").fill(code_der_app(geheimnis))
    seite.get_by_role("button", name="Einrichten").click()
    seite.get_by_role("heading", name="Heben Sie diese Codes auf").wait_for()
    return geheimnis, seite.locator("#codes").inner_text().splitlines()


def code_eingeben(seite: Any, eingabe: str) -> None:
    seite.get_by_label("Code", exact=True).fill(eingabe)
    seite.get_by_role("button", name="Anmelden").click()


def test_seiten_zum_zweiten_faktor_sind_barrierefrei(
    oeffnen, live_server, settings, durchsicht: Durchsicht
) -> None:
    settings.ZWEITER_FAKTOR = "moeglich"
    settings.OIDC_ADRESSE = "http://127.0.0.1:9"
    konto = BenutzerFactory(rolle=ORGANISATION)
    anderes = BenutzerFactory(rolle=MODERATION)
    seite = oeffnen(reverse("admin:login"), **durchsicht.optionen)

    def pruefen(name: str, pfad: str = "") -> None:
        if pfad:
            seite.goto(live_server.url + pfad)
        durchsicht.ansehen(seite, name, [klage for klage in seite.klagen if "502" not in klage])
        seite.klagen.clear()  # axe has styles of its own in the administration

    pruefen("Anmeldung mit Anmeldedienst")
    seite.get_by_role("link", name="Mit dem Hauskonto anmelden").click()
    seite.get_by_role("heading", name="Der Anmeldedienst ist gerade nicht zu erreichen").wait_for()
    pruefen("Anmeldedienst gestört")
    seite.goto(live_server.url + reverse("admin:login"))
    anmelden(seite, konto.username, KENNWORT)
    seite.get_by_role("link", name="Zweiter Faktor").click()
    pruefen("einrichten")
    seite.get_by_role("button", name="Einrichten").click()
    pruefen("einrichten, Angaben fehlen")
    _, codes = einrichten(seite)
    pruefen("Codes")
    pruefen("Stand", reverse("zweiter_faktor"))
    seite.get_by_label("Code", exact=True).fill(codes[1])
    seite.get_by_role("button", name="Neu einrichten").click()
    seite.get_by_text("Ihr bisheriger zweiter Faktor gilt").wait_for()
    pruefen("neu einrichten")
    seite.goto(live_server.url + reverse("admin:index"))
    pruefen("Verwaltung")
    seite.locator("#logout-form button").click()
    seite.get_by_role("link", name="Wieder anmelden").click()
    anmelden(seite, konto.username, KENNWORT)
    pruefen("Code")
    code_eingeben(seite, "000000")
    pruefen("Code falsch")
    code_eingeben(seite, codes[0])
    seite.locator("#user-tools").wait_for()
    erster = code_der_app("JBSWY3DPEHPK3PXP")
    assert zweiter_faktor.einrichten(anderes, "JBSWY3DPEHPK3PXP", erster)
    pruefen("Konto", reverse("admin:auth_user_change", args=[anderes.pk]))
    seite.get_by_role("link", name="Zweiten Faktor zurücksetzen").click()
    pruefen("zurücksetzen")
    seite.get_by_role("button", name="Zurücksetzen").click()
    seite.get_by_text("ist zurückgesetzt").wait_for()
    pruefen("Anmeldeprotokoll", reverse("admin:auth_user_protokoll"))
    assert "angemeldet mit zweitem Faktor" in seite.locator("table.protokoll").inner_text()
    assert durchsicht.maengel == {}


def test_mit_pflicht_vom_einrichten_bis_zur_anmeldung_ohne_skript(oeffnen, live_server, settings) -> None:
    settings.ZWEITER_FAKTOR = "pflicht"
    konto = BenutzerFactory(rolle=MODERATION)
    seite = oeffnen(reverse("erfassung"), java_script_enabled=False)
    anmelden(seite, konto.username, KENNWORT)
    geheimnis, codes = einrichten(seite)
    assert len(codes) == 10
    seite.get_by_role("link", name="Weiter").click()
    seite.get_by_role("heading", name="Erfassung").wait_for()
    seite.locator("#logout-form button").click()
    seite.get_by_role("link", name="Wieder anmelden").click()
    anmelden(seite, konto.username, KENNWORT)
    code_eingeben(seite, code_der_app(geheimnis, 1))
    seite.locator("#user-tools").wait_for()
    assert seite.klagen == []
