#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same file and seed give the same bytes; another seed is another upgrade.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

file=$work/fleet.toml
# Draws of every kind, so that a hidden source of chance would show.
cat >"$file" <<'END'
[scale_set]
name = "web"
zones = ["1", "2", "3"]
[scale_set.model]
vm_size = "small"
[scale_set.instances]
count = 60
[change]
vm_size = "large"
[upgrade_policy]
mode = "rolling"
[upgrade_policy.rolling]
max_unhealthy_upgraded_instance_percent = 100
max_unhealthy_instance_percent = 60
health_timeout = "2m"
[health.application_health_extension]
protocol = "http"
request_path = "/"
states = "rich"
[driver]
kind = "simulated"
[driver.simulated.durations]
restart = { lognormal = ["1m", 0.5] }
boot = { normal = ["20s", "5s"] }
[driver.simulated.rates]
action_failure = 0.05
transient_failure = 0.3
unhealthy_after_upgrade = 0.1
END

# once NAME ARGUMENT…
once() {
  local name=$1
  shift
  run run "$file" --json --events "$work/$name.events" "$@"
  mv -- "$work/out" "$work/$name.summary"
}
id() { jq -r .upgradeId "$work/$1.summary"; }

once first
once again
cmp "$work/first.summary" "$work/again.summary" || fail "the same summary"
cmp "$work/first.events" "$work/again.events" || fail "the same events"
expect_json "something did fail" "$work/first.summary" '.progress.failedInstanceCount > 0' true
expect_eq "something was tried again" true \
  "$(jq -s 'any(.attempt == 2)' "$work/first.events")"
expect_json "virtual time starts in 2026" "$work/first.summary" .runningStatus.startTime \
  '"2026-01-01T00:00:00.000Z"'

once default --seed 1
cmp "$work/first.events" "$work/default.events" || fail "the file's seed is 1 by default"
expect_eq "so is its id" "$(id first)" "$(id default)"

once other --seed 2
[[ $(id first) != "$(id other)" ]] || fail "another seed has another upgradeId"
cmp -s "$work/first.events" "$work/other.events" && fail "another seed draws differently"
once other_again --seed 2
cmp "$work/other.events" "$work/other_again.events" || fail "the same events for seed 2"

# The place of the file does not matter, nor does a change of a comment go unseen.
mkdir "$work/elsewhere"
cp "$file" "$work/elsewhere/fleet.toml"
(cd "$work/elsewhere" && "$drydock" run fleet.toml --quiet --events - >"$work/elsewhere.events") || true
cmp "$work/first.events" "$work/elsewhere.events" || fail "the same events from elsewhere"
sed -i 's/count = 60/count = 59/' "$file"
once smaller
[[ $(id first) != "$(id smaller)" ]] || fail "another file has another upgradeId"
[[ -e $file.lock ]] && fail "nothing is locked in virtual time"
finish
