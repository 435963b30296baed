# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the commands of this example share; sourced, not run. Extensions are processes
# beside a server: one a file `ID.NAME.extension`, which holds its pid and version.

# shellcheck source=examples/local-web/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../local-web/lib.sh"
extension_folder=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
extensions=$extension_folder/.extensions

# is_extension PID ID: whether it is one of an instance of ours; a pid may have gone to
# somebody else's process.
is_extension() {
  local -a argv=()
  mapfile -d '' -t argv 2>/dev/null <"/proc/$1/cmdline" || return 1
  [[ ${argv[1]-} == "$extension_folder/extension.sh" && ${argv[2]-} == "$2" ]]
}

# extension_pid ID NAME: the process; fails when there is none.
extension_pid() {
  local pid=''
  read -r pid _ 2>/dev/null <"$extensions/$1.$2.extension" && is_extension "$pid" "$1" || return 1
  printf '%s\n' "$pid"
}

# stop_extension ID NAME: ends it, and returns when it is gone.
stop_extension() {
  local pid round
  if pid=$(extension_pid "$1" "$2"); then
    kill -TERM "$pid" 2>/dev/null || true
    for ((round = 0; round < 500; ++round)); do
      is_extension "$pid" "$1" || break
      sleep 0.02
    done
  fi
  rm -f -- "$extensions/$1.$2.extension"
}

# start_extension ID NAME VERSION: returns when it runs.
start_extension() {
  local round
  mkdir -p -- "$extensions"
  setsid --fork bash "$extension_folder/extension.sh" "$1" "$2" "$3" </dev/null >/dev/null 2>&1
  for ((round = 0; round < 500; ++round)); do
    if extension_pid "$1" "$2" >/dev/null; then return 0; fi
    sleep 0.02
  done
  fail "extension $2 of $1 did not start within 10 s"
}
