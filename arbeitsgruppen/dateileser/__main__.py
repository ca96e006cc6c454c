"""The process that reads one file: bytes come in, JSON goes out."""

import json
import resource
import sys
from typing import Any

from arbeitsgruppen.dateileser.bloecke import Dateifehler, Grenzen

ZU_AUFWENDIG = 3  # exit status
# Events of Python's audit hook that reading a file never needs (PEP 578).
VERBOTEN = (
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "os.forkpty",
    "ftplib.",
    "urllib.Request",
    "http.client.",
)


def main(grenzen: Grenzen) -> int:
    """Read the file that comes in and write what it holds, or why it cannot be read; return the status."""
    resource.setrlimit(resource.RLIMIT_AS, (grenzen.speicher, grenzen.speicher))
    resource.setrlimit(resource.RLIMIT_CPU, (grenzen.rechenzeit, grenzen.rechenzeit + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What goes out cannot become longer than this, whoever writes it: it is a file.
    ausgabe = 20 * grenzen.zeichen
    resource.setrlimit(resource.RLIMIT_FSIZE, (ausgabe, ausgabe))
    sys.addaudithook(_verbieten)
    try:
        from arbeitsgruppen.dateileser.formate import lesen

        antwort: dict[str, Any] = lesen(sys.stdin.buffer.read(), grenzen)
    except Dateifehler as fehler:
        antwort = {"fehler": str(fehler)}
    except (MemoryError, RecursionError):
        return ZU_AUFWENDIG
    sys.stdout.buffer.write(json.dumps(antwort).encode())
    return 0


def _verbieten(ereignis: str, _: tuple[Any, ...]) -> None:
    if ereignis.startswith(VERBOTEN):
        raise PermissionError(f"the reader of files may not do this: {ereignis}")


if __name__ == "__main__":
    sys.exit(main(Grenzen(**json.loads(sys.argv[1]))))
