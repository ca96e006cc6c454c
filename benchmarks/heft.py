"""Measure how long a Heft takes, beside Chromium and Typst with the same content, and how it grows.

DEBUG=1 .venv/bin/python benchmarks/heft.py [--laeufe 5] [--nur satz dienst …] [--wachstum] [--json ZIEL]

Everything that is compared is measured in turns within one run, and the median counts. The real conference
is loaded into a database of its own in a temporary folder. Typst is looked for in `.venv-pruefung`:
`python3 -m venv .venv-pruefung && .venv-pruefung/bin/pip install -r requirements/pruefung.txt`.
"""

import argparse
import json
import os
import platform
import random
import re
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

BASIS = Path(__file__).resolve().parent.parent
ORDNER = TemporaryDirectory(prefix="heft-benchmark-")
ORT = Path(ORDNER.name)
os.environ |= {
    "DEBUG": "1",
    "DATABASE_URL": f"sqlite:///{ORT}/benchmark.sqlite3",
    "MEDIA_ROOT": f"{ORT}/medien",
    "DJANGO_SETTINGS_MODULE": "konferenz.settings",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",  # Playwright runs an event loop, in which Django refuses to work
}
sys.path.insert(0, str(BASIS))

import django  # noqa: E402

django.setup()

import fontpkg_fira_sans  # noqa: E402
import pypdfium2  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponseBase  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_test_environment  # noqa: E402
from django_tasks import TaskResultStatus  # noqa: E402
from django_tasks_db.models import DBTaskResult  # noqa: E402

from arbeitsgruppen import ausgabe as ausgaben  # noqa: E402
from arbeitsgruppen.auswahl import Auswahl, Form  # noqa: E402
from arbeitsgruppen.bild import Aeusserungsbild, Gruppenbild, Konferenzbild, konferenzbild  # noqa: E402
from arbeitsgruppen.heft import heft  # noqa: E402
from arbeitsgruppen.models import Aeusserung  # noqa: E402
from arbeitsgruppen.satz import Grenzen, Pdf, Satz  # noqa: E402
from arbeitsgruppen.schriften import SCHRIFTEN  # noqa: E402
from arbeitsgruppen.setzer import Setzer  # noqa: E402
from konferenz.freitext import bloecke  # noqa: E402
from konferenz.models import Konferenz  # noqa: E402

SLUG = "pakt-fuer-integration-2021"
FORMEN = (Form.FOLIEN.value, Form.BERICHT.value)
TEILE = ("satz", "chromium", "typst", "ausgabe", "dienst", "ausliefern", "speicher")
TYPST_PYTHON = BASIS / ".venv-pruefung" / "bin" / "python"
VIELFACHE = {1: 5, 10: 3, 50: 1}  # times the groups and talks: how often it is measured
# Edits before the memory is watched: only then does all that the renderer keeps come from edits.
VORLAUF = 250
AENDERUNGEN = 300
LANG = "Das Verfahren soll einfacher werden und für alle Beteiligten verständlich sein. "
CHROMIUM_ARGUMENTE = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Reihe:
    """Times of one kind in seconds, and what else was found out about it."""

    name: str
    zeiten: list[float] = field(default_factory=list)
    angaben: dict[str, Any] = field(default_factory=dict)

    @property
    def mitte(self) -> float:
        """The median."""
        return median(self.zeiten)


class Messungen:
    """All rows of the table and all targets, in the order in which they came up."""

    def __init__(self) -> None:
        self.reihen: dict[str, Reihe] = {}
        self.ziele: list[tuple[str, bool]] = []
        self.hinweise: list[str] = []

    def melden(self, name: str, sekunden: float, **angaben: Any) -> None:
        """Add a time to a row."""
        reihe = self.reihen.setdefault(name, Reihe(name))
        reihe.zeiten.append(sekunden)
        reihe.angaben.update(angaben)
        print(f"  {name}: {_zeit(sekunden)}", file=sys.stderr)

    @contextmanager
    def zeit(self, name: str) -> Iterator[dict[str, Any]]:
        """Time what is done inside; what is put into the dictionary stands beside it in the table."""
        angaben: dict[str, Any] = {}
        anfang = time.perf_counter()
        yield angaben
        self.melden(name, time.perf_counter() - anfang, **angaben)

    def ziel(self, text: str, erreicht: bool) -> None:
        """Note whether a target is met."""
        self.ziele.append((text, erreicht))

    def mitte(self, name: str) -> float | None:
        """The median of a row, if it was measured."""
        return self.reihen[name].mitte if name in self.reihen else None


