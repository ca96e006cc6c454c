"""The cache in Redis: shared by processes, and missed by nobody when it is gone."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as KeineVerbindung
from redis.retry import Retry

from konferenz import redisspeicher
from konferenz.redisspeicher import Redisspeicher
from tests.ausgelassen import redis
from tests.fabriken import KonferenzFactory

SERVER = redis()


@pytest.fixture
def port() -> int:
    with socket.socket() as frei:
        frei.bind(("127.0.0.1", 0))
        return frei.getsockname()[1]


@pytest.fixture
def server(port: int, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server that keeps nothing on disk, and wait until it answers."""
    befehl = [str(SERVER), "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(befehl, stdout=subprocess.DEVNULL) as prozess:
        versuche = Retry(ConstantBackoff(0.05), 200, supported_errors=(KeineVerbindung,))
        Redis(port=port, retry=versuche).ping()
        yield prozess
        prozess.kill()


def speicher(port: int) -> Any:
    optionen = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
    return Redisspeicher(f"redis://127.0.0.1:{port}/0", {"OPTIONS": optionen})


@pytest.mark.redis
def test_was_ein_prozess_ablegt_findet_der_andere(server, port: int) -> None:
    einer, anderer = speicher(port), speicher(port)
    einer.set("a", {"b": b"\x00"})
    assert anderer.get("a") == {"b": b"\x00"}
    assert (einer.add("a", 1), anderer.add("n", 1), einer.incr("n"), anderer.get("n")) == (False, True, 2, 2)
    einer.set_many({"x": 1, "y": 2}, timeout=5)
    assert anderer.get_many(["x", "y", "z"]) == {"x": 1, "y": 2}
    assert (anderer.touch("x"), anderer.delete("x"), einer.has_key("x")) == (True, True, False)
    anderer.delete_many(["y"])
    assert einer.get("y", "weg") == "weg"
    einer.clear()
    assert anderer.get("a") is None


def test_ohne_server_wird_nichts_gefunden_und_es_wird_nur_einmal_gewartet(port: int, caplog) -> None:
    einer = speicher(port)
    assert einer.get("a", "nichts") == "nichts"
    einer.set("a", 1)
    assert (einer.add("n", 1), einer.incr("n"), einer.has_key("a"), einer.get_many(["a"])) == (
        True,
        1,
        False,
        {},
    )
    assert (einer.touch("a"), einer.delete("a"), einer.set_many({"a": 1}), einer.clear()) == (
        False,
        False,
        [],
        False,
    )
    einer.delete_many(["a"])
    assert [zeile.getMessage() for zeile in caplog.records] == [
        "Der Zwischenspeicher antwortet nicht (ConnectionError): weiter ohne ihn."
    ]


@pytest.mark.redis
def test_server_der_stirbt_und_wiederkommt_haelt_keine_seite_auf(
    server, port: int, monkeypatch, db, client: Client, tmp_path: Path
) -> None:
    monkeypatch.setattr(redisspeicher, "PAUSE", 0.0)
    monkeypatch.setitem(vars(vars(caches)["_connections"]), "seiten", speicher(port))
    KonferenzFactory(slug="fachtag", titel="Fachtag Wohnen", veroeffentlicht=True)
    assert "Fachtag Wohnen" in client.get("/fachtag/").text
    assert len(Redis(port=port).keys("*seite:*")) == 1
    server.kill()
    server.wait()
    for _ in range(2):
        assert "Fachtag Wohnen" in client.get("/fachtag/").text
    befehl = [str(SERVER), "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(befehl, stdout=subprocess.DEVNULL) as wieder:
        Redis(port=port, retry=Retry(ConstantBackoff(0.05), 200, supported_errors=(KeineVerbindung,))).ping()
        client.get("/fachtag/")
        assert len(Redis(port=port).keys("*seite:*")) == 1
        wieder.kill()
