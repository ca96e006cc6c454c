"""Measure how fast pages are read: made anew, kept, unchanged (304); beside a bare view and a static file.

.venv/bin/python benchmarks/seiten.py [--sekunden 5] [--konferenzen 1] [--last 60] [--json ZIEL]
bash skripte/mit_postgres.sh .venv/bin/python benchmarks/seiten.py --konferenzen 100

Needs wrk and nginx (apt-get install wrk nginx-light). Two gunicorn workers serve the real conference and,
with --konferenzen, generated ones beside it (500 statements each, the same for the same number). --last
SECONDS lets 200 readers read all pages at once, while somebody saves a statement each second, every tenth in
a released group, and the background service sets the Hefte anew. Compare only figures of one run.
How it grows: --konferenzen 1, 100 and 10000 (5 million statements; PostgreSQL, a quarter of an hour to fill).
"""

import argparse
import gzip
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import Request, urlopen

BASIS = Path(__file__).resolve().parent.parent
SLUG = "pakt-fuer-integration-2021"
SEITEN = {"Konferenz": f"/{SLUG}/", "Gruppe": f"/{SLUG}/ag/3/", "Suche": "/suche/?q=Ehrenamt"}
LESER = 16
VIELE = 200
FREIGEBEN = (
    "from arbeitsgruppen.models import Arbeitsgruppe; from konferenz.models import Konferenz;"
    f"Konferenz.objects.filter(slug='{SLUG}').update(status='veroeffentlicht');"
    f"Arbeitsgruppe.objects.filter(konferenz__slug='{SLUG}', nummer__lt=8).update(status='freigegeben');"
)
# Each second something in the group that is still being entered, every tenth time in one that is released.
SPEICHERN = (
    "import time; from itertools import count; from arbeitsgruppen.models import Aeusserung\n"
    "for mal in count(1):\n"
    "    nummer = 3 if mal % 10 == 0 else 8\n"
    "    gruppe = {'arbeitsgruppe__konferenz__slug': 'SLUG', 'arbeitsgruppe__nummer': nummer}\n"
    "    wo = {f'abschnitt__{name}': wert for name, wert in gruppe.items()}\n"
    "    a = Aeusserung.objects.filter(**wo).order_by('?').first()\n"
    "    a.text += '.'; a.save(); print('gespeichert', flush=True); time.sleep(1)"
).replace("SLUG", SLUG)
EINMAL = (
    "from arbeitsgruppen.models import Aeusserung;"
    f"wo = {{'abschnitt__arbeitsgruppe__konferenz__slug': '{SLUG}', 'abschnitt__arbeitsgruppe__nummer': 3}};"
    "a = Aeusserung.objects.filter(**wo).order_by('?').first(); a.text += '.'; a.save()"
)
FUELLEN = (
    "import sys; sys.path.insert(0, 'benchmarks'); import suche;"
    "suche.fuellen({anzahl} * suche.JE_KONFERENZ); suche.index_neu()"
)


@dataclass
class Messung:
    """What wrk saw, and what it cost: times in milliseconds, `cpu` of all workers for one answer."""

    was: str
    je_sekunde: float
    p50: float
    p99: float
    cpu: float
    fehler: int


def freier_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as frei:
        frei.bind(("127.0.0.1", 0))
        port: int = frei.getsockname()[1]
        return port


def warten(adresse: str) -> None:
    """Wait until something answers."""
    for _ in range(150):
        try:
            urlopen(adresse).close()
        except (URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"{adresse} antwortet nicht.")


