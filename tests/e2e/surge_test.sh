#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The example fleet whose members are replaced, also watched from outside, short of
# quota, cut short, and cancelled.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

export DRYDOCK_LOCAL_WEB_SERVER=${DRYDOCK_LOCAL_WEB_SERVER:?names the server of the example}
export DRYDOCK_LOCAL_WEB_STATE=$work/state
cp -r -- "$here/../../examples/local-web" "$here/../../examples/surge" "$work"
example=$work/surge
file=$example/fleet.toml
rm -rf -- "$work"/{local-web,surge}/{.state,*.logs,*.lock,*.db*,*.instances.json}
export DRYDOCK_SURGE_PORT=$((20000 + RANDOM % 10000))
sed -i "s/port = { from = 18280 }/port = { from = $DRYDOCK_SURGE_PORT }/" "$file"

# serving: how many instances answer, wherever they are.
serving() {
  local port count=0
  for port in $(cat "$work"/state/*.port 2>/dev/null); do
    if curl -q --noproxy '*' -fsS --max-time 5 -o "$work/seen" "http://127.0.0.1:$port/" 2>/dev/null; then
      count=$((count + 1))
    fi
  done
  echo "$count"
}

# versions: what they say, counted.
versions() {
  local port
  for port in $(cat "$work"/state/*.port 2>/dev/null); do
    curl -q --noproxy '*' -sS --max-time 5 "http://127.0.0.1:$port/version" 2>/dev/null || true
    echo
  done | grep . | sort | uniq -c | xargs
}

# Looks all the time; three low counts in a row are no look that fell between two.
watch_begins() {
  : >"$work/low"
  while [[ ! -e $work/stop ]]; do
    if (($(serving) < 6)) && (($(serving) < 6)) && (($(serving) < 6)); then
      echo low >>"$work/low"
    fi
  done &
  watcher=$!
}
watch_ends() {
  touch "$work/stop"
  wait "$watcher"
  rm -- "$work/stop"
  expect_eq "$1: six serve all the time" "" "$(<"$work/low")"
}

# to VERSION: the file asks for it next.
to() { sed -i "s/^image = { version = .*/image = { version = \"$1\" }/" "$file"; }

run plan "$file" --json
expect_status "the plan" 0
expect_json "the plan" "$work/out" '[.batches[] | [.surge, (.instances | length)]]' \
  '[[true,2],[true,2],[true,2]]'

run run "$file" --json --events "$work/events"
expect_status "a run" 0
expect_json "a run: the summary" "$work/out" \
  '[.runningStatus.code, .progress[], .maxUnavailableInstanceCount, .error, ([.batches[].surge] | unique)]' \
  '["Completed",6,0,0,0,0,0,null,[true]]'
expect_json "a run: who came" <(jq -s . "$work/events") \
  '[.[] | select(.event == "instance_created") | [.instance, .replaces, .reason]] | sort' \
  '[["web-10","web-4","surge"],["web-11","web-5","surge"],["web-6","web-0","surge"],["web-7","web-1","surge"],["web-8","web-2","surge"],["web-9","web-3","surge"]]'
expect_json "a run: who went" <(jq -s . "$work/events") \
  '[.[] | select(.event == "instance_deleted") | [.instance, .reason]] | sort' \
  '[["web-0","surge"],["web-1","surge"],["web-2","surge"],["web-3","surge"],["web-4","surge"],["web-5","surge"]]'
expect_nobody "a run"
[[ -e $file.instances.json ]] && fail "down leaves who replaced whom behind"

"$example/up"
watch_begins
run run "$file" --json --keep
watch_ends "a fleet that runs already"
expect_status "a fleet that runs already" 0
expect_eq "all six are new" "6 2.0.0" "$(versions)"
expect_json "who replaced whom is kept" "$file.instances.json" \
  '[.instances[].id] | sort' '["web-10","web-11","web-6","web-7","web-8","web-9"]'

run run "$file" --json --keep
expect_status "the same run again" 0
expect_json "the same run again finds the new ones" "$work/out" \
  '[.progress.successfulInstanceCount, .batches]' '[6,[]]'

to 3.0.0
run run "$file" --json --keep
expect_status "the next version" 0
expect_json "the next version replaces the new ones" "$work/out" \
  '[.batches[].instances[]] | sort' '["web-10","web-11","web-6","web-7","web-8","web-9"]'
expect_json "names count up" "$file.instances.json" '[.instances[].id] | sort' \
  '["web-12","web-13","web-14","web-15","web-16","web-17"]'
expect_eq "the next version serves" "6 3.0.0" "$(versions)"

to 4.0.0
DRYDOCK_SURGE_QUOTA=0 run run "$file" --json --keep
expect_status "without quota" 0
expect_json "without quota it is done in place" "$work/out" \
  '[.runningStatus.code, ([.batches[].surge] | unique), .maxUnavailableInstanceCount]' '["Completed",[false],1]'
expect_eq "without quota" "6 4.0.0" "$(versions)"

# Killed at some moment, and gone on with.
for version in 5.0.0 6.0.0 7.0.0; do
  to "$version"
  watch_begins
  start run "$file" --json --keep --events "$work/events"
  sleep "0.$((RANDOM % 8 + 1))"
  sleep "$((RANDOM % 2))"
  killed
  run run "$file" --json --keep
  watch_ends "killed on the way to $version"
  expect_status "killed on the way to $version" 0
  expect_json "killed on the way to $version" "$work/out" '[.runningStatus.code, .progress.failedInstanceCount]' \
    '["Completed",0]'
  expect_eq "killed on the way to $version: all, and nobody else" "6 $version" "$(versions)"
done

# Cancelled at once: what was being made does not stay.
to 8.0.0
cat >"$example/slow.sh" <<'END'
#!/bin/bash
./create.sh "$@"
touch "made.$1"
sleep 60
END
chmod +x "$example/slow.sh"
sed -i 's|"./create.sh"|"./slow.sh"|' "$file"
start run "$file" --json --keep
made() { compgen -G "$example/made.*" >/dev/null; }
wait_until "one is made" made
kill -INT "$pid"
sleep 0.2
kill -INT "$pid"
await
expect_status "cancelled at once" 5
expect_eq "cancelled at once: nobody is left over" "6 7.0.0" "$(versions)"

"$example/down"
expect_nobody "down"
finish