# What is set: the conference, changed in one way or another.


class Aenderungen:
    """Makes changes to the picture of a conference, each another one; the same ones in every run."""

    def __init__(self, bild: Konferenzbild) -> None:
        self.bild = bild
        self._zaehler = 0
        self._zufall = random.Random(2021)  # noqa: S311  # not for secrets
        self._lange: dict[str, int] = {}

    def neu(self) -> int:
        """Return a number that has not been used yet."""
        self._zaehler += 1
        return self._zaehler

    def text_geaendert(self) -> Konferenzbild:
        """Change the beginning of one statement; it keeps its length."""
        gruppe = self._zufall.randrange(len(self.bild.gruppen))
        stellen = [
            (i, j)
            for i, abschnitt in enumerate(self.bild.gruppen[gruppe].abschnitte)
            for j, _ in enumerate(abschnitt.aeusserungen)
        ]
        i, j = self._zufall.choice(stellen)
        alte = self.bild.gruppen[gruppe].abschnitte[i].aeusserungen[j]
        return self._mit(gruppe, i, j, [replace(alte, text=f"{self.neu():04} {alte.text[5:]}")])

    def seite_mehr(self, form: str, seiten: Callable[[Konferenzbild], int]) -> Konferenzbild:
        """Insert a statement that makes a page more: as slides on one of its own, else long enough."""
        gruppe = len(self.bild.gruppen) // 2
        if form not in self._lange:
            vorher = seiten(self.bild)
            self._lange[form] = next(
                n for n in (1, 2, 4, 8, 16, 32, 64) if seiten(self._mit_neuer(gruppe, n)) > vorher
            )
        return self._mit_neuer(gruppe, self._lange[form])

    def _mit_neuer(self, gruppe: int, laenge: int) -> Konferenzbild:
        alte = self.bild.gruppen[gruppe].abschnitte[0].aeusserungen[0]
        neue = Aeusserungsbild(
            f"{self.neu():04} {LANG * laenge}".strip(), neue_seite=True, kennung="zzzzzzzz"
        )
        return self._mit(gruppe, 0, 0, [alte, neue])

    def _mit(self, gruppe: int, i: int, j: int, neue: list[Aeusserungsbild]) -> Konferenzbild:
        gruppen = list(self.bild.gruppen)
        abschnitte = list(gruppen[gruppe].abschnitte)
        aeusserungen = list(abschnitte[i].aeusserungen)
        aeusserungen[j : j + 1] = neue
        abschnitte[i] = replace(abschnitte[i], aeusserungen=tuple(aeusserungen))
        gruppen[gruppe] = replace(gruppen[gruppe], abschnitte=tuple(abschnitte))
        return replace(self.bild, gruppen=tuple(gruppen))


def satz(bild: Konferenzbild, form: str) -> Satz:
    """Return what the renderer gets."""
    return heft(bild, Auswahl(form=form)).satz


def unbekannt(alter: Satz, nummer: int) -> Satz:
    """Return a Satz of the same look of which a warm renderer knows no part and no margin."""
    marke = f"<!-- {nummer} -->"
    return replace(
        alter, teile=tuple(replace(t, html=t.html + marke, rand=t.rand + marke) for t in alter.teile)
    )


def vermehrt(bild: Konferenzbild, mal: int) -> Konferenzbild:
    """Return a conference with all groups and talks so many times, no two texts alike."""

    def gruppe(alte: Gruppenbild, nummer: int, n: int) -> Gruppenbild:
        return replace(
            alte,
            nummer=nummer,
            titel=f"{n:02} {alte.titel}",
            fragestellung=f"{n:02} {alte.fragestellung}",
            abschnitte=tuple(
                replace(
                    abschnitt,
                    aeusserungen=tuple(
                        replace(
                            a,
                            text=f"{n:02} {a.text}",
                            kennung=f"{a.kennung}-{n}",
                            unterpunkte=tuple(
                                replace(u, text=f"{n:02} {u.text}", kennung=f"{u.kennung}-{n}")
                                for u in a.unterpunkte
                            ),
                        )
                        for a in abschnitt.aeusserungen
                    ),
                )
                for abschnitt in alte.abschnitte
            ),
        )

    return replace(
        bild,
        gruppen=tuple(
            gruppe(alte, alte.nummer + n * len(bild.gruppen), n) for n in range(mal) for alte in bild.gruppen
        ),
        vortraege=tuple(
            replace(
                vortrag,
                slug=f"{vortrag.slug}-{n}",
                titel=f"{n:02} {vortrag.titel}",
                folien=tuple(replace(f, text=f"{n:02} {f.text}") for f in vortrag.folien),
            )
            for n in range(mal)
            for vortrag in bild.vortraege
        ),
    )


