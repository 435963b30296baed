#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# drain.sh ID PORT: takes an instance out of service before it goes; returns when all
# requests that had begun are answered.
set -euo pipefail
# shellcheck source=examples/surge/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 2)) || fail "usage: drain.sh ID PORT"

server_pid "$1" >/dev/null || exit 0
answer=$(ask "$2" POST /drain)
until [[ $answer == drained ]]; do
  sleep 0.05
  answer=$(ask "$2" GET /drain)
done
