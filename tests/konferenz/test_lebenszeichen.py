"""Machines get an answer from the process itself, whatever host they name and whatever is broken."""

import pytest
from django.test import Client


@pytest.fixture
def betrieb(settings) -> None:
    """Ask for https and for one host, as a deployment does."""
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["doku.example.de"]


@pytest.mark.usefixtures("betrieb")
def test_healthz_antwortet_ohne_datenbank_ohne_https_und_unter_jedem_namen(client: Client) -> None:
    # Without the mark django_db a query would raise.
    antwort = client.get("/healthz", headers={"host": "10.1.2.3:8000"})
    assert (antwort.status_code, antwort.content) == (200, b"ok\n")
    assert "no-store" in antwort["Cache-Control"]
    assert antwort["X-Content-Type-Options"] == "nosniff"
    assert not antwort.cookies


@pytest.mark.usefixtures("betrieb")
def test_was_menschen_lesen_geht_keinen_umweg_an_den_pruefungen_vorbei(client: Client) -> None:
    assert client.get("/", headers={"host": "10.1.2.3:8000"}).status_code == 400
    assert client.get("/healthz/", headers={"host": "10.1.2.3:8000"}).status_code == 400
    assert client.get("/", headers={"host": "doku.example.de"}).status_code == 301


@pytest.mark.parametrize("pfad", ["/healthz", "/bereit"])
@pytest.mark.parametrize("methode", ["POST", "PUT", "DELETE"])
def test_dort_wird_nur_gelesen(client: Client, pfad: str, methode: str) -> None:
    assert client.generic(methode, pfad).status_code == 405
