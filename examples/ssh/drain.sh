#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# drain.sh ID PORT: takes the service out of use; returns when all requests that
# had begun are answered.
set -euo pipefail
# shellcheck source=examples/ssh/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 2)) || fail "usage: drain.sh ID PORT"

on_host "$1" drain "$dir" "$2" </dev/null
