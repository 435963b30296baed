#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# drain.sh ID PORT: takes the instance out of service; returns when all requests that
# had begun are answered. A unit that does not run has none, nor has a server where nobody
# listens. 75, that is to be tried again, where it does not answer otherwise.
set -euo pipefail
# shellcheck source=examples/systemd/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 2)) || fail "usage: drain.sh ID PORT"

# say METHOD: what the server answers, as answer.
say() {
  local status=0
  answer=$(ask "$port" "$1" /drain) || status=$?
  case $status in
    0) ;;
    7) exit 0 ;; # curl's: nobody listens
    *) exit 75 ;;
  esac
}

port=$2
case $(state "$1") in
  active) ;;
  '')
    echo "systemd does not answer" >&2
    exit 75
    ;;
  *) exit 0 ;;
esac
say POST
until [[ $answer == drained ]]; do
  sleep 0.05
  say GET
done
