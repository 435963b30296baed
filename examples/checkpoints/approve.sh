#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# approve.sh PERCENT VERSION: whether the upgraded servers of ../local-web serve. Exit
# status 0 approves, 1 rejects with the last line, 75 says: not yet.
set -euo pipefail
# shellcheck source=examples/local-web/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../local-web/lib.sh"
(($# == 2)) || fail "usage: approve.sh PERCENT VERSION"

upgraded=0
for ((i = 0; i < instance_count; ++i)); do
  if [[ $(ask $((first_port + i)) GET /version 2>/dev/null) != "$2" ]]; then continue; fi
  upgraded=$((upgraded + 1))
  answer=$(ask $((first_port + i)) GET / 2>/dev/null) || answer=nothing
  if [[ $answer != "$2" ]]; then
    echo "web-$i runs $2 and serves $answer"
    exit 1
  fi
done
if ((upgraded * 100 < $1 * instance_count)); then
  echo "$upgraded of $instance_count run $2, which is not $1 % yet"
  exit 75
fi
echo "$upgraded of $instance_count serve $2"
