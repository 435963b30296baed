#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# upgrade.sh ID PORT RELEASE: has the unit run the release, by a restart. Safe to
# repeat: what it runs next is written down first.
set -euo pipefail
# shellcheck source=examples/systemd/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 3)) || fail "usage: upgrade.sh ID PORT RELEASE"

choose "$@"
# A release that failed again and again must not hold the next one back.
control reset-failed "$(unit "$1")" 2>/dev/null || true
if control restart "$(unit "$1")"; then exit 0; fi
if ! manager_answers; then
  echo "systemd does not answer" >&2
  exit 75 # tried again
fi
control status --lines=5 "$(unit "$1")" >&2 || true
fail "$1 does not start with $3"
