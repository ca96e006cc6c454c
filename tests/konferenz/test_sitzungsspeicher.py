"""A database that is away while somebody is signed in: a page that says so, not a 400 or a 500."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.utils import InterfaceError, OperationalError
from django.test import Client

from konferenz.sitzung import ZULETZT
from tests.fabriken import BenutzerFactory, angemeldet

pytestmark = pytest.mark.django_db
WEG = OperationalError("server closed the connection unexpectedly")


@pytest.fixture
def organisation() -> Client:
    client = angemeldet(BenutzerFactory(rolle="Organisation"))
    client.raise_request_exception = False
    return client


@contextmanager
def datenbank_weg(wann: str = "", fehler: Exception = WEG) -> Iterator[None]:
    """Let every statement to the database fail that has this in it."""

    def scheitern(execute: Any, sql: str, *rest: Any) -> Any:
        if wann in sql:
            raise fehler
        return execute(sql, *rest)

    with connection.execute_wrapper(scheitern):
        yield


@pytest.mark.parametrize("adresse", ["/admin/", "/admin/erfassung/", "/suche/"])
@pytest.mark.parametrize("fehler", [WEG, InterfaceError("connection already closed")])
def test_wer_angemeldet_ist_bekommt_die_seite_die_es_sagt(organisation, adresse: str, fehler: Exception):
    with datenbank_weg(fehler=fehler):
        antwort = organisation.get(adresse)
    assert antwort.status_code == 503
    assert antwort["Retry-After"] == "10"
    assert "no-store" in antwort["Cache-Control"]
    assert organisation.get(adresse).status_code == 200  # and is still signed in


def test_was_ohne_sitzung_getippt_wurde_kommt_auch_dann_zurueck(organisation):
    with datenbank_weg():
        antwort = organisation.post("/admin/erfassung/1/", {"text": "läuft „gut“"})
    assert antwort.status_code == 503
    assert "läuft „gut“" in antwort.text


def test_seite_kommt_auch_wenn_sich_danach_die_sitzung_nicht_vermerken_laesst(organisation):
    sitzung = organisation.session
    sitzung[ZULETZT] -= 120
    sitzung.save()
    with datenbank_weg('UPDATE "django_session"'):
        antwort = organisation.get("/suche/")
    assert antwort.status_code == 200
    assert organisation.get("/admin/").status_code == 200


def test_inzwischen_beendete_sitzung_kommt_nicht_wieder(organisation):
    sitzung = organisation.session
    sitzung[ZULETZT] -= 120
    sitzung.save()

    def beenden(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('UPDATE "django_session"'):
            Session.objects.all().delete()
        return execute(sql, *rest)

    with connection.execute_wrapper(beenden):
        assert organisation.get("/suche/").status_code == 400
