#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The examples of sliding batches, checkpoints, hooks, windows, rollback and extensions,
# with their real servers.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/local_web_lib.sh"
source "$here/examples_lib.sh"

use_example sliding
run run "$folder/fleet.toml" --json --events "$work/events"
expect_status "sliding" 0
expect_json "sliding: the counts" "$work/out" '[.progress[], .policy.batching, .maxUnavailableInstanceCount <= 2]' \
  '[12,0,0,0,0,"sliding",true]'
[[ -n $(of batch_extended 1) ]] || fail "sliding: nobody joined a batch"
expect_nobody sliding

use_example checkpoints
start run "$folder/manual.toml" --quiet --json --events "$work/events" --keep
wait_until "the canary is to be approved" has_line "$work/events" '"reason":"checkpoint_approval"'
expect_eq "one server is upgraded" "11 1.0.0 1 2.0.0" "$(answers /version)"
"$drydock" approve "$folder/manual.toml" 2>>"$work/err2"
wait_until "a quarter is to be approved" has_line "$work/events" '"question":2'
expect_eq "a quarter is upgraded" "9 1.0.0 3 2.0.0" "$(answers /version)"
"$drydock" approve "$folder/manual.toml" --reject --message "too slow" 2>>"$work/err2"
await
expect_status "manual.toml, rejected" 4
expect_json "manual.toml: three were rolled back" "$work/out" \
  '[.error.code, .rollbackInfo.successfullyRolledbackInstanceCount]' '["CheckpointRejected",3]'
expect_eq "all serve the old version" "12 1.0.0" "$(answers /)"
"$example/down"
run run "$folder/command.toml" --json --events "$work/events"
expect_status "command.toml" 0
expect_eq "command.toml: both checkpoints were approved" "8,25" \
  "$(of checkpoint_passed 'select(.by == "driver.command.approve") | .checkpoint' | paste -sd,)"
expect_nobody command.toml

use_example hooks
run run "$folder/fleet.toml" --json --events "$work/events"
expect_status "hooks" 0
batches=$(jq '.batches | length' "$work/out")
id=$(jq -r .upgradeId "$work/out")
{
  echo "$id before_upgrade batch 0 attempt 1"
  for ((b = 1; b <= batches; ++b)); do
    echo "$id before_batch batch $b attempt 1"
    echo "$id after_batch batch $b attempt 1"
  done
  echo "$id after_upgrade batch 0 attempt 1"
} >"$work/diary"
expect_eq "hooks: the diary" "$(<"$work/diary")" "$(<"$folder/diary.txt")"
# Paused by a smoke test, mended, and let go on.
touch "$folder/broken"
start run "$folder/fleet.toml" --quiet --json --events "$work/events"
wait_until "the smoke test fails" has_line "$work/events" '"reason":"hook_failed"'
rm -- "$folder/broken"
"$drydock" approve "$folder/fleet.toml" 2>>"$work/err2"
await
expect_status "hooks, mended" 0
expect_eq "hooks, mended: who let it go on" 1 "$(of pause_ended 1 | grep -c .)"
expect_nobody hooks

use_example maintenance-windows
run run "$folder/nights.toml" --json --events "$work/events"
expect_status "nights.toml" 0
expect_json "nights.toml: it ends in the third night" "$work/out" '[.durationSeconds, (.batches | length)]' '[171000.0,10]'
expect_eq "nights.toml: when batches begin" "00:00 00:50 21:00 21:50 22:40 23:30 00:20 21:00 21:50 22:40" \
  "$(of batch_started '.time[11:16]' | jq -r . | xargs)"
run run "$folder/open.toml" --json
expect_status "open.toml" 0
expect_json "open.toml: nobody waited" "$work/out" .progress.successfulInstanceCount 12
# A window that is shut now, and for hours to come: begun nothing, cancelled.
hour=$(TZ=Asia/Kolkata date -d '+12 hours' +%H)
sed -e '/^\[\[maintenance_window/,/^time_zone/d' -e "/^\[health/i [[maintenance_window]]\nstart = \"$hour:00\"\nduration = \"1h\"\ntime_zone = \"Asia/Kolkata\"\n" \
  "$folder/open.toml" >"$folder/shut.toml"
rm -f -- "$work/events"
start run "$folder/shut.toml" --quiet --json --events "$work/events"
wait_until "the window is waited for" has_line "$work/events" '"reason":"maintenance_window"'
"$drydock" status "$folder/shut.toml" >"$work/out2"
expect_contains "shut.toml: status" "$(<"$work/out2")" "No maintenance window is open"
"$drydock" cancel "$folder/shut.toml" 2>>"$work/err2"
await
expect_status "shut.toml, cancelled" 5
expect_json "shut.toml: nobody was touched" "$work/out" '[.progress[]]' '[0,0,0,12,0]'
expect_json "shut.toml: until it opens" <(of waiting 'select(.reason == "maintenance_window")' | head -n 1) \
  '(.until[:19] + "Z" | fromdate) - (.time[:19] + "Z" | fromdate) | . > 36000 and . <= 43200' true
expect_nobody maintenance-windows

use_example rollback
run run "$folder/fleet.toml" --json --keep --events "$work/events"
expect_status "rollback" 4
expect_json "rollback: all six are rolled back" "$work/out" \
  '[.error.code, .policy.rollback, .rollbackInfo, .maxUnavailableInstanceCount <= 2]' \
  '["MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade","all",{"successfullyRolledbackInstanceCount":6,"failedRolledbackInstanceCount":0},true]'
expect_eq "rollback: one version everywhere" "12 1.0.0" "$(answers /)"
"$example/down"
expect_nobody rollback

use_example extension-upgrades
"$folder/up"
servers=$(cat "$work"/state/web-*.pid)
run run "$folder/fleet.toml" --json --keep
expect_status "extension-upgrades" 0
expect_json "extension-upgrades: the counts" "$work/out" '[.progress[], .maxUnavailableInstanceCount <= 2]' '[12,0,0,0,0,true]'
expect_eq "extension-upgrades: what runs" "12 log_shipper=1.1.0 disk_monitor=0.3.0" \
  "$(for ((i = 0; i < 12; ++i)); do "$folder/extensions.sh" "web-$i"; done | sort | uniq -c | xargs)"
expect_eq "extension-upgrades: every server is left alone" "$servers" "$(cat "$work"/state/web-*.pid)"
expect_eq "extension-upgrades: and answers" "12 1.0.0" "$(answers /version)"
"$folder/down"
# A log shipper that does not live ends it as a bad image would.
sed -i '/^trap/i [[ $2 == log_shipper \&\& $3 == 1.1.0 ]] \&\& { sleep 0.3; exit 1; }' "$folder/extension.sh"
sed -i 's/^health_timeout = .*/health_timeout = "2s"\nmin_ready = "1s"/' "$folder/fleet.toml"
run run "$folder/fleet.toml" --json
expect_status "extension-upgrades, broken" 4
expect_json "extension-upgrades, broken: two have failed" "$work/out" '[.error.code, .progress.failedInstanceCount]' \
  '["MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade",2]'
expect_nobody extension-upgrades
finish
