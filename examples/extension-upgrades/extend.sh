#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# extend.sh ID NAME=VERSION…: brings the instance's extensions to these versions. Those
# that have theirs are left alone, and so is the server.
set -euo pipefail
# shellcheck source=examples/extension-upgrades/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# >= 2)) || fail "usage: extend.sh ID NAME=VERSION…"

id=$1
shift
for wanted in "$@"; do
  name=${wanted%%=*} version=${wanted#*=} has=''
  if extension_pid "$id" "$name" >/dev/null; then read -r _ has <"$extensions/$id.$name.extension"; fi
  [[ $has == "$version" ]] && continue
  stop_extension "$id" "$name"
  start_extension "$id" "$name" "$version"
done
