#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# version.sh ID: prints the release that runs there.
set -euo pipefail
# shellcheck source=examples/ssh/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 1)) || fail "usage: version.sh ID"

on_host "$1" version "$dir" </dev/null
