"""Try what the Dockerfile says without Docker: its steps on a bare Debian, then the image as it would run.

Reads the Dockerfile, makes the tree of each stage with debootstrap's Debian and its Python in the place of
the base image, runs the steps there, and starts what comes out as its user, without network and read-only.
Needs root, debootstrap and npm; `make abbild-pruefen` calls it. What it makes lies in build/abbild.
"""

import fcntl
import http.client
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

PROJEKT = Path(__file__).resolve().parent.parent
BAU = PROJEKT / "build" / "abbild"
RECHNER = "doku.example.de"
PFAD = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # as in every base image
# Python as the base image has it, by Debian's names; what else a step needs it has to install itself.
GRUNDLAGE = ("python3", "python3-venv", "python-is-python3", "ca-certificates")
# How this machine reaches its package registries, which is no part of the image.
BEZUG = (
    "/etc/resolv.conf",
    "/etc/pip.conf",
    "/root/.config/pip/pip.conf",
    "/etc/ssl/certs/ca-certificates.crt",
)
BEZUG_IN_DER_UMGEBUNG = re.compile("PIP_|SSL_CERT_FILE|https?_proxy|no_proxy", re.IGNORECASE)
# Tools for building, and what belongs to the project but not into its image.
VERBOTEN = (
    *(
        f"{ordner}/{name}"
        for ordner in ("usr/bin", "usr/local/bin", "venv/bin")
        for name in ("gcc", "cc", "make", "node", "npm", "git", "pip")
    ),
    *(f"app/{name}" for name in ("node_modules", ".env", ".git", "tests", "requirements/entwicklung.txt")),
)
KONFERENZ = "pakt-fuer-integration-2021"


def abbruch(grund: str) -> None:
    """End with a reason."""
    sys.exit(f"Abbild: {grund}")


@dataclass
class Stufe:
    """A stage of the Dockerfile and the tree that is made of it."""

    grundlage: str
    schritte: list[tuple[str, str]] = field(default_factory=list)
    umgebung: dict[str, str] = field(default_factory=dict)
    ordner: str = "/"
    baum: Path = BAU


def gelesen(dockerfile: str) -> dict[str, Stufe]:
    """Return the stages of a Dockerfile by name, the last one as "abbild"."""
    ohne_kommentare = re.sub(r"(?m)^\s*#.*\n", "", dockerfile)
    zeilen = re.sub(r"\\\n\s*", " ", ohne_kommentare).splitlines()
    stufen: dict[str, Stufe] = {}
    for zeile in filter(str.strip, zeilen):
        anweisung, _, rest = zeile.partition(" ")
        if anweisung == "FROM":
            grundlage, _, name = rest.partition(" AS ")
            stufen[name or "abbild"] = Stufe(grundlage)
        else:
            list(stufen.values())[-1].schritte.append((anweisung, rest.strip()))
    return stufen


def aufruf(*befehl: str | Path, ordner: Path | None = None, umgebung: dict[str, str] | None = None) -> None:
    """Run a command, or end with what it said."""
    ergebnis = subprocess.run(  # noqa: S603  # commands of ours, and those of our Dockerfile
        befehl, cwd=ordner, env=umgebung, capture_output=True, text=True, check=False
    )
    if ergebnis.returncode:
        abbruch(f"„{shlex.join(map(str, befehl))[:300]}“ scheitert:\n{ergebnis.stdout}\n{ergebnis.stderr}")


# --- Building ---


def debian(ziel: Path) -> None:
    """Make a bare Debian from where this machine gets its own; one that is there already is kept."""
    if (ziel / "fertig").exists():
        return
    quellen = "".join(p.read_text() for p in Path("/etc/apt").glob("sources.list*/*.sources"))
    quellen += "".join(p.read_text() for p in Path("/etc/apt").glob("sources.list"))
    spiegel = re.search(r"(?m)^(?:URIs:|deb(?: \[.*?\])?) +(\S+debian/?)(?: |$)", quellen)
    if not spiegel:
        abbruch("In /etc/apt steht kein Spiegel von Debian.")
        return
    shutil.rmtree(ziel, ignore_errors=True)
    aufruf(
        "/usr/sbin/debootstrap",
        "--variant=minbase",
        f"--include={','.join(GRUNDLAGE)}",
        "bookworm",
        ziel,
        spiegel[1],
    )
    (ziel / "fertig").touch()


