"""What processes have in common that handle what others made: the renderer and the reader of files.

Both know no settings, no database and no secret, and only work with what they are handed.
"""

import os
import resource
import sys
from typing import Any

# What they need of the environment: where programs and temporary files are, and the language.
UMGEBUNG = ("PATH", "TMPDIR", "LANG", "LC_ALL", "HOME", "XDG_CACHE_HOME", "VIRTUAL_ENV")
# Events of Python's audit hook that neither of them ever needs (PEP 578).
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


def umgebung() -> dict[str, str]:
    """Return the variables of the environment that such a process is started with."""
    return {name: os.environ[name] for name in UMGEBUNG if name in os.environ}


def begrenzen(speicher: int) -> None:
    """Let this process use so many bytes of memory at most, and leave no image of it when it dies."""
    resource.setrlimit(resource.RLIMIT_AS, (speicher, speicher))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def abschotten() -> None:
    """From now on, and for good, let this process open no connection and start no program.

    What tries to gets a PermissionError.
    """
    sys.addaudithook(_verbieten)


def _verbieten(ereignis: str, _: tuple[Any, ...]) -> None:
    if ereignis.startswith(VERBOTEN):
        raise PermissionError(f"this process may not do this: {ereignis}")
