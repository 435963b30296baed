#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# version.sh ID PORT: prints what the instance runs now, by asking it.
set -euo pipefail
# shellcheck source=examples/local-web/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 2)) || fail "usage: version.sh ID PORT"

ask "$2" GET /version
