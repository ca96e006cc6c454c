"""The log: an id for every request, lines that machines read, and nothing about a person in any of them."""

import http.client
import json
import logging
import logging.config
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as einstellungen
from django.db import IntegrityError
from django.test import Client

from arbeitsgruppen.ausgabe import hefte_erneuern
from arbeitsgruppen.hintergrund import Hintergrunddienst
from konferenz import protokoll
from konferenz.models import Konferenz
from tests.fabriken import BenutzerFactory, KonferenzFactory

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
# What of people and of what they do must be in no line.
PERSOENLICHES = (
    "203.0.113.7",
    "2001:db8::7",
    "198.51.100.9",
    "Netscape",
    "Weiss",
    "geheim-pass",
    "Xylophon",
    "Rueckmeldetext",
    "marke-aus-dem-link",
    "Pruefmarke",
    "Zeileninhalt",
    "nachbar.example",
)
LESER: dict[str, Any] = {
    "REMOTE_ADDR": "203.0.113.7",
    "HTTP_X_FORWARDED_FOR": "198.51.100.9, 2001:db8::7",
    "HTTP_USER_AGENT": "Netscape/4.0",
    "HTTP_REFERER": "https://nachbar.example/?q=Xylophon",
    "HTTP_COOKIE": "sessionid=geheim-pass",
}


@pytest.fixture
def zeilen() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Log as a deployment does; return what reads all lines so far."""
    logging.config.dictConfig(protokoll.einrichtung(lesbar=False))
    ausgabe = StringIO()
    (konsole,) = logging.getLogger().handlers
    konsole.setStream(ausgabe)  # type: ignore[attr-defined]
    yield lambda: [json.loads(zeile) for zeile in ausgabe.getvalue().splitlines()]
    logging.config.dictConfig(einstellungen.LOGGING)


def fundstuecke(text: str) -> list[str]:
    return [wort for wort in PERSOENLICHES if wort.lower() in text.lower()]


# --- The id of a request ---


@pytest.mark.django_db
@pytest.mark.parametrize("pfad", ["/", "/gibt-es-nicht/", "/static/gibt-es-nicht.css", "/admin/"])
def test_jede_antwort_traegt_eine_eigene_kennung(client: Client, pfad: str) -> None:
    kennungen = {client.get(pfad)["X-Request-ID"] for _ in range(3)}
    assert len(kennungen) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", kennung) for kennung in kennungen)


@pytest.mark.django_db
@pytest.mark.parametrize("mitgebracht", [UUID, "4bf92f3577b34da6a3ce929d0e0e4736"])
def test_wohlgeformte_kennung_des_proxys_bleibt(client: Client, mitgebracht: str) -> None:
    assert client.get("/", headers={"x-request-id": mitgebracht})["X-Request-ID"] == mitgebracht


@pytest.mark.django_db
@pytest.mark.parametrize(
    "mitgebracht",
    ["", "kurz", "a" * 65, "203.0.113.7-203.0.113.7", "Jo-Weiss-aus-Stuttgart", UUID + "\r\nX: y"],
)
def test_andere_kennung_wird_ersetzt(client: Client, mitgebracht: str) -> None:
    antwort = client.get("/", headers={"x-request-id": mitgebracht})
    assert re.fullmatch("[0-9a-f]{32}", antwort["X-Request-ID"])


@pytest.fixture
def kaputt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the start page fail with an error that repeats what is stored, as PostgreSQL's do."""

    def scheitern(*_: object) -> None:
        raise IntegrityError("Failing row contains (Zeileninhalt, Jo Weiss)") from KeyError("Zeileninhalt")

    monkeypatch.setattr(type(Konferenz.objects), "sichtbar_fuer", scheitern)


@pytest.mark.django_db
@pytest.mark.usefixtures("kaputt")
def test_stoerung_nennt_die_kennung_unter_der_sie_im_protokoll_steht(zeilen) -> None:
    antwort = Client(raise_request_exception=False).get("/")
    assert antwort.status_code == 500
    kennung = antwort["X-Request-ID"]
    assert f"Kennung dieses Fehlers: <code>{kennung}</code>" in antwort.text
    fehler, anfrage = zeilen()
    assert fehler["kennung"] == anfrage["kennung"] == kennung
    assert (fehler["stufe"], fehler["meldung"], fehler["ansicht"]) == ("ERROR", "Antwort 500", "startseite")
    assert (anfrage["status"], anfrage["ansicht"]) == (500, "startseite")


