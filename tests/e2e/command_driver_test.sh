#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Real commands: what they are given, in which order they run, what their ends mean.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/command_lib.sh"
cd /

hooks='[driver.command.hooks]
before_instance = ["./step.sh"]
after_instance = ["./step.sh"]'
around='setup = ["./step.sh"]
teardown = ["./step.sh"]'
details() { jq -r '.error.details[]? | select(.target | endswith("/'"$1"'")) | '"$2" "$work/out"; }

# The order: setup, one instance after the other with its hooks, teardown.
fleet 2 "max_batch_instances = 1" "$around"$'\n'"$hooks" >"$work/order.toml"
run run "$work/order.toml" --json
expect_status "order" 0
expect_eq "each begins when the one before has ended" \
  "$(for x in "setup -" "before_instance web-0" "reimage web-0" "after_instance web-0" \
    "before_instance web-1" "reimage web-1" "after_instance web-1" "teardown -"; do
    printf '%s %s 1\n' begin "$x" end "$x"
  done)" "$(<"$work/log")"
expect_contains "without inspect all count as lagging, and run says so" "$(<"$work/err")" \
  inspect lagging

# The environment, the folder, the arguments; files in FILE.logs.
anew
behave reimage 'env | grep -E "^DRYDOCK_(ACTION|ATTEMPT|INSTANCE|KEY|SCALE_SET|UPGRADE)=" | sort; pwd; echo "arguments: $*"; echo complaint >&2'
automatic 1 >"$work/told.toml"
run run "$work/told.toml" --json
mapfile -t logs < <(grep -rl arguments "$work/told.toml.logs")
expect_eq "one log file has the output" 1 "${#logs[@]}"
expect_contains "its name says whose" "${logs[0]##*/}" web-0 reimage
expect_eq "what a command gets" "DRYDOCK_ACTION=reimage
DRYDOCK_ATTEMPT=1
DRYDOCK_INSTANCE=web-0
DRYDOCK_KEY=$(jq -r .upgradeId "$work/out")/web-0/reimage
DRYDOCK_SCALE_SET=web
DRYDOCK_UPGRADE=$(jq -r .upgradeId "$work/out")
$work
arguments: web-0 2
complaint" "$(<"${logs[0]}")"

