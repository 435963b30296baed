#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# reality.sh PROGRAM [RUNS [P50_PERCENT [P90_PERCENT]]]: runs a fleet of 60 simulated
# instances on the real clock RUNS times (200), rehearses it, and compares: the
# medians may be P50_PERCENT apart (5), the 90th percentiles P90_PERCENT (10), and
# the rehearsed odds of completing must lie in the real ones' 99 % interval. Needs a
# machine that is otherwise idle.
set -euo pipefail

program=$1 runs=${2:-200} p50_percent=${3:-5} p90_percent=${4:-10}
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

cat >"$work/fleet.toml" <<'TOML'
[scale_set]
name = "web"
orchestration_mode = "uniform"

[scale_set.model]
image = { version = "1.0.0" }

[scale_set.instances]
count = 60
id = "web-{index}"

[change]
image = { version = "2.0.0" }

[upgrade_policy]
mode = "rolling"

[health.application_health_extension]
interval = "50ms"

[driver]
kind = "simulated"

[driver.simulated]
clock = "real"

[driver.simulated.durations]
reimage = { lognormal = ["100ms", 0.5] }
boot = { lognormal = ["40ms", 0.5] }

[driver.simulated.rates]
action_failure = 0.05
TOML

for ((seed = 1; seed <= runs; ++seed)); do
  "$program" run "$work/fleet.toml" --seed "$((seed + 1000000))" --json --quiet \
    >"$work/summary.json" || true
  jq -c '{length: .durationSeconds, completed: (.runningStatus.code == "Completed")}' \
    "$work/summary.json"
done >"$work/real"
"$program" rehearse "$work/fleet.toml" --runs 2000 --json >"$work/rehearsed"

# Rehearsed completion counts runs with failures within the limits, as Completed does.
jq -n -r --slurpfile real "$work/real" --slurpfile rehearsed "$work/rehearsed" \
  --argjson p50 "$p50_percent" --argjson p90 "$p90_percent" '
  def quantile($p): sort as $x | ((($x | length) - 1) * $p) as $at
    | ($at | floor) as $low | $x[$low] as $a | ($x[$low + 1] // $a) as $b
    | $a + ($b - $a) * ($at - $low);
  def wilson99($k; $n): 2.5758293 as $z | ($k / $n) as $p | (1 + $z * $z / $n) as $d
    | (($p + $z * $z / (2 * $n)) / $d) as $c
    | ($z / $d * (($p * (1 - $p) / $n + $z * $z / (4 * $n * $n)) | sqrt)) as $h
    | [$c - $h, $c + $h];
  ($real | map(.length)) as $lengths | ($real | length) as $n
  | ($real | map(select(.completed)) | length) as $done
  | $rehearsed[0] as $r
  | ($r.probability.completed + $r.probability.completedWithFailures) as $odds
  | wilson99($done; $n) as $interval
  | ($lengths | quantile(0.5)) as $m | ($lengths | quantile(0.9)) as $q
  | (($r.durationSeconds.p50 / $m - 1) * 100) as $off50
  | (($r.durationSeconds.p90 / $q - 1) * 100) as $off90
  | "real       \($n) runs: p50 \($m) s, p90 \($q) s, completed \($done / $n)",
    "rehearsed  \($r.runs) runs: p50 \($r.durationSeconds.p50) s (\($off50 | . * 100 | round / 100) %), p90 \($r.durationSeconds.p90) s (\($off90 | . * 100 | round / 100) %), completed \($odds)",
    "real odds of completing, 99 % interval: \($interval)",
    (if ($off50 | fabs) > $p50 then "FAILED: the medians are too far apart" else empty end),
    (if ($off90 | fabs) > $p90 then "FAILED: the 90th percentiles are too far apart" else empty end),
    (if $odds < $interval[0] or $odds > $interval[1]
     then "FAILED: the odds of completing are outside of the interval" else empty end)
' | tee "$work/verdict"
! grep -q FAILED "$work/verdict"
