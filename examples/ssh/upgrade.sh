#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# upgrade.sh ID VERSION KEY: brings the release to the host, unless it is there,
# makes it the current one and restarts the service. Safe to repeat with the same
# key, also while an earlier attempt still runs on the host.
set -euo pipefail
# shellcheck source=examples/ssh/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 3)) || fail "usage: upgrade.sh ID VERSION KEY"
[[ $2 =~ ^[[:alnum:]][[:alnum:]._+-]*$ ]] || fail "'$2' is no name for a folder"

missing=$(on_host "$1" missing "$dir" "$2" </dev/null)
if [[ $missing ]]; then
  archive=$releases/web-$2.tar.gz
  [[ -r $archive ]] || fail "there is no release $2: $archive is missing"
  sum=$(sha256sum <"$archive")
  on_host "$1" receive "$dir" "$2" "${sum%% *}" <"$archive"
fi
on_host "$1" activate "$dir" "$2" "$3" "$restart" </dev/null
