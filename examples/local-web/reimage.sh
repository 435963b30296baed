#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# reimage.sh ID PORT VERSION: ends the instance and starts it anew on VERSION.
# Returns when its port is open; it is still booting then.
set -euo pipefail
# shellcheck source=examples/local-web/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 3)) || fail "usage: reimage.sh ID PORT VERSION"

stop_server "$1"
launch_server "$1" "$2" "$3"
await_server "$1"
