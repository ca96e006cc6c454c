"""The pages of the history, as a browser without script uses them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe
from konferenz.berechtigungen import MINISTERIUM, MODERATION, ORGANISATION
from konferenz.models import Konferenz
from konferenz.verlauf import vorgang
from tests.arbeitsgruppen.test_papierkorb import angemeldet
from tests.arbeitsgruppen.test_ruecknahme import bild, gruppe, mit_text, ohne, zeile
from tests.fabriken import AbschnittFactory, AeusserungFactory, ArbeitsgruppeFactory
from tests.formular import formulardaten
from tests.konferenz.test_admin import adresse, senden

pytestmark = pytest.mark.django_db

__all__ = ["gruppe"]  # the fixture

S = Arbeitsgruppe.Status


def seite(gruppe):
    return reverse("verlauf", args=[gruppe.pk])


def der_aeusserung(kennung):
    return reverse("aeusserungsverlauf", args=[kennung])


def ruecknahme(gruppe, **angaben):
    return reverse("zuruecknehmen", args=[gruppe.pk]), angaben


def inhalt(antwort):
    return antwort.content.decode()


def zugestimmt(client, adresse, angaben, **dazu):
    """Look at what would change, and agree."""
    gezeigt = client.get(adresse, angaben)
    assert gezeigt.status_code == 200, inhalt(gezeigt)
    return client.post(adresse, formulardaten(gezeigt) | dazu, follow=True)


# Who


@pytest.mark.parametrize(
    ("rolle", "eigene", "status", "liest", "darf"),
    [
        (ORGANISATION, False, S.FREIGEGEBEN, True, True),
        (MODERATION, True, S.IN_BEARBEITUNG, True, True),
        (MODERATION, True, S.ZUR_PRUEFUNG, True, False),
        (MODERATION, False, S.IN_BEARBEITUNG, True, False),
        (MINISTERIUM, False, S.IN_BEARBEITUNG, True, False),
        (None, False, S.IN_BEARBEITUNG, False, False),
    ],
)
def test_wer_den_verlauf_liest_und_wer_zuruecknimmt(gruppe, rolle, eigene, status, liest, darf):
    Arbeitsgruppe.objects.update(status=status)
    nummer = mit_text(gruppe, "a", "A!")
    kennung = zeile("A!").kennung
    anfang = Aeusserung.history.filter(kennung=kennung).last()
    client = angemeldet(rolle, *[gruppe] if eigene else [])
    for lesbar in (seite(gruppe), der_aeusserung(kennung)):
        antwort = client.get(lesbar)
        assert antwort.status_code == (200 if liest else 403)
        assert ("zuruecknehmen/" in inhalt(antwort)) == darf
    for knopf, angaben in (
        ruecknahme(gruppe, vorgang=nummer),
        ruecknahme(gruppe, stand=anfang.history_date.isoformat()),
        (reverse("aeusserung_zuruecknehmen", args=[kennung, anfang.pk]), {"was": "text"}),
    ):
        assert client.get(knopf, angaben).status_code == (200 if darf else 403)
        assert client.post(knopf, angaben | {"merkmal": "x"}).status_code == (409 if darf else 403)
    assert bild(gruppe) == "A!b(xy)c | d"


def test_anonyme_kommen_zur_anmeldung(client, gruppe):
    kennung = zeile("a").kennung
    for pfad in (
        seite(gruppe),
        der_aeusserung(kennung),
        ruecknahme(gruppe)[0],
        reverse("aeusserung_zuruecknehmen", args=[kennung, 1]),
        reverse("erfassungsfehler", args=[kennung]),
    ):
        for antwort in (client.get(pfad), client.post(pfad)):
            assert antwort.status_code == 302
            assert antwort.url.startswith(reverse("admin:login"))


def test_in_einer_archivierten_konferenz_wird_nichts_zurueckgenommen(admin_client, gruppe):
    nummer = mit_text(gruppe, "a", "A!")
    Konferenz.objects.update(status=Konferenz.Status.ARCHIVIERT)
    assert "zuruecknehmen/" not in inhalt(admin_client.get(seite(gruppe)))
    knopf, angaben = ruecknahme(gruppe, vorgang=nummer)
    assert admin_client.get(knopf, angaben).status_code == 403


# Reading


def test_verlauf_zeigt_die_worte_auch_denen_die_nur_hoeren(admin_client, gruppe):
    mit_text(gruppe, "a", "a <und> mehr")
    text = inhalt(admin_client.get(seite(gruppe)))
    assert (
        'a<ins><span class="vl-ansage"> [neu: </span> &lt;und&gt; mehr<span class="vl-ansage">] </span></ins>'
        in text
    )
    ohne(gruppe, "c")
    assert '<del><span class="vl-ansage"> [gestrichen: </span>c<span' in inhalt(
        admin_client.get(seite(gruppe))
    )


def test_viele_aenderungen_sind_zugeklappt(admin_client, gruppe):
    with vorgang("Import"):
        AeusserungFactory.create_batch(20, abschnitt=zeile("d").abschnitt)
    assert "<summary>20 Änderungen</summary>" in inhalt(admin_client.get(seite(gruppe)))


def test_bestand_wird_nicht_als_aenderung_gezeigt(admin_client, gruppe):
    Aeusserung.history.update(history_change_reason="Bestand", history_type="~", vorgang=None)
    assert "als der Verlauf begann" in inhalt(admin_client.get(seite(gruppe)))


def test_seiten_zeigen_je_fuenfundzwanzig_und_behalten_die_auswahl(admin_client, gruppe):
    for n in range(30):
        zeile_a = Aeusserung.objects.get(kennung=zeile("d").kennung)
        zeile_a.neue_seite = n % 2 == 0
        zeile_a.save()
    erste = inhalt(admin_client.get(seite(gruppe)))
    assert erste.count('class="vl-eintrag"') == 25
    assert "?seite=2" in erste
    gefiltert = admin_client.get(seite(gruppe), {"seit": "tag", "tag": "2020-01-01", "seite": "99"})
    assert "seit=tag&amp;tag=2020-01-01&amp;seite=1" in inhalt(gefiltert)


@pytest.mark.parametrize(
    ("auswahl", "meldung"),
    [
        ({"seit": "tag"}, "Bitte einen Tag angeben."),
        ({"seit": "tag", "tag": "gestern"}, "gültiges Datum"),
        ({"tag": "0001-01-01"}, "So weit reicht der Verlauf nicht zurück."),
        ({"seit": "freigabe"}, "noch nie freigegeben"),
        ({"seit": "besuch"}, "nichts bekannt"),
        ({"seit": "xyz"}, "gültige Auswahl"),
        ({"konto": "4711"}, "gültige Auswahl"),
    ],
)
def test_unsinnige_auswahl_wird_auf_deutsch_abgelehnt(admin_client, gruppe, auswahl, meldung):
    antwort = admin_client.get(seite(gruppe), auswahl)
    assert antwort.status_code == 200
    assert meldung in inhalt(antwort)
    assert 'class="vl-eintrag"' not in inhalt(antwort)


def test_auswahl_seit_einem_tag_und_von_einem_konto(admin_client, admin_user, gruppe):
    Aeusserung.history.update(history_date=timezone.now() - timedelta(days=3))
    Abschnitt.history.update(history_date=timezone.now() - timedelta(days=3))
    Arbeitsgruppe.history.update(history_date=timezone.now() - timedelta(days=3))
    senden(admin_client, zeile("a"), text="A!")
    heute = timezone.localdate().isoformat()
    assert inhalt(admin_client.get(seite(gruppe), {"tag": heute})).count('class="vl-eintrag"') == 1
    von = inhalt(admin_client.get(seite(gruppe), {"konto": admin_user.pk}))
    assert von.count('class="vl-eintrag"') == 1
    morgen = (timezone.localdate() + timedelta(days=1)).isoformat()
    assert "In dieser Auswahl hat sich nichts geändert." in inhalt(
        admin_client.get(seite(gruppe), {"seit": "tag", "tag": morgen})
    )


def test_seit_dem_letzten_besuch_zeigt_was_seitdem_war(admin_client, gruppe, monkeypatch):
    jetzt = timezone.now()

    def um(stunden):
        monkeypatch.setattr(
            "arbeitsgruppen.verlaufsseiten.timezone.now", lambda: jetzt + timedelta(hours=stunden)
        )

    um(-5)
    admin_client.get(seite(gruppe))
    um(0)
    mit_text(gruppe, "a", "A!")
    um(1.1)
    for stunden in (1.1, 1.2, 1.9):  # looking again within the hour is the same visit
        um(stunden)
        antwort = inhalt(admin_client.get(seite(gruppe), {"seit": "besuch"}))
        assert "[+" not in antwort
        assert "A!" in antwort
    um(9)
    antwort = inhalt(admin_client.get(seite(gruppe), {"seit": "besuch"}))
    assert "In dieser Auswahl hat sich nichts geändert." in antwort


def test_den_besuch_eines_anderen_kontos_uebernimmt_niemand(admin_client, gruppe):
    admin_client.get(seite(gruppe))
    anderer = angemeldet(ORGANISATION)
    anderer.cookies["verlauf"] = admin_client.cookies["verlauf"].value
    assert "nichts bekannt" in inhalt(anderer.get(seite(gruppe), {"seit": "besuch"}))


def test_der_keks_des_besuchs_ist_so_verschlossen_wie_die_der_anmeldung(admin_client, gruppe):
    admin_client.get(seite(gruppe), secure=True)
    keks = admin_client.cookies["verlauf"]
    assert (keks["secure"], keks["httponly"], keks["samesite"]) == (True, True, "Lax")
    assert keks["path"] == seite(gruppe)


def test_abfragen_der_seite_wachsen_nicht(admin_client, gruppe):
    def abfragen():
        with CaptureQueriesContext(connection) as erfasst:
            admin_client.get(seite(gruppe))
        return len(erfasst)

    mit_text(gruppe, "a", "A!")
    abfragen()  # what is looked up once in a process
    wenige = abfragen()
    for n in range(8):
        mit_text(gruppe, "d" if n % 2 == 0 else "D", "D" if n % 2 == 0 else "d")
        AeusserungFactory.create_batch(3, abschnitt=AbschnittFactory(arbeitsgruppe=gruppe))
    assert abfragen() <= wenige


def test_verlauf_einer_geloeschten_aeusserung_fuehrt_zum_papierkorb(admin_client, gruppe):
    kennung = zeile("a").kennung
    ohne(gruppe, "a")
    text = inhalt(admin_client.get(der_aeusserung(kennung)))
    assert "Diese Äußerung ist gelöscht." in text
    assert reverse("papierkorb", args=[gruppe.pk]) in text
    assert "zuruecknehmen" not in text


def test_verlauf_einer_unbekannten_kennung_gibt_es_nicht(admin_client):
    assert admin_client.get(der_aeusserung("gibtsnicht")).status_code == 404


# Taking back


def test_ein_vorgang_wird_gezeigt_bestaetigt_und_zurueckgenommen(admin_client, gruppe):
    nummer = mit_text(gruppe, "a", "A!")
    verlauf = inhalt(admin_client.get(seite(gruppe)))
    assert f"?vorgang={nummer}" in verlauf
    knopf, angaben = ruecknahme(gruppe, vorgang=nummer)
    text = inhalt(admin_client.get(knopf, angaben))
    assert "wird geändert" in text
    assert bild(gruppe) == "A!b(xy)c | d"
    antwort = zugestimmt(admin_client, knopf, angaben)
    assert "Zurückgenommen." in inhalt(antwort)
    assert bild(gruppe) == "ab(xy)c | d"
    neueste = Aeusserung.history.all()[0]
    assert (neueste.history_change_reason, neueste.history_user.username) == ("Zurückgenommen", "admin")


def test_die_gruppe_kehrt_zum_stand_vor_einem_vorgang_zurueck(admin_client, gruppe):
    nummer = mit_text(gruppe, "a", "A!")
    ohne(gruppe, "b")
    anfang = Aeusserung.history.filter(vorgang=nummer).earliest().history_date
    verlauf = inhalt(admin_client.get(seite(gruppe)))
    assert f"?stand={anfang.isoformat().replace(':', '%3A').replace('+', '%2B')}" in verlauf
    knopf, angaben = ruecknahme(gruppe, stand=anfang.isoformat())
    zugestimmt(admin_client, knopf, angaben)
    assert bild(gruppe) == "ab(xy)c | d"


@pytest.mark.parametrize(("wahl", "ergebnis"), [("andere", "A?b(xy)c | d"), ("meine", "ab(xy)c | d")])
def test_was_seitdem_geaendert_wurde_wird_gefragt(admin_client, gruppe, wahl, ergebnis):
    nummer = mit_text(gruppe, "a", "A!")
    mit_text(gruppe, "A!", "A?")
    knopf, angaben = ruecknahme(gruppe, vorgang=nummer)
    gezeigt = admin_client.get(knopf, angaben)
    assert "seitdem noch einmal geändert" in inhalt(gezeigt)
    name = next(n for n in formulardaten(gezeigt) if n.startswith("konflikt-"))
    assert formulardaten(gezeigt)[name] == "andere"
    zugestimmt(admin_client, knopf, angaben, **{name: wahl})
    assert bild(gruppe) == ergebnis


def test_inzwischen_geaendertes_zeigt_den_plan_noch_einmal(admin_client, gruppe):
    nummer = mit_text(gruppe, "a", "A!")
    knopf, angaben = ruecknahme(gruppe, vorgang=nummer)
    daten = formulardaten(admin_client.get(knopf, angaben))
    mit_text(gruppe, "c", "C!")
    antwort = admin_client.post(knopf, daten)
    assert antwort.status_code == 409
    assert "Inzwischen hat sich etwas geändert" in inhalt(antwort)
    assert bild(gruppe) == "A!b(xy)C! | d"
    admin_client.post(knopf, formulardaten(antwort))
    assert bild(gruppe) == "ab(xy)C! | d"


def test_wer_nichts_mehr_zu_aendern_hat_erfaehrt_das(admin_client, gruppe):
    nummer = mit_text(gruppe, "a", "A!")
    mit_text(gruppe, "A!", "a")
    knopf, angaben = ruecknahme(gruppe, vorgang=nummer)
    assert "Es ist schon so" in inhalt(admin_client.get(knopf, angaben))


def test_was_sich_nicht_zuruecknehmen_laesst_wird_gesagt(admin_client, gruppe):
    with vorgang("Stand") as stand:
        gruppe.status = S.FREIGEGEBEN
        gruppe.save()
    assert f"?vorgang={stand.nummer}" not in inhalt(admin_client.get(seite(gruppe)))
    knopf, angaben = ruecknahme(gruppe, vorgang=stand.nummer)
    assert "nichts geändert" in inhalt(admin_client.get(knopf, angaben, follow=True))


@pytest.mark.parametrize(
    "angaben",
    [
        {},
        {"vorgang": "xyz"},
        {"stand": "gestern"},
        {"stand": "2026-13-40T00:00:00+00:00"},
        {"stand": "2026-01-01T00:00:00"},
        {"stand": "0001-01-01T00:00:00+00:00"},
    ],
)
def test_unsinnige_adressen_gibt_es_nicht(admin_client, gruppe, angaben):
    knopf, _ = ruecknahme(gruppe)
    assert admin_client.get(knopf, angaben).status_code == 404
    assert admin_client.post(knopf, angaben).status_code == 404


@pytest.mark.parametrize(
    ("was", "ergebnis"),
    [(["text"], "ab(xy)c | d"), (["stelle"], "A!b(xy)c | d"), (["text", "stelle"], "ab(xy)c | d")],
)
def test_eine_aeusserung_wird_zu_einem_frueheren_text_zurueckgenommen(admin_client, gruppe, was, ergebnis):
    kennung = zeile("a").kennung
    mit_text(gruppe, "a", "A!")
    anfang = Aeusserung.history.filter(kennung=kennung).last()
    knopf = reverse("aeusserung_zuruecknehmen", args=[kennung, anfang.pk])
    assert knopf in inhalt(admin_client.get(der_aeusserung(kennung)))
    gezeigt = admin_client.get(knopf, {"was": was})
    admin_client.post(knopf, formulardaten(gezeigt) | {"was": was})
    assert bild(gruppe) == ergebnis


@pytest.mark.parametrize("kennung", ["gibtsnicht", None])
def test_zeile_die_nicht_zur_aeusserung_gehoert_gibt_es_nicht(admin_client, gruppe, kennung):
    fremde = AeusserungFactory().history.get()
    knopf = reverse("aeusserung_zuruecknehmen", args=[kennung or zeile("a").kennung, fremde.pk])
    assert admin_client.get(knopf).status_code == 404


def test_unmoegliche_stelle_wird_gesagt(admin_client, gruppe):
    d = zeile("d")
    anfang, hier = d.history.get(), d.abschnitt
    d.abschnitt, d.position = zeile("a").abschnitt, 9
    d.save()
    hier.delete()
    knopf = reverse("aeusserung_zuruecknehmen", args=[d.kennung, anfang.pk])
    antwort = admin_client.get(knopf, {"was": "stelle"}, follow=True)
    assert "gibt es hier nicht mehr" in inhalt(antwort)


# The wording


@pytest.fixture
def geaenderte():
    """Return a statement of a released group whose wording was changed."""
    abschnitt = AbschnittFactory(arbeitsgruppe=ArbeitsgruppeFactory())
    aeusserung = AeusserungFactory(abschnitt=abschnitt, text="Frau Maier hilft")
    aeusserung.umformulieren("[Name] hilft", abschnitt.arbeitsgruppe)
    aeusserung.save()
    return aeusserung


@pytest.mark.parametrize("rolle", [ORGANISATION, MODERATION, MINISTERIUM])
def test_rollen_sehen_was_aufgenommen_wurde(geaenderte, rolle):
    text = inhalt(angemeldet(rolle).get(der_aeusserung(geaenderte.kennung)))
    assert "Frau Maier hilft" in text
    assert ("Als Erfassungsfehler anerkennen" in text) == (rolle == ORGANISATION)


def test_formular_der_aeusserung_zeigt_was_aufgenommen_wurde(admin_client, geaenderte):
    text = inhalt(admin_client.get(adresse(geaenderte)))
    assert "Frau Maier" in text
    assert der_aeusserung(geaenderte.kennung) in text
    unveraendert = AeusserungFactory()
    assert "wie jetzt" in inhalt(admin_client.get(adresse(unveraendert)))


def test_organisation_erkennt_einen_erfassungsfehler_an(client, admin_client, geaenderte):
    knopf = reverse("erfassungsfehler", args=[geaenderte.kennung])
    assert knopf in inhalt(admin_client.get(der_aeusserung(geaenderte.kennung)))
    antwort = admin_client.post(knopf, follow=True)
    assert "Als Erfassungsfehler anerkannt" in inhalt(antwort)
    geaenderte.refresh_from_db()
    assert not geaenderte.redaktionell_geaendert
    assert "Es gibt nichts anzuerkennen" in inhalt(admin_client.post(knopf, follow=True))


@pytest.mark.parametrize("rolle", [MODERATION, MINISTERIUM, None])
def test_nur_die_organisation_erkennt_an(geaenderte, rolle):
    client: Client = angemeldet(rolle, geaenderte.abschnitt.arbeitsgruppe)
    knopf = reverse("erfassungsfehler", args=[geaenderte.kennung])
    assert client.post(knopf).status_code == 403
    geaenderte.refresh_from_db()
    assert geaenderte.redaktionell_geaendert


def test_anerkennen_geht_nur_mit_post(admin_client, geaenderte):
    assert admin_client.get(reverse("erfassungsfehler", args=[geaenderte.kennung])).status_code == 405
    assert admin_client.post(reverse("erfassungsfehler", args=["gibtsnicht"])).status_code == 404


def test_geloeschter_wortlaut_der_aufnahme_wird_als_solcher_gezeigt(admin_client, geaenderte):
    Aeusserung.objects.update(original="")
    text = inhalt(admin_client.get(der_aeusserung(geaenderte.kennung)))
    assert "aus Gründen des Datenschutzes gelöscht" in text
    assert "Datenschutz" in inhalt(admin_client.get(adresse(geaenderte)))
