#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# enough-serve.sh COUNT: whether at least COUNT servers of ../local-web serve.
set -euo pipefail
# shellcheck source=examples/local-web/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../local-web/lib.sh"
(($# == 1)) || fail "usage: enough-serve.sh COUNT"

serving=0
for ((i = 0; i < instance_count; ++i)); do
  if curl -q --noproxy '*' -fsS --max-time 2 -o /dev/null "http://127.0.0.1:$((first_port + i))/" 2>/dev/null; then
    serving=$((serving + 1))
  fi
done
((serving >= $1)) || fail "$serving servers serve, and $1 are to"
