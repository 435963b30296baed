#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# restart.sh ID PORT: starts the instance anew, on the version that it had. Where
# the file `broken` is there, that does not work out.
set -euo pipefail
folder=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=examples/local-web/lib.sh
source "$folder/../local-web/lib.sh"
(($# == 2)) || fail "usage: restart.sh ID PORT"
[[ ! -e $folder/broken ]] || fail "$1 does not start: $folder/broken is there"

stop_server "$1"
launch_server "$1" "$2" "$old_version"
await_server "$1"
