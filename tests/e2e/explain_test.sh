#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Why an upgrade is not moving: of one that runs, from another terminal; of one that was
# cut short, of those that are over; from stores and from events files.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/command_lib.sh"
source "$here/crash_lib.sh"
cd "$work"

# explain ARGUMENT…: to $work/out2, $work/err2 and $status.
explain() {
  status=0
  "$drydock" explain "$@" >"$work/out2" 2>"$work/err2" || status=$?
}
# expect_explained WHAT FILTER WANTED ARGUMENT…: of `explain ARGUMENT… --json`.
expect_explained() {
  explain "${@:4}" --json
  expect_status "$1" 0
  expect_json "$1" "$work/out2" "$2" "$3"
}
# expect_said WHAT ARGUMENT… -- PART…
expect_said() {
  local what=$1
  local -a arguments=()
  shift
  while [[ $1 != -- ]]; do
    arguments+=("$1")
    shift
  done
  shift
  explain "${arguments[@]}"
  expect_status "$what" 0
  expect_contains "$what" "$(<"$work/out2")" "$@"
}
refuses() {
  explain "${@:3}"
  expect_status "$1" 2
  expect_eq "$1: nothing on standard output" "" "$(<"$work/out2")"
  expect_eq "$1: one line" 1 "$(wc -l <"$work/err2")"
  expect_contains "$1: why" "$(<"$work/err2")" "$2"
}

# Nothing to explain.
fleet 4 >"$file"
refuses "no store yet" "there is no store at" "$file"
refuses "no such file" "nowhere.toml: error: cannot read the file" nowhere.toml
refuses "no store here" "there is no store in this folder"
refuses "no such events file" "name a file that \`drydock run --events FILE\` wrote" --events nowhere
refuses "a folder" "Is a directory" --events "$work"
: >empty
refuses "an empty file" "holds no event yet" --events empty
refuses "a file of something else" "fleet.toml:1: error: this line is no event" --events fleet.toml
explain "$file" --events empty
expect_status "a store and events" 2

# While it runs, with an instance that hangs: from the store and from the events.
behave reimage.web-1 "$hold"
start run "$file" --quiet --json --events "$work/events"
wait_until "web-1 is worked on" has_logged '^begin reimage web-1'
wait_until "its step is told" has_line "$work/events" '"event":"action_started","instance":"web-1"'
running='["moving",[["in_hand",2,["web-1","in_hand","action"]]],null]'
filter='[.state, [.obstacles[] | [.kind, .batch, (.holders[0] | .instance, .standing, .step) | select(. != null)]
  | [.[0], .[1], .[2:]]], .ending]'
expect_explained "while it runs" "$filter" "$running" "$file"
expect_json "while it runs: who it is" "$work/out2" '[.scaleSet, .upgradeId, .counts.total]' "[\"web\",\"$(newest .upgradeId)\",4]"
expect_json "while it runs: why each is where it is" "$work/out2" '[.instances[] | [.instance, .standing, .why, .batch]]' \
  '[["web-0","succeeded","in_order",1],["web-1","in_hand","in_order",2],["web-2","pending","batch_full",null],["web-3","pending","batch_full",null]]'
expect_explained "while it runs: by events" "$filter" "$running" --events events
expect_said "while it runs: in words" "$file" -- "of web: moving since" "Batch 2 is under way" "web-1 (at its action" \
  "drydock cancel $file --now" "1 succeeded: web-0" "left (the batch in hand is full): web-2, web-3"
expect_said "while it runs: one instance" "$file" --instance web-2 -- "web-2 is left" "the batch in hand is full"
expect_said "while it runs: by id" "$file.db" --upgrade "$(newest .upgradeId | cut -c 1-8)" -- "Batch 2 is under way"
refuses "no such instance" "there is no instance web-9" "$file" --instance web-9
refuses "no such upgrade" "there is no upgrade zzz" "$file" --upgrade zzz
# A line that is half written is left for later; a whole one that is wrong is not.
cp events torn
printf '{"seq":99,"elapsedSec' >>torn
expect_explained "a torn last line" "$filter" "$running" --events torn
echo >>torn
refuses "a line that is no event" "torn:$(wc -l <torn): error: this line is no event" --events torn
tail -n +2 events >late
refuses "no beginning" "comes before any upgrade_started" --events late

# Killed: nobody runs it, and that comes first.
killed
behave reimage.web-1
touch "$work/go"
wait_until "what it left ends" nobody_lives
expect_explained "cut short" '[.state, [.obstacles[] | [.kind, .remedies[0].action]]]' \
  '["waiting",[["no_controller","resume"],["in_hand","wait"]]]' "$file"
