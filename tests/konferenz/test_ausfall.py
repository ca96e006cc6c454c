"""A database or a disk that fails: nothing is half stored, and what was typed comes back."""

import errno
import re

import pytest
from django.db import connection
from django.db.utils import OperationalError
from django.test import Client

from arbeitsgruppen.models import Aeusserung, Arbeitsgruppe
from konferenz.models import Konferenz, Rueckmeldung
from tests.fabriken import AbschnittFactory, AeusserungFactory, ArbeitsgruppeFactory
from tests.formular import formulardaten
from tests.konferenz.test_rueckmeldung import marke

pytestmark = pytest.mark.django_db

LANG = "Die Schrift ist zu klein, und die Farben sind „blass“.\r\nZweite Zeile <b>."


@pytest.fixture
def kaputt(monkeypatch):
    """Return what makes every saving of a model fail in this way."""

    def kaputt(fehler: Exception) -> None:
        def speichern(*_: object, **__: object) -> None:
            raise fehler

        for modell in (Rueckmeldung, Aeusserung, Konferenz):
            monkeypatch.setattr(modell, "save", speichern)

    return kaputt


@pytest.mark.parametrize(
    "fehler",
    [
        OperationalError("server closed the connection unexpectedly"),
        OperationalError("database or disk is full"),
        OSError(errno.ENOSPC, "No space left on device"),
    ],
)
def test_was_getippt_wurde_kommt_zurueck_und_laesst_sich_noch_einmal_senden(
    client: Client, kaputt, monkeypatch, fehler: Exception
) -> None:
    client.raise_request_exception = False
    daten = {"text": LANG, "name": "Jo", "marke": marke()}
    kaputt(fehler)
    antwort = client.post("/barrierefreiheit/rueckmeldung/", daten)
    assert (antwort.status_code, antwort["Retry-After"], antwort["Cache-Control"]) == (503, "10", "no-store")
    assert "Nicht gespeichert" in antwort.text
    assert not antwort.cookies  # no reader gets one, now neither
    assert not Rueckmeldung.objects.exists()
    monkeypatch.undo()
    erneut = formulardaten(antwort)
    erneut.pop("csrfmiddlewaretoken", None)
    assert erneut == daten
    assert client.post("/barrierefreiheit/rueckmeldung/", erneut).status_code == 302
    assert Rueckmeldung.objects.get().text.splitlines() == LANG.splitlines()


def test_die_erfassung_gibt_alles_zurueck_und_behaelt_den_alten_stand(
    organisation: Client, kaputt, monkeypatch
):
    organisation.raise_request_exception = False
    gruppe = ArbeitsgruppeFactory(status=Arbeitsgruppe.Status.IN_BEARBEITUNG)
    AeusserungFactory(abschnitt=AbschnittFactory(arbeitsgruppe=gruppe), text="Bleibt, wie es ist")
    adresse = f"/admin/erfassung/{gruppe.pk}/"
    daten = formulardaten(organisation.get(adresse), "erfassung")
    (feld,) = [name for name in daten if name.endswith("-text")]
    daten |= {feld: "Bleibt, wie es ist\r\nEine neue Äußerung, lang genug zum Zeigen", "aktion": "speichern"}
    kaputt(OperationalError("gone"))
    antwort = organisation.post(adresse, daten)
    assert antwort.status_code == 503
    assert list(Aeusserung.objects.values_list("text", flat=True)) == ["Bleibt, wie es ist"]
    monkeypatch.undo()
    erneut = formulardaten(antwort)
    assert erneut[feld] == daten[feld]
    assert organisation.post(adresse, erneut).status_code == 302
    assert Aeusserung.objects.count() == 2


def test_seite_sagt_wann_man_es_wieder_versucht(client: Client, monkeypatch) -> None:
    client.raise_request_exception = False

    def weg(*_: object, **__: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("konferenz.zwischenspeicher.stand", weg)
    monkeypatch.setattr(Konferenz.objects, "sichtbar_fuer", weg)
    antwort = client.get("/")
    assert (antwort.status_code, antwort["Retry-After"]) == (503, "10")
    assert "Laden Sie die Seite in 10 Sekunden neu." in antwort.text
    assert not re.search(r"<(script|link|style)|style=", antwort.text)


def test_kein_kennwort_kommt_zurueck(client: Client, monkeypatch) -> None:
    client.raise_request_exception = False

    def weg(*_: object, **__: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("django.contrib.auth.backends.ModelBackend.authenticate", weg)
    antwort = client.post("/admin/login/", {"username": "eva", "password": "streng geheimes Kennwort"})
    assert antwort.status_code == 503
    assert "geheim" not in antwort.text


def test_andere_fehler_bleiben_fehler(client: Client, monkeypatch) -> None:
    client.raise_request_exception = False

    def falsch(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "not permitted")

    monkeypatch.setattr(Konferenz.objects, "sichtbar_fuer", falsch)
    assert client.get("/").status_code == 500


@pytest.mark.django_db(transaction=True)
def test_volle_datenbank_behaelt_was_war(client: Client) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("wie voll eine Datenbank sein darf, lässt sich nur SQLite sagen")
    client.raise_request_exception = False
    zu_viel = "Zu viel. " * 1_000
    with connection.cursor() as zeiger:
        zeiger.execute("VACUUM")  # else there may be room that something deleted has left
        seiten = zeiger.execute("PRAGMA page_count").fetchone()[0]
        zeiger.execute(f"PRAGMA max_page_count = {seiten}")
    try:
        antwort = client.post("/barrierefreiheit/rueckmeldung/", {"text": zu_viel, "marke": marke()})
        assert antwort.status_code == 503
        assert formulardaten(antwort)["text"] == zu_viel
        assert not Rueckmeldung.objects.exists()
    finally:
        with connection.cursor() as zeiger:
            zeiger.execute("PRAGMA max_page_count = 1073741823")
    assert (
        client.post("/barrierefreiheit/rueckmeldung/", {"text": "Geht wieder.", "marke": marke()}).status_code
        == 302
    )
