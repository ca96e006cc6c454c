"""Have Lighthouse judge the public pages as a phone gets them:  make lighthouse

The real conference is served by gunicorn with the settings of a deployment, from a database in a temporary
folder. Prints the four marks of each page and ends with 1 where one is below 95. Needs Chromium; Lighthouse
itself comes from skripte/lighthouse/package-lock.json, and a new enough Node from requirements/node.txt.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from node import BASIS, mit_node

WERKZEUG = BASIS / "skripte" / "lighthouse"
SLUG = "pakt-fuer-integration-2021"
SEITEN = {
    "Startseite": "/",
    "Konferenz": f"/{SLUG}/",
    "Gruppe": f"/{SLUG}/ag/3/",
    "Suche": "/suche/?q=Ehrenamt",
    "Vergleich": f"/{SLUG}/vergleich/",
    "Themen": f"/{SLUG}/themen/",
    "Thema": f"/{SLUG}/themen/ehrenamt/",
}
MINDESTENS = 95
FREIGEBEN = (
    "from arbeitsgruppen.models import Arbeitsgruppe; from konferenz.models import Konferenz;"
    "Konferenz.objects.update(status='veroeffentlicht'); Arbeitsgruppe.objects.update(status='freigegeben')"
)


def bedienen(ordner: Path, port: int) -> subprocess.Popen[bytes]:
    """Serve the real conference as a deployment does; return the process once it answers."""
    umgebung = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{ordner}/doku.sqlite3",
        "MEDIA_ROOT": str(ordner / "medien"),
        "SECRET_KEY": os.urandom(48).hex(),
        "ALLOWED_HOSTS": "127.0.0.1",
        "DROSSELUNG": "0",
        "SITE_URL": f"http://127.0.0.1:{port}",
    }
    umgebung.pop("DEBUG", None)
    for befehl in (
        ["migrate", "--verbosity=0"],
        ["loaddata", "--verbosity=0", SLUG, "themen", "themenentscheidungen"],
        ["shell", "--command", FREIGEBEN],
        ["collectstatic", "--noinput", "--verbosity=0"],
    ):
        subprocess.run([sys.executable, "manage.py", *befehl], cwd=BASIS, env=umgebung, check=True)
    gunicorn = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    prozess = subprocess.Popen([*gunicorn, "--log-level", "error", "konferenz.wsgi"], cwd=BASIS, env=umgebung)
    for _ in range(100):
        try:
            urlopen(f"http://127.0.0.1:{port}/").close()  # our own
        except URLError:
            time.sleep(0.2)
        else:
            return prozess
    prozess.terminate()
    raise SystemExit("Der Server ist nicht gestartet.")


def urteil(adresse: str, umgebung: dict[str, str]) -> dict[str, tuple[int, list[str]]]:
    """Return for each category its mark of 100 and what cost points."""
    ergebnis = subprocess.run(
        [
            WERKZEUG / "node_modules" / ".bin" / "lighthouse",
            adresse,
            "--output=json",
            "--quiet",
            "--throttling-method=devtools",
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        ],
        env=umgebung,
        check=True,
        capture_output=True,
    )
    bericht = json.loads(ergebnis.stdout)
    return {
        kategorie["title"]: (
            round((kategorie["score"] or 0) * 100),
            [
                bericht["audits"][teil["id"]]["title"]
                for teil in kategorie["auditRefs"]
                if teil["weight"]
                and (bericht["audits"][teil["id"]]["score"] or 0) < 0.9
                and bericht["audits"][teil["id"]]["scoreDisplayMode"] in ("binary", "numeric")
            ],
        )
        for kategorie in bericht["categories"].values()
    }


def hauptteil() -> int:
    """Judge all pages; return how many marks are too low."""
    umgebung = mit_node(WERKZEUG) | {"CHROME_PATH": shutil.which("chromium") or "chromium"}
    with socket.socket() as frei:
        frei.bind(("127.0.0.1", 0))
        port = frei.getsockname()[1]
    zu_niedrig = 0
    with TemporaryDirectory() as ordner:
        server = bedienen(Path(ordner), port)
        try:
            for pfad in 4 * list(SEITEN.values()):  # both workers warm, as those of a running server are
                urlopen(f"http://127.0.0.1:{port}{pfad}").close()
            for name, pfad in SEITEN.items():
                noten = urteil(f"http://127.0.0.1:{port}{pfad}", umgebung)
                print(f"{name:12}", ", ".join(f"{titel} {note}" for titel, (note, _) in noten.items()))
                for titel, (note, gruende) in noten.items():
                    if gruende:
                        print(f"{'':12}   {titel}: {'; '.join(gruende)}")
                    zu_niedrig += note < MINDESTENS
        finally:
            server.terminate()
            server.wait()
    return zu_niedrig


if __name__ == "__main__":
    sys.exit(1 if hauptteil() else 0)