expect_said "cut short: in words" "$file" -- "No process runs this upgrade. To go on: run \`drydock resume $file\`."
expect_lacks "cut short: nothing goes on" "$(<"$work/out2")" "goes on by itself"
run resume "$file" --quiet --events "$work/events"
expect_status "resumed" 0
expect_explained "completed" '[.state, .obstacles, .ending.cause, .counts.succeeded]' '["finished",[],"completed",4]' "$file"
expect_explained "completed: by events" '[.state, .obstacles, .ending.cause, .counts.succeeded]' \
  '["finished",[],"completed",4]' --events events

# Cancelled, and given up.
forget
cut_short
run cancel "$file" --abandon
expect_status "abandon" 0
expect_explained "given up" '[.state, .ending.cause, .ending.status]' '["finished","abandoned","Cancelled"]' "$file"
expect_said "given up: in words" "$file" -- "nobody ran it any more, and it was given up as it stood"
forget
behave reimage.web-1 "$hold"
start run "$file" --quiet --events "$work/events"
wait_until "web-1 is worked on" has_logged '^begin reimage web-1'
run cancel "$file"
wait_until "the word arrives" has_line "$work/events" cancel_requested
expect_said "being cancelled" "$file" -- "A cancel was asked for by drydock cancel (process" "the upgrade ended before their turn"
touch "$work/go"
await
expect_explained "cancelled" '[.ending.cause, (.ending.by | test("^drydock cancel")), .counts.pending]' '["cancelled",true,2]' "$file"

# Replaced instead of upgraded: who waits for whom, while one is being made.
forget
fleet 2 "max_batch_instances = 1
max_surge = true" 'create = ["./step.sh", "{instance.id}"]
delete = ["./step.sh", "{instance.id}"]' >"$file"
behave create.web-2 "$hold"
start run "$file" --quiet --events "$work/events"
wait_until "web-2 is being made" has_logged '^begin create web-2'
wait_until "its step is told" has_line "$work/events" '"event":"action_started","instance":"web-2"'
expect_explained "one is being made" \
  '[.state, (.obstacles[0] | .kind, .holderCount, (.holders[0] | .instance, .standing, .step, .counterpart)), .counts.total]' \
  '["moving","in_hand",1,"web-2","arriving","action","web-0",2]' "$file"
expect_json "one is being made: each" "$work/out2" '[.instances[] | [.instance, .standing, .step, .replaces]]' \
  '[["web-0","in_hand","replacement",null],["web-1","pending",null,null],["web-2","arriving","action","web-0"]]'
expect_said "one is being made: in words" "$file" -- "web-2, which is to replace web-0 (being made for" "look at what web-2 does"
expect_said "one is being made: who waits" "$file" --instance web-0 -- "waiting for its replacement" "Its replacement is web-2."
expect_said "one is being made: by events" --events events -- "web-2 (being made for"
refuses "nobody was asked for web-3" "there is no instance web-3" "$file" --instance web-3
touch "$work/go"
await
expect_status "all are replaced" 0
filter='[.state, .ending.cause, .counts.total, .counts.succeeded, [.instances[] | [.instance, .standing, .why]]]'
replaced='["finished","completed",2,2,[["web-0","deleted","replaced"],["web-1","deleted","replaced"],'
replaced+='["web-2","succeeded","replaces_member"],["web-3","succeeded","replaces_member"]]]'
expect_explained "all are replaced" "$filter" "$replaced" "$file"
expect_explained "all are replaced: by events" "$filter | .[4] |= sort" "$replaced" --events events

# The example: an upgrade that stands still in one way after the other.
example=$here/../../examples/explain
run run "$example/fleet.toml" --quiet --events "$work/events"
expect_status "the example" 4
moments=$(DRYDOCK=$drydock "$example/moments" events)
expect_contains "the example" "$moments" \
  "max_unhealthy_instance_percent = 20 lets 2 of 10 instances be unavailable, and 2 are: web-8 (unhealthy for 0s), web-9" \
  "It rests between two batches (pause_time_between_batches) for 30s more. It goes on by itself." \
  "and 2 are: web-3 (unhealthy for" "RollingUpgradeTimeoutError" "It had waited for unavailable_instances." \
  "Held against it: web-3, web-9."
expect_explained "the example: why web-3 failed" '[.instances[] | [.standing, .failure.code]]' '[["failed","HealthTimeout"]]' \
  --events events --instance web-3
n=$(grep -n '"event":"health_changed","instance":"web-3".*"to":"unhealthy"' events | head -n 1 | cut -d : -f 1)
head -n "$n" events >then
expect_explained "the example: web-3 is to be healthy" '[.obstacles[0] | .kind, .holders[0].step]' '["in_hand","health"]' --events then

finish
