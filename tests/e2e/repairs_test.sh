#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Instances that fall ill during an upgrade are repaired beside it, on simulated fleets.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# fleet ACTION FAULT-KEYS: twelve instances, two of which are up to date; web-11 falls ill.
fleet() {
  cat >"$work/fleet.toml" <<END
[scale_set]
name = "web"
features = ["ImageReferenceUpgradeForVmoVMs"]
[scale_set.model]
image = { version = "1.0.0" }
[scale_set.instances]
count = 10
id = "web-{index}"
[[scale_set.instance]]
id = "web-10"
latest_model_applied = true
protect_from_scale_in = true
[[scale_set.instance]]
id = "web-11"
latest_model_applied = true
[change]
image = { version = "2.0.0" }
[upgrade_policy]
mode = "rolling"
[upgrade_policy.rolling]
pause_time_between_batches = "5m"
[automatic_repairs]
enabled = true
grace_period = "3m"
repair_action = "$1"
[health.application_health_extension]
states = "binary"
[driver]
kind = "simulated"
[driver.simulated.durations]
reimage = "60s"
restart = "30s"
create = "40s"
delete = "10s"
boot = "20s"
[[driver.simulated.fault]]
instance = "web-11"
falls_ill_after = "2m"
$2
END
}

# told JQ: what that makes of the events, in a line.
told() { jq -sc "$1" "$work/events"; }

fleet restart ""
run plan "$work/fleet.toml"
expect_status "the plan" 0
grep -q '^repairs: whoever falls ill is repaired (restart), 3' "$work/out" \
  || fail "the plan does not say how instances are repaired: $(<"$work/out")"
run plan "$work/fleet.toml" --json
expect_json "the plan as JSON" "$work/out" '.automaticRepairs' '{"gracePeriod":"PT3M","repairAction":"restart"}'

run run "$work/fleet.toml" --json --events "$work/events"
expect_status "restarted" 0
expect_json "restarted: the summary" "$work/out" \
  '[.runningStatus.code, .progress.successfulInstanceCount, .automaticRepairs, .maxUnavailableInstanceCount]' \
  '["Completed",12,{"serviceState":"Running","repaired":1,"failed":0},2]'
expect_eq "restarted: after its grace period, and once" '[[180,"web-11","restart"]]' \
  "$(told '[.[] | select(.event == "repair_started") | [.elapsedSeconds, .instance, .action]]')"
expect_eq "restarted: what was done" '[["restart","succeeded"]]' \
  "$(told '[.[] | select(.event == "action_finished" and .instance == "web-11") | [.action, .outcome]]')"
expect_eq "restarted: it helped" '[["web-11","succeeded",null]]' \
  "$(told '[.[] | select(.event == "repair_finished") | [.instance, .outcome, .reason]]')"
# Batches do not wait: one is under way or begun while it is repaired, as without repairs.
batches=$(told '[.[] | select(.event == "batch_started") | .elapsedSeconds]')
sed -i 's/^enabled = true/enabled = false/' "$work/fleet.toml"
sed -i '/^\[\[driver.simulated.fault/,$d' "$work/fleet.toml"
run run "$work/fleet.toml" --json --events "$work/events"
expect_eq "restarted: batches begin when they would have" "$(told '[.[] | select(.event == "batch_started") | .elapsedSeconds]')" \
  "$batches"
expect_json "without repairs the summary says nothing of them" "$work/out" '.automaticRepairs' 'null'

fleet replace ""
run run "$work/fleet.toml" --json --events "$work/events"
expect_status "replaced" 0
expect_json "replaced: the summary" "$work/out" \
  '[.runningStatus.code, .progress.successfulInstanceCount, .automaticRepairs]' \
  '["Completed",12,{"serviceState":"Running","repaired":1,"failed":0}]'
expect_eq "replaced: who came and who went" \
  '[["instance_created","web-11-2","repair"],["instance_replaced","web-11",null],["instance_deleted","web-11","repair"]]' \
  "$(told '[.[] | select(.event | startswith("instance_created") or startswith("instance_replaced") or startswith("instance_deleted")) | [.event, .instance, .reason]]')"

fleet reimage 'health_after_repair = "unhealthy"'
sed -i 's/^grace_period = "3m"/grace_period = "0s"/' "$work/fleet.toml"
run run "$work/fleet.toml" --json --events "$work/events"
expect_json "in vain: suspended after three" "$work/out" '.automaticRepairs' \
  '{"serviceState":"Suspended","repaired":0,"failed":3}'
expect_eq "in vain: what was said" '[["HealthTimeout","HealthTimeout","HealthTimeout"],[[null,3]]]' \
  "$(told '[[.[] | select(.event == "repair_finished") | .reason], [.[] | select(.event == "repairs_suspended") | [.by, .failedInARow]]]')"

# Refused: without a health source, and what the driver cannot do.
fleet restart ""
sed -i '/^\[health/,/^states/d; s/^mode = "rolling"/mode = "manual"/' "$work/fleet.toml"
run validate "$work/fleet.toml"
expect_status "without a health source" 2
grep -q 'BadRequest: automatic repairs go by health' "$work/err" || fail "without a health source: $(<"$work/err")"

finish
