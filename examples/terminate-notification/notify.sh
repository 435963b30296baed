#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# notify.sh ID PORT NOT_BEFORE: tells an instance that it is deleted at NOT_BEFORE, and
# returns as soon as it agrees: when all requests that had begun are answered. Those
# that DRYDOCK_EXAMPLE_SILENT names never agree.
set -euo pipefail
notifier=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=examples/surge/lib.sh
source "$notifier/../surge/lib.sh"
(($# == 3)) || fail "usage: notify.sh ID PORT NOT_BEFORE"

printf '%s is deleted at %s\n' "$1" "$3" >>"$notifier/notices.txt"
if [[ " ${DRYDOCK_EXAMPLE_SILENT-} " == *" $1 "* ]]; then exec sleep 600; fi
exec "$notifier/../surge/drain.sh" "$1" "$2"
