#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two runs of one fleet file exclude each other.
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
finish
