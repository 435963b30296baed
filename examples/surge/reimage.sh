#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# reimage.sh ID PORT VERSION: what is done where there is no quota to replace one: ends
# the instance and starts it anew on VERSION.
set -euo pipefail
# shellcheck source=examples/surge/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 3)) || fail "usage: reimage.sh ID PORT VERSION"

stop_server "$1"
begin_server "$1" "$2" "$3"
