#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sets that grow and shrink: the example with its real servers, and fleets of files
# that are cut short, cancelled, short of quota, and mistaken.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

export DRYDOCK_LOCAL_WEB_SERVER=${DRYDOCK_LOCAL_WEB_SERVER:?names the server of the example}
export DRYDOCK_LOCAL_WEB_STATE=$work/state
cp -r -- "$here/../../examples/"{local-web,surge,scale} "$work"
rm -rf -- "$work"/*/{.state,*.logs,*.lock,*.db*,*.instances.json}
example=$work/scale
file=$example/fleet.toml
export DRYDOCK_SURGE_PORT=$((20000 + RANDOM % 10000))
sed -i "s/port = { from = 18280 }/port = { from = $DRYDOCK_SURGE_PORT }/" "$file"

# capacity N [FILE]: the file asks for it next.
capacity() { sed -i "s/^capacity = .*/capacity = $1/" "${2:-$file}"; }
# servers: who runs.
servers() { (cd "$work/state" && ls -- *.port 2>/dev/null | sed 's/\.port//' | sort -V | xargs); }

run plan "$file" --json
expect_status "the plan" 0
expect_json "the plan: who comes" "$work/out" '[.action, .changedPaths, .scaling, .batches]' \
  '["none",["capacity"],{"capacityBefore":6,"capacity":8,"rule":"Default","delete":[],"create":[{"instance":"web-6","zone":"1"},{"instance":"web-7","zone":"2"}]},[]]'
run plan "$file"
expect_contains "the plan for people" "$(<"$work/out")" "capacity goes from 6 to 8, before anything else" \
  "created: web-6 in zone 1, web-7 in zone 2"

"$work/surge/up"
run run "$file" --json --keep --events "$work/events"
expect_status "two more" 0
expect_json "two more: the summary" "$work/out" '[.runningStatus.code, .progress[], (.scaling | .created |= sort), .error]' \
  '["Completed",8,0,0,0,0,{"capacityBefore":6,"capacity":8,"created":["web-6","web-7"],"deleted":[],"failed":[]},null]'
expect_json "two more: who was created" <(jq -s . "$work/events") \
  '[.[] | select(.event == "instance_created") | [.instance, .reason]] | sort' \
  '[["web-6","scale_out"],["web-7","scale_out"]]'
expect_eq "two more run" "web-0 web-1 web-2 web-3 web-4 web-5 web-6 web-7" "$(servers)"
run run "$file" --json --keep
expect_status "the same again" 0
expect_json "the same again is no change" "$work/out" '[.scaling, .progress.successfulInstanceCount]' '[null,8]'

capacity 3
run plan "$file" --json
expect_json "fewer: the newest of the fullest zone, and not web-5" "$work/out" '[.scaling.delete[].instance]' \
  '["web-7","web-6","web-3","web-4","web-1"]'
run run "$file" --json --keep --events "$work/events"
expect_status "fewer" 0
expect_json "fewer: the summary" "$work/out" '[.progress[], .scaling.deleted | if type == "array" then sort else . end]' \
  '[3,0,0,0,0,["web-1","web-3","web-4","web-6","web-7"]]'
expect_json "fewer: each was drained" <(jq -s . "$work/events") \
  '[.[] | select(.event == "action_finished") | [.action, .outcome]] | group_by(.) | map([.[0][], length])' \
  '[["before_instance","succeeded",5],["delete","succeeded",5]]'
expect_eq "fewer run" "web-0 web-2 web-5" "$(servers)"
capacity 1
run validate "$file"
expect_status "one is protected, and so one may stay" 0
capacity 5
run run "$file" --json --keep
expect_json "numbers are not given again" "$work/out" '.scaling.created | sort' '["web-8","web-9"]'
"$example/down"
expect_nobody "down"

# A fleet of files: instances are files in $work/there.
mkdir -- "$work/there"
cat >"$work/step.sh" <<'END'
#!/bin/bash
# step.sh ACTION ID
cd "$(dirname "$0")"
echo "$1 $2" >>log
[[ -e "behave.$1.$2" ]] && . "./behave.$1.$2"
case $1 in
  create) touch "there/$2" ;;
  delete) rm -f "there/$2" ;;
  reimage) echo 2 >"there/$2" ;;
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
count = 4
[change]
capacity = 4
image = { version = "2" }
[upgrade_policy]
mode = "rolling"
[health.command]
argv = ["test", "-e", "there/{instance.id}"]
interval = "50ms"
[driver]
kind = "command"
[driver.command]
create = ["./step.sh", "create", "{instance.id}"]
delete = ["./step.sh", "delete", "{instance.id}"]
reimage = ["./step.sh", "reimage", "{instance.id}"]
END

