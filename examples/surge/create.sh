#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# create.sh ID VERSION: makes an instance on a port that is free, and prints where it
# is. One that runs already is left as it is, so that it may be called again. Exit
# status 69: there are as many as the quota has room for.
set -euo pipefail
# shellcheck source=examples/surge/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 2)) || fail "usage: create.sh ID VERSION"

mkdir -p -- "$state"
exec 9>"$state/lock"
flock 9 # ports and the quota are counted by one at a time
if ! port=$(port_of "$1"); then
  stop_server "$1" # one that is half there
  if (($(all_servers | wc -l) >= instance_count + quota)); then exit 69; fi
  port=$(free_port)
  begin_server "$1" "$port" "$2" 9>&-
fi
printf '{"port": %d}\n' "$port"
