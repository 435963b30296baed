#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# undrain.sh ID PORT: puts the instance back into service.
set -euo pipefail
# shellcheck source=examples/systemd/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 2)) || fail "usage: undrain.sh ID PORT"

ask "$2" POST /undrain >/dev/null
