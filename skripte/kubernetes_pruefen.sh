#!/usr/bin/env bash
# Check betrieb/kubernetes.yaml against the schemas of Kubernetes, unknown fields included:  make kubernetes-pruefen
set -euo pipefail
cd "$(dirname "$0")/.."
bash skripte/pruefprogramme.sh
# Each document by itself: the tool reads one.
ordner=$(mktemp -d)
trap 'rm -rf "$ordner"' EXIT
csplit --quiet --elide-empty-files --prefix="$ordner/teil-" --suffix-format='%02d.yaml' betrieb/kubernetes.yaml '/^---$/' '{*}'
.venv-pruefung/bin/kubernetes-validate --strict "$ordner"/*.yaml
