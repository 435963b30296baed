#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# version.sh ID PORT: prints the release that the unit runs now, by asking it; what it
# would run after a restart is not the same.
set -euo pipefail
# shellcheck source=examples/systemd/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 2)) || fail "usage: version.sh ID PORT"

[[ $(state "$1") == active ]] || fail "$(unit "$1") is not active"
ask "$2" GET /version
