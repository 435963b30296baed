#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checkpoints and failed hooks that wait for a word from another terminal, and processes
# that are killed meanwhile.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/command_lib.sh"
source "$here/crash_lib.sh"
cd /

# other WORD…: another terminal's command; to $work/out2, $work/err2 and $status.
other() {
  status=0
  "$drydock" "$@" >"$work/out2" 2>"$work/err2" || status=$?
}
# told EVENT FILTER: what the filter makes of each such event.
told() { jq -c "select(.event == \"$1\") | $2" "$work/events"; }
asks() { has_line "$work/events" '"reason":"checkpoint_approval"'; }
bakes() { has_line "$work/events" '"reason":"checkpoint_bake"'; }
checkpoint=$'max_batch_instances = 1\ncheckpoints = [25]\napproval = "manual"'

# Nothing is there, or nothing is asked.
fleet 4 "$checkpoint" >"$file"
run approve "$file"
expect_refused "approve without a store" "there is no store at $file.db"
behave reimage.web-0 "$hold"
start run "$file" --quiet --json --events "$work/events"
wait_until "web-0 is worked on" has_logged '^begin reimage web-0'
other approve "$file"
expect_status "approve while it works" 2
expect_contains "approve while it works: what it does" "$(<"$work/err2")" OperationNotAllowed \
  "asks nothing now" "it works on web-0"

# Approved.
touch "$work/go"
wait_until "it asks" asks
other status "$file" --json
expect_json "what it asks" "$work/out2" '[.waiting.reason, .waiting.limit, .waiting.question, .hook]' \
  '["checkpoint_approval","checkpoint 25 %",1,null]'
other status "$file"
expect_contains "what it asks, for people" "$(<"$work/out2")" "checkpoint 25 %" "question 1" \
  "drydock approve $file"
other approve "$file" --question 2
expect_status "approve of another question" 2
expect_contains "approve of another question: why" "$(<"$work/err2")" "asks question 1 now, not question 2"
other approve "$file" --message "$(printf '%01025d' 0)"
expect_status "approve with a long message" 2
expect_contains "approve with a long message: why" "$(<"$work/err2")" "--message has more than 1024 bytes"
other approve "$file" --message "errors: none" --question 1
expect_status approve 0
expect_contains "approve: who hears" "$(<"$work/err2")" "question 1" "process $pid on"
await
expect_status "an approved upgrade" 0
expect_json "an approved upgrade: the summary" "$work/out" '[.progress[], .policy.checkpoints]' \
  '[4,0,0,0,0,[{"percent":25,"bake":"PT0S","approval":"manual"}]]'
expect_json "who approved" <(told checkpoint_passed '[.checkpoint, (.by | test("^drydock approve")), .message]') \
  . '[25,true,"errors: none"]'
run approve "$file"
expect_refused "approve after the end" OperationNotAllowed "nothing to approve"

# Rejected: cancelled, and with roll_back faulted.
forget
start run "$file" --quiet --json --events "$work/events"
wait_until "it asks" asks
other approve "$file" --reject --message $'too slow\xff'
expect_status reject 0
await
expect_status "a rejected upgrade" 5
expect_json "a rejected upgrade: the summary" "$work/out" \
  '[.progress[], (.error.message | test("too slow[?]"))]' '[1,0,0,3,0,true]'
expect_json "who rejected" <(told checkpoint_rejected '[.message]') . '["too slow?"]'
forget
fleet 4 "$checkpoint"$'\non_rejection = "roll_back"' >"$file"
start run "$file" --quiet --json --events "$work/events"
wait_until "it asks" asks
other approve "$file" --reject
await
expect_status "a rejection that rolls back" 4
expect_json "a rejection that rolls back: the summary" "$work/out" \
  '[.error.code, .rollbackInfo.successfullyRolledbackInstanceCount, .policy.onRejection]' \
  '["CheckpointRejected",1,"roll_back"]'
expect_eq "a rejection that rolls back: the action ran twice" 2 "$(logged '^end reimage web-0')"

# A word during the bake, which a rejection ends and an approval does not.
forget
fleet 4 "$checkpoint"$'\nbake = "1h"' >"$file"
start run "$file" --quiet --json --events "$work/events"
wait_until "it bakes" bakes
other approve "$file" --reject
await
expect_status "rejected while it bakes" 5
forget
fleet 4 "$checkpoint"$'\nbake = "2s"' >"$file"
start run "$file" --quiet --json --events "$work/events"
wait_until "it bakes" bakes
other approve "$file"
await
expect_status "approved while it bakes" 0
expect_eq "the bake lasted all the same" 1 "$(told batch_started 'select(.batch == 2 and .elapsedSeconds >= 2) | 1')"
expect_eq "and nobody was asked again" "" "$(told waiting 'select(.reason == "checkpoint_approval")')"

# Killed while it bakes; approved while nobody runs it; resumed.
forget
start run "$file" --quiet --events "$work/events"
wait_until "it bakes" bakes
killed
other status "$file" --json
expect_json "killed while it bakes" "$work/out2" '[.runningStatus.code, .waiting.reason, .waiting.question, .controller]' \
  '["RollingForward","checkpoint_bake",1,null]'
other approve "$file" --message "from the other room"
expect_status "approve while nobody runs it" 0
expect_contains "approve while nobody runs it: what to do" "$(<"$work/err2")" "drydock resume $file"
run resume "$file" --quiet --json --events "$work/events"
expect_status "resumed and approved" 0
expect_json "resumed and approved: who" <(told checkpoint_passed '[.message]') . '["from the other room"]'
expect_eq "nothing was done twice" 1 "$(logged '^begin reimage web-0')"

