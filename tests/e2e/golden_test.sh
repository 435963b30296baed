#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whole upgrades of simulated fleets against the transcripts in golden/, byte for
# byte; what the summary, the events and the plan say must agree, too.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# The unavailable at each moment by the events alone: in the hands of the batch,
# or not healthy, or failed where there is no health to go by. Replacements count once
# they have the place of their members, which serve until then, and new ones once they
# have settled.
# shellcheck disable=SC2016 # these are jq's variables
count_unavailable='
  reduce .[] as $e ({hand: {}, ill: {}, out: {}, most: 0};
    (if (($e.event == "batch_started" or $e.event == "batch_extended") and ($e.surge | not))
        or $e.event == "surge_short"
       then reduce $e.instances[] as $i (.; .hand[$i] = true)
     elif $e.event == "instance_created" then .out[$e.instance] = true
     elif $e.event == "instance_replaced"
       then .out[$e.instance] = true | del(.out[$e.replacement])
     elif $e.event == "scaling_started"
       then reduce ($e.leaving + $e.arriving)[] as $i (.; .out[$i] = true)
     elif $e.event == "rollback_started" then .hand[$e.instance] = true
     elif $e.event == "rollback_finished" then del(.hand[$e.instance])
     elif $e.event == "instance_settled"
       then del(.hand[$e.instance])
         | if $e.outcome == "succeeded" then del(.out[$e.instance]) else . end
         | if $e.outcome == "failed" and $e.reason != "HealthTimeout"
           then .ill[$e.instance] = true else . end
     elif $e.event == "health_changed"
       then if $e.to == "healthy" then del(.ill[$e.instance])
            else .ill[$e.instance] = true end
     else . end)
    | .out as $out
    | .most = ([.most, (.hand + .ill | [keys[] | select($out[.] | not)] | length)] | max))
  | .most'

count=0
for file in "$here"/golden/*.toml; do
  name=$(basename -- "$file" .toml)
  read -r -a options < <(sed -n 's/^# options: //p' "$file") || true
  run run "$file" "${options[@]}" --json --events "$work/events"
  expect_status "$name" "$(sed -n 's/^# exit: //p' "$file")"
  cmp -- "$here/golden/$name.summary.json" "$work/out" || fail "$name: the summary"
  cmp -- "$here/golden/$name.events.jsonl" "$work/events" || fail "$name: the events"
  expect_lacks "$name: nothing failed that the program did not expect" "$(<"$work/err")" "error:"

  expect_json "$name: events are numbered, in order, from start to end" \
    <(jq -s . "$work/events") \
    '[map(.seq) == [range(1; length + 1)], (map(.elapsedSeconds) | . == sort),
      .[0].event, .[-1].event]' '[true,true,"upgrade_started","upgrade_finished"]'
  expect_json "$name: the last event is the summary's end" \
    <(jq -s . "$work/events" "$work/out") \
    '.[-2].code == .[-1].runningStatus.code and .[-2].progress == .[-1].progress
     and .[-2].error == .[-1].error and .[-2].elapsedSeconds == .[-1].durationSeconds' true
  expect_json "$name: the most that were unavailable, by the events" \
    <(jq -s "$count_unavailable" "$work/events") . "$(jq .maxUnavailableInstanceCount "$work/out")"
  jq -c '[.batches[] | {index, phase, zone, updateDomain, instances}]' "$work/out" >"$work/batches"

  run plan "$file" "${options[@]}" --json
  expect_status "$name: plan" 0
  # What a run learns on its way, a plan cannot know.
  case $name in
    deadline | breach_with_rollback | waiting_for_recovery) ;;
    *)
      expect_json "$name: the plan's batches" "$work/out" \
        '[.batches[] | {index, phase, zone, updateDomain, instances}]' "$(<"$work/batches")"
      ;;
  esac
  count=$((count + 1))
done
expect_eq "all transcripts were compared" "$(find "$here/golden" -name '*.events.jsonl' | wc -l)" "$count"
finish
