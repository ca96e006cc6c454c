"""Signing in at a service that is not ours: oidc-provider, which the OpenID Foundation has certified.

`make oidc-pruefen` runs it, and brings that (skripte/oidc/). A service that lies or talks nonsense is in
test_anmeldedienst.py.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from lxml import html

from konferenz import zweiter_faktor
from konferenz.anmeldedienst import Dienst
from tests.fabriken import BenutzerFactory
from tests.konferenz.test_anmeldedienst import hin, rundreise
from tests.konferenz.test_anmeldeprotokoll import was
from tests.konferenz.test_zweiter_faktor import KENNWORT, VERWALTUNG, angemeldet, einrichten
from tests.test_projekt import BASIS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.oidc, pytest.mark.django_db]

HIER = "http://testserver"
# What has to be written otherwise in a header, as a service may well give it.
KENNUNG, GEHEIMNIS = "haus:doku", "ge+heim/%41 :~=&"
KONTEN = {
    "jo": {"email": "jo@example.de", "email_verified": True, "name": "Jo Muster"},
    "unbestaetigt": {"email": "jo@example.de", "email_verified": False},
    "schweigsam": {"email": "jo@example.de"},
    "ohne": {"name": "Ohne Adresse"},
    "fremd": {"email": "fremd@example.de", "email_verified": True},
}
VERFAHREN = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
NICHT_UNSERE = ["HS256", "Ed25519"]


def kunde(kennung: str, adresse: str = HIER, **anders: Any) -> dict[str, Any]:
    """Return what docs/betrieb.md tells an administrator to enter there."""
    return {
        "client_id": kennung,
        "client_secret": GEHEIMNIS,
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "redirect_uris": [f"{adresse}/konto/anmeldedienst/zurueck/"],
        "token_endpoint_auth_method": "client_secret_basic",
    } | anders


class Haus:
    """The service, in a process of its own; its keys are others each time."""

    def __init__(self, **einstellungen: Any) -> None:
        kunden = [kunde(KENNUNG), kunde("nur-name", scope="openid profile")]
        kunden += [kunde(v, id_token_signed_response_alg=v) for v in (*VERFAHREN, *NICHT_UNSERE)]
        self._prozess = subprocess.Popen(
            [
                os.environ["OIDC_NODE"],
                BASIS / "skripte" / "oidc" / "server.mjs",
                json.dumps({"clients": kunden, "konten": KONTEN, **einstellungen}),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._prozess.stdout
        zeilen = (zeile.strip() for zeile in self._prozess.stdout if zeile.startswith("http"))
        self.adresse = next(zeilen, "")
        assert self.adresse, "Der Dienst ist nicht gestartet."

    @property
    def port(self) -> int:
        return urlsplit(self.adresse).port or 0

    def fragen(self, pfad: str, **felder: str) -> requests.Response:
        """Ask without a browser."""
        return requests.get(f"{self.adresse}{pfad}", felder, allow_redirects=False, timeout=10)

    def schluessel(self) -> set[str]:
        return {schluessel["kid"] for schluessel in self.fragen("/jwks").json()["keys"]}

    def beenden(self) -> None:
        self._prozess.communicate()  # closes its input


class Person:
    """Somebody with an account there, and their browser as far as that service sees it."""

    def __init__(self, name: str = "jo") -> None:
        self.name = name
        self.browser = requests.Session()
        self.gesehen: list[str] = []
        self.bricht_ab_bei = ""  # the heading of a page

    def anmelden(self, adresse: str) -> str:
        """Do what the service's pages ask for; return where it sends the browser back to."""
        antwort = self.browser.get(adresse, allow_redirects=False)
        while True:
            if antwort.is_redirect:
                ziel = urljoin(antwort.url, antwort.headers["Location"])
                if ziel.startswith(f"{HIER}/"):
                    return ziel
                antwort = self.browser.get(ziel, allow_redirects=False)
                continue
            assert antwort.status_code == 200, antwort.text
            seite = html.fromstring(antwort.text, base_url=antwort.url)
            seite.make_links_absolute()
            (ueberschrift,) = seite.xpath("//h1/text()")
            self.gesehen.append(ueberschrift)
            if ueberschrift == self.bricht_ab_bei:
                (abbruch,) = seite.xpath("//a[contains(., 'Cancel')]/@href")
                antwort = self.browser.get(abbruch, allow_redirects=False)
                continue
            (formular,) = seite.forms
            werte = dict(formular.form_values())
            if "login" in formular.fields:
                werte |= {"login": self.name, "password": "beliebig"}
            antwort = self.browser.post(formular.action, data=werte, allow_redirects=False)


