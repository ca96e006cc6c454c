"""The public pages of topics, and the figures on the page of a conference."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from arbeitsgruppen.bild import konferenzbild
from arbeitsgruppen.kennzahlen import gruppentafel, thementafel, themenzahlen
from arbeitsgruppen.models import Abschnitt, Arbeitsgruppe
from konferenz.entwurfslink import Entwurfslink
from tests.fabriken import (
    AbschnittFactory,
    AeusserungFactory,
    ArbeitsgruppeFactory,
    BenutzerFactory,
    KonferenzFactory,
    ThemaFactory,
    angemeldet,
)

pytestmark = pytest.mark.django_db

HAKT, GUT = Abschnitt.Kategorie.HAKT, Abschnitt.Kategorie.GUT


@pytest.fixture
def konferenz():
    """Return a released conference in which two groups speak of housing, and one of volunteers."""
    konferenz = KonferenzFactory(veroeffentlicht=True)
    ThemaFactory(titel="Wohnen", slug="wohnen", woerter="Wohnung")
    ThemaFactory(titel="Ehrenamt", slug="ehrenamt", woerter="Ehrenamt")
    ThemaFactory(titel="Niemandes Thema", slug="niemand", woerter="Xylophon")
    for texte in (("Wohnungen fehlen", "Ehrenamt und Wohnung"), ("Wohnung gefunden",)):
        gruppe = ArbeitsgruppeFactory(konferenz=konferenz)
        for nummer, text in enumerate(texte):
            kategorie = GUT if nummer else HAKT
            AeusserungFactory(
                abschnitt=AbschnittFactory(arbeitsgruppe=gruppe, kategorie=kategorie), text=text
            )
    return konferenz


def alle(konferenz):
    return reverse("themen", args=[konferenz.slug])


def eines(konferenz, slug="wohnen"):
    return reverse("thema", args=[konferenz.slug, slug])


def test_liste_nennt_themen_mit_zahlen_und_keine_ohne_aeusserung(client, konferenz):
    text = client.get(alle(konferenz)).text
    assert eines(konferenz) in text
    assert "3 Äußerungen" in text
    assert "2 hakt" in text
    assert "Niemandes Thema" not in text


def test_thema_zeigt_seine_aeusserungen_mit_dem_weg_zu_ihrer_stelle(client, konferenz):
    antwort = client.get(eines(konferenz))
    kategorien = [
        (k, [s.aeusserung.text for s in stellen]) for k, _, stellen in antwort.context["kategorien"]
    ]
    assert kategorien == [
        ("gut", ["Ehrenamt und Wohnung"]),
        ("hakt", ["Wohnungen fehlen", "Wohnung gefunden"]),
    ]
    for gruppe in konferenz.arbeitsgruppen.all():
        for abschnitt in gruppe.abschnitte.all():
            kennung = abschnitt.aeusserungen.get().kennung
            assert f'href="{gruppe.get_absolute_url()}#a-{kennung}"' in antwort.text
    assert "/suche/?thema=wohnen" in antwort.text


def test_themen_sagen_aus_wie_vielen_gruppen_und_stehen_nach_groesse(client, konferenz):
    karten = re.findall(r'kd-karte__nummer">([^<]+)</p>', client.get(alle(konferenz)).text)
    assert karten == ["3 Äußerungen aus 2 Arbeitsgruppen", "1 Äußerung aus 1 Arbeitsgruppe"]


def test_thema_laesst_sich_mitnehmen(client, konferenz):
    seite = client.get(eines(konferenz)).text
    (adresse,) = re.findall(r'href="(/suche/daten\.csv[^"]+)"', seite)
    zeilen = client.get(unescape(adresse)).getvalue().decode("utf-8-sig").strip().splitlines()
    assert len(zeilen) - 1 == themenzahlen(konferenzbild(konferenz))[0].anzahl


@pytest.mark.parametrize("slug", ["niemand", "gibt-es-nicht"])
def test_thema_ohne_aeusserung_gibt_es_nicht(client, konferenz, slug):
    assert client.get(eines(konferenz, slug)).status_code == 404


def test_rueckblick_und_leitfragen_zaehlen_nicht(client, konferenz):
    gruppe = konferenz.arbeitsgruppen.first()
    for herkunft in (Abschnitt.Herkunft.RUECKBLICK, Abschnitt.Herkunft.LEITFRAGE):
        abschnitt = AbschnittFactory(arbeitsgruppe=gruppe, herkunft=herkunft)
        AeusserungFactory(abschnitt=abschnitt, text="Wohnung und Xylophon")
    antwort = client.get(eines(konferenz))
    assert antwort.context["zahlen"].anzahl == 3
    assert client.get(eines(konferenz, "niemand")).status_code == 404


def test_was_nicht_freigegeben_ist_sieht_nur_wer_entwuerfe_liest(konferenz):
    konferenz.arbeitsgruppen.filter(nummer=2).update(status=Arbeitsgruppe.Status.ZUR_PRUEFUNG)
    gast = Client()
    antwort = gast.get(eines(konferenz))
    assert antwort.context["zahlen"].anzahl == 2
    assert "Wohnung gefunden" not in antwort.text
    ministerium = angemeldet(BenutzerFactory(rolle="Ministerium")).get(eines(konferenz))
    assert "Wohnung gefunden" in ministerium.text
    assert ministerium["Cache-Control"] == "private, no-store"
    assert "Vorschau" in ministerium.text
    mit_link = Client()
    mit_link.get(reverse("entwurf", args=[Entwurfslink.fuer(konferenz, tage=1).marke]))
    assert "Wohnung gefunden" in mit_link.get(eines(konferenz)).text


def test_entwurf_ist_fuer_gaeste_nicht_da(client, konferenz):
    konferenz.status = konferenz.Status.ENTWURF
    konferenz.save()
    for adresse in (alle(konferenz), eines(konferenz)):
        assert client.get(adresse).status_code == 404


@pytest.mark.parametrize("seite", [alle, eines, lambda konferenz: konferenz.get_absolute_url()])
def test_seiten_brauchen_fuer_viele_so_viele_abfragen_wie_fuer_wenige(client, konferenz, seite):
    def abfragen():
        with CaptureQueriesContext(connection) as erfasst:
            assert client.get(seite(konferenz)).status_code == 200
        return len(erfasst)

    wenige = abfragen()
    ThemaFactory.create_batch(3, woerter="Wohnung")
    for gruppe in ArbeitsgruppeFactory.create_batch(2, konferenz=konferenz):
        for abschnitt in AbschnittFactory.create_batch(2, arbeitsgruppe=gruppe):
            AeusserungFactory.create_batch(3, abschnitt=abschnitt, text="Wohnung")
    assert abfragen() == wenige


# Figures


def test_gruppentafel_zaehlt_je_gruppe_und_kategorie(konferenz):
    tafel = gruppentafel(konferenzbild(konferenz))
    assert tafel
    assert tafel.kategorien == ("gut", "hakt")
    assert [(zeile.name, zeile.werte) for zeile in tafel.zeilen] == [("AG 1", (1, 1)), ("AG 2", (0, 1))]
    assert [(spalte.name, *rest) for spalte, *rest in tafel.tabelle[0][1]] == [
        ("läuft gut", 1, f"/{konferenz.slug}/ag/1/#gut"),
        ("hakt", 1, f"/{konferenz.slug}/ag/1/#hakt"),
    ]
    assert tafel.summe == 3


def test_thementafel_hat_alle_themen_in_ihrer_reihenfolge_oder_die_groessten(konferenz):
    bild = konferenzbild(konferenz)
    ThemaFactory(titel="Nichts", slug="nichts", woerter="Xylophon", position=0)
    assert [eine.thema.slug for eine in themenzahlen(bild)] == ["wohnen", "ehrenamt"]
    tafel, groesste = thementafel(bild), thementafel(bild, 1)
    assert tafel
    assert groesste
    assert [(zeile.name, zeile.werte) for zeile in tafel.zeilen] == [("Wohnen", (1, 2)), ("Ehrenamt", (1, 0))]
    assert [zeile.name for zeile in groesste.zeilen] == ["Wohnen"]


def test_ohne_themen_und_mit_einer_gruppe_gibt_es_nichts_zu_vergleichen(client):
    konferenz = KonferenzFactory(veroeffentlicht=True)
    AeusserungFactory(abschnitt__arbeitsgruppe__konferenz=konferenz)
    bild = konferenzbild(konferenz)
    assert (gruppentafel(bild), thementafel(bild)) == (None, None)
    assert "<svg" not in client.get(konferenz.get_absolute_url()).text.split("<main")[1]
    assert "noch keine Themen" in client.get(alle(konferenz)).text