def kopiert(quelle: Path, ziel: Path) -> None:
    """Copy what COPY copies: the content of a folder, or a file."""
    ignoriert = shutil.ignore_patterns("__pycache__", "*.pyc")
    if quelle.is_dir():
        shutil.copytree(quelle, ziel, symlinks=True, dirs_exist_ok=True, ignore=ignoriert)
    else:
        ziel.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(quelle, ziel)


def zusammenhang() -> Path:
    """Return a folder with what .dockerignore lets into a build."""
    ziel = BAU / "zusammenhang"
    shutil.rmtree(ziel, ignore_errors=True)
    zeilen = (PROJEKT / ".dockerignore").read_text().splitlines()
    muster = [zeile for zeile in zeilen if zeile and not zeile.startswith("#")]
    erlaubt = [zeile[1:] for zeile in muster if zeile.startswith("!")]
    if ["*", *(f"!{name}" for name in erlaubt), "**/__pycache__", "**/*.pyc"] != muster:
        abbruch(".dockerignore hat eine Form, die diese Prüfung nicht kennt.")
    for name in erlaubt:
        kopiert(PROJEKT / name, ziel / name)
    return ziel


def ausgefuehrt(stufe: Stufe, stufen: dict[str, Stufe], quelle: Path) -> None:
    """Run the steps of a stage in its tree."""
    for anweisung, rest in stufe.schritte:
        if anweisung == "WORKDIR":
            stufe.ordner = rest
            _im_baum(stufe, rest).mkdir(parents=True, exist_ok=True)
        elif anweisung == "ENV":
            for name, wert in (teil.split("=", 1) for teil in shlex.split(rest)):
                stufe.umgebung[name] = wert.replace("$PATH", stufe.umgebung.get("PATH", PFAD))
        elif anweisung == "COPY":
            *optionen, ziel = rest.split()
            von = quelle
            if optionen[0].startswith("--from="):
                von = stufen[optionen.pop(0).removeprefix("--from=")].baum
            for name in optionen:
                kopie = _im_baum(stufe, ziel)
                if ziel.endswith("/") and name != ".":
                    kopie /= Path(name).name
                kopiert(von / name.lstrip("/"), kopie)
        elif anweisung == "RUN":
            _lauf(stufe, rest)
        elif anweisung not in ("USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"):
            abbruch(f"Die Anweisung {anweisung} kennt diese Prüfung nicht.")


def _im_baum(stufe: Stufe, pfad: str) -> Path:
    return stufe.baum / (Path(stufe.ordner) / pfad).relative_to("/")


