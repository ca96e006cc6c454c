"""What was recorded first stays known, and page, Heft and data say where the wording differs from it."""

import json
from datetime import date

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from arbeitsgruppen import bericht, folien
from arbeitsgruppen.bild import gruppenbild, konferenzbild
from arbeitsgruppen.daten import als_json
from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe
from arbeitsgruppen.vermerke import vermerke
from arbeitsgruppen.wortlaut import als_erfassungsfehler_anerkennen
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    KonferenzFactory,
)
from tests.formular import formulardaten
from tests.konferenz.test_admin import adresse, senden

pytestmark = pytest.mark.django_db

FREIGEGEBEN = Arbeitsgruppe.Status.FREIGEGEBEN


@pytest.fixture
def abschnitt():
    konferenz = KonferenzFactory(veroeffentlicht=True)
    return AbschnittFactory(
        arbeitsgruppe=ArbeitsgruppeFactory(konferenz=konferenz, status=FREIGEGEBEN),
        ueberschrift="Wo hakt es?",
    )


@pytest.fixture
def aeusserung(abschnitt):
    """Return the second statement of a released group."""
    AeusserungFactory(abschnitt=abschnitt, text="Zeit fehlt")
    return AeusserungFactory(abschnitt=abschnitt, text="Frau Maier hilft")


def geaendert(aeusserung, text="[Name] hilft"):
    aeusserung.umformulieren(text, aeusserung.abschnitt.arbeitsgruppe)
    aeusserung.save()
    return aeusserung


# The rule in the plain forms


def test_formular_der_aeusserung_haelt_den_wortlaut_der_aufnahme_fest(admin_client, aeusserung):
    senden(admin_client, aeusserung, text="[Name] hilft")
    senden(admin_client, aeusserung, text="Jemand hilft")
    aeusserung.refresh_from_db()
    assert (aeusserung.text, aeusserung.original) == ("Jemand hilft", "Frau Maier hilft")
    assert aeusserung.history.first().original == "Frau Maier hilft"


def test_formular_des_abschnitts_haelt_den_wortlaut_der_aufnahme_fest(admin_client, aeusserung):
    senden(admin_client, aeusserung.abschnitt, aeusserungen__1__text="[Name] hilft")
    erste, zweite = Aeusserung.objects.order_by("position")
    assert (zweite.text, zweite.original) == ("[Name] hilft", "Frau Maier hilft")
    assert erste.original is None
    assert aeusserung.history.first().original == "Frau Maier hilft"


def test_waehrend_der_erfassung_gibt_es_noch_keinen_festen_wortlaut(admin_client, aeusserung):
    Arbeitsgruppe.objects.update(status=Arbeitsgruppe.Status.IN_BEARBEITUNG)
    senden(admin_client, aeusserung, text="[Name] hilft")
    senden(admin_client, aeusserung.abschnitt, aeusserungen__1__text="Jemand hilft")
    aeusserung.refresh_from_db()
    assert (aeusserung.text, aeusserung.original) == ("Jemand hilft", None)


def test_andere_aenderungen_lassen_den_wortlaut_wie_er_ist(admin_client, aeusserung):
    senden(admin_client, aeusserung, neue_seite="on")
    senden(admin_client, aeusserung.abschnitt, aeusserungen__1__position="1")
    aeusserung.refresh_from_db()
    assert (aeusserung.neue_seite, aeusserung.position, aeusserung.original) == (True, 1, None)


def test_frueherer_stand_aus_dem_verlauf_vergisst_den_wortlaut_der_aufnahme_nicht(admin_client, aeusserung):
    anfang = aeusserung.history.first()
    geaendert(aeusserung)
    ansicht = reverse("admin:arbeitsgruppen_aeusserung_simple_history", args=[aeusserung.pk, anfang.pk])
    daten = formulardaten(admin_client.get(ansicht)) | {"text": "Frau M. hilft"}
    assert admin_client.post(ansicht, daten).status_code == 302
    aeusserung.refresh_from_db()
    assert (aeusserung.text, aeusserung.original) == ("Frau M. hilft", "Frau Maier hilft")


def test_verschobene_aeusserung_nimmt_ihre_unterpunkte_auch_im_verlauf_mit(admin_client, aeusserung):
    punkt = AeusserungFactory(uebergeordnet=aeusserung)
    ziel = AbschnittFactory(arbeitsgruppe=aeusserung.abschnitt.arbeitsgruppe)
    senden(admin_client, aeusserung, abschnitt=ziel.pk)
    assert punkt.history.first().abschnitt_id == ziel.pk


def test_zurueckgenommene_aenderung_ist_keine_mehr(aeusserung):
    geaendert(aeusserung)
    geaendert(aeusserung, "Frau Maier hilft")
    assert not aeusserung.redaktionell_geaendert
    assert vermerke(konferenzbild(aeusserung.abschnitt.arbeitsgruppe.konferenz)) == []


