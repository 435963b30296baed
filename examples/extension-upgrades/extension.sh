#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# extension.sh ID NAME VERSION: plays an extension, a process beside the server that
# says who it is and then has nothing more to do.
set -euo pipefail
folder=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)/.extensions
file=$folder/$1.$2.extension
printf '%s %s\n' $$ "$3" >"$file.new"
mv -- "$file.new" "$file"
trap 'kill $! 2>/dev/null || true; exit 0' TERM
while :; do
  sleep 3600 &
  wait $! || true
done
