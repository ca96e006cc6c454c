"""Files in an object store that speaks S3: django-storages, which behaves here as a folder does.

Objects are private, and no address leads to them: the site sends them itself, to whoever may read them. They
are read as they are sent on, and only the part that is asked for.
"""

import errno
import io
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as KeineVerbindung
from django.core.files.base import File
from storages.backends.s3 import S3Storage
from storages.utils import ReadBytesWrapper, clean_name

from konferenz.speicher import Speicherausfall, SpeicherWeg

AM_STUECK = 256 * 1024  # bytes that are taken from the connection at once
PAUSE = 5.0  # seconds for which nobody asks again: else every page would wait for the same answer
# A store in the same building answers in milliseconds; one that is gone must not hold up pages.
VERBINDUNG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"total_max_attempts": 2, "mode": "standard"},
    s3={"addressing_style": "path"},
    # Others than Amazon's do not all know the checksums that boto3 would add by itself.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


class S3Speicher(S3Storage):
    """Keeps files as objects of a bucket. Raises what Ordnerspeicher does, and SpeicherWeg."""

    def __init__(self, **einstellungen: Any) -> None:
        super().__init__(
            **{
                "file_overwrite": False,
                "querystring_auth": False,
                "client_config": VERBINDUNG,
                **einstellungen,
            }
        )
        self._wieder_ab = 0.0

    @property
    def bucket(self) -> Any:
        """Return the bucket for this thread: boto3's resources are not to be shared."""
        return self.connection.Bucket(self.bucket_name)

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode not in ("r", "rb"):
            raise ValueError("An object is written as a whole, by save().")
        kopf = self._kopf(name)
        return File(io.BufferedReader(Objekt(self, name, kopf), AM_STUECK), name)

    def _save(self, name: str, content: Any) -> str:
        # In one request, so that there is a whole object or none. Unlike django-storages' own it replaces
        # nothing that came by this name since it was found free (RFC 9110, 13.1.2).
        while True:
            content.seek(0)
            try:
                with self.antwortend(name):
                    self._klient.put_object(
                        **self._ziel(name),
                        **self._get_write_parameters(name, content),
                        Body=ReadBytesWrapper(content),
                        IfNoneMatch="*",
                    )
            except FileExistsError:
                name = self.get_available_name(name)
            else:
                return clean_name(name)

    def delete(self, name: str) -> None:
        """Delete an object; one that is not there is no error. Raises Speicherausfall."""
        if not name:
            raise ValueError("The name must be given to delete().")
        with self.antwortend(name):
            super().delete(name)

    def exists(self, name: str) -> bool:
        """Whether there is such an object. Raises Speicherausfall where that cannot be told."""
        try:
            self._kopf(name)
        except FileNotFoundError:
            return False
        return True

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return folders and files in a folder. Raises FileNotFoundError, Speicherausfall."""
        with self.antwortend(path):
            ordner, dateien = super().listdir(path)
        if path and not ordner and not dateien:  # a folder is there as long as there is something in it
            raise FileNotFoundError(errno.ENOENT, "Diesen Ordner gibt es nicht", path)
        return ordner, dateien

    def size(self, name: str) -> int:
        """Return how many bytes an object has. Raises FileNotFoundError, Speicherausfall."""
        groesse: int = self._kopf(name)["ContentLength"]
        return groesse

    def get_modified_time(self, name: str) -> Any:
        """Return when an object was written. Raises FileNotFoundError, Speicherausfall."""
        return self._kopf(name)["LastModified"]

    def url(self, name: str, *_: Any, **__: Any) -> str:
        """Refuse: who may read a file is asked by the page that sends it."""
        raise ValueError("No address leads to a file in the store.")

    def strom(self, name: str, ab: int, etag: str) -> Any:
        """Return the body of an object from this byte on, as long as it is still the one with this ETag."""
        with self.antwortend(name):
            return self._klient.get_object(**self._ziel(name), Range=f"bytes={ab}-", IfMatch=etag)["Body"]

    def _kopf(self, name: str) -> dict[str, Any]:
        with self.antwortend(name):
            kopf: dict[str, Any] = self._klient.head_object(**self._ziel(name))
            return kopf

    @property
    def _klient(self) -> Any:
        return self.connection.meta.client

    def _ziel(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket_name, "Key": self._normalize_name(clean_name(name))}

    @contextmanager
    def antwortend(self, name: str) -> Iterator[None]:
        """Turn what boto3 raises into what a folder would, and ask nobody who did not answer just now."""
        if monotonic() < self._wieder_ab:
            raise SpeicherWeg(errno.EHOSTUNREACH, "Der Objektspeicher antwortet nicht", name)
        try:
            yield
        except ClientError as fehler:
            raise self._gedeutet(fehler, name) from fehler
        except BotoCoreError as fehler:
            if isinstance(fehler, HTTPClientError | KeineVerbindung):  # no matter of this one request
                self._wieder_ab = monotonic() + PAUSE
            raise SpeicherWeg(errno.EHOSTUNREACH, "Der Objektspeicher antwortet nicht", name) from fehler

    def _gedeutet(self, fehler: ClientError, name: str) -> OSError:
        status = fehler.response["ResponseMetadata"]["HTTPStatusCode"]
        grund = fehler.response["Error"]["Code"]
        if status == 404 and grund not in ("NoSuchKey", "NoSuchBucket"):
            # A HEAD has no body that could say whether it is the object or the whole bucket that is missing.
            with self.antwortend(name):
                self._klient.list_objects_v2(Bucket=self.bucket_name, MaxKeys=1)
            grund = "NoSuchKey"
        if grund == "NoSuchKey":
            return FileNotFoundError(errno.ENOENT, "Diese Datei gibt es nicht", name)
        if status == 412:  # Precondition Failed
            return FileExistsError(errno.EEXIST, "Diese Datei gibt es schon", name)
        if status in (401, 403):
            return Speicherausfall(errno.EACCES, f"Der Objektspeicher lehnt ab ({grund})", name)
        return SpeicherWeg(errno.EIO, f"Der Objektspeicher kann nicht antworten ({grund})", name)


class Objekt(io.RawIOBase):
    """The content of an object, taken from the connection as it is read; a jump asks for the rest anew."""

    def __init__(self, speicher: S3Speicher, name: str, kopf: dict[str, Any]) -> None:
        self._speicher, self.name = speicher, name
        self._groesse: int = kopf["ContentLength"]
        self._etag: str = kopf["ETag"]
        self._stelle = 0
        self._strom: Any = None

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, stelle: int, von: int = io.SEEK_SET) -> int:
        """Go to a byte; nothing is read yet."""
        neu = stelle + {io.SEEK_SET: 0, io.SEEK_CUR: self._stelle, io.SEEK_END: self._groesse}[von]
        if neu != self._stelle:
            self._loslassen()
            self._stelle = neu
        return neu

    def tell(self) -> int:
        """Return at which byte it is."""
        return self._stelle

    def readinto(self, puffer: Any) -> int:
        """Fill a buffer as far as there is something. Raises Speicherausfall."""
        if self._stelle >= self._groesse:
            return 0
        if self._strom is None:
            self._strom = self._speicher.strom(self.name, self._stelle, self._etag)
        with self._speicher.antwortend(self.name):
            stueck = self._strom.read(len(puffer))
        puffer[: len(stueck)] = stueck
        self._stelle += len(stueck)
        return len(stueck)

    def close(self) -> None:
        """Let go of the connection."""
        self._loslassen()
        super().close()

    def _loslassen(self) -> None:
        if self._strom is not None:
            self._strom.close()
            self._strom = None
