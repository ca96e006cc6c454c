"""Links to drafts: what they say, how long they hold, and how they end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from django.http import HttpRequest
from django.utils import timezone

from arbeitsgruppen.ausgabe import geaendert
from konferenz.entwurfslink import (
    HOECHSTENS,
    SALZ,
    Entwurfslink,
    LinkAbgelaufen,
    LinkUngueltig,
    bestehende,
    geoeffnete,
    oeffnen,
    widerrufen,
)
from tests.fabriken import ArbeitsgruppeFactory, KonferenzFactory
from tests.verlaufspruefung import unverzeichnetes

pytestmark = pytest.mark.django_db


@pytest.fixture
def gruppe():
    return ArbeitsgruppeFactory()


@pytest.fixture
def anfrage() -> HttpRequest:
    """Return a request of a browser with a new session."""
    anfrage = HttpRequest()
    anfrage.session = SessionStore()
    return anfrage


def spaeter(monkeypatch, dauer: timedelta) -> None:
    jetzt = timezone.now() + dauer
    monkeypatch.setattr("django.utils.timezone.now", lambda: jetzt)


@pytest.mark.parametrize("tage", [1, 3, 7])
def test_link_sagt_selbst_was_er_oeffnet_und_bis_wann(gruppe, tage):
    vorher = timezone.now()
    for link in (
        Entwurfslink.fuer(gruppe.konferenz, tage),
        Entwurfslink.fuer(gruppe.konferenz, tage, gruppe),
    ):
        assert Entwurfslink.aus(link.marke) == link
        assert link.konferenz == gruppe.konferenz.pk
        assert abs(link.bis - vorher - timedelta(days=tage)) < timedelta(seconds=10)
    assert link.gruppe == gruppe.pk


def test_link_gilt_bis_zu_seinem_ende_und_dann_nicht_mehr(gruppe, monkeypatch):
    link = Entwurfslink.fuer(gruppe.konferenz, 3)
    spaeter(monkeypatch, timedelta(days=3, seconds=-2))
    assert Entwurfslink.aus(link.marke) == link
    spaeter(monkeypatch, timedelta(seconds=3))
    with pytest.raises(LinkAbgelaufen):
        Entwurfslink.aus(link.marke)


def test_veraenderter_oder_ausgedachter_link_ist_keiner(gruppe):
    marke = Entwurfslink.fuer(gruppe.konferenz, 1).marke
    andere = Entwurfslink.fuer(KonferenzFactory(), 7, gruppe).marke
    gemischt = ":".join([andere.split(":")[0], *marke.split(":")[1:]])
    fremd = signing.dumps([gruppe.konferenz.pk, None, 4102444800, 0], salt="etwas anderes")
    for falsch in (
        marke[:-1],
        marke[1:],
        marke + "x",
        marke.upper(),
        gemischt,
        fremd,
        "",
        ":",
        "ä:ö:ü",
        "\x00",
    ):
        with pytest.raises(LinkUngueltig):
            Entwurfslink.aus(falsch)


def test_link_mit_einem_anderen_schluessel_ist_keiner(gruppe, settings):
    marke = Entwurfslink.fuer(gruppe.konferenz, 1).marke
    settings.SECRET_KEY = "ein ganz anderer Schlüssel"
    with pytest.raises(LinkUngueltig):
        Entwurfslink.aus(marke)
    assert SALZ


def test_widerruf_beendet_alle_links_der_konferenz_und_keine_anderer(gruppe):
    alte = [Entwurfslink.fuer(gruppe.konferenz, 7), Entwurfslink.fuer(gruppe.konferenz, 7, gruppe)]
    andere = Entwurfslink.fuer(KonferenzFactory(), 7)
    widerrufen(gruppe.konferenz)
    neue = Entwurfslink.fuer(gruppe.konferenz, 7, gruppe)
    assert bestehende([*alte, andere, neue]) == (andere, neue)
    widerrufen(gruppe.konferenz)
    assert bestehende([*alte, andere, neue]) == (andere,)


def test_widerruf_steht_im_verlauf_und_aendert_sonst_nichts(gruppe):
    stand, zeilen = geaendert(gruppe.konferenz), gruppe.konferenz.history.count()
    widerrufen(gruppe.konferenz)
    zeile = gruppe.konferenz.history.first()
    assert (zeile.history_type, zeile.history_change_reason) == ("~", "Entwurfslinks widerrufen")
    assert gruppe.konferenz.history.count() == zeilen + 1
    assert geaendert(gruppe.konferenz) == stand  # no Heft is made anew for it
    assert unverzeichnetes() == []


def test_link_geht_mit_dem_was_er_oeffnet(gruppe):
    konferenz = gruppe.konferenz
    ganz, nur_gruppe = Entwurfslink.fuer(konferenz, 1), Entwurfslink.fuer(konferenz, 1, gruppe)
    assert bestehende([ganz, nur_gruppe]) == (ganz, nur_gruppe)
    gruppe.konferenz = KonferenzFactory()
    gruppe.save()
    assert bestehende([ganz, nur_gruppe]) == (ganz,)
    gruppe.delete()
    konferenz.delete()
    assert bestehende([ganz, nur_gruppe]) == ()


def test_ob_links_bestehen_kostet_eine_abfrage_und_ohne_links_keine(gruppe, django_assert_num_queries):
    links = [Entwurfslink.fuer(ArbeitsgruppeFactory().konferenz, 1) for _ in range(5)]
    with django_assert_num_queries(1):
        assert len(bestehende(links)) == 5
    with django_assert_num_queries(0):
        assert bestehende([]) == ()


def test_geoeffneter_link_bleibt_in_der_sitzung_bis_er_endet(gruppe, anfrage, monkeypatch):
    eintag, woche = Entwurfslink.fuer(gruppe.konferenz, 1, gruppe), Entwurfslink.fuer(gruppe.konferenz, 7)
    for link in (eintag, woche, eintag):  # opened again, it is there once
        assert oeffnen(anfrage, link.marke) == link
    assert set(geoeffnete(anfrage)) == {eintag, woche}
    assert len(geoeffnete(anfrage)) == 2
    spaeter(monkeypatch, timedelta(days=2))
    assert geoeffnete(anfrage) == (woche,)
    widerrufen(gruppe.konferenz)
    assert geoeffnete(anfrage) == ()


def test_ungueltiges_kommt_nicht_in_die_sitzung(gruppe, anfrage):
    link = Entwurfslink.fuer(gruppe.konferenz, 1)
    with pytest.raises(LinkUngueltig):
        oeffnen(anfrage, link.marke[:-1])
    with pytest.raises(LinkAbgelaufen):
        oeffnen(anfrage, replace(link, bis=link.bis - timedelta(days=2)).marke)
    widerrufen(gruppe.konferenz)
    with pytest.raises(LinkAbgelaufen):
        oeffnen(anfrage, link.marke)
    assert dict(anfrage.session) == {}


def test_sitzung_behaelt_nur_die_letzten(anfrage):
    links = [Entwurfslink.fuer(KonferenzFactory(), 1) for _ in range(HOECHSTENS + 2)]
    for link in links:
        oeffnen(anfrage, link.marke)
    assert list(geoeffnete(anfrage)) == links[2:]
