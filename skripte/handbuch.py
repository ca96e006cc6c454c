"""Make the pictures of docs/handbuch.md: one for each task, from the demo in a database of its own.

python skripte/handbuch.py [NAME …]        docs/bilder/handbuch/*.png, or only those named
"""

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bilder import BASIS, KONFERENZ, befehl, chromium_programm, server, speichern
from PIL import Image
from playwright.sync_api import sync_playwright

ZIEL = BASIS / "docs/bilder/handbuch"
FENSTER = {"width": 1100, "height": 720}
KENNWORT = "demo-kennwort-2021"
ORGANISATION, MODERATION, MINISTERIUM = "organisation", "moderation", "ministerium"
TEXT = """Was läuft gut?
• Kurze Wege im Landratsamt
• Feste Ansprechpersonen
  – vor allem im Jobcenter
Wo hakt es?
• Sprachkurse mit Kinderbetreuung fehlen
"""


@dataclass(frozen=True, slots=True)
class Aufnahme:
    """A picture: who looks (nobody: a guest), where, and what is done before it is taken."""

    wer: str
    pfad: str
    vorher: Callable[[Any], object] = lambda seite: None


def _getippt(seite: Any) -> None:
    feld = seite.get_by_label("Äußerungen, je Zeile eine").first
    feld.focus()
    seite.keyboard.press("Control+End")
    seite.keyboard.type("\nDolmetscherpool hat sich bewährt\n- auch am Abend")
    seite.locator("[data-vorschau]").first.get_by_text("auch am Abend").wait_for()
    seite.evaluate("document.activeElement.blur(); scrollTo(0, 60)")


def _bei_den_zahlen(seite: Any) -> None:
    seite.evaluate("location.hash = 'zahlen'")


def _in_konflikt(seite: Any) -> None:
    """Let two pages of the same account change the same line."""
    zweite = seite.context.new_page()
    for offene, ersatz in ((zweite, "Gute Zusammenarbeit"), (seite, "Kommunikation im Team")):
        if offene is zweite:
            zweite.goto(seite.url)
        feld = offene.get_by_label("Äußerungen, je Zeile eine").first
        zeilen = feld.input_value().split("\n")
        zeilen[1] = f"{ersatz}, unter Kollegen sehr gut zusammengewachsen"
        feld.fill("\n".join(zeilen))
    for offene in (zweite, seite):
        offene.get_by_role("button", name="Speichern", exact=True).last.click()
        offene.wait_for_load_state()
    zweite.close()


def _uebernommen(seite: Any) -> None:
    seite.locator("textarea").first.fill(TEXT)
    seite.locator("#content form button[type=submit], #content form button:not([type])").first.click()
    seite.wait_for_load_state()


def _kommentiert(seite: Any) -> None:
    seite.locator("#content textarea").first.fill("Bitte die dritte Äußerung mit der Moderation klären.")
    seite.locator("#content form button").first.click()
    seite.wait_for_load_state()


def _geloescht(seite: Any) -> None:
    """Delete two lines of the group, then look into the bin."""
    ziel = seite.url
    seite.goto(ziel.replace("papierkorb/", ""))
    feld = seite.get_by_label("Äußerungen, je Zeile eine").last
    feld.fill("\n".join(feld.input_value().split("\n")[:-2]))
    seite.get_by_role("button", name="Speichern", exact=True).last.click()
    seite.wait_for_load_state()
    seite.goto(ziel)


