#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check.sh ID PORT: 0 if the server is healthy and its log shipper runs.
set -euo pipefail
# shellcheck source=examples/extension-upgrades/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 2)) || fail "usage: check.sh ID PORT"

health=$(ask "$2" GET /health 2>/dev/null) || exit 1
[[ $health == *'"Healthy"'* ]] || exit 1
extension_pid "$1" log_shipper >/dev/null || exit 1
