#!/usr/bin/env bash
# Set up what `make demo` and `make test` need: system libraries, .venv, Python packages, front-end assets.
# What is there already is left alone, so that a second run takes a moment and needs no network.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."

VENV=.venv
STEMPEL=$VENV/.eingerichtet

schritt() { printf '→ %s\n' "$*"; }
abbruch() { printf '\nAbbruch: %s\n' "$*" >&2; exit 1; }

# --- Python --------------------------------------------------------------------------------------

passt() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

python_suchen() {
  local kandidat
  for kandidat in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if command -v "$kandidat" >/dev/null && passt "$kandidat"; then
      command -v "$kandidat"
      return
    fi
  done
  abbruch "Gebraucht wird Python 3.11, 3.12 oder 3.13 (needs Python 3.11 to 3.13)." \
    "Gefunden: $(python3 --version 2>/dev/null || echo 'kein python3')." \
    "Ein anderes nennt man so: make ${MAKECMDGOALS:-setup} PYTHON=/pfad/zu/python3.11"
}

# --- Debian's packages ---------------------------------------------------------------------------

# What WeasyPrint opens at run time (weasyprint/text/ffi.py), and the Debian package that brings it.
bibliotheken_fehlen() {
  [ "$(uname -s)" = Linux ] || return 0
  "$1" - <<'PYTHON'
import ctypes

for bibliothek, paket in {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}.items():
    try:
        ctypes.CDLL(bibliothek)
    except OSError:
        print(paket)
PYTHON
}

venv_laeuft() { [ -x $VENV/bin/python ] && passt $VENV/bin/python; }
venv_hat_pip() { venv_laeuft && $VENV/bin/python -c 'import pip' 2>/dev/null; }

# A Python without ensurepip can't make a venv with pip in it; Debian keeps that part in a package of its own.
venv_fehlt() {
  venv_hat_pip || "$1" -c 'import ensurepip, venv' 2>/dev/null ||
    "$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
}

pakete_installieren() {
  [ "$#" -gt 0 ] || return 0
  local mit_sudo="sudo apt-get update && sudo apt-get install --yes --no-install-recommends $*"
  command -v apt-get >/dev/null ||
    abbruch "Es fehlen Systempakete; unter Debian und Ubuntu heißen sie: $*"
  [ "$(id -u)" = 0 ] ||
    abbruch "Es fehlen Systempakete (system packages are missing). Bitte einmal ausführen:" $'\n\n' "   $mit_sudo"
  schritt "Systempakete: $*"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq </dev/null
  apt-get install -qq --yes --no-install-recommends "$@" </dev/null >/dev/null
}

# --- The steps -----------------------------------------------------------------------------------

python_pakete() {
  local soll
  soll=$(sha256sum requirements/entwicklung.txt | cut -d' ' -f1)
  if venv_laeuft && [ "$(cat $STEMPEL 2>/dev/null)" = "$soll" ]; then
    return
  fi
  if ! venv_hat_pip; then
    schritt "Virtuelle Umgebung $VENV mit $("$1" --version)"
    if venv_laeuft; then "$1" -m venv $VENV; else "$1" -m venv --clear $VENV; fi
  fi
  schritt "Python-Pakete (beim ersten Mal ein bis zwei Minuten)"
  $VENV/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
    --require-hashes -r requirements/entwicklung.txt
  echo "$soll" >$STEMPEL
}

npm_suchen() {
  # The lock file has version 3, which npm reads from its version 7 on.
  local version
  version=$(npm --version 2>/dev/null | cut -d. -f1 || true)
  if [ "${version:-0}" -ge 7 ] 2>/dev/null; then
    echo npm
    return
  fi
  if [ ! -x $VENV/bin/npm ]; then
    schritt "Node.js aus einem Python-Paket, weil auf diesem Rechner keines (oder nur ein altes) ist" >&2
    $VENV/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
      --require-hashes -r requirements/node.txt
  fi
  echo $VENV/bin/npm
}

oberflaeche() {
  local soll npm
  soll=$(cat package-lock.json .npmrc | sha256sum | cut -d' ' -f1)
  if [ "$(cat node_modules/.eingerichtet 2>/dev/null)" = "$soll" ]; then
    return
  fi
  npm=$(npm_suchen)
  schritt "Oberfläche (npm ci)"
  PATH="$PWD/$VENV/bin:$PATH" "$npm" ci --silent </dev/null ||
    abbruch "npm ci ist gescheitert. Einzelheiten zeigt: $npm ci"
  echo "$soll" >node_modules/.eingerichtet
}

python=$(python_suchen)
# shellcheck disable=SC2046  # each word is a package
pakete_installieren $(venv_fehlt "$python") $(bibliotheken_fehlen "$python")
python_pakete "$python"
oberflaeche
