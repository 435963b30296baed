#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The starter file, and what a plan says before anything is done.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
cd "$work"

run init
expect_status "init" 0
expect_eq "init says nothing on standard output" "" "$(<out)"
mapfile -t written < <(find . -name '*.toml')
expect_eq "init writes one file" 1 "${#written[@]}"
starter=${written[0]}
for command in validate "plan --json" "run --json"; do
  # shellcheck disable=SC2086 # words on purpose
  run $command "$starter"
  expect_status "the starter: $command" 0
done
expect_json "the starter upgrades all it has" out \
  '.progress.successfulInstanceCount == ([.batches[].instances[]] | length)' true
echo mine >>"$starter"
cp "$starter" before
run init
expect_status "init does not overwrite" 2
expect_contains "init says why" "$(<err)" "error: " "exists"
cmp "$starter" before || fail "the file is as it was"
run init "$work/new/folder"
expect_status "init makes its folder" 0
cmp <(head -n -1 "$starter") "$work/new/folder/${starter##*/}" || fail "the same starter anywhere"

# fleet FAULTS: ten instances of which web-1 is protected and web-2 done.
fleet() {
  cat <<END
[scale_set]
name = "web"
orchestration_mode = "uniform"
zones = ["b", "a"]
[scale_set.model]
vm_size = "small"
settings = { colour = "blue" }
[scale_set.instances]
count = 10
update_domains = 5
[[scale_set.instance]]
id = "web-1"
protect_from_scale_set_actions = true
protect_from_scale_in = true
[[scale_set.instance]]
id = "web-2"
latest_model_applied = true
[change]
vm_size = "large"
remove = ["settings.colour"]
[upgrade_policy]
mode = "rolling"
[upgrade_policy.rolling]
max_batch_instance_percent = 30
max_unhealthy_instance_percent = 30
[health.application_health_extension]
protocol = "tcp"
port = 80
[driver]
kind = "simulated"
$1
END
}
# fault NUMBER LINES
fault() { printf '[[driver.simulated.fault]]\ninstance = "web-%d"\n%b\n' "$1" "$2"; }

fleet "$(fault 3 'skip_upgrade = true')" >plan.toml
run plan plan.toml --json
expect_status "plan" 0
expect_json "the strongest class of the changed paths" out '[.scaleSet, .mode, .action]' \
  '["web","Rolling","restart"]'
expect_json "the changed paths" out '.changedPaths | sort' '["settings.colour","vm_size"]'
expect_json "the skipped" out '.skipped | sort_by(.instance)' \
  '[{"instance":"web-1","reason":"protected"},{"instance":"web-3","reason":"skip_upgrade"}]'
expect_json "those up to date" out .upToDate '["web-2"]'
expect_json "nothing is in the way" out .blocked null
# Zone b holds the even ones, a the odd ones; domains are floor(i / 2).
expect_json "the batches" out '[.batches[] | [.index, .phase, .zone, .updateDomain, .instances]]' \
  '[[1,null,"b",0,["web-0"]],[2,null,"b",2,["web-4"]],[3,null,"b",3,["web-6"]],[4,null,"b",4,["web-8"]],[5,null,"a",2,["web-5"]],[6,null,"a",3,["web-7"]],[7,null,"a",4,["web-9"]]]'
run plan plan.toml
expect_status "plan for people" 0
expect_contains "it names every instance that would not go, and why" "$(<out)" \
  web-1 protected web-3 skip_upgrade
[[ -e plan.toml.lock || -e plan.toml.logs ]] && fail "a plan leaves nothing behind"

# Blocked: with the code the upgrade would end with, and those that hold it.
ill='health = "unhealthy"'
fleet "$(for i in 4 5 6 7; do fault $i "$ill"; done)" >breach.toml
run plan breach.toml --json
expect_status "a plan that is blocked is a plan" 0
expect_json "4 of 10 is more than 30 %" out '[.batches, .blocked.code, (.blocked.instances | sort)]' \
  '[[],"MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade",["web-4","web-5","web-6","web-7"]]'
expect_json "with a message" out '.blocked.message | length > 0' true
run run breach.toml --json
expect_json "the run ends with that code" out .error.code \
  '"MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade"'

fleet "$(for i in 5 7 9; do fault $i "$ill\nskip_upgrade = true"; done)" >still.toml
run plan still.toml --json
expect_json "3 of 10, all skipped: nobody may ever go" out \
  '[.batches, .blocked.code, (.blocked.instances | sort)]' \
  '[[],"RollingUpgradeTimeoutError",["web-5","web-7","web-9"]]'
run run still.toml --json
expect_json "the run stands still until it is over" out '[.error.code, .durationSeconds]' \
  '["RollingUpgradeTimeoutError",1800.0]'
finish