@contextmanager
def gunicorn(art: str, umgebung: dict[str, str]) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve one of the kinds with two workers; yield its address and process."""
    port = freier_port()
    befehl = [
        sys.executable,
        "-m",
        "gunicorn",
        "--workers",
        "2",
        "--threads",
        "4",
        "--bind",
        f"127.0.0.1:{port}",
    ]
    befehl += [
        "--max-requests",
        "0",
        "--log-level",
        "error",
        "--chdir",
        str(BASIS),
        "benchmarks.seiten_wsgi:application",
    ]
    with subprocess.Popen(
        befehl, cwd=BASIS, env={**umgebung, "ART": art}, stderr=subprocess.DEVNULL
    ) as prozess:
        try:
            warten(f"http://127.0.0.1:{port}{SEITEN['Gruppe']}")
            yield f"http://127.0.0.1:{port}", prozess
        finally:
            prozess.terminate()


@contextmanager
def dienst(umgebung: dict[str, str]) -> Iterator[None]:
    """Have Hefte set in the background."""
    befehl = [sys.executable, "manage.py", "hintergrunddienst"]
    with subprocess.Popen(befehl, cwd=BASIS, env=umgebung, stderr=subprocess.DEVNULL) as prozess:
        try:
            yield
        finally:
            prozess.terminate()


@contextmanager
def nginx(ordner: Path, inhalt: bytes) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve a page as a static file, packed before, with two workers."""
    port = freier_port()
    (ordner / "wurzel").mkdir()
    (ordner / "wurzel" / "seite.html").write_bytes(inhalt)
    (ordner / "wurzel" / "seite.html.gz").write_bytes(gzip.compress(inhalt))
    einstellungen = ordner / "nginx.conf"
    einstellungen.write_text(
        f"worker_processes 2; pid {ordner}/nginx.pid; error_log {ordner}/fehler.log; daemon off;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ access_log off; gzip_static on; client_body_temp_path {ordner}; server {{\n"
        f"  listen 127.0.0.1:{port}; root {ordner}/wurzel; types {{ text/html html; }} }} }}\n"
    )
    ordner.chmod(0o755)
    with subprocess.Popen(["nginx", "-c", str(einstellungen)]) as prozess:
        try:
            warten(f"http://127.0.0.1:{port}/seite.html")
            yield f"http://127.0.0.1:{port}/seite.html", prozess
        finally:
            prozess.terminate()


def arbeiter(pid: int) -> list[int]:
    """Return the processes that one has started."""
    return [int(kind) for kind in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def verbraucht(pid: int) -> float:
    """Return the seconds of CPU that the workers of a process have taken."""
    takte = 0
    for kind in arbeiter(pid):
        felder = Path(f"/proc/{kind}/stat").read_text().rpartition(")")[2].split()
        takte += int(felder[11]) + int(felder[12])
    return takte / os.sysconf("SC_CLK_TCK")


def speicher(pid: int) -> float:
    """Return the MB that a worker takes for itself, of those that take most."""
    return max(
        sum(
            int(zeile.split()[1])
            for zeile in Path(f"/proc/{kind}/smaps_rollup").read_text().splitlines()
            if zeile.startswith(("Private_Clean", "Private_Dirty"))
        )
        / 1024
        for kind in arbeiter(pid)
    )


def wrk(was: str, adresse: str, pid: int, sekunden: int, *optionen: str, leser: int = LESER) -> Messung:
    """Read an address as fast as it goes, each reader over one connection."""
    vorher = verbraucht(pid)
    befehl = ["wrk", "-t2", f"-c{leser}", f"-d{sekunden}s", "--timeout", "30s", "--latency"]
    befehl += ["-H", "Accept-Encoding: gzip", *optionen, adresse]
    text = subprocess.run(befehl, check=True, capture_output=True, text=True).stdout
    antworten = int(re.search(r"(\d+) requests in", text)[1])  # type: ignore[index]
    fehler = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", text)))
    fehler += sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", text)))
    return Messung(
        was,
        float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),  # type: ignore[index]
        _millisekunden(re.search(r"\n +50% +(\S+)", text)[1]),  # type: ignore[index]
        _millisekunden(re.search(r"\n +99% +(\S+)", text)[1]),  # type: ignore[index]
        (verbraucht(pid) - vorher) / max(antworten, 1) * 1000,
        fehler,
    )


def zweimal(was: str, adresse: str, pid: int, sekunden: int, *optionen: str) -> Messung:
    """Return the better of two measurements: connections stay open, and may all have come to one worker."""
    return max((wrk(was, adresse, pid, sekunden, *optionen) for _ in range(2)), key=lambda m: m.je_sekunde)