@pytest.fixture(scope="module")
def haeuser() -> Iterator[dict[str, Haus]]:
    """The service, telling in each way who somebody is."""
    haeuser = {
        # As the specification has it (Core, 5.4).
        "userinfo": Haus(),
        "ausweis": Haus(conformIdTokenClaims=False),
        "nur ausweis": Haus(features={"userinfo": {"enabled": False}}),
    }
    yield haeuser
    for haus in haeuser.values():
        haus.beenden()


def einstellen(settings: Any, haus: Haus) -> None:
    settings.OIDC_ADRESSE = haus.adresse
    settings.OIDC_CLIENT_ID, settings.OIDC_SECRET = KENNUNG, GEHEIMNIS
    settings.OIDC_NAME = "dem Hauskonto"
    settings.SITE_URL = HIER


@pytest.fixture
def haus(settings, haeuser: dict[str, Haus]) -> Haus:
    einstellen(settings, haeuser["userinfo"])
    return haeuser["userinfo"]


@pytest.fixture
def eigenes(settings) -> Iterator[Haus]:
    """Return a service that the test may stop."""
    haus = Haus()
    einstellen(settings, haus)
    yield haus
    haus.beenden()


@pytest.fixture
def konto(db) -> User:
    return BenutzerFactory(username="jo", email="Jo@example.de", rolle="Organisation")


def abgewiesen(person: Person, titel: str, status: int = 403) -> None:
    client, antwort = rundreise(person, Client())
    assert (antwort.status_code, titel in antwort.text) == (status, True), antwort.text
    assert 'lang="de"' in antwort.text
    assert not angemeldet(client)


# The way in


@pytest.mark.parametrize(("wo", "gefragt"), [("userinfo", 1), ("ausweis", 0), ("nur ausweis", 0)])
def test_wer_eingeladen_ist_kommt_ans_ziel(settings, haeuser, konto, monkeypatch, wo, gefragt) -> None:
    einstellen(settings, haeuser[wo])
    userinfo = Mock(side_effect=Dienst._fetch_user_info)
    monkeypatch.setattr(Dienst, "_fetch_user_info", lambda *angaben: userinfo(*angaben))
    person = Person()
    client, antwort = rundreise(person, ziel="/admin/konferenz/person/")
    assert person.gesehen == ["Sign-in", "Authorize"]
    assert userinfo.call_count == gefragt
    assert antwort["Location"] == "/admin/konferenz/person/"
    assert client.session["_auth_user_id"] == str(konto.pk)
    assert was() == [("jo", "angemeldet über den Anmeldedienst")]


def test_wer_dort_noch_angemeldet_ist_wird_nichts_mehr_gefragt(haus: Haus, konto: User) -> None:
    person = Person()
    for seiten in (2, 2):
        assert angemeldet(rundreise(person)[0])
        assert len(person.gesehen) == seiten


def test_ein_schraegstrich_am_ende_der_adresse_stoert_nicht(settings, haus: Haus, konto: User) -> None:
    settings.OIDC_ADRESSE += "/"
    assert angemeldet(rundreise(Person())[0])


