"""Measure backup and restore: time, memory and size, of the real conference and of many statements.

DEBUG=1 .venv/bin/python benchmarks/sicherung.py [--aeusserungen 100000] [--json ZIEL]
bash skripte/mit_postgres.sh .venv/bin/python benchmarks/sicherung.py

Each command runs as an administrator runs it, in a process of its own; its memory is what that took at most.
The statements are those of benchmarks/suche.py, each with a line of its history.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import suche  # its database and its statements  # isort: skip
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from arbeitsgruppen.models import Aeusserung
from konferenz.verlauf import verzeichnen

KENNWORT = "nur fuer die Messung"


def gemessen(*befehl: str, **umgebung: str) -> dict[str, float]:
    """Run a command of manage.py and return its seconds, those of its processor, and its memory in MB."""
    beginn = time.perf_counter()
    prozess = subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, "manage.py", *befehl],
        cwd=suche.BASIS,
        env={**os.environ, "MEDIA_ROOT": str(settings.MEDIA_ROOT), **umgebung},
        stdout=subprocess.DEVNULL,
    )
    _, status, verbrauch = os.wait4(prozess.pid, 0)
    if status:
        raise SystemExit(f"{befehl[0]} ist gescheitert.")
    return {
        "s": round(time.perf_counter() - beginn, 2),
        "CPU-s": round(verbrauch.ru_utime + verbrauch.ru_stime, 2),
        "MB": round(verbrauch.ru_maxrss / 1024),
    }


def messen(anzahl: int) -> dict[str, Any]:
    """Fill an empty database, back it up openly and encrypted, check it and restore it."""
    call_command("flush", verbosity=0, interactive=False)
    # In a process of its own: else what it needs would count as that of the commands, which descend from it.
    subprocess.run([sys.executable, __file__, "--fuellen", str(anzahl)], check=True)  # noqa: S603
    offen, zu = (Path(suche.ORDNER.name) / name for name in ("offen", "zu"))
    werte: dict[str, Any] = {
        "sichern": gemessen("sicherung_erstellen", str(offen), "--ersetzen"),
        "verschlüsselt sichern": gemessen(
            "sicherung_erstellen", str(zu), "--ersetzen", SICHERUNG_KENNWORT=KENNWORT
        ),
        "prüfen": gemessen("sicherung_einspielen", str(offen), "--nur-pruefen"),
    }
    call_command("flush", verbosity=0, interactive=False)
    werte["einspielen"] = gemessen("sicherung_einspielen", str(offen))
    return {**werte, "Äußerungen": Aeusserung.objects.count(), "Größe in KB": offen.stat().st_size // 1024}


def fuellen(anzahl: int) -> None:
    """Make so many statements with their histories; 0 is the real conference."""
    if not anzahl:
        fixtures = ("pakt-fuer-integration-2021", "themen", "themenentscheidungen")
        call_command("loaddata", *fixtures, verbosity=0)
        return
    suche.fuellen(anzahl)
    pks = list(Aeusserung.objects.order_by("pk").values_list("pk", flat=True))
    for beginn in range(0, len(pks), suche.SCHUB):
        verzeichnen(Aeusserung.objects.filter(pk__in=pks[beginn : beginn + suche.SCHUB]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--aeusserungen", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--fuellen", type=int, help=argparse.SUPPRESS)
    wahl = parser.parse_args()
    if wahl.fuellen is not None:
        fuellen(wahl.fuellen)
        return
    settings.MEDIA_ROOT = Path(suche.ORDNER.name) / "medien"
    call_command("migrate", verbosity=0)
    ergebnis = {
        "Datenbank": connection.vendor,
        "echte Konferenz": messen(0),
        f"{wahl.aeusserungen} Äußerungen": messen(wahl.aeusserungen),
    }
    text = json.dumps(ergebnis, ensure_ascii=False, indent=1)
    print(text)
    if wahl.json:
        wahl.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
