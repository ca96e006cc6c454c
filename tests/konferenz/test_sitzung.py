"""How long a session lasts, what its cookies look like, and that a new password ends all others."""

import time

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from konferenz import konten
from konferenz.entwurfslink import Entwurfslink
from tests.fabriken import ArbeitsgruppeFactory, BenutzerFactory, KonferenzFactory

pytestmark = pytest.mark.django_db

STUNDE = 3600
KENNWORT, NEUES = "geheim-und-lang-genug", "ein-gutes-wort-22"


@pytest.fixture
def konto() -> User:
    return BenutzerFactory(rolle="Organisation")


class Uhr:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.jetzt = time.time()

    def time(self) -> float:
        return self.jetzt


@pytest.fixture
def uhr(monkeypatch) -> Uhr:
    uhr = Uhr()
    monkeypatch.setattr("konferenz.sitzung.time", uhr)
    return uhr


def angemeldet(konto: User) -> Client:
    client = Client()
    client.force_login(konto)
    return client


def ist_drin(client: Client) -> bool:
    return client.get(reverse("admin:index")).status_code == 200


def test_nach_vier_stunden_ohne_anfrage_ist_man_abgemeldet(konto: User, uhr: Uhr) -> None:
    client = angemeldet(konto)
    uhr.jetzt += 4 * STUNDE - 1
    assert ist_drin(client)
    uhr.jetzt += 4 * STUNDE - 1
    assert ist_drin(client)
    uhr.jetzt += 4 * STUNDE + 1
    assert not ist_drin(client)


def test_nach_einem_arbeitstag_ist_auch_abgemeldet_wer_immer_da_war(konto: User, uhr: Uhr) -> None:
    client = angemeldet(konto)
    drin = []
    for _ in range(13):
        uhr.jetzt += STUNDE
        drin.append(ist_drin(client))
    assert drin == [True] * 12 + [False]


def test_eine_sitzung_aus_der_zeit_davor_beginnt_neu(konto: User, uhr: Uhr) -> None:
    client = angemeldet(konto)
    sitzung = client.session
    del sitzung["angemeldet_seit"], sitzung["zuletzt_da"]
    sitzung.save()
    assert ist_drin(client)
    uhr.jetzt += 13 * STUNDE
    assert not ist_drin(client)


def test_was_dabei_getippt_war_kommt_zurueck(konto: User, uhr: Uhr) -> None:
    client, gruppe = angemeldet(konto), ArbeitsgruppeFactory()
    uhr.jetzt += 5 * STUNDE
    text = "Sprachkurse auch am Abend und am Samstag"
    antwort = client.post(reverse("erfassung_gruppe", args=[gruppe.pk]), {"abschnitt-0-text": text})
    assert antwort.status_code == 403
    assert text in antwort.text


def test_nicht_jede_seite_schreibt_die_sitzung(konto: User, uhr: Uhr, django_assert_num_queries) -> None:
    client = angemeldet(konto)
    ist_drin(client)
    vorher = client.session["zuletzt_da"]
    uhr.jetzt += 30
    ist_drin(client)
    assert client.session["zuletzt_da"] == vorher
    uhr.jetzt += 31
    ist_drin(client)
    assert client.session["zuletzt_da"] > vorher


def test_wer_einen_link_zum_entwurf_hat_behaelt_ihn_solange_er_gilt(uhr: Uhr) -> None:
    konferenz, gast = KonferenzFactory(), Client()
    gast.get(reverse("entwurf", args=[Entwurfslink.fuer(konferenz, tage=7).marke]))
    uhr.jetzt += 3 * 24 * STUNDE
    assert gast.get(konferenz.get_absolute_url()).status_code == 200


# Cookies


def anmelden(konto: User) -> Client:
    client = Client()
    client.get(reverse("admin:login"))
    client.post(reverse("admin:login"), {"username": konto.username, "password": KENNWORT}, secure=True)
    return client


def test_kekse_sind_fuer_skripte_und_fremde_seiten_nicht_da(konto: User, settings) -> None:
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-sitzung", "__Host-csrf"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = anmelden(konto)
    assert sorted(client.cookies) == ["__Host-csrf", "__Host-sitzung"]
    for keks in client.cookies.values():
        # RFC 6265bis, 4.1.3.2: else a browser throws a cookie of this name away.
        assert (keks["secure"], keks["path"], keks["domain"]) == (True, "/", "")
        assert (keks["httponly"], keks["samesite"]) == (True, "Lax")


def test_auch_mit_meldungen_bleibt_es_bei_zwei_keksen(konto: User) -> None:
    client = anmelden(konto)
    seite = client.post(reverse("admin:konferenz_person_add"), {"nachname": "Weiß", "vorname": "Jo"})
    assert seite.status_code == 302
    assert sorted(client.cookies) == ["csrftoken", "sessionid"]
    assert "Weiß" in client.get(seite["Location"]).text


# A new password


def test_ein_geaendertes_kennwort_meldet_ueberall_sonst_ab(konto: User) -> None:
    hier, dort = angemeldet(konto), angemeldet(konto)
    felder = {"old_password": KENNWORT, "new_password1": NEUES, "new_password2": NEUES}
    assert hier.post(reverse("admin:password_change"), felder).status_code == 302
    assert (ist_drin(hier), ist_drin(dort)) == (True, False)


def test_ein_mit_dem_link_gesetztes_kennwort_meldet_ueberall_ab(konto: User, settings) -> None:
    settings.SITE_URL = ""
    dort, hier = angemeldet(konto), Client()
    setzen = hier.get(konten.kennwortlink(konto))["Location"]
    assert hier.post(setzen, {"new_password1": NEUES, "new_password2": NEUES}).status_code == 302
    assert (ist_drin(hier), ist_drin(dort)) == (False, False)
