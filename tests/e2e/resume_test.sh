#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Upgrades that were cut short: who may go on with them, and how.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/command_lib.sh"
source "$here/crash_lib.sh"
cd /

fleet 4 >"$file"

# Nothing to resume: before the first run, and after one that came to its end.
run resume "$file"
expect_refused "resume before the first run" "nothing to resume" "drydock run $file"
run run "$file" --quiet
expect_status "a run" 0
first=$(newest .upgradeId)
run resume "$file"
expect_refused "resume after the end" "nothing to resume"
run run "$file" --json --quiet
expect_status "a run after the end" 0
expect_json "it is a new upgrade" "$work/out" ".upgradeId != \"$first\"" true
expect_json "both are kept" <("$drydock" history "$file.db" --json) 'map(.code)' '["Completed","Completed"]'

# Another change: neither begun nor mixed in.
forget
# shellcheck disable=SC2016 # for the command
behave reimage 'echo "$1 $2" >>versions'
cut_short
cut=$(newest .upgradeId)
log=$(<"$work/log")
sed -i 's/^image = { version = "2" }/image = { version = "3" }/' "$file"
run run "$file"
expect_refused "run with another change" "OperationNotAllowed" "$cut" \
  "drydock resume $file" "drydock cancel $file"
run run "$file" --events "$work/events.other"
expect_eq "a refused run writes no events" "" "$(ls "$work"/events.other 2>/dev/null)"
fleet 4 $'max_batch_instances = 1\nmin_ready = "1s"' >"$file"
run run "$file"
expect_refused "run with another policy" "OperationNotAllowed" "$cut" "another policy" "drydock resume $file"
{
  fleet 4
  printf '[[maintenance_window]]\nstart = "00:00"\nduration = "24h"\n'
} >"$file"
run run "$file"
expect_refused "run with other windows" "OperationNotAllowed" "$cut" "other maintenance windows" "drydock resume $file"
fleet 5 >"$file"
for command in run resume; do
  run "$command" "$file"
  expect_refused "$command with another instance" "OperationNotAllowed" "$cut" "instances"
done
fleet 4 | sed 's/^reimage/restart/' >"$file"
for command in run resume; do
  run "$command" "$file"
  expect_status "$command without a command for the action" 2
done
expect_eq "refused ones did nothing to the fleet" "$log" "$(<"$work/log")"
rm -f -- "$work/versions"
fleet 4 | sed 's/^image = { version = "2" }/image = { version = "3" }/' >"$file"
run resume "$file" --json --quiet
expect_status "resume with another change in the file" 0
expect_json "it is the same upgrade" "$work/out" '[.upgradeId, .progress.successfulInstanceCount]' "[\"$cut\",4]"
expect_eq "it goes on with the old change" "web-1 2 web-2 2 web-3 2" "$(sort "$work/versions" | xargs)"
rm -f -- "$work/versions"
run run "$file" --json --quiet
expect_status "then the new change" 0
expect_eq "it is a new upgrade" "web-0 3 web-1 3 web-2 3 web-3 3" "$(sort "$work/versions" | xargs)"
rm -f -- "$work/versions"

# The same run again goes on as well; `setup` belongs to the first alone.
fleet 4 "max_batch_instances = 1" $'setup = ["./step.sh"]\nteardown = ["./step.sh"]' >"$file"
forget
cut_short --keep
before=$(<"$work/events")
run run "$file" --json --quiet --events "$work/events"
expect_status "the same run again" 0
expect_json "it does what is left" "$work/out" '[.progress[]]' '[4,0,0,0,0]'
expect_eq "setup and teardown happen once" "1 1" "$(logged 'begin setup') $(logged 'begin teardown')"
expect_eq "web-0 is not done again" 1 "$(logged 'begin reimage web-0')"

# What it told before it was killed stays told, but for the last turn.
whole_turns=$(jq -s 'map(.elapsedSeconds) | . as $all | map(select(. < ($all | last))) | length' <<<"$before")
expect_eq "the events begin as they did" "$(head -n "$whole_turns" <<<"$before")" \
  "$(head -n "$whole_turns" "$work/events")"
