#!/usr/bin/env bash
# Put the tools of requirements/pruefung.txt into an environment of their own, .venv-pruefung, where they are missing.
set -euo pipefail
hier=$(cd "$(dirname "$0")" && pwd)
umgebung=$hier/../.venv-pruefung

soll=$(sha256sum "$hier/../requirements/pruefung.txt" | cut -d' ' -f1)
[ "$(cat "$umgebung/.eingerichtet" 2>/dev/null)" != "$soll" ] || exit 0
echo "→ Prüfprogramme (beim ersten Mal eine Minute)"
"$hier/../.venv/bin/python" -m venv --clear "$umgebung"
"$umgebung/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes \
  -r "$hier/../requirements/pruefung.txt"
echo "$soll" >"$umgebung/.eingerichtet"
