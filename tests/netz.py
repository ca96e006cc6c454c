"""Several people at once: a real web server on the test's data, and clients that send at the same moment."""

import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from threading import Barrier
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.test import Client

from tests.conftest import Anlage
from tests.formular import formulardaten

T = TypeVar("T")


class Antwort:
    """What the server answered."""

    def __init__(self, status_code: int, content: bytes) -> None:
        self.status_code = status_code
        self.content = content
        self.text = content.decode()


class Gast:
    """Somebody with a browser of their own who is signed in."""

    def __init__(self, server: "Webserver", sitzung: str) -> None:
        self._server = server
        self._kekse = {"sessionid": sitzung}

    def holen(self, pfad: str) -> Antwort:
        """Open a page."""
        return self._fragen("GET", pfad)

    def senden(self, pfad: str, daten: dict[str, Any]) -> Antwort:
        """Send a form."""
        return self._fragen("POST", pfad, urlencode(daten, doseq=True))

    def formular(self, pfad: str) -> dict[str, Any]:
        """Open a page and return the fields of its form."""
        return formulardaten(self.holen(pfad))

    def _fragen(self, methode: str, pfad: str, inhalt: str | None = None) -> Antwort:
        kopf = {"Cookie": "; ".join(f"{name}={wert}" for name, wert in self._kekse.items())}
        if inhalt is not None:
            kopf["Content-Type"] = "application/x-www-form-urlencoded"
        verbindung = HTTPConnection("127.0.0.1", self._server.port, timeout=60)
        try:
            verbindung.request(methode, pfad, inhalt, kopf)
            antwort = verbindung.getresponse()
            for zeile in antwort.headers.get_all("Set-Cookie", []):
                self._kekse |= {name: keks.value for name, keks in SimpleCookie(zeile).items()}
            return Antwort(antwort.status, antwort.read())
        finally:
            verbindung.close()


class Webserver:
    """A web server with threads, each with a connection to the database of its own.

    What is to be in the database has to be there before: on SQLite the server gets a copy, as a file.
    """

    def __init__(self, einrichten: Callable[[], Anlage]) -> None:
        organisation = Client()
        organisation.force_login(User.objects.create_superuser("organisation"))
        self._sitzung = organisation.cookies["sessionid"].value
        with socket.socket() as frei:
            frei.bind(("127.0.0.1", 0))
            self.port = frei.getsockname()[1]
        self.anlage = einrichten()
        self._prozess = self.anlage.starten("runserver", f"127.0.0.1:{self.port}", "--noreload")
        self.anlage.warten(self._antwortet)

    def _antwortet(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def gast(self) -> Gast:
        """Return an organiser with a browser of their own."""
        return Gast(self, self._sitzung)

    def gaeste(self, anzahl: int) -> list[Gast]:
        """Return several organisers."""
        return [self.gast() for _ in range(anzahl)]

    def protokoll(self) -> str:
        """Return what the server has written to its log."""
        return self.anlage.protokoll(self._prozess)


def gleichzeitig(taten: Iterable[Callable[[], T]]) -> list[T]:
    """Do all this at the same moment, each in a thread of its own; return what came of it."""
    taten = list(taten)
    start = Barrier(len(taten))

    def warten_und(tat: Callable[[], T]) -> T:
        start.wait(timeout=60)
        return tat()

    with ThreadPoolExecutor(len(taten)) as pool:
        return list(pool.map(warten_und, taten))
