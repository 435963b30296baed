#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The example's good upgrade, also watched from outside while it happens.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/local_web_lib.sh"
source "$here/watch_lib.sh"

run run "$example/fleet.toml" --json
expect_status "fleet.toml" 0
expect_json "fleet.toml: nothing but the summary" "$work/out" \
  '[.runningStatus.code, (.progress[]), .maxUnavailableInstanceCount <= 2, .error]' \
  '["Completed",12,0,0,0,0,true,null]'
# Zone i mod 3, so every third goes into a batch.
expect_json "fleet.toml: the batches" "$work/out" '[.batches[].instances]' \
  '[["web-0","web-3"],["web-6","web-9"],["web-1","web-4"],["web-7","web-10"],["web-2","web-5"],["web-8","web-11"]]'
expect_nobody "fleet.toml"
[[ -e $work/state ]] && fail "fleet.toml: its state is left behind"

"$example/up"
expect_eq "up starts twelve on the old version" "12 1.0.0" "$(answers /)"
watch_begins
run run "$example/fleet.toml" --json --keep
watch_ends
expect_status "a fleet that runs already" 0
expect_eq "all serve the new version" "12 2.0.0" "$(answers /)"
expect_at_most_down 2

run run "$example/fleet.toml" --json --keep
expect_status "the same run again" 0
expect_json "the same run again takes nobody" "$work/out" \
  '[.progress.successfulInstanceCount, .batches]' '[12,[]]'
"$example/down"
expect_nobody "down"
finish
