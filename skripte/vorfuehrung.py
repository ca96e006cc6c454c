"""The real conference, served as in a deployment, for what looks at it from outside.

gunicorn with two workers, without DEBUG, on a database in a temporary folder that `manage.py demo` has
filled, its accounts included. Used by skripte/lighthouse.py and skripte/luecken.py.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

BASIS = Path(__file__).resolve().parent.parent
SLUG = "pakt-fuer-integration-2021"
FREIGEBEN = (
    "from arbeitsgruppen.models import Arbeitsgruppe; Arbeitsgruppe.objects.update(status='freigegeben')"
)


@dataclass(frozen=True)
class Vorfuehrung:
    """The conference: in which environment it runs, and the folder of everything that is made for it."""

    umgebung: dict[str, str]
    ordner: Path

    @property
    def adresse(self) -> str:
        """Where it is served, without a slash at the end."""
        return self.umgebung["SITE_URL"]

    @property
    def protokoll(self) -> Path:
        """The file to which the server writes its log."""
        return self.ordner / "protokoll.jsonl"

    def verwalten(self, *befehl: str, debug: bool = False) -> None:
        """Run a command of manage.py, without what it says; raises CalledProcessError where it fails."""
        subprocess.run(
            [sys.executable, "manage.py", *befehl],
            cwd=BASIS,
            env={**self.umgebung, "DEBUG": str(debug)},
            stdout=subprocess.DEVNULL,
            check=True,
        )


@contextmanager
def vorfuehrung(**einstellungen: str) -> Iterator[Vorfuehrung]:
    """Serve the conference, all of it released, on a free port; `einstellungen` add to the environment.

    Raises SystemExit with the log where the server doesn't start.
    """
    with socket.socket() as frei:
        frei.bind(("127.0.0.1", 0))
        adresse = f"127.0.0.1:{frei.getsockname()[1]}"
    with TemporaryDirectory() as ordner:
        umgebung = {
            **os.environ,
            "DEBUG": "0",
            "DATABASE_URL": f"sqlite:///{ordner}/doku.sqlite3",
            "MEDIA_ROOT": f"{ordner}/medien",
            "SECRET_KEY": os.urandom(48).hex(),
            "ALLOWED_HOSTS": "127.0.0.1",
            "DROSSELUNG": "0",
            "SITE_URL": f"http://{adresse}",
            **einstellungen,
        }
        neu = Vorfuehrung(umgebung, Path(ordner))
        neu.verwalten("demo", "--ohne-server", debug=True)  # makes its accounts under no other condition
        neu.verwalten("shell", "--command", FREIGEBEN)
        neu.verwalten("collectstatic", "--noinput", "--verbosity=0")
        gunicorn = [sys.executable, "-m", "gunicorn", "--bind", adresse, "--workers", "2", "konferenz.wsgi"]
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # else the server would be left behind
        with neu.protokoll.open("w") as ausgabe:
            prozess = subprocess.Popen(gunicorn, cwd=BASIS, env=umgebung, stdout=ausgabe, stderr=ausgabe)
        try:
            _abwarten(prozess, neu)
            yield neu
        finally:
            prozess.terminate()
            prozess.wait()


def _abwarten(prozess: subprocess.Popen[bytes], neu: Vorfuehrung) -> None:
    """Return once the server answers."""
    while prozess.poll() is None:
        try:
            urlopen(f"{neu.adresse}/healthz").close()
        except URLError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"Der Server ist nicht gestartet.\n{neu.protokoll.read_text()}")
