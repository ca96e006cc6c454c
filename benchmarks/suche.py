"""Measure the search over many statements: twenty queries with filters and counts, and what building takes.

DEBUG=1 .venv/bin/python benchmarks/suche.py [--aeusserungen 100000] [--laeufe 5] [--json ZIEL]
bash skripte/mit_postgres.sh .venv/bin/python benchmarks/suche.py --aeusserungen 1000000

Without a DATABASE_URL on SQLite in a temporary folder. The statements are made from the words of the real
conference as often as they occur there, and from compounds of two of them, which make up the rare words; the
same for the same number. A tenth of the groups is not released.
"""

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

BASIS = Path(__file__).resolve().parent.parent
ORDNER = TemporaryDirectory(prefix="suche-benchmark-")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{ORDNER.name}/benchmark.sqlite3")
os.environ |= {"DEBUG": "1", "DJANGO_SETTINGS_MODULE": "konferenz.settings"}
sys.path.insert(0, str(BASIS))

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from arbeitsgruppen import suchwoerter  # noqa: E402
from arbeitsgruppen.models import Abschnitt, Aeusserung, Arbeitsgruppe, Suchwort, Thema  # noqa: E402
from arbeitsgruppen.suche import Anfrage, suchen  # noqa: E402
from konferenz.models import Konferenz  # noqa: E402

JE_KONFERENZ = 500  # statements, about as many as the real conference has
GRUPPEN, ABSCHNITTE = 8, 6
SCHUB = 5_000
INDEX = "arbeitsgruppen_aeusserung_gefaltet_trgm"
# What people look for: often, seldom, in several words, restricted, mistyped.
ANFRAGEN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("häufig", {"q": "Ehrenamt"}),
    ("häufig", {"q": "Kinder"}),
    ("häufig", {"q": "Sprachkurse"}),
    ("häufig, Abkürzung", {"q": "IM"}),
    ("sehr häufig", {"q": "nicht"}),
    ("mehrere", {"q": "Jobcenter Termine"}),
    ("mehrere", {"q": "Kinder Nachhilfe Ehrenamt"}),
    ("mehrere", {"q": "Austausch mit der Ausländerbehörde"}),
    ("Wortfolge", {"q": "„vor Ort“"}),
    ("ohne", {"q": "Ehrenamt -Corona"}),
    ("selten", {"q": "Duldungsnachhilfe"}),
    ("selten", {"q": "Landratsamtvideo"}),
    ("kommt nicht vor", {"q": "Xylophonbau"}),
    ("eingegrenzt", {"q": "Ehrenamt", "kategorie": "hakt", "jahr": 2015}),
    ("eingegrenzt", {"q": "Kinder", "konferenz": "konferenz-7", "ag": 3}),
    ("eingegrenzt, Thema", {"q": "Kinder", "thema": "ehrenamt"}),
    ("nur Filter", {"konferenz": "konferenz-3", "kategorie": "gut"}),
    ("nur Filter, Thema", {"thema": "sprachkurse", "jahr": 2012}),
    ("Tippfehler", {"q": "Ehrnamtliche Kinderbetreung"}),
    ("Tippfehler", {"q": "Integrationsmangement"}),
)


@dataclass
class Zeile:
    """A query with how many it finds and how long it took, in seconds, by what was asked."""

    anfrage: dict[str, Any]
    treffer: str
    zeiten: dict[str, list[float]] = field(default_factory=dict)


def saetze(anzahl: int, echte: list[str]) -> Iterator[str]:
    """Yield statements of the lengths of the real ones, of their words and of compounds."""
    zufall = random.Random(2021)  # noqa: S311  # not for secrets
    worte = [wort for text in echte for wort in text.split()]
    haupt = [wort for wort in dict.fromkeys(worte) if wort.isalpha() and wort[0].isupper() and len(wort) > 4]
    laengen = [len(text.split()) for text in echte]
    for _ in range(anzahl):
        satz = zufall.choices(worte, k=zufall.choice(laengen))
        if zufall.random() < 0.3:
            satz.insert(zufall.randrange(len(satz) + 1), zufall.choice(haupt) + zufall.choice(haupt).lower())
        yield " ".join(satz)


