#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# health.sh ID PORT: asks the service for its health from its own host: 0 healthy,
# 1 unhealthy, anything else unknown, as when the host is not reached.
set -euo pipefail
# shellcheck source=examples/ssh/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 2)) || fail "usage: health.sh ID PORT"

on_host "$1" health "$dir" "$2" </dev/null
