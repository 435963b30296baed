#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# learnt.sh PROGRAM [RUNS [P50_PERCENT]]: upgrades the twelve local web servers RUNS
# times (20) and writes the events down, learns from them, rehearses the fleet with
# what was learnt, and compares the rehearsed median with that of the next RUNS real
# upgrades: they may be P50_PERCENT apart (10). Takes the example's ports.
set -euo pipefail

program=$(realpath -- "$1") runs=${2:-20} p50_percent=${3:-10}
example=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../examples/local-web" && pwd)
export DRYDOCK_LOCAL_WEB_SERVER=${DRYDOCK_LOCAL_WEB_SERVER:-$(dirname -- "$program")/local_web_server}
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cp -r -- "$example/." "$work"

# upgrade NAME: RUNS upgrades; their summaries, and events NAME.1, NAME.2, …
upgrade() {
  local i
  for ((i = 1; i <= runs; ++i)); do
    "$program" run "$work/fleet.toml" --quiet --json --events "$work/$1.$i" \
      >"$work/summary.json" || true
    jq .durationSeconds "$work/summary.json"
  done >"$work/$1"
}

upgrade recorded
"$program" learn "$work"/recorded.[0-9]* >"$work/table.toml"
cat "$work/table.toml" >>"$work/fleet.toml"
"$program" rehearse "$work/fleet.toml" --runs 1000 --json >"$work/rehearsed"
upgrade further

jq -n -r --slurpfile before "$work/recorded" --slurpfile after "$work/further" \
  --slurpfile rehearsed "$work/rehearsed" --argjson most "$p50_percent" '
  def median: sort as $x | ($x | length) as $n
    | ($x[($n - 1) / 2 | floor] + $x[$n / 2 | floor]) / 2;
  ($before | median) as $b | ($after | median) as $a
  | $rehearsed[0].durationSeconds.p50 as $r
  | (($r / $a - 1) * 100) as $off
  | "recorded   \($before | length) runs: p50 \($b) s",
    "further    \($after | length) runs: p50 \($a) s",
    "rehearsed  \($rehearsed[0].runs) runs: p50 \($r) s (\($off * 100 | round / 100) % off)",
    (if ($off | fabs) > $most then "FAILED: the medians are too far apart" else empty end)
' | tee "$work/verdict"
! grep -q FAILED "$work/verdict"