@contextmanager
def ohne_index_und_ausloeser() -> Iterator[None]:
    """Let PostgreSQL take in millions of statements without index and triggers, which then come back."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as zeiger:
        zeiger.execute(f"SELECT indexdef FROM pg_indexes WHERE indexname = '{INDEX}'")  # noqa: S608  # our own
        anlegen = zeiger.fetchone()[0]
        zeiger.execute(f"DROP INDEX {INDEX}")
        zeiger.execute("ALTER TABLE arbeitsgruppen_aeusserung DISABLE TRIGGER USER")
    yield
    with connection.cursor() as zeiger:
        zeiger.execute("ALTER TABLE arbeitsgruppen_aeusserung ENABLE TRIGGER USER")
        zeiger.execute("SET maintenance_work_mem = '512MB'")
        zeiger.execute(anlegen)


@ohne_index_und_ausloeser()
def fuellen(anzahl: int) -> None:
    """Make conferences with so many statements, a tenth of the groups not released."""
    call_command("loaddata", "pakt-fuer-integration-2021", "themen", verbosity=0)
    echte = list(Aeusserung.objects.values_list("text", flat=True).order_by("kennung"))
    Konferenz.objects.all().delete()
    texte = saetze(anzahl, echte)
    wuerfel = random.Random(7)  # noqa: S311
    alphabet = "23456789bcdfghjkmpqrtwz"
    for nummer in range(-(-anzahl // JE_KONFERENZ)):
        konferenz = Konferenz.objects.create(
            titel=f"Konferenz {nummer}",
            slug=f"konferenz-{nummer}",
            datum=f"{2005 + nummer % 20}-05-01",
            status=Konferenz.Status.VEROEFFENTLICHT,
        )
        gruppen = Arbeitsgruppe.objects.bulk_create(
            Arbeitsgruppe(
                konferenz=konferenz,
                nummer=n,
                titel=f"Gruppe {n}",
                status="in_bearbeitung" if wuerfel.random() < 0.1 else "freigegeben",
            )
            for n in range(1, GRUPPEN + 1)
        )
        abschnitte = Abschnitt.objects.bulk_create(
            Abschnitt(
                arbeitsgruppe=gruppe,
                ueberschrift=f"Überschrift {n}",
                kategorie=Abschnitt.Kategorie.values[n % 4],
                position=n,
            )
            for gruppe in gruppen
            for n in range(1, ABSCHNITTE + 1)
        )
        stellen = Counter[int]()
        neue = []
        for laufend, text in enumerate(islice(texte, JE_KONFERENZ)):
            abschnitt = abschnitte[laufend % len(abschnitte)]
            stellen[abschnitt.pk] += 1
            zahl, kennung = nummer * JE_KONFERENZ + laufend, ""
            for _ in range(6):
                zahl, rest = divmod(zahl, len(alphabet))
                kennung += alphabet[rest]
            neue.append(
                Aeusserung(abschnitt=abschnitt, text=text, position=stellen[abschnitt.pk], kennung=kennung)
            )
        Aeusserung.objects.bulk_create(neue, batch_size=SCHUB)


def groessen() -> dict[str, str]:
    """Return how large the database is, and on PostgreSQL its table of statements and the search's index."""
    with connection.cursor() as zeiger:
        if connection.vendor != "postgresql":
            zeiger.execute(
                "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"  # all of it
            )
            return {"Datenbank": f"{zeiger.fetchone()[0] / 2**20:.0f} MB"}
        zeiger.execute(
            "SELECT pg_table_size('arbeitsgruppen_aeusserung'),"
            " pg_relation_size('arbeitsgruppen_aeusserung_gefaltet_trgm'),"
            " (SELECT sum(length(text)) FROM arbeitsgruppen_aeusserung)"
        )
        tabelle, index, text = zeiger.fetchone()
        return {
            "Tabelle": f"{tabelle / 2**20:.0f} MB",
            "Trigramm-Index": f"{index / 2**20:.0f} MB",
            "Text": f"{text / 2**20:.0f} MB",
        }


