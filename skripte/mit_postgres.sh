#!/usr/bin/env bash
# Run a command against a throw-away PostgreSQL:  skripte/mit_postgres.sh BEFEHL [ARGUMENT …]
# The cluster lies in a temporary folder, listens on loopback only and is gone afterwards. PostgreSQL
# refuses to run as root, so there it runs as the user postgres, while the command stays with the caller.
set -euo pipefail
[ "$#" -gt 0 ] || { echo "Aufruf: $0 BEFEHL [ARGUMENT …]" >&2; exit 2; }

programme=$(find /usr/lib/postgresql/*/bin -maxdepth 0 2>/dev/null | sort -V | tail -n 1 || true)
[ -n "$programme" ] || programme=$(dirname "$(command -v initdb || true)")
[ -x "$programme/initdb" ] || { echo "PostgreSQL fehlt: apt-get install postgresql" >&2; exit 1; }

ordner=$(mktemp -d)
als_dienst=()
if [ "$(id -u)" = 0 ]; then
  chown postgres "$ordner"
  als_dienst=(runuser -u postgres --)
fi

aufraeumen() {
  (cd "$ordner" && "${als_dienst[@]}" "$programme/pg_ctl" -D "$ordner/daten" -m immediate stop >/dev/null 2>&1) || true
  rm -rf "$ordner"
}
trap aufraeumen EXIT
trap 'exit 130' INT TERM

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
kennwort=$(python3 -c 'import secrets; print(secrets.token_hex(16))')
printf '%s\n' "$kennwort" >"$ordner/kennwort"
[ "$(id -u)" != 0 ] || chown postgres "$ordner/kennwort"

(
  cd "$ordner" && # the caller's folder may be closed to the user postgres
  "${als_dienst[@]}" "$programme/initdb" -D "$ordner/daten" -U doku --pwfile="$ordner/kennwort" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$ordner/protokoll" &&
  # Nothing here has to survive a power cut, so nothing waits for the disk. And no statistics are gathered in
  # between: those of a table that a test has just emptied make a plan of minutes for the next one that fills it.
  "${als_dienst[@]}" "$programme/pg_ctl" -D "$ordner/daten" -l "$ordner/daten/protokoll" -w start -o "\
    -c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$ordner \
    -c autovacuum=off -c fsync=off -c synchronous_commit=off -c full_page_writes=off" >>"$ordner/protokoll"
) || { cat "$ordner/protokoll" "$ordner/daten/protokoll" >&2 2>/dev/null; exit 1; }

export DATABASE_URL="postgres://doku:$kennwort@127.0.0.1:$port/postgres"
export DEBUG=1
"$@" </dev/null
