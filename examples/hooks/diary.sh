#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# diary.sh UPGRADE: appends which hook it is to diary.txt.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
printf '%s %s batch %s attempt %s\n' "$1" "$DRYDOCK_HOOK" "$DRYDOCK_BATCH" "$DRYDOCK_ATTEMPT" >>diary.txt
