#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Words about repairs reach an upgrade while it runs, by itself and of a watch; and what
# is kept of repairs counts for the next run.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/repairs_lib.sh"
cd "$work"

# Each upgrade stands still at its second instance, until there is a file go.
file=$work/fleet.toml
repairing 3 0s restart | sed '/^inspect/d' >"$file"
behave restart 'rm -f "ill.$1"'
behave reimage.web-1 "$hold"
second_in_hand() { has_logged 'begin reimage web-1'; }
ill_seen() { of health_changed 'select(.instance == "web-0" and .to == "unhealthy") | 1' | grep -q .; }
to_version() { sed -i "/^\\[change\\]/,/^\\[/s/^image = .*/image = { version = \"$1\" }/" "$file"; }

start run "$file" --json --events "$work/events"
wait_until "the second is in hand" second_in_hand
"$drydock" repairs "$file" --suspend 2>"$work/err2"
expect_contains "whoever runs it is asked" "$(<"$work/err2")" "asked whoever runs"
wait_until "the run has heard of it" has_line events '"repairs_suspended"'
wait_until "it is kept" state_is "$file" Suspended
touch ill.web-0
wait_until "the first falls ill" ill_seen
sleep 0.3
expect_eq "suspended, nobody is repaired" 0 "$(logged 'begin restart')"
"$drydock" repairs "$file" --resume 2>>"$work/err2"
wait_until "resumed, it is repaired" has_line events '"repair_finished"'
touch go
await
expect_status "the upgrade" 0
expect_json "the upgrade: its repairs" "$work/out" '.automaticRepairs' \
  '{"serviceState":"Running","repaired":1,"failed":0}'
expect_json "and what is kept of them" <("$drydock" repairs "$file" --json) '[.succeeded, .failed, .serviceState]' \
  '[1,0,"Running"]'

# The next one begins as they stand.
"$drydock" repairs "$file" --suspend 2>>"$work/err2"
rm -f log go events
to_version 3
start run "$file" --json --events "$work/events"
wait_until "the second is in hand again" second_in_hand
touch ill.web-0
wait_until "the first is ill again" ill_seen
sleep 0.3
expect_eq "suspended before, nobody is repaired" 0 "$(logged 'begin restart')"
rm -f ill.web-0
well_again() { [[ $(of health_changed 'select(.instance == "web-0") | .to' | tail -n 1) == '"healthy"' ]]; }
wait_until "it is well again by itself" well_again
touch go
await
expect_status "the next upgrade" 0
expect_json "the next upgrade: its repairs" "$work/out" '.automaticRepairs.serviceState' '"Suspended"'
"$drydock" repairs "$file" --resume 2>>"$work/err2"

# One that was killed knows what was said since.
rm -f log go events
to_version 4
start run "$file" --json --events "$work/events"
wait_until "the second is in hand once more" second_in_hand
killed "$file"
"$drydock" repairs "$file" --suspend 2>"$work/err2"
expect_contains "nobody runs it" "$(<"$work/err2")" "nobody watches"
touch go
run resume "$file" --json --events "$work/events"
expect_status "the one that went on" 0
expect_json "the one that went on: its repairs" "$work/out" '.automaticRepairs.serviceState' '"Suspended"'
"$drydock" repairs "$file" --resume 2>>"$work/err2"

# The upgrade of a watch hears it as well, and the watch holds to it.
rm -f log go events
start watch "$file" --json --events "$work/events"
wait_until "the watch has begun" has_line events '"event"'
to_version 5
wait_until "the watch upgrades" second_in_hand
"$drydock" repairs "$file" --suspend 2>>"$work/err2"
wait_until "its upgrade has heard of it" has_line events '"repairs_suspended"'
expect_eq "while it runs" 0 "$(logged 'end reimage web-1')"
touch go
wait_until "the upgrade is over" has_line "$work/err" "has completed; the fleet is kept"
kill -TERM "$pid"
await
expect_json "the watch: its repairs" "$work/out" '.repairs.serviceState' '"Suspended"'

# Resumed while nobody ran it, they go on with it.
rm -f log go events
to_version 6
"$drydock" repairs "$file" --suspend 2>>"$work/err2"
start run "$file" --json --events "$work/events"
wait_until "the second is in hand at last" second_in_hand
killed "$file"
"$drydock" repairs "$file" --resume 2>>"$work/err2"

# What is damaged begins nothing, and ends nothing.
cp "$file.repairs.json" sound.json
echo '{' >"$file.repairs.json"
rm -f log
sed -i '/^reimage = /i setup = ["./step.sh", "-"]\nteardown = ["./step.sh", "-"]' "$file"
for command in run resume; do
  run "$command" "$file"
  expect_status "$command: a damaged file" 2
  expect_contains "$command: a damaged file" "$(<"$work/err")" "is not what drydock writes; mend it"
  expect_eq "$command: a damaged file begins nothing, and ends nothing" "" "$(cat log 2>/dev/null || true)"
done
cp sound.json "$file.repairs.json"
touch go
run resume "$file" --json --keep --events "$work/events"
expect_status "the one that goes on with repairs" 0
expect_json "the one that goes on with repairs" "$work/out" '.automaticRepairs.serviceState' '"Running"'
expect_nobody "the end"

# Where they are not enabled nobody is told that they run, even if somebody resumed them.
fleet 1 >"$work/without.toml"
"$drydock" repairs "$work/without.toml" --suspend 2>>"$work/err2"
"$drydock" repairs "$work/without.toml" --resume 2>>"$work/err2"
run repairs "$work/without.toml"
expect_contains "not enabled" "$(<"$work/out")" "automatic repairs are not enabled"
expect_eq "not enabled: how they stand" "repairs of web: NotRunning" "$(grep '^repairs of' "$work/out")"
run repairs "$work/without.toml" --json
expect_json "not enabled: the same in JSON" "$work/out" .serviceState '"NotRunning"'
finish