# In this order: what one of them changes the next ones show. 1 to 8 are the keys of the demo's groups.
AUFNAHMEN = {
    "anmelden": Aufnahme("", "/admin/"),
    "vergleichen": Aufnahme("", f"/{KONFERENZ}/vergleich/", _bei_den_zahlen),
    "einladen": Aufnahme(ORGANISATION, "/admin/auth/user/add/"),
    "uebersicht": Aufnahme(ORGANISATION, "/admin/erfassung/"),
    "erfassen": Aufnahme(MODERATION, "/admin/erfassung/3/", _getippt),
    "uebernehmen": Aufnahme(MODERATION, "/admin/erfassung/3/uebernahme/", _uebernommen),
    "konflikt": Aufnahme(ORGANISATION, "/admin/erfassung/1/", _in_konflikt),
    "freigeben": Aufnahme(ORGANISATION, "/admin/erfassung/3/stand/"),
    "vorschau": Aufnahme(MINISTERIUM, f"/{KONFERENZ}/ag/3/"),
    "kommentare": Aufnahme(MINISTERIUM, "/admin/erfassung/3/kommentare/", _kommentiert),
    "verlauf": Aufnahme(ORGANISATION, "/admin/erfassung/1/verlauf/"),
    "papierkorb": Aufnahme(ORGANISATION, "/admin/erfassung/2/papierkorb/", _geloescht),
    "themen": Aufnahme(ORGANISATION, "/admin/erfassung/themen/3/"),
    "person": Aufnahme(ORGANISATION, "/admin/erfassung/personen/1/loeschen/"),
    "kopieren": Aufnahme(ORGANISATION, "/admin/erfassung/konferenz/1/kopieren/"),
}


def aufnehmen(adresse: str, namen: list[str]) -> None:
    """Take the pictures one after another, each account in a browser context of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_programm(),
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
        )
        kontexte: dict[str, Any] = {}
        for name, aufnahme in AUFNAHMEN.items():
            if aufnahme.wer not in kontexte:
                kontexte[aufnahme.wer] = _angemeldet(browser, adresse, aufnahme.wer)
            seite = kontexte[aufnahme.wer].new_page()
            antwort = seite.goto(adresse + aufnahme.pfad, wait_until="networkidle")
            if antwort.status != 200:
                sys.exit(f"{aufnahme.pfad} antwortet mit Status {antwort.status}.")
            aufnahme.vorher(seite)
            if not namen or name in namen:
                bild = Image.open(io.BytesIO(seite.screenshot()))
                speichern(bild.convert("RGB"), ZIEL / f"{name}.png")
            seite.close()
        browser.close()


def _angemeldet(browser: Any, adresse: str, wer: str) -> Any:
    kontext = browser.new_context(
        viewport=FENSTER, locale="de-DE", color_scheme="light", reduced_motion="reduce"
    )
    if wer:
        seite = kontext.new_page()
        seite.goto(f"{adresse}/admin/login/")
        seite.fill("[name=username]", wer)
        seite.fill("[name=password]", KENNWORT)
        seite.press("[name=password]", "Enter")
        seite.wait_for_url("**/admin/")
        seite.close()
    return kontext


def main() -> None:
    """Serve the demo and take the pictures."""
    namen = sys.argv[1:]
    if unbekannt := set(namen) - set(AUFNAHMEN):
        sys.exit(
            f"Diese Bilder gibt es nicht: {', '.join(sorted(unbekannt))}. Es gibt: {', '.join(AUFNAHMEN)}."
        )
    with TemporaryDirectory() as name:
        umgebung = {
            **os.environ,
            "DEBUG": "1",
            "DATABASE_URL": f"sqlite:///{name}/handbuch.sqlite3",
            "MEDIA_ROOT": str(Path(name) / "medien"),
        }
        befehl(umgebung, "demo", "--ohne-server", still=True)
        # Group 3 is still being worked on; all others are released with the demo's conference.
        vorbereiten = (
            "from arbeitsgruppen.models import Arbeitsgruppe as A; "
            "g = A.objects.get(nummer=3); g.status = A.Status.IN_BEARBEITUNG; g.save()"
        )
        befehl(umgebung, "shell", "--no-imports", "-c", vorbereiten, still=True)
        with server(umgebung) as adresse:
            aufnehmen(adresse, namen)


if __name__ == "__main__":
    main()
