#!/usr/bin/env bash
# Run a command against a throw-away object store, Ceph's:  skripte/mit_ceph.sh BEFEHL [ARGUMENT …]
# One monitor, one disk that is memory, one gateway that speaks S3: all in a temporary folder and on loopback
# only, gone afterwards. S3_PRUEFEN names it to the command, with a user of its own and without a bucket.
set -euo pipefail
[ "$#" -gt 0 ] || { echo "Aufruf: $0 BEFEHL [ARGUMENT …]" >&2; exit 2; }

pakete=()
for programm in ceph:ceph-common ceph-mon:ceph-mon ceph-osd:ceph-osd radosgw:radosgw; do
  command -v "${programm%:*}" >/dev/null || pakete+=("${programm#*:}")
done
[ ${#pakete[@]} = 0 ] || { echo "Ceph fehlt: apt-get install --no-install-recommends ${pakete[*]}" >&2; exit 1; }

ordner=$(mktemp -d)
dienste=()

aufraeumen() {
  kill -9 "${dienste[@]}" 2>/dev/null || true # nothing here has to be put down in order
  wait "${dienste[@]}" 2>/dev/null || true
  rm -rf "$ordner"
}
trap aufraeumen EXIT
trap 'exit 130' INT TERM

gescheitert() {
  tail -n 20 "$ordner"/*.protokoll >&2
  exit 1
}

starten() { # PROGRAMM [ARGUMENT …]
  "$@" -c "$ordner/ceph.conf" -f >>"$ordner/$1.protokoll" 2>&1 &
  dienste+=($!)
}

verwalten() { # PROGRAMM [ARGUMENT …]
  timeout 60 "$@" -c "$ordner/ceph.conf" >>"$ordner/$1.protokoll" 2>&1 || gescheitert
}

read -r mon_port port < <(python3 -c '
import socket
frei = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in frei))')
kennung=$(python3 -c 'import uuid; print(uuid.uuid4())')
geheimnis=$(python3 -c 'import secrets; print(secrets.token_hex(16))')

# No keys among its parts, which is why the gateway must not ask for encryption. One copy of everything, as there
# is one disk, and in few parts, as it is little.
cat >"$ordner/ceph.conf" <<CONF
[global]
fsid = $kennung
mon host = [v2:127.0.0.1:$mon_port]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
mon data = $ordner/mon
osd data = $ordner/osd
rgw data = $ordner/rgw
run dir = $ordner
admin socket =
log to file = false
log to stderr = true
mon cluster log file =
mon allow pool size one = true
osd pool default size = 1
osd pool default pg num = 8
osd crush chooseleaf type = 0
osd crush initial weight = 1
osd objectstore = memstore
rgw frontends = beast endpoint=127.0.0.1:$port
ms mon client mode = crc
rgw enable apis = s3
[mon.a]
public addrv = [v2:127.0.0.1:$mon_port]
CONF

verwalten ceph-mon --mkfs -i a
starten ceph-mon -i a
verwalten ceph osd new "$kennung"
mkdir "$ordner/osd"
verwalten ceph-osd --mkfs -i 0 --osd-uuid "$kennung"
starten ceph-osd -i 0
verwalten radosgw-admin user create --uid=doku --display-name=doku --access-key=doku --secret-key="$geheimnis"
starten radosgw
until curl -fs -o "$ordner/antwort" "http://127.0.0.1:$port/"; do
  kill -0 "${dienste[2]}" 2>/dev/null || gescheitert
  sleep 0.2
done

export S3_PRUEFEN="http://doku:$geheimnis@127.0.0.1:$port"
"$@" </dev/null