@pytest.mark.parametrize("verfahren", VERFAHREN)
def test_jede_unterschrift_mit_einem_schluessel_des_dienstes_gilt(settings, haus, konto, verfahren) -> None:
    settings.OIDC_CLIENT_ID = verfahren
    assert angemeldet(rundreise(Person())[0])


@pytest.mark.parametrize("verfahren", NICHT_UNSERE)
def test_was_nicht_zugesagt_ist_gibt_eine_seite_und_keinen_fehler(settings, haus, konto, verfahren) -> None:
    settings.OIDC_CLIENT_ID = verfahren
    abgewiesen(Person(), "Der Anmeldedienst ist gerade nicht zu erreichen", 502)


@pytest.mark.parametrize("wie", ["client_secret_post", "client_secret_basic"])
def test_das_geheimnis_kommt_an_wie_es_auch_aussieht(settings, konto: User, wie: str) -> None:
    haus = Haus(clients=[kunde(KENNUNG, token_endpoint_auth_method=wie)], clientAuthMethods=[wie])
    try:
        einstellen(settings, haus)
        assert angemeldet(rundreise(Person())[0])
        settings.OIDC_SECRET += "x"
        abgewiesen(Person(), "Der Anmeldedienst ist gerade nicht zu erreichen", 502)
    finally:
        haus.beenden()


@pytest.mark.parametrize("regel", ["moeglich", "pflicht"])
def test_nach_dem_zweiten_faktor_wird_nur_beim_kennwort_gefragt(settings, haus, konto, regel: str) -> None:
    settings.ZWEITER_FAKTOR = regel
    einrichten(konto, zweiter_faktor.uhr())
    client, antwort = rundreise(Person())
    assert antwort["Location"] == VERWALTUNG
    assert angemeldet(client)
    client = Client()
    antwort = client.post(reverse("admin:login"), {"username": "jo", "password": KENNWORT})
    assert antwort["Location"] == reverse("zweiter_faktor_code")
    assert not angemeldet(client)


# Who does not come in


@pytest.mark.parametrize("wo", ["userinfo", "ausweis", "nur ausweis"])
@pytest.mark.parametrize(
    ("name", "titel"),
    [
        ("unbestaetigt", "Ihre E-Mail-Adresse ist nicht bestätigt"),
        ("schweigsam", "Ihre E-Mail-Adresse ist nicht bestätigt"),
        ("ohne", "Ihre E-Mail-Adresse ist nicht bestätigt"),
        ("fremd", "Für Sie gibt es hier noch kein Konto"),
    ],
)
def test_wer_nicht_hereinkommt_liest_warum(settings, haeuser, konto, name, titel, wo) -> None:
    einstellen(settings, haeuser[wo])
    abgewiesen(Person(name), titel)
    assert User.objects.count() == 1


def test_ohne_angabe_zur_adresse_genuegt_vertrauen(settings, haus: Haus, konto: User) -> None:
    settings.OIDC_EMAIL_VERTRAUEN = True
    assert angemeldet(rundreise(Person("schweigsam"))[0])
    abgewiesen(Person("unbestaetigt"), "Ihre E-Mail-Adresse ist nicht bestätigt")


@pytest.mark.parametrize("seite", ["Sign-in", "Authorize"])
def test_wer_dort_abbricht_kann_es_noch_einmal_versuchen(haus: Haus, konto: User, seite: str) -> None:
    person = Person()
    person.bricht_ab_bei = seite
    abgewiesen(person, "Sie haben die Anmeldung abgebrochen", 400)
    assert person.gesehen[-1] == seite
    person.bricht_ab_bei = ""
    assert angemeldet(rundreise(person)[0])


def test_ein_dienst_der_die_adresse_nicht_nennen_darf_ist_gestoert(settings, haus, konto, caplog) -> None:
    settings.OIDC_CLIENT_ID = "nur-name"
    abgewiesen(Person(), "Der Anmeldedienst ist gerade nicht zu erreichen", 502)
    assert "invalid_scope" in caplog.text


