#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Repairs of a fleet that is watched: restarts and replacements, their suspension, and
# what outlives the watch.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/repairs_lib.sh"
cd "$work"

# Restarted, it is well again.
file=$work/restart.toml
repairing 3 0s restart >"$file"
behave restart 'rm -f "ill.$1"'
begin_watch
touch ill.web-1
wait_until "who is ill is repaired" has_line events '"repair_finished"'
expect_eq "who is ill is repaired" '["web-1","succeeded"]' "$(of repair_finished '[.instance, .outcome]')"
[[ -e ill.web-1 ]] && fail "it was not restarted"
expect_eq "by one restart, and nothing else" "begin restart web-1 1 end restart web-1 1" "$(xargs <log)"

# What does not help three times in a row is suspended, and stays so after the watch.
behave restart 'exit 1'
touch ill.web-2
wait_until "repairs are suspended" has_line events '"repairs_suspended"'
wait_until "others are told" state_is "$file" Suspended
stop_watch "stopped while repairs are suspended"
expect_json "the summary" "$work/out" '[.repairs.serviceState, .repairs.succeeded, .repairs.failed, .repairs.failedInARow]' \
  '["Suspended",1,3,3]'
behave restart 'rm -f "ill.$1"'
count=$(logged 'begin restart')
begin_watch
sleep 0.5
expect_eq "a new watch holds to it" "$count" "$(logged 'begin restart')"
"$drydock" repairs "$file" >"$work/out2"
expect_contains "people are told what to do" "$(<"$work/out2")" "Suspended" "--resume"
"$drydock" repairs "$file" --resume 2>>"$work/err2"
well() { [[ ! -e ill.web-2 ]]; }
wait_until "resumed, it repairs" well
wait_until "others are told that they go on" state_is "$file" Running
"$drydock" repairs "$file" --suspend 2>>"$work/err2"
wait_until "a person may suspend them" state_is "$file" Suspended
stop_watch "stopped after that"
"$drydock" repairs "$file" --resume 2>"$work/err2"
expect_contains "without a watch it is changed at once" "$(<"$work/err2")" "nobody watches"
state_is "$file" Running || fail "without a watch it is changed at once"

# The grace period of who was changed outlives a watch that is killed.
rm -f log "$file".repairs.json
sed -i 's/^grace_period = .*/grace_period = "0s"/' "$file"
begin_watch
touch ill.web-0
wait_until "web-0 is repaired" has_line events '"repair_finished"'
changed() { jq -e '.lastChangesUs["web-0"]' "$file.repairs.json" >/dev/null 2>&1; }
wait_until "its change is written down" changed
killed
sed -i 's/^grace_period = .*/grace_period = "1h"/' "$file"
begin_watch
touch ill.web-0

ill_seen() { of health_changed 'select(.instance == "web-0" and .to == "unhealthy") | 1' | grep -q .; }
wait_until "it is ill again" ill_seen
sleep 0.3
expect_eq "within its grace period it is left alone" 1 "$(logged 'begin restart web-0')"
sed -i 's/^grace_period = .*/grace_period = "0s"/' "$file"
wait_until "with another policy it is not" test ! -e ill.web-0
stop_watch "stopped after all that"

# An upgrade waits for a repair in hand, and begins then.
rm -f log go
behave restart "$hold
rm -f \"ill.\$1\""
begin_watch
touch ill.web-1
wait_until "a repair is in hand" has_line log "begin restart web-1"
sed -i 's/^image = { version = "2" }/image = { version = "3" }/; s/"echo", "2"/"echo", "3"/' "$file"
sed -i 's/^inspect = .*//' "$file"
sleep 0.5
expect_eq "the upgrade does not begin beside it" 0 "$(logged 'begin reimage')"
touch go
reimaged() { [[ $(logged 'end reimage') == 3 ]]; }
wait_until "it begins then" reimaged
stop_watch "stopped after the upgrade" || true

# Replaced, another one has its place.
rm -f log ill.* go
file=$work/replace.toml
repairing 3 0s replace >"$file"
behave delete 'rm -f "ill.$1"'
begin_watch
touch ill.web-1
wait_until "who is ill is replaced" has_line events '"instance_replaced"'
wait_until "it is gone" has_line log "end delete web-1"
next=$(of instance_created .instance | tail -n 1 | jq -r .)
wait_until "who replaced whom is kept" has_line "$file.instances.json" "\"$next\""
# And so may the one that replaced it.
touch "ill.$next"
wait_until "its replacement is ill, and replaced" has_line log "end delete $next"
# One whose replacement does not come is tried again, with another one.
last=$(of instance_created .instance | tail -n 1 | jq -r .)
behave create 'mkdir once 2>/dev/null && exit 1
true'
touch "ill.$last"
not_come() { of repair_finished .outcome | grep -q failed; }
wait_until "a replacement does not come" not_come
wait_until "another one does" has_line log "end delete $last"
stop_watch "stopped after replacements"
expect_json "replacements: the summary" "$work/out" '[.repairs.succeeded, .repairs.failed]' '[3,1]'

# Whoever is repaired gets what the file asks for, though nobody was upgraded to it.
rm -f log ill.*
file=$work/reimage.toml
repairing 3 0s reimage >"$file"
sed -i 's/"rolling"/"manual"/; s/^max_batch_instances.*//; s/^inspect = .*//' "$file"
behave reimage 'echo "$2" >"model.$DRYDOCK_INSTANCE"; rm -f "ill.$DRYDOCK_INSTANCE"'
begin_watch
sed -i 's/^image = { version = "2" }/image = { version = "3" }/' "$file"
wait_until "manual mode upgrades nobody" has_line "$work/err" 'mode = "manual" upgrades nothing'
touch ill.web-2
wait_until "who is ill is reimaged" has_line log "end reimage web-2"
expect_eq "it gets the latest model" 3 "$(<model.web-2)"
stop_watch "stopped after a reimage"
expect_nobody "the end"
finish
