#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two runs of one fleet file exclude each other, and know of each other, by any name of
# the file.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/command_lib.sh"
cd /

fleet 2 "max_batch_instances = 1" $'setup = ["./step.sh"]\nteardown = ["./step.sh"]' >"$work/fleet.toml"
behave reimage.web-0 "$hold"
"$drydock" run "$work/fleet.toml" --json --events "$work/events" >"$work/first" 2>"$work/first.err" &
first=$!
wait_until "the first is at work" has_logged '^begin reimage'
before=$(<"$work/events")

run run "$work/fleet.toml" --json --events "$work/events"
expect_status "a second run" 2
expect_eq "a second run: nothing on standard output" "" "$(<"$work/out")"
expect_matches "a second run: why" ".*fleet\.toml.*: error: OperationNotAllowed: .*[^0-9]${first}[^0-9].*" "$(<"$work/err")"
expect_eq "a second run does nothing to the fleet" "begin setup - 1 end setup - 1 begin reimage web-0 1" \
  "$(xargs <"$work/log")"
expect_contains "a second run leaves the first one's events" "$(<"$work/events")" "$before"
mkdir "$work/elsewhere"
ln -s ../fleet.toml "$work/elsewhere/link.toml"
run run "$work/elsewhere/link.toml"
expect_status "a second run, by a link to the file" 2
expect_contains "a second run, by a link to the file: why" "$(<"$work/err")" "process $first "
run validate "$work/fleet.toml"
expect_status "validate meanwhile" 0
run plan "$work/fleet.toml" --json
expect_status "plan meanwhile" 0

touch "$work/go"
pid=$first
await
expect_status "the first" 0
expect_json "the first one's events are whole" <(jq -s . "$work/events") \
  'map(.seq) == [range(1; length + 1)]' true

# A run that is killed leaves its command behind, but not the lock: the next one goes on
# at once, and waits for that command alone.
anew
behave reimage.web-0 "$hold"
start run "$work/fleet.toml" --quiet
wait_until "it is at work" has_logged '^begin reimage'
killed "$work/fleet.toml"
[[ -n $(living) ]] || fail "the orphan should live on, or this proves nothing"
behave reimage.web-0
start run "$work/fleet.toml" --json --quiet --events "$work/events"
wait_until "the next run goes on" has_line "$work/events" upgrade_resumed
touch "$work/go"
await
expect_status "a run after kill -9" 0
expect_json "it does its work" "$work/out" .progress.successfulInstanceCount 2
wait_until "the orphan ends" nobody_lives

# By whichever name of the file it was begun, it goes on by the other one. Commands run in
# the folder of the name.
for x in step.sh behave log go; do ln -s "../$x" "$work/elsewhere/$x"; done
names=("$work/elsewhere/link.toml" "$work/fleet.toml")
for first in 0 1; do
  begun=${names[first]} other=${names[1 - first]}
  anew
  rm -rf -- "$work"/fleet.toml.*
  behave reimage.web-0 "$hold"
  start run "$begun" --quiet --events "$work/events"
  wait_until "it is at work" has_logged '^begin reimage'
  wait_until "that is written down" has_line "$work/events" action_started
  killed "$work/fleet.toml"
  behave reimage.web-0
  touch "$work/go"
  wait_until "what it left ends" nobody_lives
  run resume "$other" --json --quiet --events "$work/events"
  expect_status "$begun, gone on with as $other" 0
  has_line "$work/events" upgrade_resumed || fail "$other knows the upgrade of $begun"
  expect_json "$other does the work of $begun" "$work/out" .progress.successfulInstanceCount 2
  run resume "$begun"
  expect_status "$begun knows that it is over" 2
done
run repairs "${names[0]}" --suspend
expect_status "repairs are suspended by a link to the file" 0
[[ -s $work/fleet.toml.repairs.json ]] || fail "the file itself knows that"
expect_eq "nothing is kept beside a link" "" "$(find "$work/elsewhere" -name 'link.toml.*')"
finish