# The renderer: 1 to 4, 8 and 9.


def nummer_des_prozesses(setzer: Setzer) -> int:
    """Return the process id of the renderer."""
    assert setzer._prozess, "it has set nothing yet"  # noqa: S101
    return setzer._prozess.pid


def speicher(setzer: Setzer, angabe: str) -> int:
    """Return a figure of /proc/PID/status in MB: VmRSS is the present memory, VmHWM the peak."""
    status = Path(f"/proc/{nummer_des_prozesses(setzer)}/status").read_text()
    return int(status.split(f"{angabe}:")[1].split()[0]) // 1024


def rechenzeit(setzer: Setzer) -> float:
    """Return the CPU seconds that the renderer has used."""
    werte = Path(f"/proc/{nummer_des_prozesses(setzer)}/stat").read_text().rpartition(")")[2].split()
    return (int(werte[11]) + int(werte[12])) / os.sysconf("SC_CLK_TCK")


def satz_runde(messungen: Messungen, setzer: Setzer, aenderungen: Aenderungen, form: str) -> None:
    """Measure one time each: cold, warm, one statement changed, one page more."""

    def fertig(bild: Konferenzbild) -> Pdf:
        return setzer.setzen(satz(bild, form))

    with messungen.zeit(f"{form}: ganz, kalt") as angaben:
        with Setzer() as kalter:
            angaben["seiten"] = kalter.setzen(satz(aenderungen.bild, form)).seiten
            hoechststand = speicher(kalter, "VmHWM")
        angaben["hinweis"] = f"neuer Prozess; Speicher höchstens {hoechststand} MB"
    with messungen.zeit(f"{form}: ganz, warm") as angaben:
        pdf = setzer.setzen(unbekannt(satz(aenderungen.bild, form), aenderungen.neu()))
        angaben |= {"seiten": pdf.seiten, "hinweis": "kein Teil und kein Rand schon gesetzt"}
    vorher = fertig(aenderungen.bild).seiten
    geaendert = aenderungen.text_geaendert()
    with messungen.zeit(f"{form}: eine Äußerung geändert") as angaben:
        angaben["seiten"] = fertig(geaendert).seiten
        angaben["hinweis"] = "vom neuen Bild der Konferenz bis zur Datei im Speicher"
    assert angaben["seiten"] == vorher, "an edit must not move pages here"  # noqa: S101
    mehr = aenderungen.seite_mehr(form, lambda bild: fertig(bild).seiten)
    with messungen.zeit(f"{form}: eine Seite mehr") as angaben:
        angaben["seiten"] = fertig(mehr).seiten
        angaben["hinweis"] = "alle Ränder neu, weil sich die Seitenzahl ändert"
    assert angaben["seiten"] > vorher  # noqa: S101


def speicher_messen(messungen: Messungen, aenderungen: Aenderungen) -> None:
    """Watch the renderer's memory over many edits, in both forms by turns, once its memory is filled."""
    with Setzer() as setzer:
        for nummer in range(VORLAUF):
            setzer.setzen(satz(aenderungen.text_geaendert(), FORMEN[nummer % 2]))
        stand = []
        for nummer in range(AENDERUNGEN + 1):
            if nummer % 50 == 0:
                stand.append(speicher(setzer, "VmRSS"))
            setzer.setzen(satz(aenderungen.text_geaendert(), FORMEN[nummer % 2]))
        hoechststand = speicher(setzer, "VmHWM")
    verlauf = " ".join(map(str, stand))
    messungen.hinweise.append(
        f"Speicher des Setzers nach 0, 50 … {AENDERUNGEN} Änderungen: {verlauf}; höchstens {hoechststand} MB"
    )
    messungen.ziel(
        f"Speicher flach über {AENDERUNGEN} Änderungen (höchstens 5 % mehr als nach 50): {verlauf} MB",
        max(stand[1:]) <= 1.05 * stand[1],
    )


