#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# smoke-test.sh VERSION: each server of ../local-web that runs VERSION has to serve it. A
# failure makes the upgrade pause after its batch: mend it, then `drydock approve`.
set -euo pipefail
# shellcheck source=examples/local-web/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../local-web/lib.sh"
(($# == 1)) || fail "usage: smoke-test.sh VERSION"

"$(dirname -- "${BASH_SOURCE[0]}")/diary.sh" "$DRYDOCK_UPGRADE"
if [[ -e $(dirname -- "${BASH_SOURCE[0]}")/broken ]]; then fail "the file broken is there: remove it"; fi
for ((i = 0; i < instance_count; ++i)); do
  port=$((first_port + i))
  if [[ $(ask "$port" GET /version) != "$1" ]]; then continue; fi
  answer=$(ask "$port" GET /)
  if [[ $answer != "$1" ]]; then fail "web-$i serves $answer"; fi
done
