#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The example's good upgrade, also watched from outside while it happens.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/local_web_lib.sh"

run run "$example/fleet.toml" --json
expect_status "fleet.toml" 0
expect_json "fleet.toml: nothing but the summary" "$work/out" \
  '[.runningStatus.code, (.progress[]), .maxUnavailableInstanceCount <= 2, .error]' \
  '["Completed",12,0,0,0,0,true,null]'
# Zone i mod 3, so every third goes into a batch.
expect_json "fleet.toml: the batches" "$work/out" '[.batches[].instances]' \
  '[["web-0","web-3"],["web-6","web-9"],["web-1","web-4"],["web-7","web-10"],["web-2","web-5"],["web-8","web-11"]]'
expect_nobody "fleet.toml"
[[ -e $work/state ]] && fail "fleet.toml: its state is left behind"

# watch_pages: asks all twelve for their page at the same time, again and again; a
# line for each round: when it began, when it ended, and who did not answer 200.
watch_pages() {
  local begin i down
  for ((i = 0; i < 12; ++i)); do
    printf 'url = "http://127.0.0.1:%d/"\noutput = "/dev/null"\n' $((first_port + i))
  done >"$work/pages"
  until [[ -e $work/watched ]]; do
    begin=$EPOCHREALTIME
    down=$(curl -q --noproxy '*' -sS --parallel --max-time 10 --config "$work/pages" \
      -w '%{http_code} %{url}\n' 2>/dev/null | sed -n '/^200/!s|.*:\([0-9]*\)/$|\1|p' | xargs) || true
    echo "$begin $EPOCHREALTIME $down"
  done >"$work/rounds"
}

# A page was down for certain from the end of the first round that found it down to
# the begin of the last such round: each goes down once. A round takes its time, and
# two that it finds down may not have been so at the same moment.
# shellcheck disable=SC2016 # these are awk's
most_down_at_once='
  { for (i = 3; i <= NF; ++i) { if (!($i in from)) from[$i] = $2; to[$i] = $1 } }
  END {
    for (a in from) {
      n = 0
      for (b in from) if (from[b] <= from[a] && from[a] < to[b]) ++n
      if (n > most) most = n
    }
    print most + 0, length(from)
  }'

"$example/up"
expect_eq "up starts twelve on the old version" "12 1.0.0" "$(answers /)"
watch_pages &
watcher=$!
wait_until "the watch begins" test -s "$work/rounds"
run run "$example/fleet.toml" --json --keep
touch "$work/watched"
wait "$watcher"
expect_status "a fleet that runs already" 0
expect_eq "all serve the new version" "12 2.0.0" "$(answers /)"
read -r most seen < <(awk "$most_down_at_once" "$work/rounds")
((most <= 2)) || fail "at most 2 are down at once" "down at once: $most" "$(<"$work/rounds")"
((seen > 0)) || fail "the watch sees some of them down, or it proves nothing" "$(<"$work/rounds")"

run run "$example/fleet.toml" --json --keep
expect_status "the same run again" 0
expect_json "the same run again takes nobody" "$work/out" \
  '[.progress.successfulInstanceCount, .batches]' '[12,[]]'
"$example/down"
expect_nobody "down"
finish