def wachstum(messungen: Messungen, bild: Konferenzbild, form: str) -> None:
    """Set many times the pages, each time in a new renderer that has only started up."""
    folge = [mal for n in range(max(VIELFACHE.values())) for mal, oft in VIELFACHE.items() if n < oft]
    je_seite: dict[int, list[float]] = defaultdict(list)
    for mal in folge:
        grosser = satz(vermehrt(bild, mal), form)
        with Setzer(Grenzen(zeit=900, speicher=20 * 2**30, seiten=10_000)) as setzer:
            setzer.setzen(replace(grosser, teile=grosser.teile[:1]))
            anfang, rechen_anfang, gesetzt = time.perf_counter(), rechenzeit(setzer), [0.0, 0.0]

            def fortschritt(fertig: int, gesamt: int, name: str) -> None:
                if name == "PDF schreiben":
                    gesetzt[:] = time.perf_counter() - anfang, rechenzeit(setzer) - rechen_anfang  # noqa: B023

            pdf = setzer.setzen(grosser, fortschritt)
            dauer, rechen = time.perf_counter() - anfang, rechenzeit(setzer) - rechen_anfang
            je_seite[mal].append(rechen / pdf.seiten)
            messungen.melden(
                f"{form}: {mal} mal so viel",
                dauer,
                seiten=pdf.seiten,
                hinweis=f"Umbruch {gesetzt[0]:.1f} s, Ränder und Schreiben {dauer - gesetzt[0]:.1f} s; "
                f"Rechenzeit {rechen:.1f} s ({1000 * gesetzt[1] / pdf.seiten:.1f} + "
                f"{1000 * (rechen - gesetzt[1]) / pdf.seiten:.1f} ms je Seite); "
                f"höchstens {speicher(setzer, 'VmHWM')} MB, Datei {len(pdf.daten) / 1e6:.1f} MB",
            )
    for mal in VIELFACHE:
        if mal > 1:
            verhaeltnis = median(je_seite[mal]) / median(je_seite[1])
            messungen.ziel(
                f"{form}: Rechenzeit je Seite bei {mal} mal so viel höchstens 10 % mehr: {verhaeltnis:.2f}",
                verhaeltnis <= 1.1,
            )


# Chromium and Typst with the same content: 7.


class Chromium:
    """Chromium's own print to PDF, of all parts of a Heft as one page of HTML."""

    def __init__(self, programm: str) -> None:
        from playwright.sync_api import sync_playwright

        self._ort = ORT / "chromium"
        self._ort.mkdir(exist_ok=True)
        for schrift in SCHRIFTEN.values():
            (self._ort / f"{schrift.quelle}.ttf").write_bytes(schrift.daten())
        self._playwright = sync_playwright().start()
        self._programm = programm
        self._browser = self._starten()

    def close(self) -> None:
        """Stop the browser."""
        self._browser.close()
        self._playwright.stop()

    def _starten(self) -> Any:
        return self._playwright.chromium.launch(executable_path=self._programm, args=CHROMIUM_ARGUMENTE)

    def runde(self, messungen: Messungen, bild: Konferenzbild, form: str) -> None:
        """Measure one time each, in a running browser and in a new one."""
        self._drucken(self._browser, bild, form, lambda: None)
        zwischenzeit: list[float] = []
        with messungen.zeit(f"{form}: Chromium, geändert"):
            daten = self._drucken(self._browser, bild, form, lambda: zwischenzeit.append(time.perf_counter()))
            ende = time.perf_counter()
        messungen.reihen[f"{form}: Chromium, geändert"].angaben |= {
            "seiten": seiten(daten),
            "hinweis": f"laden und drucken; Datei {len(daten) // 1000} kB, ohne Verkleinern voller Seiten",
        }
        messungen.melden(
            f"{form}: Chromium, nur page.pdf",
            ende - zwischenzeit[0],
            hinweis="ohne HTML, Laden und Schriften",
        )
        with messungen.zeit(f"{form}: Chromium, kalt") as angaben:
            browser = self._starten()
            self._drucken(browser, bild, form, lambda: None)
            browser.close()
            angaben["hinweis"] = "mit Start des Browsers"

    def _drucken(self, browser: Any, bild: Konferenzbild, form: str, geladen: Callable[[], None]) -> bytes:
        datei = self._ort / f"{form}.html"
        datei.write_text(self._html(satz(bild, form)))
        seite = browser.new_page()
        seite.goto(datei.as_uri())
        seite.evaluate("document.fonts.ready.then(() => true)")
        geladen()
        daten = seite.pdf(tagged=True, outline=True, prefer_css_page_size=True, print_background=True)
        seite.close()
        return daten

    def _html(self, alles: Satz) -> str:
        stil = re.sub(r"url\(schrift:([^)]+)\)", r'url("\1.ttf")', alles.stil)
        for name, inhalt in alles.bilder.items():
            endung = ".svg" if inhalt.lstrip().startswith(b"<") else ""
            (self._ort / f"{name}{endung}").write_bytes(inhalt)
            stil = stil.replace(f"bild:{name}", f"{name}{endung}")
        html = "\n".join(teil.html for teil in alles.teile)
        for name, inhalt in alles.bilder.items():
            endung = ".svg" if inhalt.lstrip().startswith(b"<") else ""
            html = html.replace(f'src="bild:{name}"', f'src="{name}{endung}"')
        nummer = '@page{@bottom-right{content:"Seite " counter(page) " von " counter(pages)}}'
        return (
            f'<!doctype html><html lang="de"><head><meta charset="utf-8"><title>{alles.titel}</title>'
            f"<style>{stil} section{{break-before:page}} {nummer}</style></head><body>{html}</body></html>"
        )


