"""An environment of its own for a tool, made where it is missing or no longer what the requirements say."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

BASIS = Path(__file__).resolve().parent.parent
STEMPEL = ".eingerichtet"


def einrichten(umgebung: Path, anforderungen: Path, python: str = sys.executable) -> None:
    """Put what `anforderungen` pins with hashes into a virtual environment. Raises CalledProcessError."""
    if eingerichtet(umgebung, anforderungen):
        return
    print(f"→ {umgebung.name} (beim ersten Mal eine Minute)", flush=True)
    subprocess.run([python, "-m", "venv", "--clear", umgebung], check=True)
    pip = [f"{umgebung}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-input", "--require-hashes", "-r", anforderungen], check=True)
    merken(umgebung, anforderungen)


def eingerichtet(ordner: Path, anforderungen: Path) -> bool:
    """Whether a folder holds what this file says."""
    stempel = ordner / STEMPEL
    return stempel.exists() and stempel.read_text() == _summe(anforderungen)


def merken(ordner: Path, anforderungen: Path) -> None:
    """Note that a folder holds it now."""
    (ordner / STEMPEL).write_text(_summe(anforderungen))


def _summe(datei: Path) -> str:
    return sha256(datei.read_bytes()).hexdigest()
