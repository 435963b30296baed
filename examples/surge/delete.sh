#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# delete.sh ID: ends the instance for good. One that is gone is no mistake.
set -euo pipefail
# shellcheck source=examples/surge/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 1)) || fail "usage: delete.sh ID"

stop_server "$1"
rm -f -- "$state/$1".*