@pytest.mark.django_db
@pytest.mark.usefixtures("kaputt")
def test_ausnahme_steht_mit_art_und_ort_im_protokoll_aber_ohne_wortlaut(zeilen) -> None:
    Client(raise_request_exception=False).get("/")
    ausnahme = zeilen()[0]["ausnahme"].splitlines()
    assert [zeile for zeile in ausnahme if not zeile.startswith(" ")] == [
        "builtins.KeyError",
        "django.db.utils.IntegrityError",
    ]
    assert re.fullmatch(r"  konferenz/views.py:\d+ startseite", ausnahme[-2])
    assert fundstuecke("\n".join(ausnahme)) == []


def test_ausserhalb_einer_anfrage_gibt_es_keine_kennung(zeilen) -> None:
    with protokoll.unter("a"), protokoll.unter("b"):
        pass
    logging.getLogger("arbeitsgruppen").warning("etwas")
    (zeile,) = zeilen()
    assert set(zeile) == {"zeit", "stufe", "quelle", "meldung"}


# --- No personal data ---


@pytest.mark.django_db
def test_keine_zeile_sagt_etwas_ueber_den_menschen_der_die_anfrage_stellt(zeilen) -> None:
    KonferenzFactory(slug="fachtag")
    BenutzerFactory(username="Weiss", email="weiss@nachbar.example", rolle="Organisation")
    leser = Client(raise_request_exception=False, **LESER)
    pruefend = Client(enforce_csrf_checks=True, **LESER)
    antworten = [
        leser.get("/suche/?q=Xylophon"),
        leser.get("/suche/daten.csv?q=Xylophon"),
        leser.get("/fachtag/?q=Xylophon"),
        leser.get("/entwurf/marke-aus-dem-link/"),
        leser.post("/entwurf/marke-aus-dem-link/"),
        leser.get("/Xylophon/Weiss/"),
        leser.get("/konto/kennwort/MQ/Pruefmarke/"),
        leser.post("/konto/kennwort-vergessen/", {"email": "weiss@nachbar.example"}),
        leser.post("/barrierefreiheit/rueckmeldung/", {"text": "Rueckmeldetext"}),
        pruefend.post("/barrierefreiheit/rueckmeldung/", {"text": "Rueckmeldetext"}),
        leser.get("/", headers={"host": "nachbar.example"}),
        *(leser.post("/admin/login/", {"username": "Weiss", "password": "geheim-pass"}) for _ in range(7)),
    ]
    assert {200, 403, 404, 405, 400, 429} <= {antwort.status_code for antwort in antworten}
    geschrieben = zeilen()
    assert fundstuecke(json.dumps(geschrieben, ensure_ascii=False)) == []
    anfragen = [zeile for zeile in geschrieben if zeile["quelle"] == "konferenz.anfrage"]
    assert [zeile["kennung"] for zeile in anfragen] == [antwort["X-Request-ID"] for antwort in antworten]
    assert [zeile["status"] for zeile in anfragen] == [antwort.status_code for antwort in antworten]
    assert {zeile["kennung"] for zeile in geschrieben} == {zeile["kennung"] for zeile in anfragen}
    assert anfragen[0].items() >= {"methode": "GET", "ansicht": "suche", "status": 200}.items()


@pytest.mark.parametrize(
    ("geschrieben", "gelesen"),
    [
        ("Invalid request from ip=203.0.113.7: 'Xylophon'\nWeiss", "Invalid request"),
        ("Verbindung von 203.0.113.7:443", "Verbindung von (Adresse):443"),
        ("von 2001:db8::7 und 198.51.100.9", "von (Adresse) und (Adresse)"),
        ("Listening at: http://127.0.0.1:8000 (17)", "Listening at: http://127.0.0.1:8000 (17)"),
        ("um 12:30:45 mit Django 5.2.19", "um 12:30:45 mit Django 5.2.19"),
        ("Error handling request /suche/?q=Xylophon&x=1 jetzt", "Error handling request /suche/?… jetzt"),
        ("Not Found: /entwurf/marke-aus-dem-link/", "Not Found: /entwurf/…"),
        ("/konto/kennwort/MQ/Pruefmarke/", "/konto/kennwort/…"),
        ("an <weiss@nachbar.example> gesandt", "an <(E-Mail)> gesandt"),
    ],
)
def test_meldungen_anderer_werden_bereinigt(zeilen, geschrieben: str, gelesen: str) -> None:
    logging.getLogger("gunicorn.error").warning("%s", geschrieben)
    assert [zeile["meldung"] for zeile in zeilen()] == [gelesen]