def _millisekunden(text: str) -> float:
    zahl, einheit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()  # type: ignore[union-attr]
    return float(zahl) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[einheit]


def abgerufen(adresse: str) -> tuple[bytes, str]:
    """Return a page, unpacked, and its ETag."""
    with urlopen(Request(adresse)) as antwort:
        return antwort.read(), antwort.headers.get("ETag", "")


def einrichten(ordner: Path, konferenzen: int) -> dict[str, str]:
    """Fill the database; return the environment of a deployment."""
    umgebung = {
        "DATABASE_URL": f"sqlite:///{ordner}/doku.sqlite3",
        **os.environ,
        "MEDIA_ROOT": str(ordner / "medien"),
        "SECRET_KEY": os.urandom(48).hex(),
        "ALLOWED_HOSTS": "127.0.0.1",
        "SITE_URL": "http://127.0.0.1",
        "DEBUG": "0",
        "DROSSELUNG": "0",
    }
    befehle = [["migrate", "--verbosity=0"]]
    if konferenzen > 1:
        befehle.append(["shell", "--verbosity=0", "--command", FUELLEN.format(anzahl=konferenzen)])
    befehle += [
        ["loaddata", "--verbosity=0", SLUG, "themen", "themenentscheidungen"],
        ["shell", "--verbosity=0", "--command", FREIGEBEN],
        ["collectstatic", "--noinput", "--verbosity=0"],
    ]
    for befehl in befehle:
        subprocess.run([sys.executable, "manage.py", *befehl], cwd=BASIS, env=umgebung, check=True)
    return umgebung


def lesen(umgebung: dict[str, str], ordner: Path, sekunden: int) -> list[Messung]:
    """Measure each page in each way."""
    ergebnis = []
    with ExitStack() as alle:
        kalt, kalt_p = alle.enter_context(gunicorn("kalt", umgebung))
        gemerkt, gemerkt_p = alle.enter_context(gunicorn("gemerkt", umgebung))
        nackt, nackt_p = alle.enter_context(gunicorn("nackt", umgebung))
        inhalt, _ = abgerufen(gemerkt + SEITEN["Gruppe"])
        datei, nginx_p = alle.enter_context(nginx(ordner, inhalt))
        groesse = len(abgerufen(nackt + SEITEN["Gruppe"])[0])
        print(f"Gruppenseite {len(inhalt) / 1024:.0f} KB, nackte Ansicht {groesse / 1024:.0f} KB")
        for name, pfad in SEITEN.items():
            _, etag = abgerufen(gemerkt + pfad)
            abgerufen(gemerkt + pfad)  # by the other worker
            ergebnis += [
                zweimal(f"{name}, neu gemacht", kalt + pfad, kalt_p.pid, sekunden),
                zweimal(f"{name}, gemerkt", gemerkt + pfad, gemerkt_p.pid, sekunden),
                zweimal(
                    f"{name}, 304", gemerkt + pfad, gemerkt_p.pid, sekunden, "-H", f"If-None-Match: {etag}"
                ),
            ]
        ergebnis += [
            zweimal("Gruppe, nackte Ansicht", nackt + SEITEN["Gruppe"], nackt_p.pid, sekunden),
            zweimal("Gruppe, Datei von nginx", datei, nginx_p.pid, sekunden),
        ]
        eigen, vergleich = (f"{speicher(prozess.pid):.0f} MB" for prozess in (gemerkt_p, nackt_p))
        print(f"Speicher eines Arbeiters: {eigen}, nackt {vergleich}")
    return ergebnis


