"""Make the pictures of the README from the real conference, or only its Heft.

python skripte/bilder.py                          docs/bilder/gruppe.png and docs/bilder/heft.png
python skripte/bilder.py --nur-heft build        build/heft-folien.pdf and build/heft-bericht.pdf

Both load the demo into a database of their own in a temporary folder: the pictures show what `make demo`
shows, and nobody's edits are touched.
"""

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

import pypdfium2
from PIL import Image
from playwright.sync_api import sync_playwright

BASIS = Path(__file__).resolve().parent.parent
KONFERENZ = "pakt-fuer-integration-2021"
SEITE = f"/{KONFERENZ}/ag/2/"
FENSTER = (1280, 960)
# The page of the Heft that is shown: the first that holds this text and isn't the table of contents.
HEFTSEITE = "Was läuft bei Ihnen gut"
GRENZE = 200_000  # bytes for one picture; the README loads both


def befehl(umgebung: dict[str, str], *worte: str, still: bool = False) -> None:
    """Run a management command, or stop where it fails; it says itself what was wrong."""
    ergebnis = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "manage.py", *worte],
        cwd=BASIS,
        env=umgebung,
        stdout=subprocess.DEVNULL if still else None,
    )
    if ergebnis.returncode:
        sys.exit(1)


@contextmanager
def server(umgebung: dict[str, str]) -> Iterator[str]:
    """Serve the demo on a free port and give its address."""
    with socket.socket() as frei:
        frei.bind(("127.0.0.1", 0))
        port = frei.getsockname()[1]
    with TemporaryFile("w+") as protokoll:
        prozess = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "manage.py", "demo", "--port", str(port)],
            cwd=BASIS,
            env=umgebung,
            stdin=subprocess.DEVNULL,
            stdout=protokoll,
            stderr=subprocess.STDOUT,
        )
        try:
            if (status := _abwarten(prozess, port)) != 200:
                protokoll.seek(0)
                sys.exit(f"{protokoll.read()}\nDie Demo zeigt {SEITE} nicht (Status {status}).")
            yield f"http://127.0.0.1:{port}"
        finally:
            prozess.terminate()
            prozess.wait(10)


def _abwarten(prozess: subprocess.Popen[bytes], port: int) -> int | None:
    """Wait until the server answers for the group's page; give the status, or None if it never does."""
    bis = time.monotonic() + 30
    while time.monotonic() < bis and prozess.poll() is None:
        try:
            verbindung = HTTPConnection("127.0.0.1", port, timeout=10)
            verbindung.request("GET", SEITE)
            return verbindung.getresponse().status
        except (OSError, HTTPException):
            time.sleep(0.2)
    return None


def chromium_programm() -> str:
    """Return where the browser is, or stop with a hint."""
    namen = ("chromium", "chromium-browser", "google-chrome", "chrome")
    if programm := next(filter(None, map(shutil.which, namen)), None):
        return programm
    sys.exit("Chromium fehlt: apt-get install chromium")


def webseite_aufnehmen(adresse: str) -> Image.Image:
    """Take a picture of the group's page as a visitor sees it first."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_programm(),
            # Chromium's sandbox refuses to start as root; the only page it opens is our own.
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
        )
        seite = browser.new_page(
            viewport={"width": FENSTER[0], "height": FENSTER[1]},
            locale="de-DE",
            color_scheme="light",
            reduced_motion="reduce",
        )
        seite.goto(adresse + SEITE, wait_until="networkidle")
        seite.evaluate("document.fonts.ready.then(() => true)")
        bild = seite.screenshot()
        browser.close()
    return Image.open(io.BytesIO(bild)).convert("RGB")


def heftseite_aufnehmen(heft: Path) -> Image.Image:
    """Render the chosen page of the Heft, with a thin frame so that white paper shows on white."""
    pdf = pypdfium2.PdfDocument(heft)
    try:
        nummer = next(
            (
                n
                for n, seite in enumerate(pdf)
                if n > 3 and HEFTSEITE in " ".join(seite.get_textpage().get_text_range().split())
            ),
            len(pdf) // 2,
        )
        seite = pdf[nummer]
        blatt = seite.render(scale=FENSTER[0] / seite.get_width()).to_pil().convert("RGB")
    finally:
        pdf.close()
    gerahmt = Image.new("RGB", (blatt.width + 2, blatt.height + 2), "#b8b8b8")
    gerahmt.paste(blatt, (1, 1))
    return gerahmt


def speichern(bild: Image.Image, ziel: Path) -> None:
    """Save as PNG with as many colours as fit below the limit."""
    ziel.parent.mkdir(parents=True, exist_ok=True)
    for farben in (256, 64, 32):
        bild.quantize(farben, dither=Image.Dither.NONE).save(ziel, optimize=True)
        if (groesse := ziel.stat().st_size) < GRENZE:
            print(f"{ziel.relative_to(BASIS)}: {bild.width} × {bild.height}, {groesse // 1000} kB")
            return
    sys.exit(f"{ziel} ist mit {groesse} Byte zu groß; erlaubt sind {GRENZE}.")


def main() -> None:
    """Parse the command line and do what it asks."""
    parser = argparse.ArgumentParser(description="Macht die Bilder der README neu, oder nur das Heft.")
    parser.add_argument("--nur-heft", type=Path, metavar="ORDNER")
    gewaehlt = parser.parse_args()
    with TemporaryDirectory() as name:
        umgebung = {**os.environ, "DEBUG": "1", "DATABASE_URL": f"sqlite:///{name}/bilder.sqlite3"}
        ordner = (gewaehlt.nur_heft or Path(name)).resolve()
        ordner.mkdir(parents=True, exist_ok=True)
        befehl(umgebung, "demo", "--ohne-server", still=True)
        for form in ("folien", "bericht") if gewaehlt.nur_heft else ("folien",):
            befehl(umgebung, "heft_exportieren", KONFERENZ, str(ordner / f"heft-{form}.pdf"), "--form", form)
        if gewaehlt.nur_heft:
            return
        with server(umgebung) as adresse:
            speichern(webseite_aufnehmen(adresse), BASIS / "docs/bilder/gruppe.png")
        speichern(heftseite_aufnehmen(ordner / "heft-folien.pdf"), BASIS / "docs/bilder/heft.png")


if __name__ == "__main__":
    main()
