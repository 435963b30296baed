#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Instances that are told of their deletion: the example with its real servers, and
# fleets of files whose commands agree, refuse, hang, and are cut short.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

export DRYDOCK_LOCAL_WEB_SERVER=${DRYDOCK_LOCAL_WEB_SERVER:?names the server of the example}
export DRYDOCK_LOCAL_WEB_STATE=$work/state
cp -r -- "$here/../../examples/"{local-web,surge,terminate-notification} "$work"
rm -rf -- "$work"/*/{.state,*.logs,*.lock,*.db*,*.instances.json,notices.txt}
example=$work/terminate-notification
file=$example/fleet.toml
export DRYDOCK_SURGE_PORT=$((20000 + RANDOM % 10000))
sed -i "s/port = { from = 18280 }/port = { from = $DRYDOCK_SURGE_PORT }/" "$file"

run plan "$file" --json
expect_json "the plan" "$work/out" .terminateNotification '{"enable":true,"notBeforeTimeout":"PT3S"}'
run plan "$file"
expect_contains "the plan for people" "$(<"$work/out")" "who is deleted is told so 3"

DRYDOCK_EXAMPLE_SILENT=web-1 run run "$file" --json --events "$work/events"
expect_status "the example" 0
expect_json "the example: the summary" "$work/out" \
  '[.runningStatus.code, .progress[], .maxUnavailableInstanceCount]' '["Completed",6,0,0,0,0,0]'
expect_eq "all six were told" "web-0 web-1 web-2 web-3 web-4 web-5" \
  "$(sed 's/ .*//' "$example/notices.txt" | sort | xargs)"
# of ACTION INSTANCE EVENT FIELD
of() { jq -r "select(.event == \"$3\" and .action == \"$1\" and .instance == \"$2\") | $4" "$work/events"; }
expect_eq "web-0 agrees" succeeded "$(of terminate_notification web-0 action_finished .outcome)"
expect_eq "web-1 never does" timed_out "$(of terminate_notification web-1 action_finished .outcome)"
told=$(of terminate_notification web-1 action_started .elapsedSeconds)
gone=$(of delete web-1 action_started .elapsedSeconds)
# The word of the beginning may come a while after it, on a busy machine.
jq -en "$gone - $told >= 2" >/dev/null || fail "web-1 has its three seconds" "told: $told" "deleted: $gone"
[[ $(of terminate_notification web-1 action_started .notBefore) == 20*Z ]] || fail "the event says until when"
expect_nobody "the example"

# A fleet of files: instances are files in $work/there.
mkdir -- "$work/there"
cat >"$work/step.sh" <<'END'
#!/bin/bash
# step.sh ACTION ID
cd "$(dirname "$0")"
echo "$1 $2" >>log
case $1 in
  create) touch "there/$2" ;;
  delete) rm -f "there/$2" ;;
  notify) [[ -e answer ]] && . ./answer ;;
esac
END
chmod +x "$work/step.sh"
cat >"$work/fleet.toml" <<'END'
[scale_set]
name = "files"
orchestration_mode = "uniform"
[scale_set.model]
image = { version = "1" }
[scale_set.instances]
count = 2
[change]
image = { version = "2" }
[upgrade_policy]
mode = "rolling"
[upgrade_policy.rolling]
max_surge = true
max_batch_instance_percent = 100
[terminate_notification]
enable = true
not_before_timeout = "4s"
[health.command]
argv = ["test", "-e", "there/{instance.id}"]
interval = "50ms"
[driver]
kind = "command"
[driver.command]
create = ["./step.sh", "create", "{instance.id}"]
delete = ["./step.sh", "delete", "{instance.id}"]
reimage = ["./step.sh", "reimage", "{instance.id}"]
terminate_notification = ["./step.sh", "notify", "{instance.id}"]
END

# anew ANSWER: both are there, and what the command says.
anew() {
  rm -rf -- "$work"/{there/*,log,answer,fleet.toml.*}
  touch "$work"/there/files-{0,1}
  echo "$1" >"$work/answer"
}

anew 'exit 75'
run run "$work/fleet.toml" --json --events "$work/events"
expect_status "refused for now" 0
expect_eq "refused for now: asked once" 2 "$(grep -c notify "$work/log")"
told=$(of terminate_notification files-0 action_started .elapsedSeconds)
gone=$(of delete files-0 action_started .elapsedSeconds)
jq -en "$gone - $told >= 3.99" >/dev/null || fail "a refusal leaves the time to pass" "told: $told" "deleted: $gone"

# Killed while both have their time: told again, and the time begins anew.
anew 'exit 1'
start run "$work/fleet.toml" --json --events "$work/events"
both_are_told() { [[ $(grep -c notify "$work/log" 2>/dev/null) == 2 ]]; }
wait_until "both are told" both_are_told
sleep 1
"$drydock" status "$work/fleet.toml" >"$work/out2" 2>>"$work/err2"
expect_contains "status" "$(<"$work/out2")" "files-0 was told that it is deleted at"
killed "$work/fleet.toml"
run run "$work/fleet.toml" --json --events "$work/events"
expect_status "cut short" 0
expect_eq "cut short: told again" 4 "$(grep -c notify "$work/log")"
told=$(of terminate_notification files-0 action_started .elapsedSeconds | tail -n 1)
gone=$(of delete files-0 action_started .elapsedSeconds)
jq -en "$gone - $told >= 3.99" >/dev/null || fail "cut short: the time begins anew" "told: $told" "deleted: $gone"
expect_eq "cut short: the new ones are there" "files-2 files-3" "$(ls "$work/there" | xargs)"

# A cancel does not shorten it.
anew 'sleep 60'
start run "$work/fleet.toml" --quiet --json --events "$work/events"
wait_until "both are told" both_are_told
kill -INT "$pid"
sleep 0.2
kill -INT "$pid"
await
told=$(of terminate_notification files-0 action_started .elapsedSeconds)
gone=$(of delete files-0 action_started .elapsedSeconds)
jq -en "$gone - $told >= 3.99" >/dev/null || fail "a cancel shortens nothing" "told: $told" "deleted: $gone"
expect_eq "cancelled: the new ones are there" "files-2 files-3" "$(ls "$work/there" | xargs)"
finish