def _lauf(stufe: Stufe, befehl: str) -> None:
    print(f"  RUN {befehl[:100]}")
    if stufe.grundlage.startswith("node:"):  # with the npm of this machine
        pfad = f"{os.environ['PATH']}:{PROJEKT / '.venv' / 'bin'}"
        aufruf("sh", "-c", befehl, ordner=_im_baum(stufe, "."), umgebung={**os.environ, "PATH": pfad})
        return
    bezug = {name: wert for name, wert in os.environ.items() if BEZUG_IN_DER_UMGEBUNG.match(name)}
    aufruf(
        "chroot",
        stufe.baum,
        "sh",
        "-c",
        f"cd {stufe.ordner} && {befehl}",
        umgebung={"PATH": PFAD, "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        | bezug
        | stufe.umgebung,
    )


def bauen() -> None:
    """Make the trees of all stages."""
    quelle = zusammenhang()
    debian(BAU / "debian")
    stufen = gelesen((PROJEKT / "Dockerfile").read_text())
    for name, stufe in stufen.items():
        print(f"{name}: FROM {stufe.grundlage}")
        stufe.baum = BAU / name
        shutil.rmtree(stufe.baum, ignore_errors=True)
        if stufe.grundlage.startswith("node:"):
            stufe.baum.mkdir(parents=True)
        else:
            vorlage = stufen.get(stufe.grundlage)
            aufruf("cp", "-a", "--reflink=auto", vorlage.baum if vorlage else BAU / "debian", stufe.baum)
            stufe.umgebung = dict(vorlage.umgebung) if vorlage else {}
            _mit_bezug(stufe.baum)
            aufruf("mount", "--bind", "/dev", stufe.baum / "dev")
            aufruf("mount", "-t", "proc", "proc", stufe.baum / "proc")
        ausgefuehrt(stufe, stufen, quelle)
        if not stufe.grundlage.startswith("node:"):
            aufruf("umount", stufe.baum / "proc")
            aufruf("umount", stufe.baum / "dev")
    (BAU / "abbild.json").write_text(json.dumps(stufen["abbild"].umgebung))


def _mit_bezug(baum: Path) -> None:
    for name in BEZUG:
        if Path(name).exists():
            kopiert(Path(name).resolve(), baum / name.lstrip("/"))


# --- Running ---


class Behaelter:
    """The image as it runs: read-only, as its user, with /daten and /tmp to write to, without network."""

    def __init__(self) -> None:
        self.baum = BAU / "abbild"
        schritte = gelesen((PROJEKT / "Dockerfile").read_text())["abbild"].schritte
        letzte = dict(schritte)
        self.nutzer, self.ordner = letzte["USER"], letzte["WORKDIR"]
        self.befehl: list[str] = json.loads(letzte["CMD"])
        self.gesundheit: list[str] = json.loads(letzte["HEALTHCHECK"].partition("CMD ")[2])
        self.umgebung = {
            **json.loads((BAU / "abbild.json").read_text()),
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": RECHNER,
            "DATABASE_URL": "sqlite:////daten/doku.sqlite3",
        }
        self._einhaengen()

    def _einhaengen(self) -> None:
        daten = BAU / "daten"
        shutil.rmtree(daten, ignore_errors=True)
        aufruf("cp", "-a", self.baum / "daten", daten)
        aufruf("mount", "--bind", self.baum, self.baum)
        for art, ort in (("proc", "proc"), ("tmpfs", "tmp"), ("tmpfs", "dev")):
            aufruf("mount", "-t", art, art, self.baum / ort)
        (self.baum / "dev/shm").mkdir(mode=0o1777)
        (self.baum / "dev/shm").chmod(0o1777)
        for geraet in ("null", "urandom"):
            (self.baum / "dev" / geraet).touch()
            aufruf("mount", "--bind", f"/dev/{geraet}", self.baum / "dev" / geraet)
        aufruf("mount", "--bind", daten, self.baum / "daten")
        aufruf("mount", "-o", "remount,ro,bind", self.baum)

    def start(self, befehl: list[str]) -> "subprocess.Popen[str]":
        """Start a command in it."""
        return subprocess.Popen(  # noqa: S603
            [  # noqa: S607
                "chroot",
                f"--userspec={self.nutzer}",
                self.baum,
                "sh",
                "-c",
                f'cd {self.ordner} && exec "$@"',
                "sh",
                *befehl,
            ],
            env=self.umgebung,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def lauf(self, *befehl: str) -> str:
        """Run a command in it, or end with what it said."""
        prozess = self.start(list(befehl))
        ausgabe, _ = prozess.communicate(timeout=300)
        if prozess.returncode:
            abbruch(f"„{shlex.join(befehl)}“ scheitert im Abbild:\n{ausgabe}")
        return ausgabe


def laufen() -> None:
    """Start the image and ask it."""
    _loopback_an()
    behaelter = Behaelter()
    nichts_ueberfluessiges(behaelter)
    behaelter.lauf("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    behaelter.lauf("python", "manage.py", "migrate", "--verbosity=0")
    behaelter.lauf("python", "manage.py", "loaddata", KONFERENZ, "--verbosity=0")
    print(behaelter.lauf("python", "manage.py", "heft_exportieren", KONFERENZ, "/daten/heft.pdf"))
    gunicorn = behaelter.start(behaelter.befehl)
    try:
        frist = time.monotonic() + 60
        while behaelter.start(behaelter.gesundheit).wait():
            if gunicorn.poll() is not None or time.monotonic() > frist:
                gunicorn.kill()
                abbruch(f"gunicorn antwortet nicht:\n{gunicorn.communicate()[0]}")
            time.sleep(0.2)
        fragen()
    finally:
        gunicorn.send_signal(signal.SIGTERM)
        protokoll, _ = gunicorn.communicate(timeout=40)
    zeilen = [json.loads(zeile) for zeile in protokoll.splitlines()]
    if gunicorn.returncode or not any(zeile["meldung"] == "Anfrage" for zeile in zeilen):
        abbruch(f"gunicorn endet mit {gunicorn.returncode}:\n{protokoll}")


def _loopback_an() -> None:
    """Switch the loopback device of this network namespace on (netdevice(7))."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as buchse:
        fcntl.ioctl(buchse, 0x8914, struct.pack("16sH14x", b"lo", 0x1))  # SIOCSIFFLAGS, IFF_UP


def nichts_ueberfluessiges(behaelter: Behaelter) -> None:
    """Look that there is no tool for building, no secret and nothing to write to that need not be there."""
    baum = behaelter.baum
    if ueberfluessig := [name for name in VERBOTEN if (baum / name).exists()]:
        abbruch(f"Im Abbild liegt Überflüssiges: {ueberfluessig}")
    if {"SECRET_KEY", "METRIKEN_MARKE", "EMAIL_URL"} & json.loads((BAU / "abbild.json").read_text()).keys():
        abbruch("Das Dockerfile gibt dem Abbild ein Geheimnis mit.")
    for ort in ("/app/x", "/venv/x", "/etc/x", "/x"):
        if behaelter.start(["touch", ort]).wait() == 0:
            abbruch(f"{ort} lässt sich schreiben.")
    behaelter.lauf("touch", "/daten/probe", "/daten/medien/probe", "/tmp/probe")  # noqa: S108


def fragen() -> None:
    """Ask what a proxy would ask."""

    def antwort(pfad: str, **kopf: str) -> http.client.HTTPResponse:
        verbindung = http.client.HTTPConnection("127.0.0.1", 8000, timeout=60)
        verbindung.request("GET", pfad, headers={"Host": RECHNER, "X-Forwarded-Proto": "https", **kopf})
        return verbindung.getresponse()

    for pfad in ("/bereit", "/", "/suche/", "/robots.txt"):
        if (status := antwort(pfad).status) != 200:
            abbruch(f"{pfad} antwortet mit {status}.")
    seite = antwort("/").read().decode()
    stil = re.search(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', seite)
    if not stil:
        abbruch("Die Startseite nennt kein Stylesheet mit Prüfsumme im Namen.")
        return
    for packung in ("br", "gzip"):
        datei = antwort(stil[1], **{"Accept-Encoding": packung})
        if datei.headers["Content-Encoding"] != packung or "immutable" not in datei.headers["Cache-Control"]:
            abbruch(f"{stil[1]} kommt nicht als {packung} für immer: {datei.headers.items()}")


def main() -> None:
    """Do both in namespaces of their own, so that nothing stays mounted."""
    if sys.argv[1:] == ["bauen"]:
        return bauen()
    if sys.argv[1:] == ["laufen"]:
        return laufen()
    if os.geteuid() or not Path("/usr/sbin/debootstrap").exists():
        abbruch("Dafür braucht es root und debootstrap: apt-get install debootstrap")
    for phase, abgetrennt in (("bauen", ["--mount"]), ("laufen", ["--mount", "--net"])):
        beginn = time.monotonic()
        # Not a way out of this process, but one of its own for the mounts.
        lauf = ["unshare", *abgetrennt, sys.executable, "-u", __file__, phase]
        if subprocess.run(lauf, check=False).returncode:  # noqa: S603
            sys.exit(1)
        print(f"{phase}: {time.monotonic() - beginn:.0f} s")
    print("Das Abbild lässt sich bauen, läuft nur lesbar eingehängt als eigener Nutzer und antwortet.")


if __name__ == "__main__":
    main()
