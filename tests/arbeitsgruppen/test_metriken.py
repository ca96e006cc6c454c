"""Metrics: who may read them, that they count what happened, in several processes too."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings as einstellungen
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from arbeitsgruppen import ausgabe
from arbeitsgruppen.ausgabe import hefte_erneuern, verlangen
from arbeitsgruppen.auswahl import Auswahl
from arbeitsgruppen.hintergrund import Hintergrunddienst
from arbeitsgruppen.models import Dienst
from konferenz import metriken
from konferenz.models import Konferenz
from tests.fabriken import AeusserungFactory, KonferenzFactory

pytestmark = pytest.mark.django_db
MARKE = "nur-fuer-den-test-der-metriken"
BERECHTIGT = {"Authorization": f"Bearer {MARKE}"}


def werte(text: str) -> dict[str, float]:
    """Return the samples of an answer by name and labels, as Prometheus reads them."""
    return {
        f"{wert.name}{sorted(wert.labels.items())}": wert.value
        for familie in text_string_to_metric_families(text)
        for wert in familie.samples
    }


def name(metrik: str, **marken: Any) -> str:
    return f"{metrik}{sorted((feld, str(wert)) for feld, wert in marken.items())}"


@pytest.fixture
def gelesen(settings) -> Callable[[], dict[str, float]]:
    """Return what asks for the metrics as Prometheus does."""
    settings.METRIKEN_MARKE = MARKE

    def lesen() -> dict[str, float]:
        antwort = Client().get("/metriken", headers={**BERECHTIGT, "host": "10.1.2.3"})
        assert antwort.status_code == 200
        assert antwort["Content-Type"].startswith("text/plain; version=")
        assert "no-store" in antwort["Cache-Control"]
        return werte(antwort.text)

    return lesen


@pytest.mark.parametrize("marke", ["", MARKE])
@pytest.mark.parametrize(
    "kopf", [None, "", "Bearer ", "Bearer falsch", f"Basic {MARKE}", MARKE, "Bearer ä", f"Bearer {MARKE} "]
)
def test_ohne_die_richtige_marke_gibt_es_hier_nichts(settings, marke: str, kopf: str | None):
    settings.METRIKEN_MARKE = marke
    antwort = Client().get("/metriken", headers={} if kopf is None else {"Authorization": kopf})
    assert (antwort.status_code, antwort.text) == (404, "Nicht gefunden\n")


def test_ohne_eigene_marke_hilft_auch_keine(settings):
    settings.METRIKEN_MARKE = ""
    assert Client().get("/metriken", headers={"Authorization": "Bearer "}).status_code == 404


def test_anfragen_zaehlen_nach_ansicht_methode_und_status(gelesen, client: Client):
    konferenz = KonferenzFactory(veroeffentlicht=True)
    vorher = gelesen()
    for _ in range(3):
        assert client.get(konferenz.get_absolute_url()).status_code == 200
    client.post("/suche/?q=Xylophon")
    client.generic("PROPFIND", "/suche/")
    client.get("/gibt/es/nicht/")
    danach = gelesen()

    def mehr(metrik: str, **marken: Any) -> float:
        schluessel = name(metrik, **marken)
        return danach[schluessel] - vorher.get(schluessel, 0)

    assert mehr("konferenz_anfragen_total", ansicht="konferenz", methode="GET", status=200) == 3
    assert mehr("konferenz_anfragen_total", ansicht="suche", methode="POST", status=405) == 1
    assert mehr("konferenz_anfragen_total", ansicht="", methode="andere", status=405) == 1
    assert mehr("konferenz_anfragen_total", ansicht="", methode="GET", status=404) == 1
    assert mehr("konferenz_anfragedauer_seconds_count", ansicht="konferenz") == 3
    assert mehr("konferenz_anfragedauer_seconds_bucket", ansicht="konferenz", le="+Inf") == 3
    assert not [schluessel for schluessel in danach if "Xylophon" in schluessel or "gibt" in schluessel]


def test_ausnahmen_zaehlen_als_fehler(gelesen, monkeypatch):
    def scheitern(*_: object) -> None:
        raise ZeroDivisionError("Xylophon")

    schluessel = name("konferenz_fehler_total", ansicht="startseite", ausnahme="ZeroDivisionError")
    vorher = gelesen().get(schluessel, 0)
    monkeypatch.setattr(type(Konferenz.objects), "sichtbar_fuer", scheitern)
    assert Client(raise_request_exception=False).get("/").status_code == 500
    assert gelesen()[schluessel] == vorher + 1


@pytest.mark.parametrize("ergebnis", ["gesetzt", "gescheitert"])
def test_hefte_zaehlen_gesetzt_oder_gescheitert(gelesen, setzer, erledigen, ergebnis: str):
    konferenz = KonferenzFactory(veroeffentlicht=True)
    schluessel = name("konferenz_hefte_total", form="bericht", ergebnis=ergebnis)
    dauer = name("konferenz_heftdauer_seconds_count", form="bericht")
    vorher = gelesen()
    setzer.fehler = "Das geht nicht." if ergebnis == "gescheitert" else ""
    verlangen(konferenz, Auswahl(form="bericht"))
    erledigen()
    danach = gelesen()
    assert danach[schluessel] == vorher.get(schluessel, 0) + 1
    assert danach.get(dauer, 0) == vorher.get(dauer, 0) + (ergebnis == "gesetzt")
    zustand = "fertig" if ergebnis == "gesetzt" else "gescheitert"
    assert danach[name("konferenz_heftausgaben", zustand=zustand)] == 1


def test_unerwartet_gescheitertes_heft_zaehlt_auch(gelesen, setzer, erledigen):
    schluessel = name("konferenz_hefte_total", form="folien", ergebnis="gescheitert")
    vorher = gelesen().get(schluessel, 0)
    setzer.fehler = OSError("Platte voll")
    verlangen(KonferenzFactory(veroeffentlicht=True), Auswahl())
    erledigen(gelingt=False)
    assert gelesen()[schluessel] == vorher + 1


def test_bestand_sagt_was_wartet_und_was_da_ist(gelesen):
    leer = gelesen()
    assert leer[name("konferenz_aelteste_aufgabe_seconds")] == 0
    assert leer[name("konferenz_hintergrunddienste")] == 0
    assert leer[name("konferenz_zustand", teil="hintergrunddienst")] == 1
    Dienst.objects.create(kennung="anderswo:1:abc", zuletzt=timezone.now())
    hefte_erneuern.enqueue(1)
    verlangen(KonferenzFactory(veroeffentlicht=True), Auswahl())
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(minutes=20))
    voll = gelesen()
    assert voll[name("konferenz_aufgaben_bestand", status="READY")] == 2
    assert voll[name("konferenz_aufgaben_bestand", status="RUNNING")] == 0
    assert 1200 <= voll[name("konferenz_aelteste_aufgabe_seconds")] < 1300
    assert voll[name("konferenz_hintergrunddienste")] == 1
    assert voll[name("konferenz_heftausgaben", zustand="wartend")] == 1
    assert voll[name("konferenz_zustand", teil="hintergrunddienst")] == 0
    assert voll[name("konferenz_zustand", teil="warteschlange")] == 1


def test_ohne_datenbank_sagt_er_das_und_was_er_selbst_gezaehlt_hat(gelesen, monkeypatch):
    def fort(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", fort)
    rest = gelesen()
    assert rest[name("konferenz_zustand", teil="datenbank")] == 2
    assert not any(schluessel.startswith("konferenz_aufgaben_bestand") for schluessel in rest)
    assert any(schluessel.startswith("konferenz_anfragen_total") for schluessel in rest)


def test_bestand_kostet_gleich_viele_abfragen_wie_viel_auch_da_ist(gelesen, django_assert_num_queries):
    gelesen()
    with django_assert_num_queries(8):
        gelesen()
    for _ in range(5):
        AeusserungFactory(abschnitt__arbeitsgruppe__konferenz=KonferenzFactory(veroeffentlicht=True))
        hefte_erneuern.enqueue(1)
    with django_assert_num_queries(8):
        gelesen()


def test_aufgaben_des_dienstes_zaehlen(transactional_db):
    marken = {"aufgabe": f"{ausgabe.__name__}.hefte_erneuern", "status": "SUCCESSFUL"}
    vorher = REGISTRY.get_sample_value("konferenz_aufgaben_total", marken) or 0
    hefte_erneuern.enqueue(0)
    Hintergrunddienst(einmal=True).run()
    assert REGISTRY.get_sample_value("konferenz_aufgaben_total", marken) == vorher + 1


# --- Processes as in production ---


def abruf(port: int, pfad: str, kopf: dict[str, str] | None = None) -> tuple[int, str]:
    verbindung = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    verbindung.request("GET", pfad, headers=kopf or {})
    antwort = verbindung.getresponse()
    return antwort.status, antwort.read().decode()


@pytest.fixture
def gunicorn(anlage, tmp_path: Path) -> Iterator[Any]:
    """Start gunicorn with two workers and a folder of its own; return it with its port."""
    protokoll, ordner = tmp_path / "gunicorn.txt", tmp_path / "temporaer"
    ordner.mkdir()
    installation = anlage()
    with protokoll.open("wb") as datei:
        prozess = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "konferenz.wsgi"],
            cwd=einstellungen.BASE_DIR,
            env={
                **installation.umgebung,
                "METRIKEN_MARKE": MARKE,
                "BIND": "127.0.0.1:0",
                "WEB_CONCURRENCY": "2",
                "TMPDIR": str(ordner),
            },
            stdout=datei,
            stderr=subprocess.STDOUT,
        )
    try:
        treffer = installation.warten(lambda: re.search(r"http://127\.0\.0\.1:(\d+)", protokoll.read_text()))
        yield prozess, int(treffer[1]), ordner, installation, protokoll
    finally:
        prozess.send_signal(signal.SIGTERM)
        prozess.wait(60)


def test_mehrere_prozesse_zaehlen_zusammen_und_ein_ersetzter_erbt_seinen_platz(gunicorn):
    prozess, port, ordner, installation, protokoll = gunicorn
    schluessel = name("konferenz_anfragen_total", ansicht="robots_txt", methode="GET", status=200)

    def gezaehlt() -> float:
        status, text = abruf(port, "/metriken", BERECHTIGT)
        assert status == 200
        return werte(text).get(schluessel, 0)

    def gestartet() -> list[str]:
        return re.findall(r"Booting worker with pid: (\d+)", protokoll.read_text())

    installation.warten(lambda: len(gestartet()) == 2)
    for runde in range(1, 4):
        for _ in range(20):
            assert abruf(port, "/robots.txt")[0] == 200
        # Read by different processes, each knows of all.
        assert {gezaehlt() for _ in range(6)} == {20.0 * runde}
        os.kill(int(gestartet()[-1]), signal.SIGKILL)
        installation.warten(lambda runde=runde: len(gestartet()) == 2 + runde)
    assert gezaehlt() == 60
    dateien = [pfad.name for pfad in ordner.glob("metriken-*/*.db")]
    assert sorted(dateien) == ["counter_0.db", "counter_1.db", "histogram_0.db", "histogram_1.db"]
    assert abruf(port, "/metriken")[0] == 404
    prozess.send_signal(signal.SIGTERM)
    prozess.wait(60)
    assert list(ordner.glob("metriken-*")) == []


@pytest.mark.parametrize(
    ("platz", "schreiber"),
    [
        ("", str(os.getpid())),  # no gunicorn
        (f"3:{os.getpid()}", "3"),
        ("3:1", "3h"),  # what worker 3 has started itself
    ],
    ids=["ohne gunicorn", "Arbeiter", "von ihm gestartet"],  # the same in every process of the run
)
def test_kein_prozess_schreibt_in_die_datei_eines_anderen_der_noch_lebt(monkeypatch, platz, schreiber):
    monkeypatch.setenv("METRIKEN_PLATZ", platz)
    assert metriken._schreiber() == schreiber


def test_hintergrunddienst_bietet_seine_zahlen_auf_eigenem_port_an(anlage):
    installation = anlage()
    with socket.create_server(("127.0.0.1", 0)) as frei:
        port = frei.getsockname()[1]
    installation.umgebung |= {"METRIKEN_MARKE": MARKE, "METRIKEN_PORT": str(port)}
    dienst = installation.starten("hintergrunddienst")
    installation.warten(lambda: "Der Hintergrunddienst läuft" in installation.protokoll(dienst))
    hefte_erneuern_in(installation)

    def zahlen() -> str:
        return abruf(port, "/", BERECHTIGT)[1]

    installation.warten(
        lambda: 'konferenz_aufgaben_total{aufgabe="arbeitsgruppen.ausgabe.hefte_erneuern"' in zahlen()
    )
    assert abruf(port, "/") == (404, "")


def test_zweiter_dienst_auf_demselben_port_sagt_was_zu_tun_ist(settings):
    settings.METRIKEN_MARKE = MARKE
    with socket.create_server(("", 0)) as belegt:
        settings.METRIKEN_PORT = belegt.getsockname()[1]
        with pytest.raises(CommandError, match="einen anderen"):
            call_command("hintergrunddienst")


def hefte_erneuern_in(installation: Any) -> None:
    installation.python("from arbeitsgruppen.ausgabe import hefte_erneuern; hefte_erneuern.enqueue(0)")


def test_alarme_nennen_nur_zahlen_die_es_gibt_und_das_handbuch_jede(settings):
    settings.METRIKEN_MARKE = MARKE
    text = Client().get("/metriken", headers=BERECHTIGT).text
    vorhanden = set(re.findall(r"(?m)^# TYPE (konferenz_\w+)", text))
    basis = Path(einstellungen.BASE_DIR)
    handbuch = set(re.findall(r"`(konferenz_\w+)", (basis / "docs/betrieb.md").read_text()))
    alarme = yaml.safe_load((basis / "betrieb/alarme.yml").read_text())["groups"][0]["rules"]
    genannt = set(re.findall(r"konferenz_\w+", " ".join(alarm["expr"] for alarm in alarme)))
    assert {name.removesuffix("_bucket") for name in genannt} <= vorhanden
    assert vorhanden <= handbuch
