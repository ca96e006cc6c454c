"""What every request meets first, and by which address failed sign-ins are counted behind a proxy."""

from ipaddress import ip_address

import pytest
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from konferenz.anmeldung import rechner
from tests.fabriken import BenutzerFactory

VERBINDUNG = "10.0.0.1"


def gezaehlt(weitergeleitet: str | None, verbindung: str = VERBINDUNG) -> str:
    anfrage = RequestFactory().get("/", REMOTE_ADDR=verbindung)
    if weitergeleitet is not None:
        anfrage.META["HTTP_X_FORWARDED_FOR"] = weitergeleitet
    return rechner(anfrage)


@pytest.mark.parametrize(
    ("proxys", "weitergeleitet", "erwartet"),
    [
        (1, None, VERBINDUNG),
        (1, "", VERBINDUNG),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "1.1.1.1, 203.0.113.7", "203.0.113.7"),  # only the last one was written by the proxy
        (2, "1.1.1.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (2, "203.0.113.7", VERBINDUNG),  # two proxies would have written two
        (0, "203.0.113.7", VERBINDUNG),  # nobody stands before us who could know
        (1, "203.0.113.7:5678", "203.0.113.7"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (1, "[2001:db8:1:2::9]:443", "2001:db8:1:2::"),
        (1, "fe80::1%eth0", "fe80::"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (1, "1.1.1.1,", VERBINDUNG),
        (1, "unknown", VERBINDUNG),
        (1, "203.0.113.7' OR 1=1", VERBINDUNG),
        (1, "999.1.1.1", VERBINDUNG),
        (1, "\0\x00, " + "9" * 5000, VERBINDUNG),
    ],
)
def test_es_zaehlt_die_adresse_die_der_aeusserste_proxy_sah(
    settings, proxys: int, weitergeleitet: str | None, erwartet: str
) -> None:
    settings.PROXYS = proxys
    assert gezaehlt(weitergeleitet) == erwartet


def test_hinter_einem_unix_socket_gibt_es_trotzdem_eine_adresse(settings) -> None:
    settings.PROXYS = 0
    assert gezaehlt(None, verbindung="") == "127.0.0.1"


@given(st.text(), st.integers(0, 3))
def test_was_auch_immer_in_der_kopfzeile_steht_es_kommt_eine_adresse_heraus(kette: str, proxys: int) -> None:
    with override_settings(PROXYS=proxys):
        ip_address(gezaehlt(kette))


KENNWORT = "geheim-und-lang-genug"


def anmelden(kopf: str, name: str = "jo", kennwort: str = "falsch") -> int:
    daten = {"username": name, "password": kennwort}
    return Client().post(reverse("admin:login"), daten, headers={"x-forwarded-for": kopf}).status_code


@pytest.mark.parametrize("proxys", [0, 1, 2])
def test_eine_erfundene_kette_hebt_keine_sperre_auf(db, settings, proxys: int) -> None:
    settings.PROXYS = proxys
    echt = ["203.0.113.7", "10.0.0.2"][:proxys]
    antworten = [anmelden(", ".join([f"198.51.100.{n}", *echt])) for n in range(6)]
    assert antworten == [200] * 4 + [429] * 2


def test_mit_vielen_adressen_eines_ipv6_netzes_kommt_niemand_um_die_sperre(db, settings) -> None:
    settings.PROXYS = 1
    assert [anmelden(f"2001:db8::{n}") for n in range(1, 7)] == [200] * 4 + [429] * 2
    assert anmelden("2001:db8:0:1::1") == 200  # a neighbour


def test_wer_woanders_sitzt_ist_nicht_mit_gesperrt(db, settings) -> None:
    settings.PROXYS = 1
    for _ in range(6):
        anmelden("203.0.113.7")
    assert anmelden("203.0.113.8") == 200


def test_wer_dazwischen_hineinkommt_faengt_von_vorn_an(db, settings) -> None:
    settings.PROXYS = 1
    BenutzerFactory(username="jo", rolle="Organisation")
    for _ in range(2):
        assert [anmelden("203.0.113.7") for _ in range(4)] == [200] * 4
        assert anmelden("203.0.113.7", kennwort=KENNWORT) == 302
    assert [anmelden("203.0.113.7") for _ in range(5)] == [200] * 4 + [429]


def test_mit_dem_eigenen_konto_hebt_niemand_die_sperre_eines_anderen_auf(db, settings) -> None:
    settings.PROXYS = 1
    for name in ("jo", "chris"):
        BenutzerFactory(username=name, rolle="Organisation")
    for _ in range(4):
        anmelden("203.0.113.7")
    assert anmelden("203.0.113.7", "chris", KENNWORT) == 302
    assert anmelden("203.0.113.7") == 429
    # Nor does the owner free the address that somebody else guesses from.
    assert anmelden("203.0.113.8", "jo", KENNWORT) == 302
    assert anmelden("203.0.113.7", "jo", KENNWORT) == 429


@pytest.mark.parametrize("methode", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("pfad", ["/", "/admin/", "/admin/login/", "/gibt-es-nicht/"])
def test_methoden_die_keine_seite_kennt_werden_abgewiesen(client: Client, methode: str, pfad: str) -> None:
    antwort = client.generic(methode, pfad)
    assert antwort.status_code == 405
    assert antwort["Allow"] == "GET, HEAD, POST"
