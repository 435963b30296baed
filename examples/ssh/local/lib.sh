# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What setup and teardown share; sourced, not run. Sets what ../lib.sh sets.
#
# A host is an sshd on a port of its own, for whom its folder home is $HOME:
#   .state/hosts/ID/sshd    its configuration, host key, log and pid
#   .state/hosts/ID/home    what is on the host; home/web is its service

# shellcheck source=examples/ssh/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

state=$here/.state
hosts=$state/hosts

# every_host: ID PORT SSH_PORT of each, one a line.
every_host() {
  jq -r '.[] | "\(.id) \(.port) \(.vars.ssh_port)"' "$here/hosts.json"
}

# sshd_pid ID: the process that listens for the host; fails when there is none. A pid
# may have gone to somebody else's process.
sshd_pid() {
  local pid='' title=''
  read -r pid 2>/dev/null <"$hosts/$1/sshd/pid" || return 1
  title=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || return 1
  [[ $title == *"$hosts/$1/sshd/sshd_config"* ]] || return 1
  printf '%s\n' "$pid"
}

# descendants PID…: these and all that they have begun, one a line.
descendants() {
  cat /proc/[0-9]*/stat 2>/dev/null | sed 's/(.*) [^ ]*//' | awk -v first="$*" '
    { children[$2] = children[$2] " " $1 }
    END {
      n = split(first, line, " ")
      for (i = 1; i <= n; ++i) {
        print line[i]
        m = split(children[line[i]], more, " ")
        for (j = 1; j <= m; ++j) line[++n] = more[j]
      }
    }'
}

# end_processes PID…: asks them to end, makes them after 5 s, returns when they have.
end_processes() {
  local pid round alive
  for pid in "$@"; do kill -TERM "$pid" 2>/dev/null || true; done
  for ((round = 0; round < 500; ++round)); do
    alive=()
    # One that has ended and waits for its parent has no command line.
    for pid in "$@"; do
      if [[ $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") ]]; then alive+=("$pid"); fi
    done
    ((${#alive[@]})) || return 0
    if ((round == 250)); then kill -KILL "${alive[@]}" 2>/dev/null || true; fi
    sleep 0.02
  done
  fail "process ${alive[*]} does not end: see what it waits for"
}

# end_sshd ID: with the sessions it has.
end_sshd() {
  local pid pids
  if pid=$(sshd_pid "$1"); then
    mapfile -t pids < <(descendants "$pid")
    end_processes "${pids[@]}"
  fi
  rm -f -- "$hosts/$1/sshd/pid"
}

# end_host ID
end_host() {
  end_sshd "$1"
  if [[ -x $hosts/$1/home/web/service ]]; then "$hosts/$1/home/web/service" stop; fi
}
