#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# undrain.sh ID PORT: puts the service back into use.
set -euo pipefail
# shellcheck source=examples/ssh/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 2)) || fail "usage: undrain.sh ID PORT"

on_host "$1" undrain "$dir" "$2" </dev/null
