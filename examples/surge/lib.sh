# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the commands of this fleet share; sourced, not run. The servers, and how they
# are started and ended, are those of ../local-web; STATE/ID.port says where one listens.

surge=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
export DRYDOCK_LOCAL_WEB_STATE=${DRYDOCK_LOCAL_WEB_STATE:-$surge/.state}
# shellcheck source=examples/local-web/lib.sh
source "$surge/../local-web/lib.sh"
first_port=${DRYDOCK_SURGE_PORT:-18280}
instance_count=6
# How many instances there may be beyond those six.
quota=${DRYDOCK_SURGE_QUOTA:-2}

# begin_server ID PORT VERSION
begin_server() {
  launch_server "$1" "$2" "$3"
  await_server "$1"
  printf '%s\n' "$2" >"$state/$1.port"
}

# port_of ID: where it listens, when it runs.
port_of() {
  server_pid "$1" >/dev/null && [[ -s $state/$1.port ]] || return 1
  cat -- "$state/$1.port"
}

# free_port: one that none of these servers has, and nobody listens on.
free_port() {
  local port
  for ((port = first_port; port < first_port + 100; ++port)); do
    if ! grep -qxF "$port" "$state"/*.port 2>/dev/null \
      && ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      printf '%s\n' "$port"
      return 0
    fi
  done
  fail "no free port from $first_port on"
}
