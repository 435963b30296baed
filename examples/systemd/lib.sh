# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the commands of this fleet share; sourced, not run.

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for those that source this
{
  instance_count=6
  first_port=${DRYDOCK_SYSTEMD_PORT:-18480}
  old_release=1.0.0
  server=${DRYDOCK_LOCAL_WEB_SERVER:-$here/../../build/${DRYDOCK_PRESET:-release}/bin/local_web_server}
}
# Whose manager: the machine's for root, else one's own.
if ((EUID == 0)); then manager=system; else manager=user; fi
manager=${DRYDOCK_SYSTEMD_MANAGER:-$manager}
case $manager in
  system) runtime=/run ;;
  user) runtime=${XDG_RUNTIME_DIR:-/run/user/$EUID} ;;
  *)
    echo "DRYDOCK_SYSTEMD_MANAGER is '$manager': say user or system" >&2
    exit 1
    ;;
esac
settings=$runtime/drydock-demo # ID.env of each instance

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

control() { systemctl "--$manager" --no-ask-password --no-pager "$@"; }

unit() { printf 'drydock-demo@%s.service\n' "$1"; }

# state ID: active, inactive, failed, activating, …; nothing where the manager does
# not answer.
state() { control is-active "$(unit "$1")" 2>/dev/null || true; }

# manager_answers: it may not, while it is started anew, say.
manager_answers() { control show --property=Version >/dev/null 2>&1; }

# ask PORT METHOD PATH: the body of the answer, or nothing and curl's exit status.
ask() {
  curl -q --noproxy '*' -sS --max-time 4 -X "$2" "http://127.0.0.1:$1$3"
}

# choose ID PORT RELEASE: what the unit runs when it starts next.
choose() {
  mkdir -p -- "$settings"
  printf 'PORT=%s\nRELEASE=%s\n' "$2" "$3" >"$settings/$1.env.new"
  mv -- "$settings/$1.env.new" "$settings/$1.env"
}
