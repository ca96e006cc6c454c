"""Have wapiti look for holes in the running site:  make luecken [ARGS=--kurz]

The real conference is served as in a deployment (skripte/vorfuehrung.py) and scanned as a guest, then as the
Organisation, who sees the administration and the Erfassung, then her forms by themselves. For her few things
of each kind are left, so that the time goes to different pages. Prints how much was looked at, and what was
found with its explanation; wapiti's reports and the server's log stay in build/luecken. Ends with 1 where a
finding has no explanation, the server failed, or the scan wasn't one.

`--kurz` takes a minute or two: few things of each kind for the guest, too, without the lists of the
administration, and the checks that matter most. How fast the machine is decides how far a check gets in its
time, never whether the scan passes.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from umgebung import einrichten
from vorfuehrung import BASIS, SLUG, Vorfuehrung, vorfuehrung

UMGEBUNG = BASIS / ".venv-luecken"
BERICHTE = BASIS / "build" / "luecken"
KONTO, KENNWORT = "organisation", "demo-kennwort-2021"  # of `manage.py demo`

WICHTIGSTE = (
    *("cookieflags", "crlf", "csp", "csrf", "exec", "file", "http_headers"),
    *("permanentxss", "redirect", "sql", "upload", "xss"),
)
# What needs many requests for each field.
AUFWENDIGE = ("crlf", "exec", "file", "ldap", "sql", "timesql", "xss", "xxe")
ALLE = (
    *WICHTIGSTE,
    *("backup", "brute_login_form", "htaccess", "https_redirect", "ldap", "log4shell", "methods"),
    *("shellshock", "spring4shell", "ssrf", "timesql", "xxe"),
)
# Seconds for an answer. Some checks take a longer wait for a hole (SQL's sleep), and no machine is so slow.
WARTEN = 30
# Milliseconds that SQLite is waited for (konferenz/settings.py): a 503 after them only says: slow.
SPERRE = 20_000

GEZEIGT = 20  # findings that are printed of a scan; a check that finds something finds it everywhere

# Where the scanner would sign itself out, or take away what it is to look at.
AUSGENOMMEN = ("/admin/logout/*", "/admin/auth/user/1/*", "/admin/konferenz/konferenz/1/delete/*")
# In what order a list is shown, and which list a page leads back to: the same pages over and over.
NEBENSACHEN = ("o", "_facets", "_changelist_filters")
AUSDUENNEN = """
from django.apps import apps
for name in (
    "arbeitsgruppen.Arbeitsgruppe", "arbeitsgruppen.Aeusserung", "arbeitsgruppen.Moderation",
    "arbeitsgruppen.Abkuerzung", "arbeitsgruppen.Thema", "arbeitsgruppen.Suchwort", "konferenz.Person",
    "konferenz.Programmpunkt", "konferenz.Vortrag", "konferenz.Folie", "konferenz.Textseite",
    "konferenz.Notiz",
):
    alle = apps.get_model(name).objects
    bleiben = alle.order_by("pk").values_list("pk", flat=True)[:2]
    weg = alle.exclude(pk__in=list(bleiben))
    (weg.filter(moderationen=None) if name == "konferenz.Person" else weg).delete()
    if hasattr(alle.model, "history"):  # the bin
        alle.model.history.exclude(id__in=alle.values("pk")).delete()
