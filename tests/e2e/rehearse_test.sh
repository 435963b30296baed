#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `rehearse` from the outside: the same bytes for the same seed, runs that can be
# replayed, settings side by side, what it refuses; and `run --rehearse-first`.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
cd "$work"

# fleet COUNT: one whose actions take a lognormal time, and sometimes fail.
fleet() {
  cat <<END
[scale_set]
name = "web"
orchestration_mode = "uniform"
zones = ["1", "2"]
[scale_set.model]
image = { version = "1" }
[scale_set.instances]
count = $1
[change]
image = { version = "2" }
[upgrade_policy]
mode = "rolling"
[health.application_health_extension]
states = "rich"
[driver]
kind = "simulated"
[driver.simulated.durations]
reimage = { lognormal = ["1m", 0.5] }
boot = "20s"
[driver.simulated.rates]
action_failure = 0.03
END
}
fleet 20 >fleet.toml

# The same seed gives the same bytes, whatever the number of threads.
run rehearse fleet.toml --json --runs 60 --jobs 1
expect_status "one thread" 0
cp out one
run rehearse fleet.toml --json --runs 60 --jobs 3
expect_eq "three threads print the same" "$(<one)" "$(<out)"
expect_eq "and nothing else" "" "$(<err)"
run rehearse fleet.toml --json --runs 60 --seed 2
[[ $(<out) != "$(<one)" ]] || fail "another seed prints something else"

expect_json "runs and seed" one '[.runs, .seed, .instances]' '[60, 1, 20]'
expect_json "the odds are those of all runs" one \
  '[.probability | .completed, .completedWithFailures, .cancelled, .faulted[]] | add | . * 1e4 | round' 10000
expect_json "intervals hold their shares" one \
  '[.probability, .interval95] | [.[0].completed >= .[1].completed[0], .[0].completed <= .[1].completed[1],
    (.[0].faulted | keys) == (.[1].faulted | keys)] | all' true
expect_json "quantiles ascend" one \
  '.durationSeconds | [.least, .p5, .p50, .p90, .p99, .most] | . == sort' true
expect_json "at most 20 % are down by the upgrade" one '.minimumAvailableInstances.p50 >= 16' true
expect_json "the shares of time are all of it" one \
  '[.timeSpent[].share] | add | . * 1e4 | round' 10000

# What people read. Fixed lengths and rates alone: no digit depends on a library.
cat >text.toml <<'END'
[scale_set]
name = "web"
orchestration_mode = "uniform"
[scale_set.instances]
count = 20
[scale_set.model]
image = { version = "1" }
[change]
image = { version = "2" }
[upgrade_policy]
mode = "rolling"
[upgrade_policy.rolling]
pause_time_between_batches = "30s"
[health.application_health_extension]
[driver]
kind = "simulated"
[driver.simulated.durations]
reimage = "60s"
boot = "20s"
[driver.simulated.rates]
action_failure = 0.05
[rehearsal.bad_image]
probability = 0.1
END
cat >wanted <<'END'
web: rolling, reimage, 20 instances, rehearsed 50 times (seed 1)

how it ends                                                              runs      odds   95 % interval
Completed                                                                  12    24.0 %   14.3 % to 37.4 %
Completed, some failed                                                     14    28.0 %   17.5 % to 41.7 %
Faulted: MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade       24    48.0 %   34.8 % to 61.5 %

takes           1m20s (p5), 8m40s (p50), 10m30s (p90), 12m10s (p99)
available       at the least 16 of 20 (p50), 16 (p1)
                below 100 % in 100.0 % of the runs, for 6m40s (p50), 11m40s (p99)
                below 95 % in 100.0 % of the runs, for 6m40s (p50), 10m26s (p99)
                below 90 % in 100.0 % of the runs, for 6m40s (p50), 9m10s (p99)
time goes to    actions 51.0 %, health 31.2 %, pauses 17.8 %
bad runs end    24 runs at the check after batch 1, MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade
a bad image     reaches 4 instances (p50), 4 (p90); the policy stops it in 100.0 % of 10 such runs
worst runs      run 3: Faulted: MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade, 4 failed, 6m00s, seed 5527171857798494
                run 6: Faulted: MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade, 4 failed, 6m00s, seed 3672366959100544
                run 8: Faulted: MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade, 4 failed, 6m00s, seed 2175998240458101
to see one      drydock rehearse text.toml --seed 1 --run 3 --events -
END
run rehearse text.toml --runs 50
expect_eq "the text" "$(<wanted)" "$(<out)"

# Any run can be replayed, by number, and by seed with `run`.
worst=$(jq -c '.worstRuns[0]' one)
run rehearse fleet.toml --run "$(jq .run <<<"$worst")" --json --events replay.events
expect_json "the replay takes as long" out .durationSeconds "$(jq .durationSeconds <<<"$worst")"
expect_json "and as many fail" out .progress.failedInstanceCount \
  "$(jq .failedInstanceCount <<<"$worst")"
cp out replay
expect_eq "its events end" upgrade_finished "$(jq -r .event replay.events | tail -n 1)"
run run fleet.toml --seed "$(jq .seed <<<"$worst")" --json
expect_json "run with its seed is the same run" out 'del(.upgradeId)' \
  "$(jq -c 'del(.upgradeId)' replay)"
