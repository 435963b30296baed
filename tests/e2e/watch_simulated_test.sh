#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A simulated fleet that is watched for hours of virtual time, in which images come out
# and instances fall ill: whoever was replaced is gone for good.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
cd "$work"

cat >fleet.toml <<'END'
[scale_set]
name = "web"
orchestration_mode = "uniform"
[scale_set.model]
image = { publisher = "a", offer = "b", sku = "c", version = "1" }
[scale_set.instances]
count = 10
[change]
image = { version = "latest" }
[upgrade_policy]
mode = "rolling"
[upgrade_policy.rolling]
max_surge = true
[upgrade_policy.automatic_os_upgrade]
enable_automatic_os_upgrade = true
use_rolling_upgrade_policy = true
[automatic_repairs]
enabled = true
repair_action = "replace"
[health.command]
argv = ["true"]
interval = "5s"
[driver]
kind = "simulated"
[driver.simulated]
images = [{ version = "1" }, { version = "2", at = "2h" }, { version = "3", at = "5h" }]
[driver.simulated.durations]
create = "30s"
delete = "10s"
[[driver.simulated.fault]]
instance = "web-3"
falls_ill_after = "30m"
[[driver.simulated.fault]]
instance = "web-4" # it is gone by then
falls_ill_after = "3h"
END

run watch fleet.toml --json --quiet --time-limit 10h --events events
expect_status "ten hours" 0
expect_json "both images were brought to all" out \
  '[.upgrades[] | [.imageVersion, .code, .progress.successfulInstanceCount]]' \
  '[["2","Completed",10],["3","Completed",10]]'
expect_json "one was repaired, and once" out '[.repairs.succeeded, .repairs.failed]' '[1,0]'

# all FILTER: of the events.
all() { jq -sc "[.[] | $1]" events; }
expect_eq "who was repaired" '["web-3"]' "$(all 'select(.event == "repair_started") | .instance')"
replaced=$(all 'select(.event == "instance_replaced")')
expect_eq "one by a repair, and all by each upgrade" 21 "$(jq length <<<"$replaced")"
expect_eq "nobody is replaced twice" 21 "$(jq 'map(.instance) | unique | length' <<<"$replaced")"
expect_eq "no name comes twice" 21 "$(jq 'map(.replacement) | unique | length' <<<"$replaced")"
expect_eq "those who are there replaced others, but for the first ten" 10 \
  "$(jq 'map(.instance) - map(.replacement) | length' <<<"$replaced")"
expect_eq "each is made once, and that takes its time" '[[30],21]' \
  "$(all 'select(.action == "create")' \
    | jq -c 'group_by(.instance) | [(map(last.elapsedSeconds - first.elapsedSeconds) | unique), length]')"

mv events before
run watch fleet.toml --json --quiet --time-limit 10h --events events
cmp -s before events || fail "the same file gives the same events"
[[ ! -e fleet.toml.instances.json ]] || fail "nothing of a simulated fleet is written down"
finish
