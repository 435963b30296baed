#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# update.sh [NAME…]: writes the transcripts of all fleets here anew, or of those
# named, with the program in DRYDOCK_PROGRAM (default: build/release). Check each
# difference by hand against docs/semantics.md: a transcript says what must be.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
drydock=$(realpath -- "${DRYDOCK_PROGRAM:-../../../build/release/bin/drydock}")
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

if (($# == 0)); then set -- *.toml; fi
for file in "${@%.toml}"; do
  read -r -a options < <(sed -n 's/^# options: //p' "$file.toml") || true
  wanted=$(sed -n 's/^# exit: //p' "$file.toml")
  status=0
  "$drydock" run "$file.toml" "${options[@]}" --quiet --json --events "$work/events" \
    >"$work/summary" || status=$?
  if [[ $status != "$wanted" ]]; then
    echo "update.sh: $file ends with $status, wanted $wanted: left as it was" >&2
    exit 1
  fi
  mv -- "$work/events" "$file.events.jsonl"
  mv -- "$work/summary" "$file.summary.json"
done
