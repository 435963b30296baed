#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How a run ends and what it leaves on standard output.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
cd "$work"

# fleet FAULTS [POLICY]: ten instances, two in a batch.
fleet() {
  cat <<END
[scale_set]
name = "web"
[scale_set.model]
vm_size = "small"
[scale_set.instances]
count = 10
[change]
vm_size = "large"
[upgrade_policy]
mode = "rolling"
[upgrade_policy.rolling]
health_timeout = "1m"
${2-}
[health.application_health_extension]
protocol = "tcp"
port = 80
[driver]
kind = "simulated"
[driver.simulated.durations]
restart = "30s"
$1
END
}
# A failure counts against those attempted so far: the last one is 1 of 10.
failing='[[driver.simulated.fault]]
instance = "web-%d"
action = "fail"
'
fleet "" >done.toml
# shellcheck disable=SC2059
fleet "$(printf "$failing" 9)" >some.toml
# shellcheck disable=SC2059
fleet "$(printf "$failing" 0)" >faulted.toml

# expect_end FILE STATUS CODE ERROR PROGRESS
expect_end() {
  run run "$1" --json
  expect_status "$1" "$2"
  expect_json "$1: only the summary is on standard output" out '[type, .runningStatus.code]' \
    "[\"object\",\"$3\"]"
  expect_json "$1: the error" out '.error.code' "$4"
  expect_json "$1: successful, failed, in progress, pending" out \
    '[.progress | .successfulInstanceCount, .failedInstanceCount, .inProgressInstanceCount,
      .pendingInstanceCount]' "$5"
  expect_eq "$1: progress goes to standard error" true "$([[ -s err ]] && echo true)"
}
expect_end done.toml 0 Completed null '[10,0,0,0]'
expect_end some.toml 3 Completed '"RollingUpgradeInProgressWithFailedUpgradedVMs"' '[9,1,0,0]'
expect_json "the detail of a failure" out '.error.details | map([.code, .target])' \
  '[["ActionFailed","web/virtualMachines/web-9"]]'
expect_end faulted.toml 4 Faulted \
  '"MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade"' '[1,1,0,8]'

# The summary has the keys of the contract, and no others by chance.
run run done.toml --json
expect_json "the keys" out 'keys' \
  '["batches","durationSeconds","maxUnavailableInstanceCount","mode","policy","progress","runningStatus","scaleSet","upgradeId"]'
expect_json "the policy" out '[.mode, .policy]' \
  '["Rolling",{"maxBatchInstancePercent":20,"maxUnhealthyInstancePercent":20,"maxUnhealthyUpgradedInstancePercent":20,"pauseTimeBetweenBatches":"PT0S","maxSurge":false,"rollbackFailedInstancesOnPolicyBreach":false}]'
expect_json "a batch" out '.batches[0]' \
  '{"index":1,"phase":null,"zone":null,"updateDomain":null,"instances":["web-0","web-1"],"failed":[],"surge":false,"startSeconds":0.0,"endSeconds":30.0}'

# What goes where.
run run done.toml
expect_status "without --json" 0
expect_eq "without --json standard output is empty" "" "$(<out)"
run run done.toml --quiet
expect_eq "--quiet shows nothing" "" "$(cat out err)"
run run done.toml --quiet --events -
expect_json "--events - writes JSON Lines to standard output" <(jq -cs . out) \
  '[length, .[0].event]' "[$(wc -l <out),\"upgrade_started\"]"
expect_json "the last of them" <(tail -n 1 out) '[.event, .code]' '["upgrade_finished","Completed"]'
run run faulted.toml --json --events events
expect_json "events beside a summary" <(tail -n 1 events) .error.code \
  '"MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade"'

# A result that cannot be delivered is no success.
if [[ -w /dev/full ]]; then
  status=0
  "$drydock" run done.toml --json >/dev/full 2>err || status=$?
  expect_status "a summary that cannot be written" 1
  expect_contains "a summary that cannot be written: why" "$(<err)" "standard output"
  status=0
  "$drydock" plan done.toml >/dev/full 2>err || status=$?
  expect_status "a plan that cannot be written" 1
  expect_contains "a plan that cannot be written: why" "$(<err)" "standard output"
  run run done.toml --quiet --json --events /dev/full
  expect_status "events that cannot be written" 1
  expect_contains "events that cannot be written: what became of the upgrade, and why 1" "$(<err)" \
    "the upgrade has ended (Completed)" "/dev/full (No space left on device)" "exit status is 1"
  expect_json "the summary is told all the same" out .runningStatus.code '"Completed"'
  for options in --quiet ""; do
    status=0
    # shellcheck disable=SC2086 # no word where there is none
    "$drydock" run done.toml --events - $options >/dev/full 2>err || status=$?
    expect_status "events for a standard output that is full" 1
    expect_contains "events for a standard output that is full: why" "$(<err)" "standard output (No space"
  done
fi

# Manual mode.
sed '/^\[upgrade_policy/,/^health_timeout/d' done.toml >manual.toml
run run manual.toml --json
expect_status "manual without --instances" 0
expect_json "manual without --instances upgrades nothing" out \
  '[.mode, .runningStatus.code, .progress.pendingInstanceCount, .batches]' \
  '["Manual","Completed",10,[]]'
expect_contains "it says what lags" "$(<err)" web-0 web-9 --instances
run run manual.toml --json --instances '*'
expect_json "manual with all" out '[.progress.successfulInstanceCount, (.batches | length)]' '[10,1]'
run run manual.toml --json --instances web-5,web-2,web-5
expect_json "manual with some, named twice or not" out '[.batches[].instances]' '[["web-2","web-5"]]'

run run done.toml --quiet --json --seed 18446744073709551615
expect_status "the greatest seed" 0
for seed in -1 18446744073709551616 1x; do
  run run done.toml --quiet --json --seed "$seed"
  expect_status "seed $seed" 2
  expect_contains "seed $seed" "$(<err)" "--seed: $seed is no whole number"
done

for arguments in --help --version "run --help" "plan --version" "init --help" "validate --help"; do
  # shellcheck disable=SC2086 # words on purpose
  run $arguments
  expect_status "$arguments" 0
  [[ -s out ]] || fail "$arguments answers on standard output"
done
finish