"""


@dataclass(frozen=True, slots=True)
class Rolle:
    """Who scans: where they begin, and which views show a page if somebody really looked."""

    name: str
    anfaenge: tuple[str, ...]
    ansichten: frozenset[str]
    angemeldet: bool = False


GAST = Rolle(
    "Gast",
    ("/", "/admin/login/", "/konto/kennwort-vergessen/"),
    frozenset({"startseite", "konferenz", "arbeitsgruppe", "suche", "rueckmeldung", "admin:login"}),
)
ORGANISATION = Rolle(
    "Organisation",
    (
        "/admin/",
        "/admin/erfassung/",
        f"/{SLUG}/",
        "/konto/zweiter-faktor/",
        "/konto/zweiter-faktor/einrichten/",
    ),
    frozenset(
        {
            *("admin:index", "erfassung", "erfassung_gruppe", "kommentare", "konferenzstand", "uebernahme"),
            *("verlauf", "zweiter_faktor_einrichten"),
        }
    ),
    angemeldet=True,
)


@dataclass(frozen=True, slots=True)
class Umfang:
    """How much is scanned: which checks, for how many seconds each, how far from the beginnings.

    `auswahl` is wapiti's word for how many addresses are taken that differ in the values of fields only,
    `je_ordner` how many under the same path (0: all), `mindestens` the number of addresses and forms below
    which a scan is suspicious. `ohne` leaves addresses out. With `nur_formulare` the checks that need many
    requests attack forms only.
    """

    pruefungen: tuple[str, ...]
    sekunden: int
    tiefe: int
    auswahl: str
    je_ordner: int
    mindestens: int
    ohne: tuple[str, ...] = ()
    nur_formulare: bool = False

    @property
    def module(self) -> str:
        """The checks as wapiti wants to have them said."""
        ohne = [f"-{name}:get" for name in AUFWENDIGE] if self.nur_formulare else []
        return ",".join([*self.pruefungen, *ohne])


# wapiti takes addresses in the order of the alphabet, and forms after all others. These would take all the
# time that a check has, for they are slow, show each field again, or are many that are alike.
LISTEN = ("/admin/auth/*", "/admin/arbeitsgruppen/*", "/admin/konferenz/*")
VIELE = (*LISTEN, f"/{SLUG}/heft*", f"/{SLUG}/ag/*/heft*", f"/{SLUG}/vergleich/*")
KURZ = (
    (GAST, Umfang(WICHTIGSTE, 5, 4, "paranoid", je_ordner=2, mindestens=20, ohne=VIELE)),
    (ORGANISATION, Umfang(WICHTIGSTE, 4, 3, "paranoid", 3, mindestens=80, ohne=VIELE, nur_formulare=True)),
)
GANZ = (
    (GAST, Umfang(ALLE, 60, tiefe=40, auswahl="normal", je_ordner=0, mindestens=1_000)),
    (ORGANISATION, Umfang(ALLE, 60, tiefe=3, auswahl="paranoid", je_ordner=0, mindestens=500)),
    (
        replace(ORGANISATION, name="Organisation-Formulare"),
        Umfang(
            (*AUFWENDIGE, "permanentxss", "upload"), 60, 3, "paranoid", 0, 100, ohne=VIELE, nur_formulare=True
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Erklaerung:
    """What wapiti says that is none of our holes, where, and why: regular expressions, and German."""

    befund: str
    weg: str
    grund: str


ERKLAERT = (
    Erklaerung(
        r"Secure flag is not set in the cookie : (csrftoken|sessionid|verlauf)",
        r".*",
        "nur ohne HTTPS wie hier: Mit HTTPS sind alle Kekse Secure, die der Anmeldung heißen dann __Host-…",
    ),
    Erklaerung(
        r"Lack of anti CSRF token",
        r"/barrierefreiheit/rueckmeldung/",
        "gewollt: Es geschieht nichts im Namen von jemandem, und ohne Zeichen braucht das Formular keinen "
        "Keks (docs/entscheidungen/0017)",
    ),
    Erklaerung(
        r"No HTTPS redirection",
        r".*",
        "nur ohne HTTPS wie hier: Mit HTTPS leitet die Anwendung um und setzt HSTS",
    ),
    Erklaerung(
        r"Possible interesting methods \(using OPTIONS\) on \S+: OPTIONS \(405\)",
        r".*",
        "OPTIONS wird abgelehnt (405), wie alles außer GET, HEAD und POST; die Antwort zählt diese drei auf",
    ),
    Erklaerung(
        r"The request timed out while attempting to inject a payload in .*",
        r".*",
        f"keine Antwort in {WARTEN} Sekunden: keine Lücke, der Rechner war zu langsam",
    ),
)


@dataclass(slots=True)
class Urteil:
    """What is to be said of a scan: explanations with how often each was needed, and what must not be."""

    erklaert: Counter[str] = field(default_factory=Counter)
    maengel: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Fund:
    """What a scan left: wapiti's report (JSON), what it printed, and what the server logged meanwhile."""

    bericht: dict[str, Any]
    ausgabe: str
    protokoll: Sequence[dict[str, Any]]

    @property
    def adressen(self) -> int:
        """The number of addresses and forms."""
        return int(self.bericht["infos"]["crawled_pages_nbr"])

    @property
    def anfragen(self) -> list[dict[str, Any]]:
        """The lines of which each is an answer to a request."""
        return [zeile for zeile in self.protokoll if zeile["quelle"] == "konferenz.anfrage"]

    @property
    def ansichten(self) -> set[str]:
        """The views that showed a page."""
        return {zeile["ansicht"] for zeile in self.anfragen if zeile["status"] == 200 and "ansicht" in zeile}

    def befunde(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield all that wapiti found, with its kind."""
        for teil in ("vulnerabilities", "anomalies", "additionals"):
            for art, liste in self.bericht[teil].items():
                yield from ((art, befund) for befund in liste)


def beurteilen(rolle: Rolle, umfang: Umfang, fund: Fund) -> Urteil:
    """Judge what a scan left."""
    urteil = Urteil()
    ueberlastet, stoerungen = fehler_des_servers(fund)
    urteil.maengel += [f"Fehler des Servers: {stoerung}" for stoerung in stoerungen]
    if ueberlastet:
        urteil.erklaert["503 mit Retry-After: Warteschlange voll oder Rechner zu langsam"] = ueberlastet
    for art, befund in fund.befunde():
        if art == "Internal Server Error" and (ueberlastet or stoerungen):
            continue  # the log knows better: wapiti calls every status from 500 on the same
        if grund := erklaerung(befund):
            urteil.erklaert[grund] += 1
        else:
            anfrage, *_, zuletzt = befund["http_request"].strip().splitlines()
            if anfrage.startswith("POST"):
                anfrage += f"\n{zuletzt:.1000}"
            urteil.maengel.append(f"{art}, Prüfung {befund['module']}: {befund['info']}\n{anfrage}")

    if fund.adressen < umfang.mindestens:
        urteil.maengel.append(
            f"nur {fund.adressen} Adressen und Formulare, erwartet mindestens {umfang.mindestens}"
        )
    if fehlend := sorted(rolle.ansichten - fund.ansichten):
        urteil.maengel.append(f"nicht erreicht: {', '.join(fehlend)}")
    if rolle.angemeldet and not angemeldet_bis_zuletzt(rolle, fund):
        urteil.maengel.append("zuletzt nicht mehr angemeldet")
    gelaufen = re.findall(r"Launching module (\w+)", fund.ausgabe)
    if fehlend := sorted(set(umfang.pruefungen).difference(gelaufen)):
        urteil.maengel.append(f"nicht gelaufen: {', '.join(fehlend)}")
    return urteil


def erklaerung(befund: dict[str, Any]) -> str | None:
    """Return why this finding is none; None where nobody has said so."""
    for bekannt in ERKLAERT:
        if re.fullmatch(bekannt.befund, befund["info"]) and re.fullmatch(bekannt.weg, befund["path"]):
            return bekannt.grund
    return None


def fehler_des_servers(fund: Fund) -> tuple[int, list[str]]:
    """Return how many answers said that there is no room or time now, and those that should not be.

    A 503 is meant where no exception stands behind it, or SQLite's lock was waited for in vain.
    """
    ausnahmen = {zeile["kennung"]: zeile["ausnahme"] for zeile in fund.protokoll if "ausnahme" in zeile}
    ueberlastet, stoerungen = 0, Counter[str]()
    for zeile in fund.anfragen:
        ausnahme = ausnahmen.get(zeile["kennung"], "")
        if zeile["status"] == 503 and (not ausnahme or zeile["dauer_ms"] >= SPERRE):
            ueberlastet += 1
        elif zeile["status"] >= 500:
            stoerungen[f"{zeile['status']}, Ansicht {zeile.get('ansicht', '–')}\n{ausnahme}"] += 1
    return ueberlastet, [f"{wie_oft}-mal {was}".rstrip() for was, wie_oft in stoerungen.items()]


def angemeldet_bis_zuletzt(rolle: Rolle, fund: Fund) -> bool:
    """Whether her pages were still shown in the end: whoever is signed out is sent away."""
    status = [zeile["status"] for zeile in fund.anfragen if zeile.get("ansicht") in rolle.ansichten]
    return 200 in status[-50:]


def passendes_python() -> str | None:
    """Return a Python that wapiti runs with, or None."""
    if sys.version_info < (3, 13):
        return sys.executable
    return shutil.which("python3.12") or shutil.which("python3.11")


def suchen(rolle: Rolle, umfang: Umfang, server: Vorfuehrung) -> Fund:
    """Scan once. Raises SystemExit where wapiti broke off."""
    bericht = BERICHTE / f"{rolle.name.lower()}.json"
    bericht.unlink(missing_ok=True)
    bisher = server.protokoll.stat().st_size
    anfang, *weitere = (server.adresse + weg for weg in rolle.anfaenge)
    anmeldeseite = f"--form-url={server.adresse}/admin/login/"
    lauf = subprocess.run(
        [
            *(
                UMGEBUNG / "bin" / "wapiti",
                "--url",
                anfang,
                "--scope=domain",
                "--flush-session",
                "--no-bugreport",
            ),
            *(f"--start={weg}" for weg in weitere),
            *(f"--exclude={server.adresse}{weg}" for weg in AUSGENOMMEN + umfang.ohne),
            *(f"--remove={name}" for name in NEBENSACHEN),
            *(f"--module={umfang.module}", f"--max-attack-time={umfang.sekunden}"),
            *(f"--depth={umfang.tiefe}", f"--scan-force={umfang.auswahl}"),
            *(f"--max-files-per-dir={umfang.je_ordner}", f"--timeout={WARTEN}"),
            *(
                ["--tasks=1"] if umfang.je_ordner else []
            ),  # several at a time don't see how many the others took
            *(f"--store-session={server.ordner}", f"--store-config={server.ordner}"),
            *("--verbose=1", "--format=json", f"--output={bericht}"),
            *((anmeldeseite, f"--form-user={KONTO}", f"--form-password={KENNWORT}") * rolle.angemeldet),
        ],
        # Where it would leave more; and the order in which it takes the links of a page.
        env={**os.environ, "HOME": str(server.ordner), "PYTHONHASHSEED": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if lauf.returncode or not bericht.exists():
        raise SystemExit(f"wapiti ist gescheitert.\n{lauf.stdout[-3000:]}")
    protokoll = server.protokoll.read_bytes()[bisher:].split(b"\n")
    zeilen = [json.loads(zeile) for zeile in protokoll if zeile.startswith(b"{")]  # not Python's warnings
    return Fund(json.loads(bericht.read_text()), lauf.stdout, zeilen)


def drucken(rolle: Rolle, umfang: Umfang, fund: Fund, urteil: Urteil) -> None:
    """Say how much was looked at and what came of it."""
    begrenzt = re.findall(r"Max attack time was reached for module (\w+)", fund.ausgabe)
    print(
        f"{rolle.name}: {len(fund.anfragen)} Anfragen an {fund.adressen} Adressen und Formulare, "
        f"{len(fund.ansichten)} Ansichten"
    )
    print(f"  Prüfungen: {', '.join(umfang.pruefungen)}")
    print(f"  davon nach {umfang.sekunden} s beendet: {', '.join(begrenzt) or 'keine'}")
    for grund, wie_oft in urteil.erklaert.items():
        print(f"  erklärt, {wie_oft}-mal: {grund}")
    for mangel in urteil.maengel[:GEZEIGT]:
        print("  NICHT ERKLÄRT:", mangel.replace("\n", "\n    "))
    if mehr := urteil.maengel[GEZEIGT:]:
        print(f"  NICHT ERKLÄRT: {len(mehr)} weitere, alle in {BERICHTE.relative_to(BASIS)}")
    sys.stdout.flush()


def hauptteil() -> int:
    """Scan as both roles; return how much is wrong."""
    parser = argparse.ArgumentParser(description="Sucht mit wapiti nach Lücken in der laufenden Anwendung.")
    parser.add_argument("--kurz", action="store_true", help="eine Auswahl, in ein bis zwei Minuten")
    kurz = parser.parse_args().kurz
    if not (python := passendes_python()):
        print("Ausgelassen: wapiti läuft nur mit Python 3.11 oder 3.12, und hier gibt es keins davon.")
        return 0 if kurz else 1
    einrichten(UMGEBUNG, BASIS / "requirements" / "luecken.txt", python)
    BERICHTE.mkdir(parents=True, exist_ok=True)
    maengel = 0
    # What one scan changes is not what the next begins with, unless there is no time for that.
    for laeufe in [KURZ] if kurz else [[lauf] for lauf in GANZ]:
        with vorfuehrung(ZWEITER_FAKTOR="moeglich") as server:
            if kurz or laeufe[0][0] is not GAST:
                server.verwalten("shell", "--command", AUSDUENNEN)
            for rolle, umfang in laeufe:
                fund = suchen(rolle, umfang, server)
                urteil = beurteilen(rolle, umfang, fund)
                drucken(rolle, umfang, fund, urteil)
                maengel += len(urteil.maengel)
            name = "-".join(rolle.name.lower() for rolle, _ in laeufe)
            shutil.copy(server.protokoll, BERICHTE / f"{name}.jsonl")
    print(f"Mängel: {maengel}" if maengel else "Nichts Unerklärtes.")
    return maengel


if __name__ == "__main__":
    sys.exit(1 if hauptteil() else 0)