# A slip of the recording


def test_erfassungsfehler_ist_kein_vermerk_mehr_und_steht_im_verlauf(aeusserung):
    geaendert(aeusserung)
    assert als_erfassungsfehler_anerkennen(aeusserung)
    aeusserung.refresh_from_db()
    assert (aeusserung.text, aeusserung.original) == ("[Name] hilft", None)
    neueste, davor, _ = aeusserung.history.all()
    assert (neueste.original, neueste.history_change_reason) == (None, "Erfassungsfehler anerkannt")
    assert davor.original == "Frau Maier hilft"


def test_ohne_aenderung_ist_nichts_anzuerkennen(aeusserung):
    assert not als_erfassungsfehler_anerkennen(aeusserung)
    assert aeusserung.history.count() == 1


# Where it is said


def test_seite_der_gruppe_kennzeichnet_geaendertes_ohne_das_original(client, aeusserung):
    gruppe = geaendert(aeusserung).abschnitt.arbeitsgruppe
    inhalt = client.get(gruppe.get_absolute_url()).content.decode()
    assert inhalt.count('href="#redaktionell-geaendert"') == 1
    assert inhalt.count('id="redaktionell-geaendert"') == 1
    assert "Erklärung am Ende der Seite" in inhalt
    assert "Maier" not in inhalt


def test_seite_der_gruppe_ohne_aenderung_sagt_nichts_davon(client, aeusserung):
    inhalt = client.get(aeusserung.abschnitt.arbeitsgruppe.get_absolute_url()).content.decode()
    assert "redaktionell" not in inhalt


def test_geaenderter_unterpunkt_ist_gekennzeichnet(client, aeusserung):
    punkt = geaendert(AeusserungFactory(uebergeordnet=aeusserung, text="x"), "y")
    gruppe = aeusserung.abschnitt.arbeitsgruppe
    assert 'href="#redaktionell-geaendert"' in client.get(gruppe.get_absolute_url()).content.decode()
    assert gruppenbild(gruppe).abschnitte[0].aeusserungen[1].unterpunkte[0].redaktionell_geaendert
    assert vermerke(konferenzbild(gruppe.konferenz)) == [
        (gruppe.nummer, "Wo hakt es?", "Nr. 2, Unterpunkt 1", punkt.kennung)
    ]


def test_daten_kennzeichnen_geaendertes_ohne_das_original(aeusserung):
    konferenz = geaendert(aeusserung).abschnitt.arbeitsgruppe.konferenz
    daten = als_json(konferenzbild(konferenz), "https://doku.example.de")
    (gruppe,) = json.loads(daten)["arbeitsgruppen"]
    assert [a["redaktionell_geaendert"] for a in gruppe["abschnitte"][0]["aeusserungen"]] == [False, True]
    assert b"Maier" not in daten


def test_bericht_nennt_geaendertes_in_der_quellenangabe(aeusserung):
    konferenz = geaendert(aeusserung).abschnitt.arbeitsgruppe.konferenz
    quelle = bericht.Quelle("https://doku.example.de/fachtag/", "0" * 64, date(2021, 5, 3))
    angabe = bericht.teile(konferenzbild(konferenz), quelle)[-1]
    text = render_to_string("heft/bericht/quelle.html", {"teil": angabe})
    assert f'AG 1, „Wo hakt es?“, Nr. 2 (<a href="#a-{aeusserung.kennung}">{aeusserung.kennung}</a>)' in text
    assert "außer den genannten redaktionell geänderten" in text


def test_folien_nennen_geaendertes_auf_einer_letzten_seite(aeusserung):
    konferenz = geaendert(aeusserung).abschnitt.arbeitsgruppe.konferenz
    seite = folien.seiten(konferenzbild(konferenz))[-1]
    assert seite.vorlage == "vermerke"
    text = render_to_string("heft/folien/vermerke.html", {"teil": seite})
    assert "AG 1, „Wo hakt es?“, Nr. 2" in text
    assert aeusserung.kennung in text


def test_heft_ohne_aenderung_sagt_nichts_davon(aeusserung):
    bild = konferenzbild(aeusserung.abschnitt.arbeitsgruppe.konferenz)
    angabe = bericht.teile(bild, bericht.Quelle("https://doku.example.de/", "0" * 64))[-1]
    assert "edaktionell" not in render_to_string("heft/bericht/quelle.html", {"teil": angabe})
    assert "vermerke" not in {seite.vorlage for seite in folien.seiten(bild)}


def test_adresse_der_aeusserung_bleibt_bei_einer_aenderung(client, aeusserung):
    geaendert(aeusserung)
    assert client.get(reverse("aeusserung", args=[aeusserung.kennung])).status_code == 302
    assert client.get(adresse(aeusserung)).status_code == 302  # to the sign-in
