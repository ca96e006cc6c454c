"""Try signing in by OpenID Connect at a service of others:  make oidc-pruefen

That is oidc-provider (skripte/oidc/), which the OpenID Foundation has certified; tests/konferenz/test_oidc.py
goes the whole way there and back. What comes after is for pytest.
"""

import subprocess
import sys
from pathlib import Path

from node import BASIS, NODE, mit_node


def hauptteil(*angaben: str) -> int:
    """Run the tests; return how pytest ended."""
    umgebung = mit_node(Path(__file__).parent / "oidc")
    umgebung |= {"OIDC_NODE": str(NODE / "bin" / "node"), "DEBUG": "1"}
    pytest = [sys.executable, "-m", "pytest", "-m", "oidc", "tests/konferenz/test_oidc.py", *angaben]
    return subprocess.run(pytest, cwd=BASIS, env=umgebung, check=False).returncode


if __name__ == "__main__":
    sys.exit(hauptteil(*sys.argv[1:]))
