"""The process that reads one file: bytes come in, JSON goes out."""

import json
import resource
import sys
from typing import Any

from arbeitsgruppen.abgeschottet import abschotten, begrenzen
from arbeitsgruppen.dateileser.bloecke import Dateifehler, Grenzen

ZU_AUFWENDIG = 3  # exit status


def main(grenzen: Grenzen) -> int:
    """Read the file that comes in and write what it holds, or why it cannot be read; return the status."""
    begrenzen(grenzen.speicher)
    resource.setrlimit(resource.RLIMIT_CPU, (grenzen.rechenzeit, grenzen.rechenzeit + 1))
    # What goes out cannot become longer than this, whoever writes it: it is a file.
    ausgabe = 20 * grenzen.zeichen
    resource.setrlimit(resource.RLIMIT_FSIZE, (ausgabe, ausgabe))
    abschotten()
    try:
        from arbeitsgruppen.dateileser.formate import lesen

        antwort: dict[str, Any] = lesen(sys.stdin.buffer.read(), grenzen)
    except Dateifehler as fehler:
        antwort = {"fehler": str(fehler)}
    except (MemoryError, RecursionError):
        return ZU_AUFWENDIG
    sys.stdout.buffer.write(json.dumps(antwort).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(Grenzen(**json.loads(sys.argv[1]))))
