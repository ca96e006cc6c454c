"""Encryption with a passphrase as a stream, in the format of age (https://age-encryption.org/v1).

Whoever has the passphrase can open the file with the tool `age`, too, in ten years and without this project.
The primitives are those of `cryptography` and hashlib; that this is age's format is tested against another
implementation of it, which itself can encrypt with a passphrase only what fits into memory.
"""

import io
import re
import secrets
import unicodedata
from base64 import b64decode, b64encode
from hashlib import scrypt
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from konferenz.sicherung import Sicherungsfehler

KENNZEICHEN = b"age-encryption.org/v1\n"
STUECK = 64 * 1024  # bytes that are encrypted at a time
MARKE = 16  # bytes by which each grows: the tag that proves it
# The passphrase costs 2^17 rounds and 128 MB (OWASP's advice for scrypt); no file may ask for more than 1 GB.
ARBEIT = 17
ARBEIT_HOECHSTENS = 20
_KOPF = re.compile(
    rb"(age-encryption\.org/v1\n-> scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)\n([A-Za-z0-9+/]{43})\n---)"
    rb" ([A-Za-z0-9+/]{43})\n"
)
_KOPF_LAENGE = 250  # more than any header that fits


def _b64(daten: bytes) -> bytes:
    return b64encode(daten).rstrip(b"=")


def _aus_b64(text: bytes) -> bytes:
    return b64decode(text + b"=" * (-len(text) % 4))


def _aus_kennwort(kennwort: str, salz: bytes, arbeit: int) -> ChaCha20Poly1305:
    """Return the cipher that wraps the key of the file."""
    # The same ü, whether it was typed as one character or as two.
    geheimnis = unicodedata.normalize("NFC", kennwort).encode()
    salz = b"age-encryption.org/v1/scrypt" + salz
    speicher = 128 * 8 * 2**arbeit + 2**20  # bytes: what it needs, and a little
    return ChaCha20Poly1305(scrypt(geheimnis, salt=salz, n=2**arbeit, r=8, p=1, maxmem=speicher, dklen=32))


def _abgeleitet(schluessel: bytes, salz: bytes, zweck: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salz, info=zweck).derive(schluessel)


def _beglaubigung(schluessel: bytes, kopf: bytes) -> HMAC:
    hmac = HMAC(_abgeleitet(schluessel, b"", b"header"), SHA256())
    hmac.update(kopf)
    return hmac


def _nonce(nummer: int, letztes: bool) -> bytes:
    return nummer.to_bytes(11, "big") + bytes([letztes])


class Verschluesselnd(io.RawIOBase):
    """A stream that writes encrypted to another one; `abschliessen()` belongs at the end, close() is none."""

    def __init__(self, ziel: BinaryIO, kennwort: str) -> None:
        schluessel, salz, nonce = secrets.token_bytes(16), secrets.token_bytes(16), secrets.token_bytes(16)
        verpackt = _aus_kennwort(kennwort, salz, ARBEIT).encrypt(bytes(12), schluessel, None)
        kopf = KENNZEICHEN + b"-> scrypt %b %d\n%b\n---" % (_b64(salz), ARBEIT, _b64(verpackt))
        ziel.write(kopf + b" " + _b64(_beglaubigung(schluessel, kopf).finalize()) + b"\n" + nonce)
        self._ziel = ziel
        self._chiffre = ChaCha20Poly1305(_abgeleitet(schluessel, nonce, b"payload"))
        self._nummer = 0
        self._rest = bytearray()

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, daten: Any) -> int:
        """Take the bytes and write as many full pieces as there are."""
        self._rest += daten
        while len(self._rest) > STUECK:  # not equal: what is at the end has to say that it is the last
            self._schreiben(letztes=False)
        return len(daten)

    def abschliessen(self) -> None:
        """Write the last piece, by which a reader sees that nothing was cut off."""
        self._schreiben(letztes=True)

    def _schreiben(self, letztes: bool) -> None:
        stueck = bytes(self._rest[:STUECK])
        del self._rest[:STUECK]
        self._ziel.write(self._chiffre.encrypt(_nonce(self._nummer, letztes), stueck, None))
        self._nummer += 1


class Entschluesselnd(io.RawIOBase):
    """A stream that reads what another one has encrypted.

    Raises Sicherungsfehler for a passphrase that doesn't fit, and where the file was changed or cut off.
    """

    def __init__(self, quelle: io.BufferedReader, kennwort: str) -> None:
        kopf = _KOPF.match(quelle.read(_KOPF_LAENGE))
        if not kopf or int(kopf[3]) > ARBEIT_HOECHSTENS:
            raise Sicherungsfehler(
                "Die Datei ist mit age verschlüsselt, aber nicht so, wie diese Anwendung es tut, oder ihr "
                "Anfang ist beschädigt. Wurde sie von Hand verschlüsselt, entschlüsseln Sie sie zuerst mit "
                "age."
            )
        try:
            chiffre = _aus_kennwort(kennwort, _aus_b64(kopf[2]), int(kopf[3]))
            schluessel = chiffre.decrypt(bytes(12), _aus_b64(kopf[4]), None)
            _beglaubigung(schluessel, kopf[1]).verify(_aus_b64(kopf[5]))
        except (InvalidTag, InvalidSignature) as fehler:
            raise Sicherungsfehler(
                "Das Kennwort passt nicht zu dieser Sicherung (oder der Anfang der Datei ist beschädigt)."
            ) from fehler
        quelle.seek(kopf.end())
        nonce = quelle.read(16)
        self._quelle = quelle
        self._chiffre = ChaCha20Poly1305(_abgeleitet(schluessel, nonce, b"payload"))
        self._nummer = 0
        self._klartext = memoryview(b"")
        self._zu_ende = False

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, puffer: Any) -> int:
        """Fill the buffer with what is decrypted, or with less where a piece ends; 0 at the end."""
        if not self._klartext and not self._zu_ende:
            self._naechstes()
        anzahl = min(len(puffer), len(self._klartext))
        puffer[:anzahl] = self._klartext[:anzahl]
        self._klartext = self._klartext[anzahl:]
        return anzahl

    def _naechstes(self) -> None:
        stelle = self._quelle.tell()
        stueck = self._quelle.read(STUECK + MARKE)
        self._zu_ende = not self._quelle.peek(1)
        try:
            klartext = self._chiffre.decrypt(_nonce(self._nummer, self._zu_ende), stueck, None)
        except InvalidTag as fehler:
            byte = f"{stelle:,}".replace(",", ".")
            raise Sicherungsfehler(
                f"Die Datei ist ab Byte {byte} beschädigt, verändert oder abgeschnitten."
            ) from fehler
        self._klartext = memoryview(klartext)
        self._nummer += 1
