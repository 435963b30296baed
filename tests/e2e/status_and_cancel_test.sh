#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `status` and `cancel` from another terminal, whatever the upgrade is doing.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/command_lib.sh"
source "$here/crash_lib.sh"
cd /

# other WORD…: another terminal's command; to $work/out2, $work/err2 and $status.
other() {
  status=0
  "$drydock" "$@" >"$work/out2" 2>"$work/err2" || status=$?
}
# expect_state WHAT CODE IN_HAND PROGRESS CONTROLLER: of `status --json`.
expect_state() {
  other status "$file" --json
  expect_status "$1: status" 0
  expect_json "$1: status" "$work/out2" \
    '[.runningStatus.code, .inHand, [.progress[]], .controller.process]' "[\"$2\",$3,$4,$5]"
}

fleet 4 >"$file"
run status "$file"
expect_refused "status without a store" "there is no store at $file.db"
run cancel "$file"
expect_refused "cancel without a store" "there is no store at $file.db"

# While it runs.
behave reimage.web-1 "$hold"
start run "$file" --quiet --json --events "$work/events"
wait_until "web-1 is worked on" has_logged '^begin reimage web-1'
expect_state "while it runs" RollingForward '["web-1"]' '[1,0,1,2,0]' "$pid"
expect_json "while it runs: who" "$work/out2" '[.controller.host, (.controller.leaseExpires > .runningStatus.startTime),
  .waiting, has("durationSeconds"), .scaleSet]' "[\"$(hostname)\",true,null,false,\"web\"]"
other status "$file"
expect_contains "while it runs: status for people" "$(<"$work/out2")" "of web: RollingForward" \
  "run by process $pid on $(hostname)" "1 successful, 0 failed, 1 in progress, 2 pending, 0 skipped" "in hand: web-1"

# Cancelled from elsewhere: what has begun goes to its end.
other cancel "$file"
canceller="drydock cancel (process [0-9]+)"
expect_status "cancel of one that runs" 0
expect_contains "cancel of one that runs: who is asked" "$(<"$work/err2")" "process $pid on" "$(newest .upgradeId)"
wait_until "the word arrives" has_line "$work/events" cancel_requested
touch "$work/go"
await
expect_status "cancelled from elsewhere" 5
expect_json "cancelled from elsewhere: the summary" "$work/out" \
  '[.runningStatus.code, .runningStatus.lastAction, [.progress[]]]' '["Cancelled","Cancel",[2,0,0,2,0]]'
expect_json "cancelled from elsewhere: who asked" <(grep cancel_requested "$work/events") \
  '[(.by | test("^drydock cancel \\(process [0-9]+\\)$")), .now]' '[true,false]'
expect_state "once it is cancelled" Cancelled '[]' '[2,0,0,2,0]' null
run cancel "$file"
expect_refused "cancel after the end" OperationNotAllowed "nothing to cancel"

# At once: what is in flight is ended.
anew
behave reimage.web-1 "$hold"
start run "$file" --quiet --json --events "$work/events"
wait_until "web-1 is worked on" has_logged '^begin reimage web-1'
other cancel "$file" --now
expect_status "cancel --now" 0
await
expect_status "cancelled at once" 5
expect_json "cancelled at once: the summary" "$work/out" '[.runningStatus.code, [.progress[]]]' '["Cancelled",[1,1,0,2,0]]'
expect_eq "cancelled at once: the action did not get to its end" 0 "$(logged 'end reimage web-1')"
expect_json "cancelled at once: who asked" <(grep cancel_requested "$work/events") \
  '[(.by | test("^drydock cancel \\(process [0-9]+\\)$")), .now]' '[true,true]'

# Cut short: nobody runs it, and that is said.
forget
cut_short
expect_state "cut short" RollingForward '["web-1"]' '[1,0,1,2,0]' null
other status "$file"
expect_contains "cut short: status for people" "$(<"$work/out2")" "RollingForward" \
  "nobody runs it: go on with \`drydock resume $file\`" "in hand: web-1"
other cancel "$file"
expect_status "cancel of one that was cut short" 0
expect_contains "cancel of one that was cut short: what to do" "$(<"$work/err2")" "nobody runs" "drydock resume $file"
log=$(<"$work/log")
sed -i 's/^image = { version = "2" }/image = { version = "3" }/' "$file"
run run "$file"
expect_refused "run with another change, although a cancel was asked for" OperationNotAllowed
expect_eq "it did nothing" "$log" "$(<"$work/log")"
run resume "$file" --json --quiet --events "$work/events"
expect_status "resume of one whose cancel was asked for" 5
expect_json "what was in hand goes to its end, and no other begins" "$work/out" \
  '[.runningStatus.code, [.progress[]]]' '["Cancelled",[2,0,0,2,0]]'
expect_state "resumed and cancelled" Cancelled '[]' '[2,0,0,2,0]' null
run run "$file" --quiet --json
expect_status "then the new change goes" 0
expect_state "at its end" Completed '[]' '[4,0,0,0,0]' null
other status "$file"
expect_contains "at its end: status for people" "$(<"$work/out2")" ": Completed" "4 successful"
expect_lacks "at its end: nobody is named" "$(<"$work/out2")" "run"

# What it waits for.
fleet 2 $'max_batch_instances = 1\npause_time_between_batches = "1h"' >"$file"
forget
start run "$file" --quiet --json --events "$work/events"
wait_until "the pause begins" has_line "$work/events" '"reason":"pause"'
expect_state "during a pause" RollingForward '[]' '[1,0,0,1,0]' "$pid"
expect_json "during a pause: why" "$work/out2" '.waiting.reason' '"pause"'
other cancel "$file"
await
expect_status "cancelled during a pause" 5

# Given up as it stands, because its instances are no longer listed.
anew
fleet 4 $'max_batch_instances = 1' >"$file"
forget
behave reimage.web-1 "$hold"
start run "$file" --quiet
wait_until "web-1 is worked on" has_logged '^begin reimage web-1'
other cancel "$file" --abandon
expect_status "abandon of one that runs" 2
expect_contains "abandon of one that runs: why" "$(<"$work/err2")" OperationNotAllowed "process $pid"
touch "$work/go"
await
forget
cut_short
held=$("$drydock" status "$file" --json | jq -r '.inHand | join(", ")')
fleet 3 $'max_batch_instances = 1' >"$file"
run resume "$file"
expect_refused "resume without an instance" OperationNotAllowed "drydock cancel $file --abandon"
other cancel "$file" --abandon
expect_status "abandon of one that was cut short" 0
expect_contains "abandon: who was worked on" "$(<"$work/err2")" "gave up upgrade" "$held"
expect_json "abandon: it is over" <("$drydock" history "$file.db" --json) '.[0].code' '"Cancelled"'
run run "$file" --quiet --json
expect_status "then a run begins anew" 0
expect_json "with the instances of now" "$work/out" .progress.successfulInstanceCount 3
finish