def test_eine_rueckkehr_gilt_einmal_und_ihr_code_nirgends_sonst(haus: Haus, konto: User) -> None:
    client, antwort = rundreise(person := Person())
    assert angemeldet(client)
    pfad = f"{antwort.wsgi_request.path}?{antwort.wsgi_request.META['QUERY_STRING']}"
    client.post(reverse("admin:logout"))
    assert client.get(pfad).status_code == 400
    assert not angemeldet(client)
    # The code, in another sign-in that has begun: the service has seen it.
    frisch = parse_qs(urlsplit(person.anmelden(hin(client)["Location"])).query)
    alt = parse_qs(urlsplit(pfad).query)
    antwort = client.get(reverse("anmeldedienst_zurueck"), {"state": frisch["state"], "code": alt["code"]})
    assert antwort.status_code == 502
    assert not angemeldet(client)


def test_der_dienst_selbst_ist_streng(haus: Haus, client: Client) -> None:
    """Else it would say nothing that he lets us in."""
    frage = urlsplit(hin(client)["Location"])
    felder = {name: werte[0] for name, werte in parse_qs(frage.query).items()}
    ohne = {name: wert for name, wert in felder.items() if not name.startswith("code_challenge")}
    zurueck = urlsplit(haus.fragen("/auth", **ohne).headers["Location"])
    assert parse_qs(zurueck.query)["error"] == ["invalid_request"]
    antwort = haus.fragen("/auth", **felder | {"redirect_uri": f"{HIER}/anderswo/"})
    assert (antwort.status_code, "invalid_redirect_uri" in antwort.text) == (400, True)


# A service with a life of its own


def test_neue_schluessel_gelten_sofort(settings, eigenes: Haus, konto: User) -> None:
    assert angemeldet(rundreise(Person())[0])
    alte = eigenes.schluessel()
    eigenes.beenden()
    neues = Haus(port=eigenes.port)
    try:
        assert neues.adresse == settings.OIDC_ADRESSE
        assert neues.schluessel().isdisjoint(alte)
        assert angemeldet(rundreise(Person())[0])
    finally:
        neues.beenden()


def test_ist_der_dienst_weg_geht_das_kennwort_weiter(eigenes: Haus, konto: User) -> None:
    client = Client()
    zurueck = urlsplit(Person().anmelden(hin(client)["Location"]))
    eigenes.beenden()
    for antwort in (hin(client), client.get(f"{zurueck.path}?{zurueck.query}")):
        assert antwort.status_code == 502
        assert "Der Anmeldedienst ist gerade nicht zu erreichen" in antwort.text
    client.post(reverse("admin:login"), {"username": "jo", "password": KENNWORT})
    assert angemeldet(client)


@pytest.mark.browser
def test_in_einem_wirklichen_browser(settings, live_server, browser: "Browser", konto: User) -> None:
    """With the cookies of both sides, which are two sites to it: localhost and 127.0.0.1."""
    haus = Haus(clients=[kunde(KENNUNG, live_server.url)])
    einstellen(settings, haus)
    settings.SITE_URL = live_server.url
    umgebung = browser.new_context()
    try:
        eigene = (live_server.url, haus.adresse)
        umgebung.route(lambda adresse: not adresse.startswith(eigene), lambda weg: weg.abort())
        seite = umgebung.new_page()
        seite.goto(f"{live_server.url}/admin/konferenz/person/")
        seite.get_by_role("link", name="Mit dem Hauskonto anmelden").click()
        seite.get_by_placeholder("Enter any login").fill("jo")
        seite.get_by_placeholder("and password").fill("beliebig")
        seite.get_by_role("button", name="Sign-in").click()
        seite.get_by_role("button", name="Continue").click()
        seite.wait_for_url(f"{live_server.url}/admin/konferenz/person/")
        assert (
            seite.get_by_role("link", name="Abmelden")
            .or_(seite.get_by_role("button", name="Abmelden"))
            .count()
        )
    finally:
        umgebung.close()
        haus.beenden()
