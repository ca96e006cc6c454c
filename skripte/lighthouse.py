"""Have Lighthouse judge the public pages as a phone gets them:  make lighthouse

The real conference is served as in a deployment (skripte/vorfuehrung.py). Prints the four marks of each page
and ends with 1 where one is below 95. Needs Chromium; Lighthouse itself comes from
skripte/lighthouse/package-lock.json, and a new enough Node from requirements/node.txt.
"""

import json
import shutil
import subprocess
import sys
from urllib.request import urlopen

from node import mit_node
from vorfuehrung import BASIS, SLUG, vorfuehrung

WERKZEUG = BASIS / "skripte" / "lighthouse"
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
    zu_niedrig = 0
    with vorfuehrung() as server:
        for pfad in 4 * list(SEITEN.values()):  # both workers warm, as those of a running server are
            urlopen(f"{server.adresse}{pfad}").close()
        for name, pfad in SEITEN.items():
            noten = urteil(f"{server.adresse}{pfad}", umgebung)
            print(f"{name:12}", ", ".join(f"{titel} {note}" for titel, (note, _) in noten.items()))
            for titel, (note, gruende) in noten.items():
                if gruende:
                    print(f"{'':12}   {titel}: {'; '.join(gruende)}")
                zu_niedrig += note < MINDESTENS
    return zu_niedrig


if __name__ == "__main__":
    sys.exit(1 if hauptteil() else 0)
