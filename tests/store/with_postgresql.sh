#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# with_postgresql.sh COMMAND …: runs COMMAND with a PostgreSQL server of its own, which
# DRYDOCK_TEST_POSTGRESQL names, and ends with its status. The server and its files go
# whatever happens. Where no server is installed: status 77, or 1 when
# DRYDOCK_REQUIRE_POSTGRESQL is 1.
#
# COMMAND may send the server away and back: DRYDOCK_TEST_POSTGRESQL_RESTART is a
# command that restarts it, at once and without mercy.
set -euo pipefail

programs=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1 || true)
if [[ ! -x $programs/postgres || ! -x $programs/initdb || ! -x $programs/pg_ctl ]]; then
  printf 'with_postgresql: there is no PostgreSQL server: apt-get install postgresql\n' >&2
  if [[ ${DRYDOCK_REQUIRE_POSTGRESQL-} == 1 ]]; then exit 1; fi
  exit 77
fi

# A socket's name may have 107 bytes at most, so the folder is not TMPDIR's.
folder=$(mktemp -d /tmp/drydock-pg-XXXXXX)
as_user=()
if ((EUID == 0)); then
  # The server does not run as root.
  user=postgres
  id -u "$user" >/dev/null 2>&1 || user=nobody
  as_user=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups env "HOME=$folder")
  chown "$user" "$folder"
fi

# The server's user may not be allowed to stand where this script was called.
control() { cd -- "$folder" && "${as_user[@]}" "$programs/pg_ctl" -D "$folder/data" -s -w -t 60 "$@"; }
finish() {
  if [[ -e $folder/data/postmaster.pid ]]; then (control -m immediate stop) || true; fi
  rm -rf -- "$folder"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

(cd -- "$folder" && "${as_user[@]}" "$programs/initdb" -D "$folder/data" -U drydock -A trust -E UTF8 --no-locale \
  -N) >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; exit 1; }
# No port of the host's: a socket in this folder is enough.
cat >>"$folder/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$folder'
max_connections = 40
END
(control -l "$folder/server.log" start) || { cat "$folder/server.log" >&2; exit 1; }

printf -v DRYDOCK_TEST_POSTGRESQL_RESTART '%q ' cd "$folder" 'AND' "${as_user[@]}" "$programs/pg_ctl" \
  -D "$folder/data" -s -w -t 60 -m immediate -l "$folder/server.log" restart
export DRYDOCK_TEST_POSTGRESQL_RESTART=${DRYDOCK_TEST_POSTGRESQL_RESTART/ AND / && }
export DRYDOCK_TEST_POSTGRESQL="host=$folder dbname=postgres user=drydock"

status=0
"$@" || status=$?
if ((status)); then tail -n 40 "$folder/server.log" >&2; fi
exit "$status"
