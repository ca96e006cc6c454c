"""Signing in by OpenID Connect, the whole way there and back, against a service that answers as told."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import allauth.urls
import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from axes.models import AccessAttempt
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from konferenz import anmeldedienst, zweiter_faktor
from konferenz.anmeldeprotokoll import UNBEKANNT
from tests.anmeldedienst import CLIENT_ID, GEHEIMNIS, Anmeldedienst
from tests.fabriken import BenutzerFactory
from tests.konferenz.test_anmeldeprotokoll import was
from tests.konferenz.test_zweiter_faktor import KENNWORT, VERWALTUNG, angemeldet, einrichten

pytestmark = pytest.mark.django_db


@pytest.fixture
def dienst(settings) -> Iterator[Anmeldedienst]:
    dienst = Anmeldedienst()
    settings.OIDC_ADRESSE = dienst.adresse
    settings.OIDC_CLIENT_ID, settings.OIDC_SECRET = CLIENT_ID, GEHEIMNIS
    settings.OIDC_NAME = "dem Hauskonto"
    settings.SITE_URL = "http://testserver"
    yield dienst
    dienst.beenden()


@pytest.fixture
def konto(dienst) -> User:
    return BenutzerFactory(username="jo", email="Jo@example.de", rolle="Organisation")


def _muster(alle: Any) -> Iterator[Any]:
    for eintrag in alle:
        yield from _muster(eintrag.url_patterns) if isinstance(eintrag, URLResolver) else [eintrag]


def hin(client: Client, ziel: str = "") -> Any:
    return client.get(reverse("anmeldedienst"), {"next": ziel} if ziel else {})


class Anmeldbar(Protocol):
    """Where somebody signs in, or who does: here the service in tests/anmeldedienst.py."""

    def anmelden(self, adresse: str) -> str:
        """Return where the browser is sent back to from this address."""


def rundreise(dienst: Anmeldbar, client: Client | None = None, ziel: str = "") -> tuple[Client, Any]:
    """Go there, sign in and come back; return the browser and the last answer."""
    client = client or Client()
    zurueck = urlsplit(dienst.anmelden(hin(client, ziel)["Location"]))
    assert f"{zurueck.scheme}://{zurueck.netloc}" == "http://testserver"
    return client, client.get(f"{zurueck.path}?{zurueck.query}")


# The way in


def test_ohne_einstellung_gibt_es_weder_knopf_noch_adressen(client: Client) -> None:
    assert "konto/anmeldedienst" not in client.get(reverse("admin:login")).text
    assert client.get(reverse("anmeldedienst")).status_code == 404
    assert client.get(reverse("anmeldedienst_zurueck")).status_code == 404


def test_anmeldeseite_bietet_den_dienst_an_und_merkt_sich_das_ziel(dienst, client: Client) -> None:
    seite = client.get(f"{reverse('admin:login')}?next=/admin/konferenz/person/")
    assert "Mit dem Hauskonto anmelden" in seite.text
    assert 'href="/konto/anmeldedienst/?next=%2Fadmin%2Fkonferenz%2Fperson%2F"' in seite.text
    assert 'name="password"' in seite.text


def test_wer_ein_konto_hat_kommt_damit_ans_ziel(dienst, konto: User) -> None:
    client, antwort = rundreise(dienst, ziel="/admin/konferenz/person/")
    assert antwort["Location"] == "/admin/konferenz/person/"
    assert client.session["_auth_user_id"] == str(konto.pk)
    assert angemeldet(client)
    assert was() == [("jo", "angemeldet über den Anmeldedienst")]
    assert {"angemeldet_seit", "zuletzt_da"} <= set(client.session.keys())


def test_nichts_vom_dienst_wird_aufgehoben(dienst, konto: User) -> None:
    vorher = User.objects.filter(pk=konto.pk).values().get()
    client, _ = rundreise(dienst)
    nachher = User.objects.filter(pk=konto.pk).values().get()
    assert vorher | {"last_login": None} == nachher | {"last_login": None}
    for modell in (SocialAccount, SocialToken, EmailAddress):
        assert not modell.objects.exists()
    assert "zugang" not in str(dict(client.session.items()))
    konto.refresh_from_db()
    assert konto.check_password(KENNWORT)


def test_mailadresse_darf_auch_erst_in_den_angaben_zur_person_stehen(dienst, konto: User) -> None:
    dienst.im_ausweis = False
    assert angemeldet(rundreise(dienst)[0])
    assert dienst.gefragt[-1] == "/haus/person"


@pytest.mark.parametrize("im_kopf", [False, True], ids=["Formular", "Kopfzeile"])
def test_name_und_geheimnis_kommen_an_welche_zeichen_auch_darin_sind(
    dienst, konto: User, settings, im_kopf: bool
) -> None:
    dienst.im_kopf = im_kopf
    dienst.kunde = settings.OIDC_CLIENT_ID, settings.OIDC_SECRET = "haus:doku", "ge+heim/%41 :~=&ß"
    assert angemeldet(rundreise(dienst)[0])


@pytest.mark.parametrize("verfahren", ["RS256", "RS512", "PS256"])
def test_ein_schluessel_muss_nicht_sagen_fuer_welches_verfahren_er_ist(
    dienst, konto: User, verfahren: str
) -> None:
    dienst.schluesselangaben = {"kid": "eins"}
    dienst.ausweis = lambda ausweis: dienst.unterschrieben(ausweis, verfahren=verfahren)
    assert angemeldet(rundreise(dienst)[0])


@pytest.mark.parametrize("angabe", [{"use": "enc"}, {"alg": "RS256"}, {"kid": "zwei"}, {"kty": "oct"}])
def test_ein_schluessel_fuer_anderes_unterschreibt_keinen_ausweis(dienst, konto: User, angabe: dict) -> None:
    dienst.schluesselangaben = {"kid": "eins", **angabe}
    dienst.ausweis = lambda ausweis: dienst.unterschrieben(ausweis, verfahren="PS256")
    abgewiesen(dienst, "Der Anmeldedienst ist gerade nicht zu erreichen", 502)


def test_pkce_nonce_und_zustand_sind_jedesmal_andere(dienst, client: Client) -> None:
    fragen = [parse_qs(urlsplit(hin(client)["Location"]).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert fragen[0][name] != fragen[1][name], name
    assert fragen[0]["redirect_uri"] == ["http://testserver/konto/anmeldedienst/zurueck/"]


@pytest.mark.parametrize("weiter", ["https://boese.example/", "//boese.example", "0", "suche"])
def test_der_aufruf_kann_am_ablauf_nichts_aendern(dienst, konto: User, client: Client, weiter: str) -> None:
    fremd = {
        "next": weiter,
        "process": "connect",
        "scope": "alles",
        "auth_params": "prompt=none&nonce=x",
        "action": "rerequest",
    }
    ziel = client.get(reverse("anmeldedienst"), fremd)["Location"]
    frage = parse_qs(urlsplit(ziel).query)
    assert "alles" not in frage["scope"][0]
    assert "prompt" not in frage
    assert frage["nonce"] != ["x"]
    zurueck = urlsplit(dienst.anmelden(ziel))
    assert client.get(f"{zurueck.path}?{zurueck.query}")["Location"] == VERWALTUNG
    assert not SocialAccount.objects.exists()


def test_wer_angemeldet_war_ist_danach_der_den_der_dienst_nennt(dienst, konto: User) -> None:
    client = Client()
    client.force_login(BenutzerFactory(username="chris", rolle="Moderation"))
    rundreise(dienst, client)
    assert client.session["_auth_user_id"] == str(konto.pk)


@pytest.mark.parametrize("regel", ["moeglich", "pflicht"])
def test_zweiter_faktor_ist_sache_des_dienstes(settings, dienst, konto: User, regel: str) -> None:
    settings.ZWEITER_FAKTOR = regel
    einrichten(konto, zweiter_faktor.uhr())
    client, antwort = rundreise(dienst)
    assert antwort["Location"] == VERWALTUNG
    assert angemeldet(client)


def test_sitzung_endet_wie_jede_andere(dienst, konto: User, settings) -> None:
    client, _ = rundreise(dienst)
    settings.SITZUNG_DAUER = timedelta(seconds=-1)
    assert not angemeldet(client)


# Who does not come in


def abgewiesen(dienst: Anmeldedienst, titel: str, status: int = 403) -> None:
    client, antwort = rundreise(dienst)
    assert (antwort.status_code, titel in antwort.text) == (status, True), antwort.text
    assert "_auth_user_id" not in client.session
    assert not angemeldet(client)
    assert 'lang="de"' in antwort.text
    assert "no-store" in antwort["Cache-Control"]


def test_wer_nicht_eingeladen_ist_bekommt_kein_konto_sondern_einen_rat(dienst, konto: User) -> None:
    dienst.angaben["email"] = "fremd@example.de"
    abgewiesen(dienst, "Für Sie gibt es hier noch kein Konto")
    assert User.objects.count() == 1
    assert was() == [(UNBEKANNT, "Anmeldung über den Anmeldedienst abgewiesen")]


def test_wer_deaktiviert_ist_bleibt_draussen(dienst, konto: User) -> None:
    User.objects.update(is_active=False)
    abgewiesen(dienst, "Ihr Konto ist nicht in Benutzung")
    assert was() == [("jo", "Anmeldung über den Anmeldedienst abgewiesen")]


@pytest.mark.parametrize("bestaetigt", [False, None, "false", 0, 1, "ja", []])
def test_nur_eine_bestaetigte_mailadresse_zaehlt(dienst, konto: User, bestaetigt: Any) -> None:
    dienst.angaben["email_verified"] = bestaetigt
    abgewiesen(dienst, "Ihre E-Mail-Adresse ist nicht bestätigt")


@pytest.mark.parametrize("vertrauen", [False, True])
@pytest.mark.parametrize("im_ausweis", [False, True])
def test_ein_dienst_der_nichts_bestaetigt_zaehlt_nur_wo_ihm_vertraut_wird(
    dienst, konto: User, settings, vertrauen: bool, im_ausweis: bool
) -> None:
    settings.OIDC_EMAIL_VERTRAUEN = vertrauen
    del dienst.angaben["email_verified"]
    dienst.im_ausweis = im_ausweis
    if vertrauen:
        assert angemeldet(rundreise(dienst)[0])
    else:
        abgewiesen(dienst, "Ihre E-Mail-Adresse ist nicht bestätigt")


def test_wo_vertraut_wird_genuegt_die_adresse_im_ausweis(dienst, konto: User, settings) -> None:
    settings.OIDC_EMAIL_VERTRAUEN = True
    del dienst.angaben["email_verified"]
    dienst.antworten["/haus/person"] = (200, '{"sub": "4711"}')  # all that ADFS says there
    assert angemeldet(rundreise(dienst)[0])


@pytest.mark.parametrize("bestaetigt", [False, None, "false", 0, 1, "ja", []])
@pytest.mark.parametrize("wo", ["Ausweis", "Angaben zur Person"])
def test_ein_nein_bleibt_ein_nein_auch_wo_vertraut_wird(
    dienst, konto: User, settings, bestaetigt: Any, wo: str
) -> None:
    settings.OIDC_EMAIL_VERTRAUEN = True
    person = {"sub": "4711", "email": "jo@example.de"}
    if wo == "Ausweis":
        dienst.ausweis = lambda ausweis: dienst.unterschrieben(
            {k: w for k, w in ausweis.items() if k != "email"} | {"email_verified": bestaetigt}
        )
    else:
        del dienst.angaben["email_verified"]
        person["email_verified"] = bestaetigt
    dienst.antworten["/haus/person"] = (200, json.dumps(person))
    abgewiesen(dienst, "Ihre E-Mail-Adresse ist nicht bestätigt")


def test_ohne_adresse_kommt_auch_wo_vertraut_wird_niemand_hinein(dienst, konto: User, settings) -> None:
    settings.OIDC_EMAIL_VERTRAUEN = True
    dienst.angaben = {"sub": "4711"}
    abgewiesen(dienst, "Ihre E-Mail-Adresse ist nicht bestätigt")


@pytest.mark.parametrize(
    "adresse", [None, "", 5, ["jo@example.de"], {"a": 1}, "jo\0@example.de", "JO@EXAMPLE.DEX"]
)
def test_was_keine_bekannte_adresse_ist_ist_fremd(dienst, konto: User, adresse: Any) -> None:
    dienst.angaben["email"] = adresse
    client, antwort = rundreise(dienst)
    assert antwort.status_code in (403, 502)
    assert "_auth_user_id" not in client.session


def test_ein_aehnlicher_buchstabe_ist_ein_anderer(dienst, konto: User) -> None:
    User.objects.update(email="mike@example.de")
    dienst.angaben["email"] = "mıke@example.de"  # what upper() takes for the same
    abgewiesen(dienst, "Für Sie gibt es hier noch kein Konto")


def test_benutzername_allein_ordnet_niemanden_zu(dienst, konto: User) -> None:
    User.objects.update(username="jo@example.de", email="")
    abgewiesen(dienst, "Für Sie gibt es hier noch kein Konto")


def test_zwei_konten_mit_einer_adresse_sind_eins_zu_viel(dienst, konto: User) -> None:
    BenutzerFactory(username="zwilling", email="jo@example.de", rolle="Moderation")
    abgewiesen(dienst, "Ihre E-Mail-Adresse gehört zu mehreren Konten")


def test_wer_nicht_in_die_verwaltung_darf_kommt_auch_so_nicht_hinein(dienst, konto: User) -> None:
    User.objects.update(is_staff=False)
    abgewiesen(dienst, "Für Sie gibt es hier noch kein Konto")


def test_abweisungen_sperren_niemanden(dienst, konto: User) -> None:
    User.objects.update(is_active=False)
    for _ in range(6):
        rundreise(dienst)
    User.objects.update(is_active=True)
    assert not AccessAttempt.objects.exists()
    antwort = Client().post(reverse("admin:login"), {"username": "jo", "password": KENNWORT})
    assert antwort["Location"] == VERWALTUNG


ALLAUTH = sorted({muster.name for muster in _muster(allauth.urls.urlpatterns)} - {None})


def test_allauth_hat_hier_keine_eigene_seite() -> None:
    assert {"account_login", "account_signup", "mfa_index", "socialaccount_signup"} <= set(ALLAUTH)
    hier = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert "anmeldedienst" in hier
    assert hier.isdisjoint(ALLAUTH)


# What may be forged


FREMDER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FAELSCHUNGEN = {
    "fremde Unterschrift": lambda d, a: d.unterschrieben(a, FREMDER),
    "ohne Unterschrift": lambda d, a: jwt.encode(a, "", "none", headers={"kid": "eins"}),
    "mit dem Geheimnis": lambda d, a: d.unterschrieben(a, GEHEIMNIS * 3, "HS256"),
    "unbekannter Schlüssel": lambda d, a: jwt.encode(a, d.schluessel, "RS256", headers={"kid": "zwei"}),
    "anderer Aussteller": lambda d, a: d.unterschrieben(a | {"iss": "https://boese.example"}),
    "für andere": lambda d, a: d.unterschrieben(a | {"aud": "andere"}),
    "abgelaufen": lambda d, a: d.unterschrieben(a | {"exp": a["iat"] - 3600}),
    "aus der Zukunft": lambda d, a: d.unterschrieben(a | {"iat": a["iat"] + 3600}),
    "ohne Person": lambda d, a: d.unterschrieben({k: w for k, w in a.items() if k != "sub"}),
    "überlange Person": lambda d, a: d.unterschrieben(a | {"sub": "x" * 300}),
    "kein Ausweis": lambda d, a: "unsinn",
    "Zahl": lambda d, a: 5,
}


@pytest.mark.parametrize("faelschung", FAELSCHUNGEN)
def test_ein_falscher_ausweis_gilt_nicht(dienst, konto: User, faelschung: str) -> None:
    dienst.ausweis = lambda ausweis: FAELSCHUNGEN[faelschung](dienst, ausweis)
    abgewiesen(dienst, "Der Anmeldedienst ist gerade nicht zu erreichen", 502)


@pytest.mark.parametrize("nonce", [None, "", "eine-andere"])
def test_ein_ausweis_aus_einer_anderen_anmeldung_gilt_nicht(dienst, konto: User, nonce: Any) -> None:
    dienst.ausweis = lambda ausweis: dienst.unterschrieben(ausweis | {"nonce": nonce})
    abgewiesen(dienst, "Diese Anmeldung gilt nicht mehr", 400)


def test_die_uhr_des_dienstes_darf_etwas_vorgehen(dienst, konto: User) -> None:
    dienst.ausweis = lambda ausweis: dienst.unterschrieben(ausweis | {"iat": ausweis["iat"] + 20})
    assert angemeldet(rundreise(dienst)[0])


def test_angaben_zu_einer_anderen_person_gelten_nicht(dienst, konto: User) -> None:
    dienst.im_ausweis = False
    dienst.antworten["/haus/person"] = (200, '{"sub": "9", "email": "jo@example.de", "email_verified": true}')
    abgewiesen(dienst, "Der Anmeldedienst ist gerade nicht zu erreichen", 502)


@pytest.mark.parametrize("zustand", ["", "x" * 16, "\u0663", "a" * 5000])
def test_eine_rueckkehr_die_hier_nicht_begann_gilt_nicht(dienst, konto: User, zustand: str) -> None:
    client = Client()
    hin(client)
    antwort = client.get(reverse("anmeldedienst_zurueck"), {"code": "code-0", "state": zustand})
    assert antwort.status_code == 400
    assert "Diese Anmeldung gilt nicht mehr" in antwort.text
    assert not angemeldet(client)


def test_eine_rueckkehr_gilt_nur_im_selben_browser_und_einmal(dienst, konto: User) -> None:
    client, fremder = Client(), Client()
    zurueck = urlsplit(dienst.anmelden(hin(client)["Location"]))
    hin(fremder)
    pfad = f"{zurueck.path}?{zurueck.query}"
    assert fremder.get(pfad).status_code == 400
    assert client.head(pfad)["Location"] == reverse("admin:login")
    assert client.get(pfad)["Location"] == VERWALTUNG
    client.post(reverse("admin:logout"))
    assert client.get(pfad).status_code == 400
    assert not angemeldet(client)


def test_nach_zehn_minuten_gilt_sie_nicht_mehr(dienst, konto: User) -> None:
    client = Client()
    zurueck = urlsplit(dienst.anmelden(hin(client)["Location"]))
    sitzung = client.session
    ((kennung, (zustand, zeit, wessen)),) = sitzung["socialaccount_states"].items()
    sitzung["socialaccount_states"] = {kennung: [zustand, zeit - 601, wessen]}
    sitzung.save()
    assert client.get(f"{zurueck.path}?{zurueck.query}").status_code == 400


# A service in trouble


@pytest.mark.parametrize(
    ("fehler", "titel", "status"),
    [
        ("access_denied", "Sie haben die Anmeldung abgebrochen", 400),
        ("server_error", "Der Anmeldedienst ist gerade nicht zu erreichen", 502),
    ],
)
def test_was_der_dienst_als_fehler_meldet_sagt_die_seite(dienst, konto, fehler, titel, status) -> None:
    dienst.fehler = fehler
    abgewiesen(dienst, titel, status)


def test_warum_der_dienst_ablehnt_steht_im_protokoll_aber_nichts_zur_person(dienst, konto, caplog) -> None:
    dienst.fehler = "invalid_scope"
    abgewiesen(dienst, "Der Anmeldedienst ist gerade nicht zu erreichen", 502)
    assert "The sign-in service refused (invalid_scope)" in caplog.messages
    dienst.fehler = ""
    abgelehnt = {"error": "invalid_client", "error_description": "Jo ist gesperrt"}
    dienst.antworten["/haus/token"] = (401, json.dumps(abgelehnt))
    abgewiesen(dienst, "Der Anmeldedienst ist gerade nicht zu erreichen", 502)
    assert "The sign-in service failed: OAuth2Error (invalid_client)" in caplog.messages
    dienst.fehler = "Jo ist gesperrt"
    abgewiesen(dienst, "Der Anmeldedienst ist gerade nicht zu erreichen", 502)
    assert "The sign-in service refused" in caplog.messages
    assert not any("Jo" in meldung for meldung in caplog.messages)


def test_ist_der_dienst_weg_sagt_es_die_seite_und_das_kennwort_geht_weiter(dienst, konto: User) -> None:
    client = Client()
    zurueck = urlsplit(dienst.anmelden(hin(client)["Location"]))
    dienst.beenden()
    for antwort in (hin(client), client.get(f"{zurueck.path}?{zurueck.query}")):
        assert antwort.status_code == 502
        assert "Der Anmeldedienst ist gerade nicht zu erreichen" in antwort.text
    client.post(reverse("admin:login"), {"username": "jo", "password": KENNWORT})
    assert angemeldet(client)


def test_ohne_die_datei_der_zertifikate_ist_der_dienst_gestoert(dienst, settings, monkeypatch) -> None:
    settings.OIDC_ADRESSE = dienst.adresse.replace("http:", "https:")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/gibt/es/nicht.pem")
    antwort = hin(Client())
    assert antwort.status_code == 502
    assert "Der Anmeldedienst ist gerade nicht zu erreichen" in antwort.text
    assert dienst.gefragt == []


BESCHREIBUNG = "/haus/.well-known/openid-configuration"


@pytest.mark.parametrize("pfad", [BESCHREIBUNG, "/haus/token", "/haus/schluessel", "/haus/person"])
@pytest.mark.parametrize(
    "unsinn",
    [
        (500, "kaputt"),
        (200, ""),
        (200, "<html>"),
        (200, "[]"),
        (200, "{}"),
        (200, "null"),
        (200, '{"issuer": 5}'),
        (200, '{"keys": 5}'),
        (200, '{"keys": [5]}'),
        (200, '{"access_token": 5}'),
        (200, '{"access_token": "a", "id_token": null}'),
        (200, '{"access_token": "a", "expires_in": "bald", "id_token": "x"}'),
    ],
    ids=lambda unsinn: unsinn[1] or "leer",
)
def test_unsinn_des_dienstes_ist_eine_stoerung_und_kein_fehler_des_servers(
    dienst, konto: User, pfad: str, unsinn: tuple[int, str]
) -> None:
    dienst.im_ausweis = False
    client = Client()
    if pfad == BESCHREIBUNG:
        zurueck = urlsplit(dienst.anmelden(hin(client)["Location"]))
        dienst.antworten[pfad] = unsinn
        assert hin(client).status_code == 502
        antwort = client.get(f"{zurueck.path}?{zurueck.query}")
    else:
        dienst.antworten[pfad] = unsinn
        _, antwort = rundreise(dienst, client)
    assert antwort.status_code == 502
    assert "Der Anmeldedienst ist gerade nicht zu erreichen" in antwort.text
    assert not angemeldet(client)


def test_ein_dienst_der_sich_anders_nennt_ist_der_falsche(dienst, settings, konto: User) -> None:
    settings.OIDC_ADRESSE = dienst.adresse + "/"
    assert hin(Client()).status_code == 302  # a slash makes no other
    settings.OIDC_ADRESSE = f"{dienst.adresse}{BESCHREIBUNG.removeprefix('/haus')}"
    assert hin(Client()).status_code == 302
    settings.OIDC_ADRESSE = dienst.adresse.replace("127.0.0.1", "localhost")
    assert hin(Client()).status_code == 502


def test_der_ruecksprung_steht_fest_was_immer_der_browser_behauptet(dienst, client: Client, settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    ziel = client.get(reverse("anmeldedienst"), headers={"host": "boese.example"})["Location"]
    assert parse_qs(urlsplit(ziel).query)["redirect_uri"] == [anmeldedienst.ruecksprung()]


def test_sie_zaehlt_zu_den_anmeldungen_im_protokoll_wie_jede(dienst, konto: User) -> None:
    client, _ = rundreise(dienst)
    client.post(reverse("admin:logout"))
    assert [text for _, text in was()] == ["angemeldet über den Anmeldedienst", "abgemeldet"]
    angemeldet_am = User.objects.get().last_login
    assert angemeldet_am is not None
    assert angemeldet_am > timezone.now() - timedelta(minutes=1)
