"""The parts of a backup, written one after another and read in the same order; nothing of it stays in memory.

Whatever is damaged is found here: the packing has its own check, each part its hash, and the last part names
all others, so that none can be missing, added or exchanged.
"""

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO, Self

from konferenz.sicherung import Sicherungsfehler
from konferenz.sicherung.verschluesselung import KENNZEICHEN, Entschluesselnd, Verschluesselnd

SUMMEN = "SHA256SUMS"
IM_SPEICHER = 4 * 2**20  # bytes; what is larger waits in a temporary file
_GZIP = b"\x1f\x8b"
# What tarfile, gzip and zlib raise where a file is not as they wrote it.
_BESCHAEDIGT = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, LookupError, OverflowError)


def zwischenablage() -> Any:
    """Return a file that lies in memory as long as it is small, else on the disk without a name."""
    return SpooledTemporaryFile(max_size=IM_SPEICHER)


class _Mitgerechnet(io.RawIOBase):
    """A stream that hashes what is read through it."""

    def __init__(self, quelle: IO[bytes]) -> None:
        self._quelle = quelle
        self.summe = sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, puffer: Any) -> int:
        daten = self._quelle.read(len(puffer))
        puffer[: len(daten)] = daten
        self.summe.update(daten)
        return len(daten)


class _Senke:
    """Where the packing goes; once shut, what packers write when they are thrown away goes nowhere."""

    def __init__(self, ziel: Any) -> None:
        self._ziel = ziel
        self.offen = True

    def write(self, daten: Any) -> int:
        return self._ziel.write(daten) if self.offen else len(daten)

    def flush(self) -> None:
        pass


class Schreiber:
    """Writes parts to a file that is open for writing; as a context manager it ends the file properly."""

    def __init__(self, datei: BinaryIO, kennwort: str = "") -> None:
        self._huelle = Verschluesselnd(datei, kennwort) if kennwort else None
        self._senke = _Senke(self._huelle or datei)
        senke: Any = self._senke
        # No name and no time in the packing: what is equal is to look equal.
        self._packer = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=senke, mtime=0)
        self._tar: Any = tarfile.TarFile.open(fileobj=self._packer, mode="w|", format=tarfile.PAX_FORMAT)
        self._summen = zwischenablage()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, art: object, *_: object) -> None:
        with self._summen:
            try:
                if art is None:
                    self.teil(SUMMEN, self._summen)
                    self._tar.close()
                    self._packer.close()
                    if self._huelle:
                        self._huelle.abschliessen()
            finally:
                self._senke.offen = False

    def text(self, name: str, inhalt: str) -> None:
        """Write a part that is a text."""
        self.teil(name, io.BytesIO(inhalt.encode()))

    def teil(self, name: str, inhalt: IO[bytes]) -> None:
        """Write a part from a file, from its beginning to its end."""
        kopf = tarfile.TarInfo(name)
        kopf.size = inhalt.seek(0, io.SEEK_END)
        kopf.mode = 0o600
        inhalt.seek(0)
        strom = _Mitgerechnet(inhalt)
        self._tar.addfile(kopf, strom)
        self._tar.members.clear()  # else it remembers every one
        if name != SUMMEN:
            self._summen.write(_summenzeile(strom, name))


def _summenzeile(strom: _Mitgerechnet, name: str) -> bytes:
    return f"{strom.summe.hexdigest()}  {name}\n".encode()


class _Gelesen(io.RawIOBase):
    """A part while it is read: what is damaged in it is said in our words."""

    def __init__(self, quelle: IO[bytes], wo: "_Ort") -> None:
        self._quelle = quelle
        self._wo = wo

    def readable(self) -> bool:
        return True

    def readinto(self, puffer: Any) -> int:
        try:
            daten = self._quelle.read(len(puffer))
        except _BESCHAEDIGT as fehler:
            raise self._wo.beschaedigt(fehler) from fehler
        puffer[: len(daten)] = daten
        return len(daten)


