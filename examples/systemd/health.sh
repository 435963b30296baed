#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# health.sh ID PORT: 0 healthy, which is active and well by HTTP; 1 unhealthy; 2, that
# is unknown, where systemd does not answer.
set -euo pipefail
# shellcheck source=examples/systemd/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 2)) || fail "usage: health.sh ID PORT"

case $(state "$1") in
  active) ;;
  '') exit 2 ;;
  *) exit 1 ;;
esac
answer=$(ask "$2" GET /health 2>/dev/null) || exit 1
[[ $answer == *'"Healthy"'* ]] || exit 1
