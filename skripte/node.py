"""Node, from requirements/node.txt, and the npm packages of one of our tools, each in its place."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

BASIS = Path(__file__).resolve().parent.parent
NODE = BASIS / ".venv-node"


def mit_node(werkzeug: Path) -> dict[str, str]:
    """Install Node and what package-lock.json in the folder `werkzeug` names, where that is not done.

    Returns the environment in which they run. Raises CalledProcessError where pip or npm fails.
    """
    pakete = BASIS / "requirements" / "node.txt"
    if _neu(NODE / ".eingerichtet", pakete):
        subprocess.run([sys.executable, "-m", "venv", "--clear", NODE], check=True)
        pip = [f"{NODE}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", pakete], check=True)
        _merken(NODE / ".eingerichtet", pakete)
    umgebung = {**os.environ, "PATH": f"{NODE / 'bin'}:{os.environ['PATH']}"}
    if _neu(werkzeug / "node_modules" / ".eingerichtet", werkzeug / "package-lock.json"):
        npm = ["npm", "ci", "--silent", "--ignore-scripts"]
        subprocess.run(npm, cwd=werkzeug, env=umgebung, check=True)
        _merken(werkzeug / "node_modules" / ".eingerichtet", werkzeug / "package-lock.json")
    return umgebung


def _neu(stempel: Path, vorlage: Path) -> bool:
    return not stempel.exists() or stempel.read_text() != sha256(vorlage.read_bytes()).hexdigest()


def _merken(stempel: Path, vorlage: Path) -> None:
    stempel.write_text(sha256(vorlage.read_bytes()).hexdigest())