run rehearse fleet.toml --run 3 --events -
expect_eq "events go to standard output" upgrade_started "$(jq -rn 'first(inputs).event' out)"

# Settings side by side meet the same seeds.
run rehearse fleet.toml --runs 60 --json --vary max_batch_instance_percent=20,10 \
  --vary pause_time_between_batches=0s,30s
expect_status "four settings" 0
expect_json "every value with every other" out '[.variants[].setting]' '[
  "max_batch_instance_percent = 20, pause_time_between_batches = 0s",
  "max_batch_instance_percent = 20, pause_time_between_batches = 30s",
  "max_batch_instance_percent = 10, pause_time_between_batches = 0s",
  "max_batch_instance_percent = 10, pause_time_between_batches = 30s"]'
expect_json "the first is the file as it is" out '.variants[0].durationSeconds' \
  "$(jq -c .durationSeconds one)"
expect_json "an equal fate of every instance: five pauses are all of the difference" out \
  '.variants[1].againstFirst | [.durationSeconds] + .durationSecondsInterval95' '[150, 150, 150]'
expect_json "smaller batches take longer, in every run that completes" out \
  '.variants[2].againstFirst.shorterProbability <= .faultedProbability + .variants[2].faultedProbability' true
sed 's/1m/2m/' fleet.toml >slow.toml
run rehearse fleet.toml --runs 20 --compare slow.toml
expect_contains "a comparison is a table" "$(<out)" "against the first, where both" slow.toml

run rehearse fleet.toml --runs 5000 --until-precision 0.1 --json
expect_json "precision ends it early" out '.runs < 1000 and .runs % 50 == 0' true
expect_json "with narrow intervals" out \
  '[.interval95.completed, .interval95.completedWithFailures, .interval95.cancelled] | map(.[1] - .[0] <= 0.2) | all' true

# A table for a fleet of any driver, and what is refused.
cat >command.toml <<END
$(fleet 4 | sed '/^\[driver\]/,$d')
[driver]
kind = "command"
[driver.command]
reimage = ["touch", "$work/touched"]
END
run rehearse command.toml
expect_status "nothing is known of the lengths" 2
expect_contains "it says what to do" "$(<err)" "[rehearsal.durations]" "drydock learn"
expect_eq "and prints nothing" "" "$(<out)"
printf '[rehearsal.durations]\nreimage = "1m"\n' >>command.toml
run rehearse command.toml --runs 3 --json
expect_json "a command's fleet is rehearsed" out '.durationSeconds.p50' 240
[[ ! -e touched ]] || fail "a rehearsal runs no command"

refused() {
  run rehearse fleet.toml "${@:2}"
  expect_status "refused: $1" 2
  expect_contains "refused: $1" "$(<err)" "$1"
  expect_eq "refused: $1: nothing is printed" "" "$(<out)"
}
refused 'did you mean "max_batch_instances"' --vary max_batch_instance=5
refused 'max_batch_instance_percent=0: error' --vary max_batch_instance_percent=20,0
refused 'is not KEY=VALUE' --vary max_surge
refused 'name 100 at most' --vary "max_batch_instance_percent=$(seq -s, 1 60)" \
  --vary max_unhealthy_instance_percent=20,30
run rehearse fleet.toml --runs 2 --json --vary 'scale_set.zones=["1"],["1","2","3"]'
expect_json "values may be lists" out '.variants | length' 2
expect_json "too few runs for an interval" out '.variants[1].againstFirst.durationSecondsInterval95' null
refused 'missing.toml: error: cannot read' --compare missing.toml
refused 'leave --vary and --compare out' --run 2 --compare slow.toml
refused '--events requires --run' --events x
refused 'from 0 to' --seed -1

# The example, and a page of it.
example=$here/../../examples/rehearsal/fleet.toml
run rehearse "$example" --runs 40 --html page.html
expect_status "the example" 0
for part in '<!DOCTYPE html>' '<svg' 'How it ends' '</html>'; do
  grep -qF -- "$part" page.html || fail "the page has no $part"
done
run rehearse "$example" --html missing/page.html
expect_status "a page that cannot be written" 2
expect_contains "a page that cannot be written" "$(<err)" "cannot write missing/page.html"
run run "$example" --rehearse-first 100 --max-fault-probability 0.01
expect_status "the example's odds" 2

# A run that may never end is as bad as one that faults; the file's limit is kept.
{ fleet 10; printf '[rehearsal]\ntime_limit = "3m"\n'; } >limited.toml
run rehearse limited.toml --runs 10 --json
expect_json "the time limit ends most runs" out '[.probability.cancelled, .durationSeconds.most]' '[0.9, 180]'
run run limited.toml --rehearse-first 10
expect_status "runs that reach the limit count" 2
expect_contains "runs that reach the limit count" "$(<err)" "100.0 %" "time limit"

# The odds before a run.
run run fleet.toml --rehearse-first 100 --max-fault-probability 0 --json
expect_status "bad odds" 2
expect_contains "it says why" "$(<err)" "rehearsed 100 times" "more than the 0.0 % allowed" \
  "Nothing was touched"
expect_eq "bad odds: no summary" "" "$(<out)"
run run fleet.toml --rehearse-first 100 --max-fault-probability 1 --json
expect_json "good odds: it runs" out '.runningStatus.code != null' true

finish
