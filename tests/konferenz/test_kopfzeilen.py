"""The security headers: all of them, on every answer of every address."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.test_rechte import Welt, adressen, pfad, welt  # noqa: F401  # the fixture

FEST = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
# As the CSP of every answer has to be: what is not named here may only be its own address.
VERBOTEN = ("default", "object", "base-uri", "frame", "frame-ancestors", "worker", "manifest", "media")


def maengel(antwort: Any) -> list[str]:
    """Return what is wrong with the headers of an answer."""
    falsch = [f"{name}: {antwort.get(name)}" for name, wert in FEST.items() if antwort.get(name) != wert]
    # The address of a draft is a secret and goes nowhere, not even to ourselves.
    if antwort.get("Referrer-Policy") not in ("same-origin", "no-referrer"):
        falsch.append(f"Referrer-Policy: {antwort.get('Referrer-Policy')}")
    regeln = dict(
        regel.strip().partition(" ")[::2]
        for regel in antwort.get("Content-Security-Policy", "").split(";")
        if regel
    )
    for name in VERBOTEN:
        name = name if name in regeln else f"{name}-src"
        if regeln.pop(name, "fehlt") != "'none'":
            falsch.append(f"CSP: {name}")
    if regeln.pop("img-src", "fehlt") != "'self' data:":
        falsch.append("CSP: img-src")
    eigene = {"script-src", "style-src", "font-src", "connect-src", "form-action"}
    if regeln != dict.fromkeys(eigene, "'self'"):
        falsch.append(f"CSP: {regeln}")
    geraet = antwort.get("Permissions-Policy", "").split(", ")
    if not {"camera=()", "geolocation=()", "microphone=()", "clipboard-write=(self)"} <= set(geraet):
        falsch.append(f"Permissions-Policy: {geraet}")
    return falsch


@pytest.mark.parametrize("oeffentlich", [True, False], ids=["öffentlich", "Entwurf"])
def test_jede_antwort_jeder_adresse_traegt_alle_kopfzeilen(welt: Welt, oeffentlich: bool):  # noqa: F811
    falsch, gesehen = {}, set()
    for adresse in adressen():
        for wer in ("Gast", "ohne Rolle", "Hauptkonto"):
            for methode in ("get", "head", "post", "put"):
                with transaction.atomic():  # what is sent shall not end the session of the next one
                    antwort = getattr(welt.konten[wer], methode)(pfad(welt, adresse))
                    transaction.set_rollback(True)
                gesehen.add(antwort.status_code)
                if mangel := maengel(antwort):
                    falsch[f"{methode} {adresse.name} ({wer}, {antwort.status_code})"] = mangel
    assert falsch == {}
    assert {200, 302, 403, 404, 405} <= gesehen


@pytest.fixture
def kaputt(monkeypatch) -> None:
    """Let the start page fail."""
    monkeypatch.setattr("konferenz.views.render", lambda *_: 1 / 0)


@pytest.mark.parametrize("https", [False, True])
def test_auch_ein_fremder_rechnername_und_ein_fehler_bekommen_sie(db, settings, kaputt, https: bool):
    settings.SECURE_SSL_REDIRECT = https
    client = Client(raise_request_exception=False)
    fremd = client.get("/", headers={"host": "fremd.example"})
    fehler = client.get("/", secure=https)
    assert (fremd.status_code, fehler.status_code) == (400, 500)
    assert [maengel(antwort) for antwort in (fremd, fehler)] == [[], []]
    assert "fremd.example" not in fremd.content.decode()


def test_eine_angelieferte_datei_und_das_symbol_bekommen_sie(client: Client, settings, tmp_path):
    # As in production: files that were collected, served by WhiteNoise without a view.
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "zitieren.js").write_bytes(Path(str(finders.find("zitieren.js"))).read_bytes())
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = False
    client = Client()
    for adresse in ("/static/zitieren.js", "/favicon.ico", "/static/gibt-es-nicht.js"):
        antwort = client.get(adresse)
        assert antwort.status_code == (404 if "nicht" in adresse else 200)
        assert maengel(antwort) == [], adresse
        assert "Access-Control-Allow-Origin" not in antwort


def test_mit_https_kommen_hsts_und_die_bitte_um_https(db, settings, client: Client):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    client = Client()
    sicher, offen = client.get("/", secure=True), client.get("/")
    assert sicher["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in offen


def test_eine_gesperrte_anmeldung_bekommt_sie(db, client: Client):
    for _ in range(6):
        antwort = client.post(reverse("admin:login"), {"username": "jo", "password": "falsch"})
    assert antwort.status_code == 429
    assert maengel(antwort) == []