class Typst:
    """The same content set with Typst: a plain template (heft.typ), the same two PDF standards."""

    def __init__(self) -> None:
        self._ort = ORT / "typst"
        self._ort.mkdir(exist_ok=True)
        shutil.copy(BASIS / "benchmarks" / "heft.typ", self._ort)
        self._prozess = self._starten()

    def close(self) -> None:
        """Stop the compiler."""
        self._prozess.kill()
        self._prozess.wait()

    def _starten(self) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603  # our own program
            [
                str(TYPST_PYTHON),
                str(BASIS / "benchmarks" / "typst_lauf.py"),
                str(self._ort / "heft.typ"),
                str(self._ort / "heft.pdf"),
                str(Path(fontpkg_fira_sans.ROOT) / "files"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def runde(self, messungen: Messungen, vorher: Konferenzbild, bild: Konferenzbild, form: str) -> None:
        """Measure one time each, in a warm compiler that knows all but one statement, and in a new one."""
        self._setzen(self._prozess, vorher, form)
        with messungen.zeit(f"{form}: Typst, geändert"):
            self._setzen(self._prozess, bild, form)
        daten = (self._ort / "heft.pdf").read_bytes()
        messungen.reihen[f"{form}: Typst, geändert"].angaben |= {
            "seiten": seiten(daten),
            "hinweis": f"einfache Vorlage ohne Bilder und Verkleinern; Datei {len(daten) // 1000} kB",
        }
        with messungen.zeit(f"{form}: Typst, kalt") as angaben:
            prozess = self._starten()
            self._setzen(prozess, bild, form)
            angaben["hinweis"] = "mit Start von Python"
        prozess.kill()
        prozess.wait()

    def _setzen(self, prozess: subprocess.Popen[str], bild: Konferenzbild, form: str) -> None:
        (self._ort / "daten.json").write_text(json.dumps(typst_daten(bild, form)))
        assert prozess.stdin  # noqa: S101
        assert prozess.stdout  # noqa: S101
        prozess.stdin.write("weiter\n")
        prozess.stdin.flush()
        if prozess.stdout.readline().strip() != "fertig":
            sys.exit("Typst hat aufgegeben; seine Meldung steht darüber.")


def typst_daten(bild: Konferenzbild, form: str) -> dict[str, Any]:
    """Return what heft.typ reads."""

    def zeilen(text: str) -> list[str]:
        return [zeile for block in bloecke(text) for zeile in block.zeilen]

    def seiten_des_abschnitts(aeusserungen: tuple[Aeusserungsbild, ...]) -> list[list[dict[str, Any]]]:
        folgen: list[list[dict[str, Any]]] = [[]]
        for stelle, a in enumerate(aeusserungen):
            if stelle and a.neue_seite:
                folgen.append([])
            folgen[-1].append({"text": a.text, "unterpunkte": [u.text for u in a.unterpunkte]})
        return folgen

    titel = {gruppe.nummer: f"AG {gruppe.nummer}: {gruppe.titel}" for gruppe in bild.gruppen}
    return {
        "form": form,
        "titel": bild.titel,
        "reihe": bild.reihe,
        "format": bild.format,
        "datum": f"{bild.datum:%d.%m.%Y}",
        "ort": bild.ort,
        "veranstalter": bild.veranstalter,
        "fuss": f"{bild.titel} · {bild.datum:%d.%m.%Y}",
        "hinweis": zeilen(bild.hinweis),
        "programm": [
            {
                "beginn": f"{punkt.beginn:%H:%M} Uhr",
                "titel": punkt.titel,
                "mitwirkende": punkt.mitwirkende,
                "neue_seite": punkt.neue_seite,
                "gruppen": [titel[nummer] for nummer in punkt.gruppen],
            }
            for punkt in bild.programm
        ],
        "vortraege": [
            {
                "titel": vortrag.titel,
                "folien": [
                    {"ueberschrift": folie.ueberschrift, "zeilen": zeilen(folie.text)}
                    for folie in vortrag.folien
                ],
            }
            for vortrag in bild.vortraege
        ],
        "gruppen": [
            {
                "nummer": gruppe.nummer,
                "titel": gruppe.titel,
                "fragestellung": gruppe.fragestellung,
                "unterfragen": gruppe.unterfragen,
                "moderation": [moderation.wie_gedruckt for moderation in gruppe.moderation],
                "abschnitte": [
                    {
                        "ueberschrift": abschnitt.ueberschrift,
                        "seiten": seiten_des_abschnitts(abschnitt.aeusserungen),
                    }
                    for abschnitt in gruppe.abschnitte
                ],
            }
            for gruppe in bild.gruppen
        ],
        "textseiten": [
            {"ueberschrift": seite.ueberschrift, "zeilen": zeilen(seite.text)} for seite in bild.textseiten
        ],
    }


def seiten(daten: bytes) -> int:
    """Return the number of pages of a PDF."""
    with closing(pypdfium2.PdfDocument(daten)) as pdf:
        return len(pdf)


# With database, store and readers: 5 and 6.


def adresse(form: str) -> str:
    """Return the address at which readers get the whole Heft."""
    anfrage = Auswahl(form=form).anfrage
    return f"/{SLUG}/heft.pdf" + (f"?{anfrage}" if anfrage else "")


def abruf(leser: Client, form: str, **kopfzeilen: str) -> tuple[HttpResponseBase, bytes]:
    """Get the Heft as a reader does, and read all of the answer."""
    antwort = leser.get(adresse(form), headers=kopfzeilen)
    inhalt = b"".join(antwort) if antwort.streaming else antwort.content
    antwort.close()
    return antwort, inhalt


def aendern(aenderungen: Aenderungen) -> None:
    """Change one statement in the database."""
    aeusserung = Aeusserung.objects.order_by("?").first()
    assert aeusserung  # noqa: S101
    aeusserung.text = f"{aenderungen.neu():04} {aeusserung.text[5:]}"
    aeusserung.save()


def ausgabe_messen(messungen: Messungen, aenderungen: Aenderungen, laeufe: int) -> None:
    """Measure from a change in the database to the file in the store and with a reader, in one process."""
    konferenz = Konferenz.objects.get(slug=SLUG)
    leser = Client()

    def herstellen(form: str) -> None:
        ausgaben.heft_setzen.call(ausgaben.verlangen(konferenz, Auswahl(form=form)).pk)

    for form in FORMEN:
        herstellen(form)
        abruf(leser, form)
    for _ in range(laeufe):
        for form in FORMEN:
            aendern(aenderungen)
            anfang = time.perf_counter()
            herstellen(form)
            messungen.melden(
                f"{form}: geändert bis abgelegt",
                time.perf_counter() - anfang,
                hinweis="verlangen, Aufgabe, setzen, ablegen (SQLite)",
            )
            antwort, inhalt = abruf(leser, form)
            assert antwort.status_code == 200  # noqa: S101
            messungen.melden(
                f"{form}: geändert bis beim Leser",
                time.perf_counter() - anfang,
                hinweis=f"samt Abruf mit Status 200, {len(inhalt) // 1000} kB",
            )
    ausgaben.setzer().schliessen()


def dienst_messen(messungen: Messungen, aenderungen: Aenderungen, laeufe: int) -> None:
    """Measure the same through the background service: a reader asks at once and again until it is there."""
    konferenz = Konferenz.objects.get(slug=SLUG)
    leser = Client()
    dienst = subprocess.Popen(
        [sys.executable, "manage.py", "hintergrunddienst"],
        cwd=BASIS,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )

    def abwarten(was: Callable[[], bool], abstand: float) -> None:
        bis = time.monotonic() + 300
        while not was():
            if time.monotonic() > bis or dienst.poll() is not None:
                sys.exit("Der Hintergrunddienst wird nicht fertig.")
            time.sleep(abstand)

    def ruhig() -> bool:
        zustand = ausgaben.Zustand.von(konferenz)
        schluessel = {zustand.schluessel(auswahl) for auswahl in ausgaben.uebliche(zustand.bild)}
        fertige = konferenz.heftausgaben.fertige().filter(schluessel__in=schluessel)
        offen = DBTaskResult.objects.filter(status__in=[TaskResultStatus.READY, TaskResultStatus.RUNNING])
        return fertige.count() == len(schluessel) and not offen.exists()

    try:
        for nummer in range(2 * laeufe):
            abwarten(ruhig, 0.5)
            form = FORMEN[nummer % 2]
            aendern(aenderungen)
            with messungen.zeit(f"{form}: geändert, über den Dienst") as angaben:
                abwarten(lambda form=form: abruf(leser, form)[0].status_code == 200, 0.05)  # type: ignore[misc]
                angaben["hinweis"] = "Leser fragt sofort und alle 50 ms; der Dienst sieht alle 0,3 s nach"
        abwarten(ruhig, 0.5)
    finally:
        dienst.terminate()
        try:
            dienst.wait(20)
        except subprocess.TimeoutExpired:
            dienst.kill()


def ausliefern_messen(messungen: Messungen) -> None:
    """Measure what readers wait for once the file is there."""
    konferenz = Konferenz.objects.get(slug=SLUG)
    form = Form.FOLIEN.value
    leser = Client()
    with Setzer() as setzer:
        zustand = ausgaben.Zustand.von(konferenz)
        auswahl = Auswahl(form=form)
        ausgabe = ausgaben.verlangen(konferenz, auswahl, zustand)
        if not ausgabe.fertig:
            ausgaben.herstellen(ausgabe, heft(zustand.bild, auswahl, zustand.stand), setzer)
    marke = abruf(leser, form)[0].headers["ETag"]
    faelle: dict[str, tuple[int, dict[str, str]]] = {
        "Abruf 200, ganze Datei": (200, {}),
        "Abruf 304, unverändert": (304, {"If-None-Match": marke}),
        "Abruf 206, 64 kB davon": (206, {"Range": "bytes=0-65535"}),
    }
    for _ in range(30):
        for name, (status, kopfzeilen) in faelle.items():
            with CaptureQueriesContext(connection) as abfragen:
                anfang = time.perf_counter()
                antwort, inhalt = abruf(leser, form, **kopfzeilen)
                dauer = time.perf_counter() - anfang
            assert antwort.status_code == status  # noqa: S101
            messungen.melden(
                name, dauer, hinweis=f"{len(inhalt) // 1000} kB, {len(abfragen)} Datenbankabfragen"
            )


# The whole.


def messen(messungen: Messungen, teile: set[str], laeufe: int) -> None:
    """Measure what was asked for."""
    call_command("migrate", verbosity=0)
    call_command("loaddata", SLUG, verbosity=0)
    konferenz = Konferenz.objects.get(slug=SLUG)
    konferenz.status = Konferenz.Status.VEROEFFENTLICHT
    konferenz.save()
    aenderungen = Aenderungen(konferenzbild(konferenz))
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with ExitStack() as offen:
        setzer = offen.enter_context(Setzer()) if "satz" in teile else None
        browser = typst = None
        if "chromium" in teile and chromium:
            browser = offen.enter_context(closing(Chromium(chromium)))
        elif "chromium" in teile:
            messungen.hinweise.append("Chromium ausgelassen: apt-get install chromium")
        if "typst" in teile and TYPST_PYTHON.exists():
            typst = offen.enter_context(closing(Typst()))
        elif "typst" in teile:
            messungen.hinweise.append(f"Typst ausgelassen: es fehlt {TYPST_PYTHON.relative_to(BASIS)}")
        for nummer in range(laeufe):
            for form in FORMEN:
                print(f"{form}, Lauf {nummer + 1} von {laeufe}", file=sys.stderr)
                if setzer:
                    satz_runde(messungen, setzer, aenderungen, form)
                if browser:
                    browser.runde(messungen, aenderungen.text_geaendert(), form)
                if typst:
                    typst.runde(messungen, aenderungen.bild, aenderungen.text_geaendert(), form)
        if setzer:
            messungen.hinweise.append(
                f"Speicher des warmen Setzers nach allen Läufen: {speicher(setzer, 'VmRSS')} MB, "
                f"höchstens {speicher(setzer, 'VmHWM')} MB"
            )
    if "ausgabe" in teile:
        ausgabe_messen(messungen, aenderungen, laeufe)
    if "dienst" in teile:
        dienst_messen(messungen, aenderungen, laeufe)
    if "ausliefern" in teile:
        ausliefern_messen(messungen)
    if "speicher" in teile:
        speicher_messen(messungen, aenderungen)
    for form in FORMEN:
        if f"wachstum-{form}" in teile:
            wachstum(messungen, aenderungen.bild, form)


def beurteilen(messungen: Messungen) -> None:
    """Compare with the targets what was measured."""
    for form in FORMEN:
        geaendert = messungen.mitte(f"{form}: eine Äußerung geändert")
        ganz = messungen.mitte(f"{form}: ganz, warm")
        if geaendert and ganz:
            anteil = geaendert / ganz
            messungen.ziel(
                f"{form}: Änderung höchstens ein Drittel von ganz, warm (besser ein Viertel): {anteil:.2f}",
                anteil <= 1 / 3,
            )
        andere = messungen.mitte(f"{form}: Chromium, geändert")
        if geaendert and andere:
            messungen.ziel(
                f"{form}: Änderung schneller als Chromium: {_zeit(geaendert)} gegen {_zeit(andere)}",
                geaendert < andere,
            )


def ausgeben(messungen: Messungen) -> None:
    """Print the table and the targets."""
    breite = max(map(len, messungen.reihen), default=10)
    print(f"\n{'':{breite}}   Mitte     kleinste  größte    Läufe  Seiten")
    for name, reihe in messungen.reihen.items():
        zeiten = [reihe.mitte, min(reihe.zeiten), max(reihe.zeiten)]
        print(
            f"{name:{breite}}  {'  '.join(f'{_zeit(z):>8}' for z in zeiten)}  {len(reihe.zeiten):>5}  "
            f"{reihe.angaben.get('seiten', ''):>6}  {reihe.angaben.get('hinweis', '')}"
        )
    print()
    for hinweis in messungen.hinweise:
        print(hinweis)
    for text, erreicht in messungen.ziele:
        print(f"{'erreicht      ' if erreicht else 'NICHT ERREICHT'}  {text}")


def _zeit(sekunden: float) -> str:
    wert, einheit = (sekunden, "s") if sekunden >= 0.1 else (1000 * sekunden, "ms")
    return f"{wert:.2f} {einheit}".replace(".", ",") if einheit == "s" else f"{wert:.1f} ms".replace(".", ",")


def main() -> None:
    """Parse the command line, measure, print; the exit status tells whether all targets are met."""
    parser = argparse.ArgumentParser(description="Misst, wie lange ein Heft braucht.")
    parser.add_argument("--laeufe", type=int, default=5)
    parser.add_argument(
        "--nur", nargs="+", choices=TEILE, default=TEILE, metavar="TEIL", help=", ".join(TEILE)
    )
    parser.add_argument(
        "--wachstum", nargs="*", choices=FORMEN, metavar="FORM", help="nur das Wachstum messen (dauert lange)"
    )
    parser.add_argument("--json", type=Path, metavar="ZIEL")
    gewaehlt = parser.parse_args()
    setup_test_environment(debug=False)
    messungen = Messungen()
    anfang = time.monotonic()
    last = os.getloadavg()[0]
    teile = set(gewaehlt.nur)
    if gewaehlt.wachstum is not None:
        teile = {f"wachstum-{form}" for form in gewaehlt.wachstum or FORMEN}
    messen(messungen, teile, gewaehlt.laeufe)
    beurteilen(messungen)
    ausgeben(messungen)
    umgebung = {
        "kerne": os.cpu_count(),
        "last": [round(last, 1), round(os.getloadavg()[0], 1)],
        "dauer": str(timedelta(seconds=round(time.monotonic() - anfang))),
        "python": platform.python_version(),
        "weasyprint": version("weasyprint"),
    }
    print(", ".join(f"{name}: {wert}" for name, wert in umgebung.items()))
    if gewaehlt.json:
        inhalt = {
            "umgebung": umgebung,
            "reihen": [asdict(reihe) | {"mitte": reihe.mitte} for reihe in messungen.reihen.values()],
            "ziele": [{"text": text, "erreicht": erreicht} for text, erreicht in messungen.ziele],
            "hinweise": messungen.hinweise,
        }
        gewaehlt.json.write_text(json.dumps(inhalt, ensure_ascii=False, indent=1))
    sys.exit(not all(erreicht for _, erreicht in messungen.ziele))


if __name__ == "__main__":
    with ORDNER:
        main()