# Killed while it asks, then resumed: the question is still the same one.
forget
fleet 4 "$checkpoint" >"$file"
start run "$file" --quiet --events "$work/events"
wait_until "it asks" asks
killed
start resume "$file" --quiet --json --events "$work/events"
wait_until "it is resumed" has_line "$work/events" upgrade_resumed
other approve "$file"
expect_status "approve after a resume" 0
expect_contains "approve after a resume: the question" "$(<"$work/err2")" "question 1"
await
expect_status "approved after a resume" 0

# An old word answers no later question.
forget
fleet 4 $'max_batch_instances = 1\ncheckpoints = [25, 50]\napproval = "manual"' >"$file"
start run "$file" --quiet --events "$work/events"
wait_until "it asks" asks
other approve "$file"
wait_until "it asks again" has_line "$work/events" '"question":2'
killed
start resume "$file" --quiet --json --events "$work/events"
wait_until "it is resumed" has_line "$work/events" upgrade_resumed
sleep 1
expect_eq "the old approval is not taken for a new one" 1 "$(told checkpoint_passed 1 | grep -c .)"
other approve "$file"
await
expect_status "both questions answered" 0

# Nobody answers in time.
forget
fleet 4 "$checkpoint"$'\napproval_timeout = "500ms"' >"$file"
run run "$file" --quiet --json
expect_status "nobody answers" 5
expect_json "nobody answers: why" "$work/out" '.error.message | test("rejected by approval_timeout")' true

# The word of a command.
forget
by_command=$'max_batch_instances = 1\ncheckpoints = [25]\napproval = "command"'
fleet 4 "$by_command" 'approve = ["./approve.sh", "{checkpoint}"]
approve_interval = "100ms"' >"$file"
cat >"$work/approve.sh" <<'END'
#!/bin/bash
echo "$1 $DRYDOCK_CHECKPOINT" >>asked
[[ -e broken ]] && { rm broken; echo "no idea"; exit 9; }
[[ -e verdict ]] || exit 75
cat verdict
exit "$(wc -l <verdict)"
END
chmod +x "$work/approve.sh"
touch "$work/broken"
start run "$file" --quiet --json --events "$work/events"
wait_until "the command is asked again" eval '[[ -e $work/asked && $(wc -l <"$work/asked") -ge 3 ]]'
expect_contains "a command that fails is said" "$(<"$work/err")" "no idea" "asked again"
: >"$work/verdict"
await
expect_status "approved by a command" 0
expect_eq "what the command is told" "25 25" "$(sort -u "$work/asked")"
forget
echo "errors are up" >"$work/verdict"
run run "$file" --quiet --json
expect_status "rejected by a command" 5
expect_json "rejected by a command: why" "$work/out" '.error.message | test("errors are up")' true

# A failed hook pauses the upgrade; an approval runs it again, also after a kill.
forget
fleet 3 $'max_batch_instances = 1' '[driver.command.hooks]
before_batch = ["./hook.sh"]
after_upgrade = ["./hook.sh"]' >"$file"
cat >"$work/hook.sh" <<'END'
#!/bin/bash
echo "$DRYDOCK_HOOK $DRYDOCK_BATCH $DRYDOCK_ATTEMPT" >>hooks
[[ $DRYDOCK_BATCH == 2 && ! -e mended ]] && { echo "deployments are frozen"; exit 1; }
exit 0
END
chmod +x "$work/hook.sh"
start run "$file" --quiet --events "$work/events"
wait_until "it pauses" has_line "$work/events" '"reason":"hook_failed"'
other status "$file"
expect_contains "paused: status" "$(<"$work/out2")" "paused" "deployments are frozen" "question 1"
killed
touch "$work/mended"
other approve "$file"
run resume "$file" --quiet --json --events "$work/events"
expect_status "resumed and mended" 0
expect_json "resumed and mended: all are upgraded" "$work/out" .progress.successfulInstanceCount 3
expect_eq "the hooks, in order" "before_batch 1 1,before_batch 2 1,before_batch 2 1,before_batch 3 1,after_upgrade 0 1," \
  "$(tr '\n' ',' <"$work/hooks")"

# A hook that runs when the process is killed goes to its end, and then runs again: two
# never run at a time.
forget
rm -- "$work/hooks"
cat >"$work/hook.sh" <<'END'
#!/bin/bash
echo "begin $DRYDOCK_HOOK" >>hooks
until [[ -e go ]]; do sleep 0.02; done
echo "end $DRYDOCK_HOOK" >>hooks
END
fleet 2 $'max_batch_instances = 1' '[driver.command.hooks]
before_upgrade = ["./hook.sh"]' >"$file"
start run "$file" --quiet
wait_until "the hook runs" has_line "$work/hooks" "begin before_upgrade"
other status "$file" --json
expect_json "while a hook runs" "$work/out2" '[.hook.hook, .hook.batch, .hook.attempt]' '["before_upgrade",null,1]'
other approve "$file"
expect_status "approve while a hook runs" 2
expect_contains "approve while a hook runs: why" "$(<"$work/err2")" "it runs the before_upgrade hook"
killed
start resume "$file" --quiet --json --events "$work/events"
wait_until "it is resumed" has_line "$work/events" upgrade_resumed
sleep 0.5
expect_eq "the hook that was left is waited for" 1 "$(wc -l <"$work/hooks")"
touch "$work/go"
await
expect_status "resumed after a hook" 0
expect_eq "the hook has run twice, one after the other" \
  "begin before_upgrade,end before_upgrade,begin before_upgrade,end before_upgrade," "$(tr '\n' ',' <"$work/hooks")"
expect_nobody "after hooks"
finish
