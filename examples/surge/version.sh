#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# version.sh PORT: prints what the instance there runs now.
set -euo pipefail
# shellcheck source=examples/surge/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 1)) || fail "usage: version.sh PORT"

ask "$1" GET /version
