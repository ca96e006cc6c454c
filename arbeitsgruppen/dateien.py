"""Files that people send, read in a process of its own: whatever is in them harms nothing else.

What a file is tells its content, not its name.
"""

import json
import logging
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from arbeitsgruppen.abgeschottet import umgebung
from arbeitsgruppen.dateileser.__main__ import ZU_AUFWENDIG
from arbeitsgruppen.dateileser.bloecke import Art, Block, Dateifehler, Dateiseite, Grenzen
from arbeitsgruppen.quelle import Quelle, Seite, Zeile

logger = logging.getLogger(__name__)

BASIS = Path(__file__).resolve().parent.parent
GRENZEN = Grenzen()

AUFWENDIG = (
    "Die Datei ist zu aufwendig zu lesen. Laden Sie nur die Seiten der Arbeitsgruppe hoch, oder fügen Sie "
    "den Text ein."
)
UNLESBAR = (
    "Die Datei ist beschädigt oder ungewöhnlich aufgebaut und lässt sich nicht lesen. Öffnen Sie sie in dem "
    "Programm, mit dem sie gemacht wurde, und speichern Sie sie neu, oder fügen Sie den Text ein."
)


class DauertZuLange(Dateifehler):
    """Reading the file takes more time than was given for it."""


@dataclass(frozen=True, slots=True)
class Datei:
    """What a file holds: plain text, the lines of a PDF, or pages of blocks; one of the three.

    `seitenweise`: its pages are pages to people, so that they may be pages of the Heft.
    """

    text: str = ""
    quelle: Quelle | None = None
    seiten: tuple[Dateiseite, ...] = ()
    seitenweise: bool = False
    hinweise: tuple[str, ...] = ()


def lesen(inhalt: bytes, grenzen: Grenzen = GRENZEN) -> Datei:
    """Return what is in a file. Raise Dateifehler, whose message is German and names cause and mend.

    It is a DauertZuLange where more time might help.
    """
    return als_datei(als_json(inhalt, grenzen))


def als_json(inhalt: bytes, grenzen: Grenzen = GRENZEN) -> dict[str, Any]:
    """Return the same as the reader of files gives it, for `als_datei`: it can be kept. Raises as `lesen`."""
    groesse_pruefen(len(inhalt), grenzen)
    antwort = _gelesen(inhalt, grenzen)
    if "fehler" in antwort:
        raise Dateifehler(antwort["fehler"])
    return antwort


def als_datei(antwort: dict[str, Any]) -> Datei:
    """Return what the reader of files gives (dateileser/formate.py) as dataclasses again."""
    return Datei(
        antwort.get("text", ""),
        _quelle(antwort["quelle"]) if "quelle" in antwort else None,
        tuple(map(_seite, antwort.get("seiten", ()))),
        antwort.get("seitenweise", False),
        tuple(antwort["hinweise"]),
    )


def groesse_pruefen(groesse: int, grenzen: Grenzen = GRENZEN) -> None:
    """Raise Dateifehler for a file that is too large to be read at all."""
    if groesse > grenzen.datei:
        raise Dateifehler(
            f"Die Datei ist mit {groesse / 2**20:.0f} MB zu groß, höchstens {grenzen.datei // 2**20} MB sind "
            f"möglich. Laden Sie nur die Seiten der Arbeitsgruppe hoch, oder fügen Sie den Text ein."
        )


def _gelesen(inhalt: bytes, grenzen: Grenzen) -> dict[str, Any]:
    with TemporaryFile() as eingabe, TemporaryFile() as ausgabe, TemporaryFile() as meldungen:
        eingabe.write(inhalt)
        eingabe.seek(0)
        try:
            prozess = subprocess.run(  # noqa: S603  # our own program
                [sys.executable, "-m", "arbeitsgruppen.dateileser", json.dumps(asdict(grenzen))],
                cwd=BASIS,
                env=umgebung(),
                stdin=eingabe,
                stdout=ausgabe,
                stderr=meldungen,
                timeout=grenzen.zeit,
                check=False,
            )
        except subprocess.TimeoutExpired as fehler:
            raise DauertZuLange(AUFWENDIG) from fehler
        if prozess.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
            raise DauertZuLange(AUFWENDIG)
        if prozess.returncode == ZU_AUFWENDIG:
            raise Dateifehler(AUFWENDIG)
        if prozess.returncode:
            meldungen.seek(0)
            letzte = meldungen.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
            art = letzte.partition(":")[0][:100]  # only which exception: its message may quote the file
            logger.warning("A file could not be read (%s): %s", prozess.returncode, art)
            raise Dateifehler(UNLESBAR)
        ausgabe.seek(0)
        return json.load(ausgabe)


def _seite(seite: dict[str, Any]) -> Dateiseite:
    return Dateiseite(seite["name"], tuple(map(_block, seite["bloecke"])))


def _block(block: dict[str, Any]) -> Block:
    zeilen = tuple(tuple(map(tuple, zeile)) for zeile in block["zeilen"])
    return Block(**{**block, "art": Art(block["art"]), "zeilen": zeilen})


def _quelle(quelle: dict[str, Any]) -> Quelle:
    seiten = (
        Seite(s["nummer"], tuple(Zeile(**z) for z in s["zeilen"]), tuple(Zeile(**z) for z in s["rand"]))
        for s in quelle["seiten"]
    )
    return Quelle(**{**quelle, "seiten": tuple(seiten), "hinweise": tuple(quelle["hinweise"])})
