"""An installation on several machines, as far as one can play it: every part is a process of its own.

Two web processes (gunicorn with two workers each) and two background services share a PostgreSQL, a Redis and
a folder; nginx spreads the requests. Each part can be killed, and comes back as a supervisor would bring it.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

import psycopg

from tests.formular import formulardaten

BASIS = Path(__file__).resolve().parent.parent
KENNWORT = "nur-fuer-tests-2021"
NGINX = """
worker_processes 1; pid {ordner}/nginx.pid; error_log {ordner}/nginx.log; daemon off;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {ordner}/koerper; proxy_temp_path {ordner}/proxy;
    upstream web {{ {server} }}
    server {{
        listen 127.0.0.1:{proxy};
        location / {{
            proxy_pass http://web;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_next_upstream error timeout http_502;
            add_header X-Beantwortet-Von $upstream_addr always;
        }}
    }}
}}
"""


def fehlendes() -> list[str]:
    """Return the Debian packages that this needs and that are not on this machine."""
    programme = {"redis-server": "redis-server", "nginx": "nginx-light"}
    fehlt = [paket for programm, paket in programme.items() if not shutil.which(programm)]
    return fehlt if _postgres() else [*fehlt, "postgresql"]


def _postgres() -> Path | None:
    return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


def _freier_port() -> int:
    with socket.socket() as frei:
        frei.bind(("127.0.0.1", 0))
        port: int = frei.getsockname()[1]
        return port


class KeineUmleitung(HTTPRedirectHandler):
    """Leaves a redirect as the answer that it is."""

    def redirect_request(self, *_: object) -> None:
        """Ask for nothing further."""


class Besucher:
    """A browser without a screen: keeps cookies, follows nothing, and takes errors for answers."""

    def __init__(self, adresse: str) -> None:
        self.adresse = adresse
        self._oeffner = build_opener(HTTPCookieProcessor(CookieJar()), KeineUmleitung)

    def get(self, pfad: str) -> Any:
        """Return the answer: `status` (0 where there was none), `headers`, `content`."""
        return self._fragen(Request(self.adresse + pfad))  # noqa: S310  # our own

    def post(self, pfad: str, daten: dict[str, Any]) -> Any:
        """Send a form and return the answer."""
        return self._fragen(Request(self.adresse + pfad, urlencode(daten, doseq=True).encode()))  # noqa: S310

    def _fragen(self, frage: Request) -> Any:
        try:
            with self._oeffner.open(frage, timeout=30) as antwort:
                return SimpleNamespace(status=antwort.status, headers=antwort.headers, content=antwort.read())
        except HTTPError as fehler:
            with fehler:
                return SimpleNamespace(status=fehler.code, headers=fehler.headers, content=fehler.read())
        except (URLError, OSError, HTTPException):
            return SimpleNamespace(status=0, headers={}, content=b"")

    def anmelden(self, name: str) -> Self:
        """Sign in."""
        daten = formulardaten(self.get("/admin/login/")) | {"username": name, "password": KENNWORT}
        antwort = self.post("/admin/login/", daten)
        assert antwort.status == 302, antwort.content.decode()
        return self


class Verbund:
    """All parts together, with the real conference: released but for AG 8, and an account „organisation“."""

    WEB, DIENSTE = ("web0", "web1"), ("dienst0", "dienst1")

    def __init__(self) -> None:
        self.ordner = Path(tempfile.mkdtemp(prefix="verbund-"))
        self.ports = {name: _freier_port() for name in ("postgres", "redis", "proxy", *self.WEB)}
        self.prozesse: dict[str, subprocess.Popen[bytes]] = {}
        self.umgebung = {
            **{name: wert for name, wert in os.environ.items() if name != "DEBUG"},
            "DATABASE_URL": f"postgres://doku:{KENNWORT}@127.0.0.1:{self.ports['postgres']}/postgres",
            "CACHE_URL": f"redis://127.0.0.1:{self.ports['redis']}/0",
            "MEDIA_ROOT": str(self.ordner / "medien"),
            "SECRET_KEY": "nur-fuer-tests-" + "x" * 50,
            "ALLOWED_HOSTS": "127.0.0.1",
            "DROSSELUNG": "0",
            "SITE_URL": f"http://127.0.0.1:{self.ports['proxy']}",
        }

    # --- Its parts

    def aufbauen(self) -> Self:
        """Start everything and fill the database."""
        self._datenbank_anlegen()
        self.starten("postgres")
        self.warten(lambda: self.sql("SELECT 1"))
        slug = "pakt-fuer-integration-2021"
        self.verwaltung("migrate", "--verbosity=0")
        self.verwaltung("loaddata", "--verbosity=0", slug, "themen")
        self.verwaltung("collectstatic", "--noinput", "--verbosity=0")
        self.python(
            f"""
            from django.contrib.auth.models import User
            from arbeitsgruppen.models import Arbeitsgruppe
            from konferenz.models import Konferenz
            User.objects.create_superuser("organisation", password="{KENNWORT}")
            Konferenz.objects.update(status="veroeffentlicht")
            Arbeitsgruppe.objects.filter(nummer=8).update(status="in_bearbeitung")
            """
        )
        for name in ("redis", *self.WEB, "proxy"):
            self.starten(name)
        self.warten(lambda: all(self.besucher(wer).get("/").status == 200 for wer in (*self.WEB, "proxy")))
        return self

    def starten(self, name: str) -> None:
        """Start one of the parts, in a process group of its own."""
        befehl, nutzer = self._befehl(name)
        with (self.ordner / f"{name}.txt").open("ab") as ausgabe:
            self.prozesse[name] = subprocess.Popen(
                befehl,
                cwd=self.ordner / "daten" if name == "postgres" else BASIS,
                env=self.umgebung,
                user=nutzer,
                stdin=subprocess.DEVNULL,
                stdout=ausgabe,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def toeten(self, name: str, zeichen: int = signal.SIGKILL) -> None:
        """End one of the parts and all that it started, by default as a power cut does."""
        prozess = self.prozesse.pop(name)
        os.killpg(prozess.pid, zeichen)
        prozess.wait(30)

    def abbauen(self) -> None:
        """End everything and leave nothing."""
        for name in list(self.prozesse):
            self.toeten(name)
        shutil.rmtree(self.ordner, ignore_errors=True)

    def protokolle(self) -> str:
        """Return the last lines of what all parts have said."""
        return "\n".join(
            f"--- {datei.name}\n{datei.read_text(errors='replace')[-2000:]}"
            for datei in sorted(self.ordner.glob("*.txt"))
        )

    def _befehl(self, name: str) -> tuple[list[str], str | None]:
        if name == "postgres":
            return [f"{_postgres()}/postgres", "-D", str(self.ordner / "daten")], self._datenbanknutzer
        if name == "redis":
            port = str(self.ports["redis"])
            return ["redis-server", "--port", port, "--save", "", "--dir", str(self.ordner)], None
        if name == "proxy":
            server = " ".join(
                # Both are asked every time: where neither counts as alive, nginx would not even try.
                f"server 127.0.0.1:{self.ports[web]} max_fails=0;"
                for web in self.WEB
            )
            datei = self.ordner / "nginx.conf"
            datei.write_text(NGINX.format(ordner=self.ordner, server=server, proxy=self.ports["proxy"]))
            return ["nginx", "-c", str(datei)], None
        if name in self.WEB:
            gunicorn = [
                sys.executable,
                "-m",
                "gunicorn",
                "konferenz.wsgi",
                "--workers",
                "2",
                "--threads",
                "4",
            ]
            return [*gunicorn, "--bind", f"127.0.0.1:{self.ports[name]}"], None
        return [sys.executable, "manage.py", "hintergrunddienst"], None

    @property
    def _datenbanknutzer(self) -> str | None:
        """PostgreSQL refuses to run as root."""
        return "postgres" if os.geteuid() == 0 else None

    def _datenbank_anlegen(self) -> None:
        self.ordner.chmod(0o755)
        daten = self.ordner / "daten"
        daten.mkdir()
        (self.ordner / "medien").mkdir()
        kennwort = self.ordner / "kennwort"
        kennwort.write_text(KENNWORT)
        if self._datenbanknutzer:
            for pfad in (daten, kennwort):
                shutil.chown(pfad, self._datenbanknutzer)
        subprocess.run(
            [
                *(f"{_postgres()}/initdb", "-D", str(daten), "-U", "doku", f"--pwfile={kennwort}"),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            cwd=daten,
            user=self._datenbanknutzer,
        )
        with (daten / "postgresql.conf").open("a") as einstellungen:
            einstellungen.write(
                f"listen_addresses = '127.0.0.1'\nport = {self.ports['postgres']}\n"
                "unix_socket_directories = ''\nfsync = off\n"  # the system keeps what a killed process wrote
            )

    # --- What is done with it

    def besucher(self, wo: str = "proxy") -> Besucher:
        """Return somebody who reads by way of the proxy, or straight from one of the web processes."""
        return Besucher(f"http://127.0.0.1:{self.ports[wo]}")

    def verwaltung(self, *befehl: str) -> str:
        """Run a command of manage.py; return what it said."""
        return subprocess.run(
            [sys.executable, "manage.py", *befehl],
            cwd=BASIS,
            env=self.umgebung,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    def python(self, programm: str) -> str:
        """Run a program with the models; return what it said."""
        return self.verwaltung("shell", "--no-imports", "-c", textwrap.dedent(programm))

    def sql(self, abfrage: str, *werte: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query; none while the database does not answer."""
        try:
            with psycopg.connect(self.umgebung["DATABASE_URL"], connect_timeout=2) as verbindung:
                return verbindung.execute(abfrage.encode(), werte or None).fetchall()
        except psycopg.OperationalError:
            return []

    def warten(self, bedingung: Callable[[], Any], sekunden: float = 60) -> Any:
        """Return what the condition gives as soon as it gives something."""
        frist = time.monotonic() + sekunden
        while not (ergebnis := bedingung()):
            assert time.monotonic() < frist, self.protokolle()
            time.sleep(0.05)
        return ergebnis
