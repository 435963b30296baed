#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What `learn` reads from the events of a fleet whose truth is known: the lengths and
# rates that the fleet was made with. Then what it refuses.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
cd "$work"

cat >fleet.toml <<'END'
[scale_set]
name = "web"
features = ["ImageReferenceUpgradeForVmoVMs"]
[scale_set.model]
image = { version = "1" }
[scale_set.instances]
count = 1000
[change]
image = { version = "2" }
[upgrade_policy]
mode = "automatic"
[health.application_health_extension]
protocol = "http"
request_path = "/"
interval = "5s"
number_of_probes = 3
[driver]
kind = "simulated"
[driver.simulated.durations]
reimage = { lognormal = ["1m", 0.5] }
boot = { normal = ["20s", "5s"] }
[driver.simulated.rates]
action_failure = 0.05
transient_failure = 0.2
unhealthy_after_upgrade = 0.1
END

for seed in 1 2; do
  run run fleet.toml --quiet --seed "$seed" --events "run$seed"
  expect_status "run $seed" 3
  # Older versions do not say how they probed.
  jq -c 'if .event == "upgrade_started"
         then .health //= {intervalSeconds: 5.0, numberOfProbes: 3} else . end' \
    "run$seed" >"$seed.events"
done

# lengths KEY: its quantiles in seconds, as a JSON list.
lengths() {
  sed -n "/^$1 = /,/]/p" out | grep -oE '"[^"]+"' | jq -sc '
    map([scan("([0-9]+)(ms|h|m|s)")
         | (.[0] | tonumber) * {h: 3600, m: 60, s: 1, ms: 0.001}[.[1]]] | add)'
}

# expect_near WHAT WANTED TOLERANCE GOT
expect_near() {
  [[ $(jq -n "($4) - ($2) | fabs <= $3") == true ]] \
    || fail "$1" "wanted: $2, give or take $3" "got:    $4"
}

# rate KEY
rate() { sed -n "s/^$1 = //p" out; }

run learn 1.events 2.events
expect_status "learn" 0
expect_eq "learn says nothing else" "" "$(<err)"
expect_contains "what it stands on" "$(head -n 2 out)" "2 files: 2 runs, 1000 instances,"
reimage=$(lengths reimage)
expect_eq "41 quantiles, ascending" '[41,true]' "$(jq -c '[length, . == sort]' <<<"$reimage")"
# A lognormal's quantile is median × e^(sigma × z).
expect_near "a tenth of all reimages" 31.6 1.5 "$(jq '.[4]' <<<"$reimage")"
expect_near "half of all reimages" 60 2.5 "$(jq '.[20]' <<<"$reimage")"
expect_near "nine tenths of all reimages" 113.9 6 "$(jq '.[36]' <<<"$reimage")"
# Seen by the third good probe: 10 s and up to an interval after it was up.
boot=$(lengths boot)
expect_near "the mean boot" 20 0.7 "$(jq 'add / length' <<<"$boot")"
expect_near "half of all boots" 20 2.5 "$(jq '.[20]' <<<"$boot")"
expect_near "action_failure" 0.05 0.015 "$(rate action_failure)"
expect_near "transient_failure" 0.2 0.03 "$(rate transient_failure)"
expect_near "unhealthy_after_upgrade" 0.1 0.02 "$(rate unhealthy_after_upgrade)"
expect_contains "no bad image" "$(<out)" "# Bad images: none in 2 runs"
cp out both

run learn 2.events 1.events
cmp both out || fail "the order of files does not matter"
cat 1.events 2.events | timeout 60 "$drydock" learn - >out 2>err || fail "learn -" "$(<err)"
cmp <(tail -n +3 both) <(tail -n +3 out) || fail "two runs in one stream are two runs"
expect_contains "one stream" "$(head -n 1 out)" "1 file: 2 runs"

# Instances that are replaced are made and deleted, and nothing else is done to them.
sed -e '/^unhealthy_after_upgrade/d' -e 's/^mode = .*/mode = "rolling"\n[upgrade_policy.rolling]\nmax_surge = true/' \
  -e 's/^reimage = .*/create = { uniform = ["40s", "80s"] }\ndelete = "5s"/' fleet.toml >surge.toml
