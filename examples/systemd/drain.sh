#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# drain.sh ID PORT: takes the instance out of service; returns when all requests that
# had begun are answered. A unit that does not run has none.
set -euo pipefail
# shellcheck source=examples/systemd/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 2)) || fail "usage: drain.sh ID PORT"

case $(state "$1") in
  active) ;;
  '')
    echo "systemd does not answer" >&2
    exit 75
    ;;
  *) exit 0 ;;
esac
answer=$(ask "$2" POST /drain)
until [[ $answer == drained ]]; do
  sleep 0.05
  answer=$(ask "$2" GET /drain)
done