class _Ort:
    """Where in the file reading has come to, for messages."""

    def __init__(self, datei: IO[bytes]) -> None:
        self._datei = datei
        self.teil = ""

    def beschaedigt(self, grund: object) -> Sicherungsfehler:
        bei = f"{self._datei.tell():,}".replace(",", ".")
        teil = f"im Teil „{self.teil}“ " if self.teil else "am Anfang "
        return Sicherungsfehler(
            f"Die Sicherung ist {teil}beschädigt oder abgeschnitten (gelesen bis Byte {bei}: {grund}). "
            "Nehmen Sie eine andere Kopie oder eine ältere Sicherung."
        )


def verschluesselt(datei: io.BufferedReader) -> bool:
    """Whether a file is encrypted. Raises Sicherungsfehler for what is no backup at all."""
    datei.seek(0)
    anfang = datei.read(len(KENNZEICHEN))
    datei.seek(0)
    if anfang != KENNZEICHEN and not anfang.startswith(_GZIP):
        raise Sicherungsfehler(
            "Das ist keine Sicherung dieser Anwendung, oder ihr Anfang ist beschädigt. Erwartet wird eine "
            "Datei, die „manage.py sicherung_erstellen“ geschrieben hat."
            if anfang
            else "Die Datei ist leer."
        )
    return anfang == KENNZEICHEN


def lesen(datei: io.BufferedReader, kennwort: str = "") -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the name and the content of each part, in order, and check each one behind the reader.

    Only who has read to the end knows that the file is whole. Raises Sicherungsfehler that names the place.
    """
    wo = _Ort(datei)
    with ExitStack() as offen:
        strom: Any = datei
        if verschluesselt(datei):
            strom = io.BufferedReader(Entschluesselnd(datei, kennwort))
        packer = offen.enter_context(gzip.GzipFile(fileobj=strom, mode="rb"))
        summen = offen.enter_context(zwischenablage())
        try:
            tar: Any = offen.enter_context(tarfile.open(fileobj=packer, mode="r|"))
            while kopf := tar.next():
                tar.members.clear()
                inhalt = tar.extractfile(kopf) if kopf.isreg() else None
                if inhalt is None:
                    raise wo.beschaedigt(f"{kopf.name} ist keine Datei")
                wo.teil = kopf.name
                if kopf.name == SUMMEN:
                    summen.seek(0)
                    _vergleichen(summen, io.BufferedReader(_Gelesen(inhalt, wo)))
                    break
                quelle: Any = _Gelesen(inhalt, wo)
                gerechnet: Any = _Mitgerechnet(quelle)
                teil: Any = io.BufferedReader(gerechnet, 2**16)
                yield kopf.name, teil
                while teil.read(2**16):
                    pass
                summen.write(_summenzeile(gerechnet, kopf.name))
            else:
                raise Sicherungsfehler(
                    f"Die Sicherung endet nach dem Teil „{wo.teil}“, ohne ihre Prüfsummen: Sie ist "
                    "abgeschnitten."
                )
            if tar.next():
                raise wo.beschaedigt("danach kommt noch etwas")
            while rest := packer.read(2**16):  # up to the check of the packing itself, which comes last
                if rest.strip(b"\0"):
                    raise wo.beschaedigt("danach kommt noch etwas")
        except _BESCHAEDIGT as fehler:
            raise wo.beschaedigt(fehler) from fehler


def _vergleichen(gerechnet: IO[bytes], geschrieben: IO[bytes]) -> None:
    """Compare the hashes of what was read with those that were written; name the first part that differs."""
    while True:
        ist, soll = gerechnet.readline(), geschrieben.readline(2**16)
        if ist != soll:
            name = (ist or soll)[66:].decode(errors="replace").strip()
            raise Sicherungsfehler(
                f"Der Teil „{name}“ ist nicht so, wie er gesichert wurde: Die Prüfsumme stimmt nicht. "
                "Nehmen Sie eine andere Kopie oder eine ältere Sicherung."
            )
        if not ist:
            return


def sicherer_name(name: str) -> bool:
    """Whether a name stays inside its folder: no way up, no root, no oddities."""
    return (
        bool(name) and "\\" not in name and "\0" not in name and str(Path("/", name).resolve()) == f"/{name}"
    )
