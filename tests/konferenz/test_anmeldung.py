"""What every request meets first, and by which address failed sign-ins are counted behind a proxy."""

import pytest
from django.test import Client, RequestFactory

from konferenz.anmeldung import rechner


@pytest.mark.parametrize(
    ("weitergeleitet", "erwartet"),
    [
        (None, "10.0.0.1"),
        ("", "10.0.0.1"),
        ("203.0.113.7", "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7", "203.0.113.7"),  # only the last one was written by the proxy
    ],
)
def test_es_zaehlt_die_adresse_die_der_proxy_sah(weitergeleitet: str | None, erwartet: str) -> None:
    anfrage = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1")
    if weitergeleitet is not None:
        anfrage.META["HTTP_X_FORWARDED_FOR"] = weitergeleitet
    assert rechner(anfrage) == erwartet


@pytest.mark.parametrize("methode", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("pfad", ["/", "/admin/", "/admin/login/", "/gibt-es-nicht/"])
def test_methoden_die_keine_seite_kennt_werden_abgewiesen(client: Client, methode: str, pfad: str) -> None:
    antwort = client.generic(methode, pfad)
    assert antwort.status_code == 405
    assert antwort["Allow"] == "GET, HEAD, POST"
