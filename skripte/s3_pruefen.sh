#!/usr/bin/env bash
# Run the tests of the object store against a server that speaks S3 (moto, or S3_PRUEFEN):  make s3-pruefen
# In an environment of its own, .venv-s3: what the image installs, and that server.
set -euo pipefail
cd "$(dirname "$0")/.."
umgebung=.venv-s3

soll=$(sha256sum requirements/s3-entwicklung.txt | cut -d' ' -f1)
if [ "$(cat $umgebung/.eingerichtet 2>/dev/null)" != "$soll" ]; then
  echo "→ Umgebung für den Objektspeicher (beim ersten Mal eine Minute)"
  .venv/bin/python -m venv --clear $umgebung
  $umgebung/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes \
    -r requirements/s3-entwicklung.txt
  echo "$soll" >$umgebung/.eingerichtet
fi
DEBUG=1 $umgebung/bin/python -m pytest -m s3 "$@"