# What exit statuses mean.
anew
# shellcheck disable=SC2016 # for the commands
{
  behave reimage.web-1 'if ((DRYDOCK_ATTEMPT < 3)); then exit 75; fi'
  behave reimage.web-2 'echo busy; exit 75'
  behave reimage.web-3 'printf "%06000d" 0; echo; echo the last words; exit 1'
  behave reimage.web-4 'kill -KILL $$'
  behave before_instance.web-5 'echo no drain; exit 1'
  behave after_instance.web-6 'exit 9'
}
automatic 7 "max_attempts = 3
backoff = { initial = \"20ms\", max = \"40ms\" }
$hooks" >"$work/ends.toml"
run run "$work/ends.toml" --json --events "$work/events"
expect_status "ends" 3
expect_json "two succeed" "$work/out" '[.progress[]]' '[2,5,0,0,0]'
expect_eq "75 is tried again" "1 2 3" \
  "$(sed -n 's/begin reimage web-1 //p' "$work/log" | xargs)"
expect_eq "75 is tried three times, no more" "1 2 3" \
  "$(sed -n 's/begin reimage web-2 //p' "$work/log" | xargs)"
expect_eq "another status is for good" 1 "$(sed -n 's/begin reimage web-3 //p' "$work/log" | xargs)"
expect_json "events tell each attempt" <(jq -s . "$work/events") \
  '[.[] | select(.event == "action_finished" and .instance == "web-1" and .action == "reimage") | [.attempt, .outcome]]' \
  '[[1,"transient"],[2,"transient"],[3,"succeeded"]]'
for x in "web-2 ActionFailed" "web-3 ActionFailed" "web-4 ActionFailed" "web-5 HookFailed" "web-6 HookFailed"; do
  expect_eq "the code of ${x% *}" "${x#* }" "$(details "${x% *}" .code)"
done
expect_contains "the error has the end of the output" "$(details web-3 .message)" "the last words"
expect_contains "and of the hook's" "$(details web-5 .message)" "no drain"
expect_eq "but only 4 KiB of it" true "$(details web-3 '(.message | length) < 4500 and (.message | length) > 4000')"
expect_eq "the log file has all of it" 6016 \
  "$(find "$work/ends.toml.logs" -name '*web-3*reimage*' -exec cat {} + | wc -c)"
expect_eq "no action where the hook before it failed" 0 "$(logged 'reimage web-5')"
expect_eq "no hook after an action that failed" 0 "$(logged 'after_instance web-3')"

# At most so many processes at once.
anew
behave reimage 'sleep 0.1'
automatic 6 "max_processes = 2" >"$work/bounded.toml"
run run "$work/bounded.toml"
expect_status "bounded" 0
expect_eq "at most two at once" true "$(awk '
  $1 == "begin" && ++n > most { most = n }
  $1 == "end" { --n }
  END { print(NR == 12 && most <= 2 ? "true" : "false") }' "$work/log")"

# inspect tells who lags; --keep leaves the teardown out; a setup that fails.
anew
# shellcheck disable=SC2016 # for the commands
behave reimage 'echo " $2 " >"version.$1"'
inspect='inspect = ["cat", "version.{instance.id}"]
inspect_expect = "{model.image.version}"'
fleet 3 "max_batch_instances = 1" "$inspect"$'\n'"$around" >"$work/inspect.toml"
for i in 0 1 2; do echo 1 >"$work/version.web-$i"; done
echo 2 >"$work/version.web-1"
run run "$work/inspect.toml" --json --keep
expect_status "inspect" 0
expect_json "only those that lag take part" "$work/out" \
  '[.progress.successfulInstanceCount, (.batches | map(.instances))]' '[3,[["web-0"],["web-2"]]]'
expect_eq "--keep leaves the teardown out" "1 0" "$(logged 'begin setup') $(logged 'begin teardown')"
anew
run run "$work/inspect.toml" --json
expect_status "inspect again" 0
expect_json "a second run takes nobody" "$work/out" '[.runningStatus.code, .progress.successfulInstanceCount, .batches]' \
  '["Completed",3,[]]'
expect_eq "nothing is done to anybody" "0 1" "$(logged 'begin reimage') $(logged 'begin teardown')"

anew
rm "$work"/version.*
behave setup 'echo no power; exit 3'
run run "$work/inspect.toml" --json
expect_status "a setup that fails" 1
expect_eq "a setup that fails: no summary" "" "$(<"$work/out")"
expect_contains "a setup that fails: says why" "$(<"$work/err")" setup "no power"
expect_eq "a setup that fails: nothing is upgraded" 0 "$(logged reimage)"

# Descriptors that the caller closed are not taken for files of the run.
anew
automatic 1 >"$work/closed.toml"
status=0
timeout 60 "$drydock" run "$work/closed.toml" --json >"$work/out" 2>"$work/err" <&- || status=$?
expect_status "without standard input" 0
expect_json "without standard input" "$work/out" .runningStatus.code '"Completed"'
status=0
timeout 60 "$drydock" run "$work/closed.toml" --json >&- 2>"$work/err" || status=$?
expect_status "a summary without standard output" 1
status=0
timeout 60 "$drydock" run "$work/closed.toml" --events "$work/events" <&- >&- 2>&- || status=$?
expect_status "without any" 0
expect_json "its events are whole" <(jq -s . "$work/events") 'map(.seq) == [range(1; length + 1)]' true
expect_matches "the lock holds a number and nothing else" '[0-9]+' "$(<"$work/closed.toml.lock")"

expect_nobody "the end"
finish