def belasten(umgebung: dict[str, str], ordner: Path, sekunden: int) -> Messung:
    """Let many read all pages, while somebody saves and the Hefte are set anew."""
    pfade = [f"/{SLUG}/ag/{n}/" for n in range(1, 9)]
    pfade += [*SEITEN.values(), "/", f"/{SLUG}/vergleich/", f"/{SLUG}/themen/", "/suche/?q=Sprachkurse"]
    skript = ordner / "alle.lua"
    liste = ", ".join(f'"{pfad}"' for pfad in pfade)
    skript.write_text(
        f"local pfade = {{ {liste} }}\nlocal n = 0\n"
        "request = function() n = n + 1; return wrk.format('GET', pfade[n % #pfade + 1]) end\n"
    )
    verwaltung = [sys.executable, "manage.py"]
    with (
        gunicorn("gemerkt", umgebung) as (adresse, prozess),
        dienst(umgebung),
        subprocess.Popen(
            [*verwaltung, "shell", "--verbosity=0", "--command", SPEICHERN],
            cwd=BASIS,
            env=umgebung,
            stdout=subprocess.PIPE,
        ) as redaktion,
    ):
        messung = wrk(f"{VIELE} Leser", adresse, prozess.pid, sekunden, "-s", str(skript), leser=VIELE)
        redaktion.send_signal(signal.SIGKILL)
        gespeichert = redaktion.communicate()[0].count(b"gespeichert")
        print(f"In {sekunden} s gespeichert: {gespeichert} Äußerungen")
    return messung


def frisches_heft(umgebung: dict[str, str], mal: int = 5) -> None:
    """Say how long it takes from a saved statement to the Heft that has it, for somebody who asks at once."""
    zeiten: dict[str, list[float]] = {"Folien": [], "Bericht": []}
    verwaltung = [sys.executable, "manage.py"]
    with (
        gunicorn("gemerkt", umgebung) as (adresse, _),
        dienst(umgebung),
    ):
        hefte = {form: f"{adresse}/{SLUG}/heft.pdf?form={form.lower()}" for form in zeiten}
        for heft in hefte.values():
            _fertig(heft)  # with this the renderer is warm
        for _ in range(mal):
            subprocess.run(
                [*verwaltung, "shell", "--verbosity=0", "--command", EINMAL],
                cwd=BASIS,
                env=umgebung,
                check=True,
            )
            for form, heft in hefte.items():
                beginn = time.perf_counter()
                _fertig(heft)
                zeiten[form].append(time.perf_counter() - beginn)
    for form, werte in zeiten.items():
        print(f"Vom Speichern zum frischen Heft, {form}: {sorted(werte)[mal // 2]:.1f} s (Median von {mal})")


def _fertig(adresse: str) -> None:
    """Ask for a Heft until it is there."""
    while True:
        with urlopen(adresse) as antwort:
            if antwort.status == 200 and antwort.read(4) == b"%PDF":
                return
        time.sleep(0.1)


def hauptteil() -> None:
    """Measure, and print a table."""
    leser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    leser.add_argument("--sekunden", type=int, default=5)
    leser.add_argument("--konferenzen", type=int, default=1)
    leser.add_argument("--last", type=int, default=0)
    leser.add_argument("--json", type=Path)
    wahl = leser.parse_args()
    if fehlt := [name for name in ("wrk", "nginx") if not shutil.which(name)]:
        raise SystemExit(f"Es fehlt: {', '.join(fehlt)} (apt-get install wrk nginx-light)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with TemporaryDirectory(prefix="seiten-benchmark-") as name:
        ordner = Path(name)
        umgebung = einrichten(ordner, wahl.konferenzen)
        messungen = lesen(umgebung, ordner, wahl.sekunden)
        frisches_heft(umgebung)
        if wahl.last:
            messungen.append(belasten(umgebung, ordner, wahl.last))
    nackt = next(m for m in messungen if "nackt" in m.was)
    print(f"\n{'':26} {'je s':>8} {'× nackt':>8} {'p50':>9} {'p99':>9} {'CPU':>9} Fehler")
    for m in messungen:
        print(
            f"{m.was:26} {m.je_sekunde:8.0f} {m.je_sekunde / nackt.je_sekunde:8.1f} "
            f"{m.p50:6.1f} ms {m.p99:6.1f} ms {m.cpu:6.2f} ms {m.fehler}"
        )
    if wahl.json:
        wahl.json.write_text(json.dumps([asdict(m) for m in messungen], ensure_ascii=False, indent=1))


if __name__ == "__main__":
    hauptteil()