run run surge.toml --quiet --events surge.events
expect_status "a run that replaces" 3
run learn surge.events
expect_status "learn of replacements" 0
expect_near "half of all creations" 60 3 "$(lengths create | jq '.[20]')"
expect_contains "deletions" "$(<out)" 'delete = "5s"'
expect_near "the mean boot of who was made" 20 1 "$(lengths boot | jq 'add / length')"
expect_near "action_failure of creations" 0.05 0.03 "$(rate action_failure)"
expect_near "transient_failure of creations" 0.2 0.04 "$(rate transient_failure)"
# That is what a rehearsal of a fleet with commands wants to know.
cat >commands.toml <<'END'
[scale_set]
name = "web"
[scale_set.model]
settings = { v = "1" }
[change]
settings = { v = "2" }
[scale_set.instances]
count = 6
port = { from = 9000 }
[upgrade_policy]
mode = "rolling"
[upgrade_policy.rolling]
max_surge = true
[health.application_health_extension]
protocol = "http"
request_path = "/"
[driver]
kind = "command"
[driver.command]
in_place = ["true"]
create = ["true"]
delete = ["true"]
END
cat commands.toml out >learnt.toml
run rehearse commands.toml --runs 2 --json
expect_status "a rehearsal without what was learnt" 2
run rehearse learnt.toml --runs 2 --json
expect_status "a rehearsal with what was learnt" 0

# A cure by repair is no recovery.
cat >ill.toml <<'END'
[scale_set]
name = "web"
features = ["ImageReferenceUpgradeForVmoVMs"]
[scale_set.model]
image = { version = "1" }
[scale_set.instances]
count = 4
[[scale_set.instance]]
id = "web-3"
latest_model_applied = true
[change]
image = { version = "2" }
[upgrade_policy]
mode = "rolling"
[upgrade_policy.rolling]
max_unhealthy_instance_percent = 50
pause_time_between_batches = "1h"
[automatic_repairs]
enabled = true
grace_period = "15m"
repair_action = "reimage"
[health.application_health_extension]
protocol = "http"
request_path = "/"
[driver]
kind = "simulated"
[driver.simulated.durations]
reimage = "30s"
[[driver.simulated.fault]]
instance = "web-3"
falls_ill_after = "5m"
END
run run ill.toml --quiet --events ill.events
expect_contains "one is repaired" "$(<ill.events)" '"event":"repair_finished","instance":"web-3","outcome":"succeeded"'
run learn ill.events
expect_status "learn beside repairs" 0
expect_contains "learn beside repairs" "$(<out)" "mean_time_to_failure" "None of them was well again by itself"
expect_contains "learn beside repairs: upgrades alone" "$(<out)" "3 attempts at"

# A run that died in the middle of a line.
head -c -20 1.events >cut.events
run learn cut.events
expect_status "a cut file" 0
expect_matches "a cut file" "cut\\.events:$(wc -l <1.events): warning: .*cut short.*" "$(<err)"
expect_contains "a cut file" "$(<out)" "[rehearsal.durations]"

# refused WHAT PATTERN: of the last run; one line, and nothing on standard output.
refused() {
  expect_status "$1" 2
  expect_eq "$1: nothing on standard output" "" "$(<out)"
  expect_matches "$1" "$2" "$(<err)"
}
run learn 1.events missing.events
refused "a file that is not there" 'missing.events: error: cannot be read \(No such file.*'
run learn .
refused "a folder" '\.: error: cannot be read .*directory.*'
{
  head -n 5 1.events
  echo '{"seq":6,"elapsedSeconds":'
  tail -n +7 1.events
} >broken.events
run learn broken.events 2.events
refused "a broken line" 'broken.events:6: error: this line is no event; .*drydock run --events.*'
run learn fleet.toml
refused "a file of another kind" 'fleet.toml:1: error: this line is no event; .*'
tail -n +2 1.events >headless.events
run learn headless.events
# Its first event does not matter here: it waits for health.
refused "a file without its beginning" 'headless.events:2: error: .*upgrade_started.*'
head -n 1 1.events >idle.events
run learn idle.events
refused "a run that did nothing" 'drydock: error: no action came to an end.*'
: >empty.events
run learn empty.events
refused "an empty file" 'drydock: error: no action came to an end.*'
run learn
expect_status "learn without a file" 2
expect_eq "learn without a file: nothing on standard output" "" "$(<out)"
run learning
expect_contains "the list of commands" "$(<err)" "init, validate, plan, run" "learn"
finish
