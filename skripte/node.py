"""Node, from requirements/node.txt, and the npm packages of one of our tools, each in its place."""

import os
import subprocess
from pathlib import Path

from umgebung import BASIS, eingerichtet, einrichten, merken

NODE = BASIS / ".venv-node"


def mit_node(werkzeug: Path) -> dict[str, str]:
    """Install Node and what package-lock.json in the folder `werkzeug` names, where that is not done.

    Returns the environment in which they run. Raises CalledProcessError where pip or npm fails.
    """
    einrichten(NODE, BASIS / "requirements" / "node.txt")
    umgebung = {**os.environ, "PATH": f"{NODE / 'bin'}:{os.environ['PATH']}"}
    pakete, liste = werkzeug / "node_modules", werkzeug / "package-lock.json"
    if not eingerichtet(pakete, liste):
        npm = ["npm", "ci", "--silent", "--ignore-scripts"]
        subprocess.run(npm, cwd=werkzeug, env=umgebung, check=True)
        merken(pakete, liste)
    return umgebung
