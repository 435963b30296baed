# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the commands of this fleet share; sourced, not run.
#
# A server is `local_web_server --id ID --state-dir STATE …`; it writes
# STATE/ID.pid once its port is open. STATE/ID.args holds the options that belong
# to the machine rather than to its image, and so survive a reimage.

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
server=${DRYDOCK_LOCAL_WEB_SERVER:-$here/../../build/${DRYDOCK_PRESET:-release}/bin/local_web_server}
state=$(realpath -m -- "${DRYDOCK_LOCAL_WEB_STATE:-$here/.state}")
# shellcheck disable=SC2034 # for those that source this
{
  first_port=${DRYDOCK_LOCAL_WEB_PORT:-18080}
  instance_count=12
  old_version=1.0.0
}

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# ask PORT METHOD PATH: the body of the answer. The user's own settings of curl
# are left out: neither a proxy nor a .curlrc has a say in talking to localhost.
ask() {
  curl -q --noproxy '*' -sS --max-time 5 -X "$2" "http://127.0.0.1:$1$3"
}

# is_server PID [ID]: whether PID is a server of this fleet (and plays ID). A pid
# may have gone to somebody else's process; a dead one has no command line.
is_server() {
  local -a argv=()
  local i id='' dir=''
  mapfile -d '' -t argv 2>/dev/null <"/proc/$1/cmdline" || return 1
  [[ ${argv[0]-} == */local_web_server || ${argv[0]-} == local_web_server ]] || return 1
  for ((i = 1; i + 1 < ${#argv[@]}; ++i)); do
    case ${argv[i]} in
      --id) id=${argv[i + 1]} ;;
      --state-dir) dir=${argv[i + 1]} ;;
    esac
  done
  [[ $dir == "$state" && ${2:-$id} == "$id" ]]
}

# server_pid ID: the process that plays ID; fails when there is none.
server_pid() {
  local pid=''
  [[ -r $state/$1.pid ]] || return 1
  read -r pid <"$state/$1.pid" || return 1
  is_server "$pid" "$1" || return 1
  printf '%s\n' "$pid"
}

# all_servers: every server of this fleet, with or without a pid file.
all_servers() {
  local file pid
  while IFS= read -r file; do
    pid=${file#/proc/}
    pid=${pid%/cmdline}
    if is_server "$pid"; then printf '%s\n' "$pid"; fi
  done < <(grep -lzxFs -f <(printf '%s\n' "$state") /proc/[0-9]*/cmdline || true)
}

# end_servers PID…: asks them to end, makes them when they take over 5 s, and
# returns when they are gone.
end_servers() {
  local pid round alive
  for pid in "$@"; do kill -TERM "$pid" 2>/dev/null || true; done
  for ((round = 0; round < 500; ++round)); do
    alive=()
    for pid in "$@"; do
      if is_server "$pid"; then alive+=("$pid"); fi
    done
    ((${#alive[@]})) || return 0
    if ((round == 250)); then kill -KILL "${alive[@]}" 2>/dev/null || true; fi
    sleep 0.02
  done
  fail "process ${alive[*]} does not end: see what it waits for"
}

# stop_server ID
stop_server() {
  local pid
  if pid=$(server_pid "$1"); then end_servers "$pid"; fi
  rm -f -- "$state/$1.pid"
}

# launch_server ID PORT VERSION: in a session of its own and with no file of ours,
# so that neither the end of a process group nor an open pipe ties it to us.
launch_server() {
  local -a more=()
  [[ -x $server ]] || fail "$server is missing: build it with ./dev build, or name another in DRYDOCK_LOCAL_WEB_SERVER"
  mkdir -p -- "$state"
  if [[ -s $state/$1.args ]]; then read -r -a more <"$state/$1.args"; fi
  rm -f -- "$state/$1.pid"
  setsid --fork "$(realpath -- "$server")" --id "$1" --port "$2" --version "$3" \
    --state-dir "$state" "${more[@]}" </dev/null >"$state/$1.log" 2>&1
}

# await_server ID: returns when its port is open.
await_server() {
  local round
  for ((round = 0; round < 500; ++round)); do
    if server_pid "$1" >/dev/null; then return 0; fi
    # A server says nothing unless it gives up.
    if [[ -s $state/$1.log ]]; then fail "$1 cannot start: $(tail -n 1 -- "$state/$1.log")"; fi
    sleep 0.02
  done
  fail "$1 did not open its port within 10 s"
}

# The drydock process whose run uses this fleet now, unless that is our own.
other_run() {
  local pid='' name=''
  [[ -r $state/run ]] && read -r pid <"$state/run" && [[ $pid != "$PPID" ]] || return 1
  read -r name 2>/dev/null <"/proc/$pid/comm" && [[ $name == drydock* ]] || return 1
  printf '%s\n' "$pid"
}
