#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Scale sets whose turn has not come, and what `explain` and `status` advise where a file
# has several of them.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/command_lib.sh"
source "$here/crash_lib.sh"
cd "$work"

# explain ARGUMENT…: to $work/out2, $work/err2 and $status.
explain() {
  status=0
  "$drydock" explain "$@" >"$work/out2" 2>"$work/err2" || status=$?
}
# expect_said WHAT SET PART…: of `explain $file --scale-set SET`.
expect_said() {
  explain "$file" --scale-set "$2"
  expect_status "$1" 0
  expect_contains "$1" "$(<"$work/out2")" "${@:3}"
}
# expect_explained WHAT SET FILTER WANTED
expect_explained() {
  explain "$file" --scale-set "$2" --json
  expect_status "$1" 0
  expect_json "$1" "$work/out2" "$3" "$4"
}
# refuses WHAT PARTS ARGUMENT…: PARTS has one a line.
refuses() {
  local -a parts
  mapfile -t parts <<<"$2"
  explain "${@:3}"
  expect_status "$1" 2
  expect_eq "$1: nothing on standard output" "" "$(<"$work/out2")"
  expect_contains "$1: why" "$(<"$work/err2")" "${parts[@]}"
}
# two_sets [LINE [POLICY]]: the line is one of web.
two_sets() {
  fleet 2 "${2-max_batch_instances = 1}" | sed -e '/^name = "web"/d' -e '/^\[scale_set.instances\]/d' -e '/^count/d'
  printf '[[set]]\n%s\n[set.scale_set]\nname = "web"\n[set.scale_set.instances]\ncount = 2\n' "${1-}"
  printf '[[set]]\n[set.scale_set]\nname = "database"\n[set.scale_set.instances]\ncount = 2\nid = "db-{index}"\n'
}
# begin_held: a run whose database waits at its first instance.
begin_held() {
  rm -f -- go log events
  behave reimage.db-0 "$hold"
  start run "$file" --quiet --json --events "$work/events"
  wait_until "db-0 is worked on" has_logged '^begin reimage db-0'
  wait_until "its step is told" told_step reimage db-0
}
waits='["web",null,"waiting","after","database","RollingForward","wait",null,[]]'
filter='[.scaleSet, .upgradeId, .state, (.obstacles[0] | .kind, .subject, .status, .remedies[0].action), .ending, .instances]'

# While the set before it is under way.
two_sets 'after = ["database"]' >"$file"
refuses "nothing has begun" "there is no store at" "$file" --scale-set web
begin_held
expect_said "web waits" web "upgrade of web: waiting, not begun" "web has not begun: it comes after database, whose upgrade" \
  "is under way. It begins when" "drydock explain $file --scale-set database"
expect_explained "web waits: as data" web "$filter" "$waits"
expect_explained "database has begun" database '[.state, .obstacles[0].kind]' '["moving","in_hand"]'
expect_said "what is about one set names it" database "drydock cancel $file --scale-set database --now"
refuses "events without web" $'holds no event of a scale set "web"\n"database"' --events events --scale-set web
refuses "no such set" $'there is no scale set "wbe"\n"web", "database"' "$file" --scale-set wbe
refuses "no such set among events" $'"wbe"\nit has events of "database"' --events events --scale-set wbe
refuses "no such set in a store" 'keeps no upgrade of wbe; it keeps those of "database"' "$file.db" --scale-set wbe

# Killed: nobody brings it on.
killed
behave reimage.db-0
touch go
wait_until "what it left ends" nobody_lives
expect_explained "nobody runs it" web "$filter" "${waits/wait\"/resume\"}"
expect_said "nobody runs it: in words" web "run by no process" "To go on: run \`drydock resume $file\`."
run resume "$file" --quiet
expect_status "resumed" 0
expect_explained "resumed: web has had its turn" web '[.state, .ending.cause]' '["finished","completed"]'

# The next version: what web came to before does not matter.
sed -i 's/^image = { version = "2" }/image = { version = "3" }/' "$file"
begin_held
expect_explained "web waits for its next turn" web "$filter" "$waits"
touch go
await
expect_status "the next version" 0
expect_explained "web has had its next turn" web '[.state, .ending.cause]' '["finished","completed"]'

# The set before it did not complete.
forget
behave reimage.db-0 "exit 1"
run run "$file" --quiet
expect_status "database faults" 4
expect_explained "web does not begin any more" web "$filter" \
  '["web",null,"not_begun","after","database","Faulted","run_again",null,[]]'
expect_said "web does not begin any more: in words" web "upgrade of web: not begun" "which ended Faulted." \
  "drydock explain $file --scale-set database" "run \`drydock run $file\` again"
begin_held
expect_explained "database runs again, and web waits" web "$filter" "$waits"
touch go
await
expect_status "database has completed" 0

# Both ask something, and each answer is about one of them.
forget
behave reimage.db-0
two_sets "" $'max_batch_instances = 1\ncheckpoints = [50]\napproval = "manual"' >"$file"
start run "$file" --quiet --json --events "$work/events"
asks() { [[ -n $(jq -c "select(.reason == \"checkpoint_approval\" and .scaleSet == \"$1\")" "$work/events" 2>/dev/null) ]]; }
for set in web database; do
  wait_until "$set asks" asks "$set"
  expect_said "$set asks" "$set" "To go on: run \`drydock approve $file --scale-set $set\`."
done
"$drydock" status "$file" >"$work/out2"
expect_contains "status of both" "$(<"$work/out2")" "drydock approve $file --scale-set web" \
  "drydock approve $file --scale-set database"
for set in web database; do
  "$drydock" approve "$file" --scale-set "$set" 2>>"$work/err2" || fail "the advice about $set works"
done
await
expect_status "both were approved" 0
expect_nobody "the end"
finish
