"""Where files lie: in a folder (MEDIA_ROOT), or in an object store that speaks S3 (s3.py).

Both tell a file that is not there (FileNotFoundError) from a store that cannot be used (Speicherausfall).
What is only away for a moment must not be taken for lost: it would be shown as missing, or made anew.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

# What says something about one name only, not about the store.
NUR_DIESER_NAME = {errno.ENOENT, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL}

# No room, for whoever writes whatever.
VOLL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
# What the name of a file begins with that is being written.
UNFERTIG = ".neu-"


class Speicherausfall(OSError):
    """The store refused or failed; nothing is known of the file, and nothing was changed."""


class SpeicherWeg(Speicherausfall):
    """Nobody answers there at all: to ask for the next file would only take time."""


def ist_ausfall(fehler: OSError) -> bool:
    """Whether the store or a disk is what failed, so that the same may well succeed later."""
    return isinstance(fehler, Speicherausfall) or fehler.errno in VOLL


@contextmanager
def voll_ist_ausfall() -> Iterator[None]:
    """Name a full disk what it is, wherever on the way to the store it was met: a Speicherausfall."""
    try:
        yield
    except OSError as fehler:
        if ist_ausfall(fehler) and not isinstance(fehler, Speicherausfall):
            raise Speicherausfall(fehler.errno, fehler.strerror or str(fehler)) from fehler
        raise


def ort() -> str:
    """Return where files lie, for messages to whoever runs the site: „unter MEDIA_ROOT“."""
    return "im Objektspeicher (S3_URL)" if settings.S3_URL else "unter MEDIA_ROOT"


class Ordnerspeicher(FileSystemStorage):
    """Django's store in a folder, where a file is whole or not there, and a failing disk is not taken for a
    missing file.
    """

    def _open(self, name: str, mode: str = "rb") -> Any:
        with _ausfall_erkennen():
            return super()._open(name, mode)  # type: ignore[misc]

    def _save(self, name: str, content: Any) -> str:
        # Django's own leaves half a file where the disk gets full; one that is whole it only has to rename.
        with _ausfall_erkennen():
            ordner = Path(self.path(name)).parent
            ordner.mkdir(parents=True, exist_ok=True)
            nummer, neu = mkstemp(dir=ordner, prefix=UNFERTIG)
            try:
                with os.fdopen(nummer, "wb") as datei:
                    for stueck in content.chunks():
                        datei.write(stueck)
                return super()._save(name, _Fertige(neu))  # type: ignore[misc]
            finally:
                with suppress(OSError):  # it is in its place
                    Path(neu).unlink(missing_ok=True)

    def delete(self, name: str) -> None:
        """Delete a file; one that is not there is no error. Raises Speicherausfall."""
        with _ausfall_erkennen():
            super().delete(name)

    def exists(self, name: str) -> bool:
        """Whether there is such a file. Raises Speicherausfall where that cannot be told."""
        with _ausfall_erkennen():
            try:
                os.lstat(self.path(name))
            except OSError as fehler:
                if fehler.errno in NUR_DIESER_NAME:
                    return False
                raise
            except ValueError:  # no name of a file
                return False
        return True

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return folders and files in a folder. Raises FileNotFoundError, Speicherausfall."""
        with _ausfall_erkennen():
            return super().listdir(path)

    def size(self, name: str) -> int:
        """Return how many bytes a file has. Raises FileNotFoundError, Speicherausfall."""
        with _ausfall_erkennen():
            return super().size(name)

    def get_modified_time(self, name: str) -> Any:
        """Return when a file was written. Raises FileNotFoundError, Speicherausfall."""
        with _ausfall_erkennen():
            return super().get_modified_time(name)


class _Fertige(File):
    """A file that Django moves to its place, as it does with large uploads."""

    def __init__(self, pfad: str) -> None:
        super().__init__(None, pfad)
        self._pfad = pfad

    def temporary_file_path(self) -> str:
        """Return where it is."""
        return self._pfad


@contextmanager
def _ausfall_erkennen() -> Iterator[None]:
    try:
        yield
    except OSError as fehler:
        # Django's own FileExistsError, of a file where a folder should be, has no number.
        if isinstance(fehler, FileNotFoundError | Speicherausfall) or fehler.errno in NUR_DIESER_NAME:
            raise
        raise Speicherausfall(fehler.errno or errno.ENOTDIR, fehler.strerror or str(fehler)) from fehler