def dauer(was: Callable[[], Any]) -> float:
    """Return how many seconds something takes."""
    anfang = time.perf_counter()
    was()
    return time.perf_counter() - anfang


def index_neu() -> None:
    """Build the index anew, as a migration of a full table does, and gather statistics."""
    with connection.cursor() as zeiger:
        if connection.vendor == "postgresql":
            zeiger.execute(f"REINDEX INDEX {INDEX}")
            zeiger.execute("VACUUM ANALYZE")
        else:
            zeiger.execute("ANALYZE")


def hauptteil() -> None:
    """Measure, and print a table."""
    leser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    leser.add_argument("--aeusserungen", type=int, default=100_000)
    leser.add_argument("--laeufe", type=int, default=5)
    leser.add_argument("--json", type=Path)
    wahl = leser.parse_args()
    setup_test_environment()
    settings.DEBUG = False  # else every query is kept
    # Else a page would be made the first time only.
    settings.CACHES["seiten"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    call_command("migrate", verbosity=0)
    bau = {}
    if Aeusserung.objects.count() != wahl.aeusserungen:  # else a database that is filled already
        bau["Füllen"] = dauer(lambda: fuellen(wahl.aeusserungen))
    bau["Index neu und Statistik"] = dauer(index_neu)
    bau["Wörterliste neu"] = dauer(suchwoerter.neu_aufbauen)
    print(
        f"{connection.vendor}: {Aeusserung.objects.count():,} Äußerungen, {Suchwort.objects.count():,} Wörter"
    )
    print(
        f"{Thema.objects.count()} Themen;", ", ".join(f"{name} {wert}" for name, wert in groessen().items())
    )
    print("; ".join(f"{name} {sekunden:.1f} s" for name, sekunden in bau.items()))
    print(f"\n{'':50} {'Suche':>8} {'Seite':>8} Treffer")
    browser, zeilen = Client(), []
    for name, felder in ANFRAGEN:
        arten: dict[str, Callable[[], Any]] = {
            "suche": partial(lambda anfrage: suchen(anfrage).wahlen, Anfrage(**felder)),
            "seite": partial(browser.get, "/suche/", felder),
        }
        ergebnis = suchen(Anfrage(**felder))
        treffer = f"über {len(ergebnis.funde)}" if ergebnis.ueber else str(len(ergebnis.funde))
        zeile = Zeile(felder, treffer)
        for art, was in arten.items():
            was()  # warm, as a running server is
            zeile.zeiten[art] = [dauer(was) for _ in range(wahl.laeufe)]
        zeilen.append(zeile)
        text = f"{name}: {' '.join(f'{k}={v}' for k, v in felder.items())}"
        mitten = [median(zeile.zeiten[art]) * 1000 for art in arten]
        print(f"{text:50} {mitten[0]:5.0f} ms {mitten[1]:5.0f} ms {treffer}")
    for art in ("suche", "seite"):
        je_anfrage = [median(zeile.zeiten[art]) for zeile in zeilen]
        p95 = quantiles([t for zeile in zeilen for t in zeile.zeiten[art]], n=20)[-1]
        werte = {"Mitte": median(je_anfrage), "p95": p95, "höchstens": max(je_anfrage)}
        print(f"{art}:", ", ".join(f"{was} {sekunden * 1000:.0f} ms" for was, sekunden in werte.items()))
    if wahl.json:
        alles = {"bau": bau, "groessen": groessen(), "zeilen": [asdict(zeile) for zeile in zeilen]}
        wahl.json.write_text(json.dumps(alles, indent=1))


if __name__ == "__main__":
    hauptteil()