def test_felder_die_niemand_kennt_und_der_aufrufstapel_bleiben_draussen(zeilen) -> None:
    logging.getLogger("fremd").warning("x", extra={"user": "Weiss", "request": "Xylophon"}, stack_info=True)
    (zeile,) = zeilen()
    assert set(zeile) == {"zeit", "stufe", "quelle", "meldung"}


def test_zeilenumbruch_in_einer_meldung_beginnt_keine_neue_zeile(zeilen) -> None:
    logging.getLogger("fremd").warning('a\n{"stufe": "ERROR"}')
    assert len(zeilen()) == 1


def test_aufgabe_des_hintergrunds_hat_eine_zeile_unter_ihrer_kennung(transactional_db, zeilen) -> None:
    auftrag = hefte_erneuern.enqueue(0)
    Hintergrunddienst(einmal=True).run()
    (zeile,) = (zeile for zeile in zeilen() if zeile["quelle"] == "arbeitsgruppen.aufgabe")
    assert zeile["kennung"] == str(auftrag.id)
    assert (zeile["aufgabe"], zeile["status"]) == ("arbeitsgruppen.ausgabe.hefte_erneuern", "SUCCESSFUL")


def test_beim_entwickeln_ist_eine_zeile_lesbar() -> None:
    eintrag = logging.makeLogRecord(
        {"levelname": "WARNING", "name": "a", "msg": "Etwas %s", "args": ("war",)}
    )
    with protokoll.unter("abc"):
        assert protokoll.LesbareZeile().format(eintrag) == "WARNING a Etwas war [abc]"


# --- gunicorn ---


def test_gunicorn_schreibt_json_und_nichts_ueber_menschen(anlage, tmp_path: Path) -> None:
    ausgabe = tmp_path / "gunicorn.txt"
    installation = anlage()
    umgebung = {
        **installation.umgebung,
        "DEBUG": "0",
        "SECRET_KEY": "nur-fuer-den-test",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SITE_URL": "http://127.0.0.1",
        "WEB_CONCURRENCY": "1",
        "BIND": "127.0.0.1:0",
    }
    with ausgabe.open("wb") as datei:
        gunicorn = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "konferenz.wsgi"],
            cwd=einstellungen.BASE_DIR,
            env=umgebung,
            stdout=datei,
            stderr=subprocess.STDOUT,
        )
    try:
        treffer = installation.warten(lambda: re.search(r"http://127\.0\.0\.1:(\d+)", ausgabe.read_text()))
        port = int(treffer[1])
        assert abruf(port, "/healthz") == 200
        # 500 where no static files are collected, and then with the traceback of an exception.
        assert abruf(port, "/suche/?q=Xylophon") in (200, 500)
        assert abruf(port, "/entwurf/marke-aus-dem-link/", "POST") in (403, 500)
        # gunicorn turns this away itself, and says from where it came.
        with socket.create_connection(("127.0.0.1", port), 30) as verbindung:
            verbindung.sendall(b"GET /?q=Xylophon HTTP/1.1\r\nHost: a b\r\nNetscape\r\n\r\n")
            assert verbindung.recv(100).startswith(b"HTTP/1.1 400")
    finally:
        gunicorn.send_signal(signal.SIGTERM)
        gunicorn.wait(60)
    text = ausgabe.read_text()
    assert fundstuecke(text) == []
    anfragen = [json.loads(zeile) for zeile in text.splitlines()]
    assert [z["ansicht"] for z in anfragen if z["meldung"] == "Anfrage"] == ["suche", "entwurf"]
    assert any("Invalid request" in z["meldung"] for z in anfragen)


def abruf(port: int, pfad: str, methode: str = "GET") -> int:
    verbindung = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    verbindung.request(
        methode,
        pfad,
        headers={
            "User-Agent": "Netscape/4.0",
            "X-Forwarded-For": "203.0.113.7",
            "Referer": "https://nachbar.example/?q=Xylophon",
        },
    )
    return verbindung.getresponse().status


def test_gunicorn_liest_seine_einstellungen_aus_der_umgebung() -> None:
    ergebnis = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--print-config", "konferenz.wsgi"],
        cwd=einstellungen.BASE_DIR,
        env={"PATH": os.environ["PATH"], "WEB_CONCURRENCY": "3", "WEB_THREADS": "5", "BIND": "0.0.0.0:9000"},
        capture_output=True,
        text=True,
        check=True,
    )
    werte = dict(re.findall(r"(?m)^(\w+) +[=] (.*)$", ergebnis.stdout))
    erwartet = {"workers": "3", "threads": "5", "worker_class": "gthread", "accesslog": "None"}
    assert werte.items() >= erwartet.items()
    assert "0.0.0.0:9000" in werte["bind"]
