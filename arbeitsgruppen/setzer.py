"""The renderer as a process of its own, with limits: what a statement does to it harms nothing else.

`Setzer` is the caller's side. The other side, `python -m arbeitsgruppen.setzer`, knows no settings, no
database and no secret; it may open no connection and start no program, and it stays warm between Hefte.
"""

import errno
import gc
import json
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

from arbeitsgruppen.abgeschottet import abschotten, begrenzen, umgebung
from arbeitsgruppen.satz import Grenzen, Pdf, Satz, SatzFehler

BASIS = Path(__file__).resolve().parent.parent
VERSUCHE = 2
# There is no room for the fonts, which Pango reads from files; the last says that no folder for them has any.
KEIN_PLATZ = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENOENT}

Fortschritt = Callable[[int, int, str], None]


class Setzer:
    """Has Hefte set by a renderer, which it starts when it is first needed and after it was stopped.

    Use it as a context manager, or call `schliessen`.
    """

    def __init__(self, grenzen: Grenzen = Grenzen()) -> None:  # noqa: B008  # frozen
        self.grenzen = grenzen
        self._prozess: subprocess.Popen[bytes] | None = None
        self._verbindung: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ausnahme: object) -> None:
        self.schliessen()

    def setzen(self, satz: Satz, fortschritt: Fortschritt = lambda fertig, gesamt, name: None) -> Pdf:
        """Return the finished PDF.

        `fortschritt` is told the pages done, the pages expected in all and the name of the part at hand.

        Raises SatzFehler when the Heft goes beyond the limits or the renderer breaks twice: once may have
        been an accident. The next Heft gets a new renderer then. Raises OSError (ENOSPC) where the renderer
        has no room for what it needs meanwhile.
        """
        ort = ""

        def merken(fertig: int, gesamt: int, name: str) -> None:
            nonlocal ort
            ort = name
            fortschritt(fertig, gesamt, name)

        for _ in range(VERSUCHE):
            try:
                return self._gesetzt(satz, merken)
            except TimeoutError as fehler:
                self.schliessen()
                raise SatzFehler(
                    f"Das Setzen kam {self.grenzen.zeit:.0f} Sekunden lang nicht voran{_bei(ort)}. "
                    f"Meist steht dort ein überlanger Text ohne Leerzeichen oder eine sehr lange Liste; "
                    f"dann hilft es, sie zu kürzen oder zu teilen."
                ) from fehler
            except (EOFError, ConnectionError):
                self.schliessen()
            except BaseException:
                # Whoever stops listening in the middle must not find the rest of this answer next time.
                self.schliessen()
                raise
        raise SatzFehler(
            f"Das Setzen brach zweimal ab{_bei(ort)}. Vielleicht reichte der Speicher nicht; dann hilft es, "
            f"zu kürzen oder zu teilen, was dort steht, oder einzelne Arbeitsgruppen zu wählen."
        )

    def _gesetzt(self, satz: Satz, fortschritt: Fortschritt) -> Pdf:
        verbindung = self._bereit()
        verbindung.send_bytes(pickle.dumps(satz))
        while verbindung.poll(self.grenzen.zeit):
            meldung = json.loads(verbindung.recv_bytes())
            if "fehler" in meldung:
                raise SatzFehler(meldung["fehler"])
            if "voll" in meldung:
                raise OSError(errno.ENOSPC, meldung["voll"])
            if "seiten" in meldung:
                return Pdf(verbindung.recv_bytes(), meldung["seiten"], meldung["stellen"])
            fortschritt(meldung["fertig"], meldung["gesamt"], meldung["name"])
        raise TimeoutError

    def schliessen(self) -> None:
        """Stop the renderer, whatever it is doing."""
        if self._verbindung:
            self._verbindung.close()
            self._verbindung = None
        if self._prozess:
            self._prozess.kill()
            self._prozess.wait()
            self._prozess = None

    def _bereit(self) -> Connection:
        if self._verbindung and self._prozess and self._prozess.poll() is None:
            return self._verbindung
        self.schliessen()
        eigenes, fremdes = Pipe()
        with fremdes:
            self._prozess = subprocess.Popen(  # noqa: S603  # our own program
                [
                    sys.executable,
                    "-m",
                    "arbeitsgruppen.setzer",
                    str(fremdes.fileno()),
                    str(self.grenzen.speicher),
                    str(self.grenzen.seiten),
                ],
                cwd=BASIS,
                env=umgebung(),
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # what stops the caller's group of processes is not meant for it
                pass_fds=[fremdes.fileno()],
            )
        self._verbindung = eigenes
        return eigenes


def _bei(ort: str) -> str:
    return f" (bei „{ort}“)" if ort else ""


def main(deskriptor: int, speicher: int, seiten: int) -> None:
    """Set what comes in through the connection until it is closed; the limits are bytes and pages."""
    # Who stops the caller, with Ctrl-C or for the whole group of processes, means that it may finish.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    begrenzen(speicher)
    from arbeitsgruppen.pdf import Setzerei

    abschotten()
    verbindung = Connection(deskriptor)

    def melden(meldung: dict[str, Any]) -> None:
        verbindung.send_bytes(json.dumps(meldung).encode())

    try:
        setzerei = Setzerei()
    except OSError as fehler:
        if fehler.errno in KEIN_PLATZ:
            with suppress(EOFError, ConnectionError):
                verbindung.recv_bytes()
                melden({"voll": str(fehler)})
        raise
    gc.freeze()  # what is there now lives as long as the process
    with suppress(EOFError, ConnectionError):  # the caller is gone
        while True:
            satz = pickle.loads(verbindung.recv_bytes())  # noqa: S301  # from our own caller
            try:
                pdf = setzerei.setzen(
                    satz,
                    Grenzen(seiten=seiten),
                    lambda fertig, gesamt, name: melden({"fertig": fertig, "gesamt": gesamt, "name": name}),
                )
            except SatzFehler as fehler:
                melden({"fehler": str(fehler)})
            else:
                melden({"seiten": pdf.seiten, "stellen": pdf.stellen})
                verbindung.send_bytes(pdf.daten)
            setzerei.aufraeumen()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