# anew CAPACITY: four are there.
anew() {
  rm -rf -- "$work"/{there/*,log,behave.*,fleet.toml.*,go}
  touch "$work"/there/files-{0,1,2,3}
  capacity "$1" "$work/fleet.toml"
}
there() { ls "$work/there" | sort -V | xargs; }
# held ACTION ID: waits for `touch go`.
held() { echo 'until [[ -e go ]]; do sleep 0.02; done' >"$work/behave.$1.$2"; }
asked() { has_line "$work/log" "$1"; }

anew 3
run run "$work/fleet.toml" --json --events "$work/events"
expect_status "scaled, and then upgraded" 0
expect_json "scaled, and then upgraded" "$work/out" '[.progress.successfulInstanceCount, ([.batches[].instances[]] | sort)]' \
  '[3,["files-0","files-1","files-2"]]'
expect_eq "who goes is not upgraded" "delete files-3" "$(head -n 1 "$work/log")"

anew 6
echo 'exit 69' >"$work/behave.create.files-5"
run run "$work/fleet.toml" --json
expect_status "short quota" 3
expect_json "short quota" "$work/out" '[.error.code, .error.details[0].code, .scaling.created, .scaling.failed]' \
  '["CapacityNotReached","QuotaShort",["files-4"],["files-5"]]'
rm -- "$work/behave.create.files-5"
run run "$work/fleet.toml" --json
expect_status "run again" 0
expect_eq "run again: all six, and no number comes again" "files-0 files-1 files-2 files-3 files-4 files-6" "$(there)"

anew 5
echo 'exit 1' >"$work/behave.create.files-4"
run run "$work/fleet.toml" --json
expect_status "one that cannot be made" 3
expect_eq "one that cannot be made is deleted" "files-0 files-1 files-2 files-3" "$(there)"

# Killed in the middle, and gone on with.
anew 6
held create files-5
start run "$work/fleet.toml" --quiet --json --events "$work/events"
wait_until "one is there, and the other is made" has_line "$work/events" '"event":"instance_settled"'
wait_until "the other is made" asked "create files-5"
wait_until "who has come is kept" has_line "$work/fleet.toml.instances.json" '"files-4"'
kill -KILL "$pid"
{ wait "$pid" || true; } 2>/dev/null
wait_until "nobody holds the lock" flock -n "$work/fleet.toml.lock" true # a child that was just forked may
expect_json "killed: who has come is kept" "$work/fleet.toml.instances.json" '[.instances[].id]' '["files-4"]'
touch "$work/go"
run run "$work/fleet.toml" --json
expect_status "killed while it grew" 0
expect_json "killed while it grew" "$work/out" '[.progress.successfulInstanceCount, (.scaling.created | sort)]' \
  '[6,["files-4","files-5"]]'
expect_eq "killed while it grew: all six" "files-0 files-1 files-2 files-3 files-4 files-5" "$(there)"

anew 2
held delete files-2
start run "$work/fleet.toml" --quiet --json --events "$work/events"
wait_until "one is gone" has_line "$work/events" '"event":"instance_deleted"'
wait_until "the other goes" asked "delete files-2"
"$drydock" status "$work/fleet.toml" >"$work/out2" 2>>"$work/err2"
expect_contains "status: what is under way" "$(<"$work/out2")" "files-2"
"$drydock" explain "$work/fleet.toml" >"$work/out2" 2>>"$work/err2"
expect_contains "explain: what is under way" "$(<"$work/out2")" "capacity goes from 4 to 2" "files-2"
kill -KILL "$pid"
{ wait "$pid" || true; } 2>/dev/null
wait_until "nobody holds the lock" flock -n "$work/fleet.toml.lock" true # a child that was just forked may
touch "$work/go"
run run "$work/fleet.toml" --json
expect_status "killed while it shrank" 0
expect_json "killed while it shrank" "$work/out" '[.progress.successfulInstanceCount, (.scaling.deleted | sort)]' \
  '[2,["files-2","files-3"]]'
expect_eq "killed while it shrank: two" "files-0 files-1" "$(there)"
# The file may be told of it, or not.
sed 's/^count = 4/count = 2/' "$work/fleet.toml" >"$work/told.toml"
cp "$work/fleet.toml.instances.json" "$work/told.toml.instances.json"
for fleet in fleet told; do
  run run "$work/$fleet.toml" --json
  expect_status "$fleet.toml knows both" 0
  expect_json "$fleet.toml knows both" "$work/out" '[.progress.successfulInstanceCount, .scaling]' '[2,null]'
done

# Cancelled: deletions go to their end, and nobody is upgraded.
anew 3
held delete files-3
start run "$work/fleet.toml" --quiet --json --events "$work/cancelled.jsonl"
wait_until "one goes" asked "delete files-3"
kill -INT "$pid"
wait_until "it is cancelled" grep -q cancel_requested "$work/cancelled.jsonl"
touch "$work/go"
await
expect_status "cancelled" 5
expect_eq "cancelled: three" "files-0 files-1 files-2" "$(there)"
expect_lacks "cancelled: nobody is upgraded" "$(<"$work/log")" reimage

capacity 0 "$work/fleet.toml"
run run "$work/fleet.toml" --json
expect_status "nobody" 2
expect_contains "nobody" "$(<"$work/err")" "OperationNotAllowed: capacity cannot become 0"
run rehearse "$file"
expect_status "a rehearsal" 2
expect_contains "a rehearsal" "$(<"$work/err")" "a change of capacity cannot be rehearsed"
finish
