#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C, SIGTERM and SIGHUP: the first cancels, the second ends what is in flight. What
# counts as one signal, and what no signal reaches.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/command_lib.sh"
cd /

# begin FILE: a run whose first action waits for `go`.
begin() {
  anew
  behave reimage "$hold"
  start run "$1" --json --quiet --events "$work/events"
  wait_until "an action begins" has_logged '^begin reimage'
}
# cancels SIGNAL COUNT: sends it, and returns when the run knows.
cancels() {
  if (($2 > 1)); then apart; fi
  kill "-$1" "$pid"
  wait_until "cancel $2 is known" knows "$2"
}
knows() { [[ $(grep -c '"cancel_requested"' "$work/events") -ge $1 ]]; }
apart() { sleep 0.3; } # or two signals are one
settled_signals() { gone "$pid" || grep -qE '^ShdPnd:\s*0+$' "/proc/$pid/status"; }
# expect_cancelled WHAT PROGRESS: successful, failed, in progress, pending.
expect_cancelled() {
  expect_status "$1" 5
  expect_json "$1: the summary" "$work/out" '[.runningStatus.code, .runningStatus.lastAction, .error.code,
    (.progress | .successfulInstanceCount, .failedInstanceCount, .inProgressInstanceCount,
    .pendingInstanceCount)]' "[\"Cancelled\",\"Cancel\",\"RollingUpgradeCanceled\",$2]"
  expect_nobody "$1"
}

# The program, told to hear SIGHUP whatever this test was started by, or to ignore it.
for word in default ignore; do
  printf '#!/bin/sh\nexec env --%s-signal=HUP %q "$@"\n' "$word" "$drydock" >"$work/$word"
  chmod +x "$work/$word"
done

fleet 4 "max_batch_instances = 1" 'teardown = ["./step.sh"]' >"$work/fleet.toml"
drydock=$work/default
for signal in INT TERM HUP; do
  begin "$work/fleet.toml"
  cancels "$signal" 1
  gone "$pid" && fail "$signal once waits for what has begun"
  touch "$work/go"
  await
  expect_cancelled "$signal once" 1,0,0,3
  expect_eq "$signal once: the action goes to its end, no other begins" \
    "begin reimage web-0 1 end reimage web-0 1 begin teardown - 1 end teardown - 1" "$(xargs <"$work/log")"
  expect_json "$signal once: the event" <(grep cancel_requested "$work/events") '[.by, .now]' \
    "[\"SIG$signal\",false]"

  # Nobody lets the action go: only its end by force ends the run.
  begin "$work/fleet.toml"
  cancels "$signal" 1
  cancels "$signal" 2
  await
  expect_cancelled "$signal twice" 0,1,0,3
  expect_eq "$signal twice: the action did not get to its end" 0 "$(logged 'end reimage')"
  expect_eq "$signal twice: the fleet is still taken down" 1 "$(logged 'end teardown')"
  expect_json "$signal twice: the events" <(jq -s . "$work/events") \
    'map(select(.event == "cancel_requested") | .now)' '[false,true]'
done

# As by nohup: a hangup is nothing to a run, and something to a watch.
drydock=$work/ignore
begin "$work/fleet.toml"
kill -HUP "$pid"
wait_until "the hangup arrives" settled_signals
apart
touch "$work/go"
await
expect_status "a hangup that is ignored" 0
expect_eq "a hangup that is ignored cancels nothing" 0 "$(grep -c cancel_requested "$work/events")"
fleet 2 "max_batch_instances = 1" 'inspect = ["echo", "2"]' >"$work/watched.toml"
anew
start watch "$work/watched.toml" --events "$work/events"
wait_until "the watch has begun" has_line "$work/events" '"event"'
kill -HUP "$pid"
wait_until "the watch hears it" has_line "$work/err" "no upgrade is needed"
kill -TERM "$pid"
await
expect_status "the watch" 0
drydock=$work/default

# What GNU timeout sends twice, to its child and to the group, is one signal. Where this
# test itself is too slow for that it tries again.
at_once=0
for ((round = 0; round < 10 && !at_once; ++round)); do
  begin "$work/fleet.toml"
  kill -TERM "$pid"
  until settled_signals; do :; done
  kill -TERM "$pid"
  wait_until "it is known" knows 1
  apart
  touch "$work/go"
  await
  if [[ $(grep cancel_requested "$work/events" | jq -c .now) == false ]]; then at_once=1; fi
done
expect_eq "two at once are one" 1 "$at_once"
expect_cancelled "two at once" 1,0,0,3

# Where it waits for something that nothing else ends, the second one does.
mkfifo "$work/nobody_reads"
anew
start run "$work/fleet.toml" --events "$work/nobody_reads"
for ((round = 0; round < 50; ++round)); do # the first may come before it waits
  if gone "$pid"; then break; fi
  kill -INT "$pid"
  apart
done
gone "$pid" || give_up "it waits for a reader: the second signal ends it"
await
expect_status "it waits for a reader" 130
if [[ -e $work/log ]]; then fail "it waits for a reader: nothing was touched" "$(<"$work/log")"; fi

# A cancel that comes too late to leave anybody out.
fleet 1 >"$work/last.toml"
begin "$work/last.toml"
cancels INT 1
touch "$work/go"
await
expect_status "nothing is left pending" 0
expect_json "then it is Completed" "$work/out" .runningStatus.code '"Completed"'

# While nothing is in flight it ends at once.
fleet 2 $'max_batch_instances = 1\npause_time_between_batches = "1h"' >"$work/pause.toml"
anew
start run "$work/pause.toml" --json --quiet --events "$work/events"
wait_until "the pause begins" has_line "$work/events" '"reason":"pause"'
kill -INT "$pid"
await
expect_cancelled "during a pause" 1,0,0,1

# During setup: nothing is upgraded, and what was set up is taken down.
fleet 2 "max_batch_instances = 1" $'setup = ["./step.sh"]\nteardown = ["./step.sh"]' >"$work/setup.toml"
for count in 1 2; do
  anew
  behave setup "$hold"
  start run "$work/setup.toml" --json --quiet
  wait_until "the setup begins" has_logged '^begin setup'
  for ((i = 0; i < count; ++i)); do
    kill -INT "$pid"
    wait_until "the signal arrives" settled_signals
    apart # also from the arrival to the note of it
  done
  if ((count == 1)); then touch "$work/go"; fi
  await
  expect_cancelled "during setup, $count" 0,0,0,2
  expect_eq "during setup, $count: nothing is upgraded" "0 1" "$(logged reimage) $(logged 'end teardown')"
done

# The simulated driver on the real clock: the same, of an action that never ends.
cat >"$work/simulated.toml" <<'END'
[scale_set]
name = "web"
[scale_set.model]
vm_size = "small"
[scale_set.instances]
count = 4
[change]
vm_size = "large"
[upgrade_policy]
mode = "rolling"
[health.application_health_extension]
protocol = "tcp"
port = 80
[driver]
kind = "simulated"
[driver.simulated]
clock = "real"
[[driver.simulated.fault]]
instance = "web-1"
action = "hang"
END
anew
start run "$work/simulated.toml" --json --quiet --events "$work/events"
wait_until "web-1 hangs" has_line "$work/events" '"action_started","instance":"web-1"'
cancels TERM 1
cancels TERM 2
await
expect_cancelled "simulated, twice" 1,1,0,2
finish