((whole_turns > 3)) || fail "there is enough to compare" "$before"
expect_json "the events are whole" <(jq -s . "$work/events") \
  '[map(.seq) == [range(1; length + 1)], (map(.elapsedSeconds) | . == sort), .[0].event, .[-1].event,
    (map(select(.event == "upgrade_resumed")) | length),
    (map(select(.event == "instance_settled") | .instance) | sort)]' \
  '[true,true,"upgrade_started","upgrade_finished",1,["web-0","web-1","web-2","web-3"]]'

# Cut short twice: an event for each resume, and one upgrade.
forget
fleet 4 >"$file"
cut_short
anew
behave reimage.web-2 "$hold"
start resume "$file" --quiet --events "$work/events"
wait_until "web-2 is worked on" has_logged '^begin reimage web-2'
killed
behave reimage.web-2
touch "$work/go"
run resume "$file" --quiet --events "$work/events" --json
expect_status "resumed twice" 0
expect_json "resumed twice: an event for each" <(jq -s . "$work/events") \
  '[(map(select(.event == "upgrade_resumed")) | length), map(.seq) == [range(1; length + 1)]]' '[2,true]'
expect_json "resumed twice: one upgrade" <("$drydock" history "$file.db" --json) 'map(.code)' '["Completed"]'

# An action that outlives its run is waited for, not done a second time beside itself.
forget
behave reimage.web-1 "$hold"
start run "$file" --quiet
wait_until "web-1 is worked on" has_logged '^begin reimage web-1'
killed
start resume "$file" --quiet --json --events "$work/events"
wait_until "it is resumed" has_line "$work/events" upgrade_resumed
behave reimage.web-1
touch "$work/go"
await
expect_status "resumed beside a running action" 0
expect_eq "without inspect it is done again, once the first has ended" \
  "begin reimage web-1 1 end reimage web-1 1 begin reimage web-1 1 end reimage web-1 1" \
  "$(grep web-1 "$work/log" | xargs)"

# One at a time, also by another file of the same scale set that shares the store.
forget
mkdir -p "$work/other"
cp "$work/step.sh" "$work/other"
{
  fleet 4
  printf '[store]\npath = "%s"\n' "$file.db"
} >"$work/other/fleet.toml"
behave reimage.web-1 "$hold"
start run "$file" --quiet --events "$work/events"
wait_until "web-1 is worked on" has_logged '^begin reimage web-1'
"$drydock" run "$work/other/fleet.toml" >"$work/out2" 2>"$work/err2" && fail "a second run by another file is refused"
expect_contains "a second run by another file: why" "$(<"$work/err2")" \
  "OperationNotAllowed: process $pid on $(hostname)" "drydock cancel"
status=0
"$drydock" resume "$file" >"$work/out2" 2>"$work/err2" || status=$?
expect_status "resume of one that runs" 2
expect_contains "resume of one that runs: why" "$(<"$work/err2")" OperationNotAllowed "process $pid "
# The lease of one that was killed is free at once, long before its time is up.
killed
behave reimage.web-1
touch "$work/go"
wait_until "what it left ends" nobody_lives
run resume "$work/other/fleet.toml" --quiet --json
expect_status "another file goes on with one that was killed" 0
expect_json "another file goes on: the whole fleet is done" "$work/out" .progress.successfulInstanceCount 4

# Nothing is kept where the file says so.
{
  fleet 2
  printf '[store]\nkind = "none"\n'
} >"$file"
forget
run run "$file" --quiet
expect_status "without a store" 0
expect_eq "without a store nothing is written" "" "$(find "$work" -name '*.db*')"
run resume "$file"
expect_refused "resume without a store" "nothing to resume" "[store]"
for command in status cancel; do
  run "$command" "$file"
  expect_refused "$command without a store" "[store]" "nothing"
done
finish
