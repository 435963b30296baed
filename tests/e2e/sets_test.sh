#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Several scale sets in one file: their order, the budget that they share, and what the
# other commands make of them. First in virtual time, then with real commands.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/command_lib.sh"
source "$here/crash_lib.sh"

# simulated BUDGET: cache and database at once, web after the database.
simulated() {
  cat <<END
[scale_set]
features = ["ImageReferenceUpgradeForVmoVMs"]
[scale_set.model]
image = { version = "1.0.0" }
[change]
image = { version = "2.0.0" }
[upgrade_policy]
mode = "rolling"
[upgrade_policy.rolling]
max_batch_instance_percent = 50
max_unhealthy_instance_percent = 50
[health.application_health_extension]
states = "binary"
protocol = "http"
request_path = "/"
[driver]
kind = "simulated"
[driver.simulated]
seed = 7
[driver.simulated.durations]
reimage = "60s"
boot = "20s"
$1

[[set]]
after = ["database"]
[set.scale_set]
name = "web"
[set.scale_set.instances]
count = 6

[[set]]
[set.scale_set]
name = "database"
[set.scale_set.instances]
count = 8
id = "db-{index}"

[[set]]
[set.scale_set]
name = "cache"
[set.scale_set.instances]
count = 4
[set.upgrade_policy.rolling]
max_batch_instance_percent = 100
END
}
budget='[budget]
max_unavailable_instances = 3'
sets=$work/sets.toml
simulated "$budget" >"$sets"

# crowd: the most instances that were in hand in all sets at one moment, by the events.
crowd() {
  jq -s 'def n: .instances | length;
    reduce .[] as $e ({now: 0, most: 0};
      (if $e.event == "batch_started" or $e.event == "batch_extended" then .now += ($e | n)
       elif $e.event == "instance_settled" then .now -= 1
       else . end) | .most = ([.most, .now] | max)) | .most' "$work/events"
}

run run "$sets" --json --quiet --events "$work/events"
expect_status "three sets" 0
expect_json "three sets: all are told, in the order of the file" "$work/out" \
  '[.sets[] | [.scaleSet, .runningStatus.code, .progress.successfulInstanceCount]]' \
  '[["web","Completed",6],["database","Completed",8],["cache","Completed",4]]'
expect_eq "three sets: never more than three in hand" 3 "$(crowd)"
expect_eq "web begins once the database is done" "database web" \
  "$(jq -r 'select((.event == "upgrade_finished" and .scaleSet == "database") or (.event == "upgrade_started" and .scaleSet == "web")) | .scaleSet' "$work/events" | xargs)"
expect_eq "every event says whose it is" 0 \
  "$(jq -s 'map(select(.scaleSet | IN("web","database","cache") | not)) | length' "$work/events")"
expect_eq "events are numbered through" true "$(jq -s '[.[].seq] == [range(1; length + 1)]' "$work/events")"
expect_contains "somebody waited for the budget" \
  "$(jq -r 'select(.reason == "shared_budget") | .limit' "$work/events" | head -n 1)" "shared budget of 3: "
cp -- "$work/events" "$work/events1"
run run "$sets" --json --quiet --events "$work/events"
cmp -s "$work/events" "$work/events1" || fail "the same file and seed make the same events"
run run "$sets" --seed 8
expect_status "as lines" 0
expect_contains "as lines: whose they are" "$(<"$work/err")" "s web: upgrade Completed" "s cache: batch 1"

# Without a budget each set goes by its own limits.
simulated "" >"$work/free.toml"
run run "$work/free.toml" --quiet --events "$work/events"
expect_status "no budget" 0
(($(crowd) > 3)) || fail "no budget: the sets went one by one all the same"

# One alone.
run run "$sets" --scale-set web --json --quiet
expect_status "web alone" 0
expect_json "web alone: its own summary" "$work/out" '[.scaleSet, .maxUnavailableInstanceCount]' '["web",3]'
run run "$sets" --scale-set wbe
expect_refused "no such set" 'there is no scale set "wbe"' '"web", "database", "cache"'

run plan "$sets" --json
expect_status "plan" 0
expect_json "plan: all sets, their order and the budget" "$work/out" \
  '[[.sets[] | [.scaleSet, .after]], .budget]' \
  '[[["web",["database"]],["database",[]],["cache",[]]],{"maxUnavailableInstances":3}]'
run plan "$sets"
expect_contains "plan in words" "$(<"$work/out")" "at most 3 instances" "scale set web, after database"
run plan "$sets" --scale-set cache --json
expect_json "plan of one" "$work/out" .scaleSet '"cache"'
run rehearse "$sets"
expect_refused "rehearse of several" "name it with --scale-set" '"web", "database", "cache"'
run run "$sets" --instances web-0
expect_refused "--instances of several" "name it with --scale-set"
run learn "$work/events1"
expect_refused "learn of several" "name one of them with --scale-set"
run learn "$work/events1" --scale-set database
expect_status "learn of one" 0
run explain --events "$work/events1"
expect_refused "explain of several" "name one of them with --scale-set"
run explain --events "$work/events1" --scale-set cache
expect_status "explain the events of one" 0
expect_contains "explain the events of one" "$(<"$work/out")" "Completed"

# What takes no --scale-set does not ask for one.
for command in "watch --time-limit 1h" "repairs" "repairs --suspend"; do
  # shellcheck disable=SC2086 # words of a command line
  run $command "$sets"
  expect_refused "$command of several" "put each set in a file of its own" '"web", "database", "cache"'
  expect_lacks "$command of several" "$(<"$work/err")" "--scale-set"
done
awk '/^\[\[set\]\]/ && ++n == 3 {only = 1} n == 0 || only' "$sets" >"$work/lonely.toml"
run validate "$work/lonely.toml"
expect_status "a single set" 0
run repairs "$work/lonely.toml" --suspend
expect_refused "repairs of a single [[set]]" "put each set in a file of its own" ': "cache"'

# Mistakes stand at their places.
sed 's/after = \["database"\]/after = ["databse"]/' "$sets" >"$work/wrong.toml"
run validate "$work/wrong.toml"
expect_refused "an unknown name" "wrong.toml:$(grep -n databse "$work/wrong.toml" | cut -d: -f1):10: error: after names \"databse\""
sed 's/^id = "db-{index}"/&\nmax = 3/' "$sets" >"$work/wrong.toml"
run validate "$work/wrong.toml"
expect_refused "a key of one set" "wrong.toml:$(grep -n '^max = 3' "$work/wrong.toml" | cut -d: -f1):1: error: unknown key"
awk '/^\[\[set\]\]/ && ++n == 2 {print; print "after = [\"web\"]"; next} {print}' "$sets" >"$work/wrong.toml"
run validate "$work/wrong.toml"
expect_refused "a cycle" "web after database after web"

# What comes after one that faulted is not begun.
sed 's/^id = "db-{index}"/&\n[set.driver.simulated.rates]\nunhealthy_after_upgrade = 1.0/' "$sets" >"$work/faulty.toml"
run run "$work/faulty.toml" --json --quiet --events "$work/events"
expect_status "a predecessor that faulted" 4
expect_json "a predecessor that faulted" "$work/out" \
  '[.sets[0,1] | .runningStatus.code]' '["NotBegun","Faulted"]'
expect_json "and why" "$work/out" '.sets[0].message' '"it comes after database, which ended Faulted"'

# Real commands. database and web at once, one in a batch; a budget of one instance.
# two_sets BUDGET [LINE]: the line is one of web.
file=$work/fleet.toml
two_sets() {
  fleet 2 "max_batch_instances = 1" | sed -e '/^name = "web"/d' -e '/^\[scale_set.instances\]/d' -e '/^count/d'
  printf '[budget]\nmax_unavailable_instances = %s\n' "$1"
  printf '[[set]]\n%s\n[set.scale_set]\nname = "web"\n[set.scale_set.instances]\ncount = 2\n' "${2-}"
  printf '[[set]]\n[set.scale_set]\nname = "database"\n[set.scale_set.instances]\ncount = 2\nid = "db-{index}"\n'
}
# commands_at_once: the most that ran, by the log.
commands_at_once() {
  awk '$2 == "reimage" {n += $1 == "begin" ? 1 : -1; if (n > most) most = n} END {print most}' "$work/log"
}
two_sets 1 >"$file"
behave reimage.db-0 "$hold"
behave reimage.web-0 "$hold"
start run "$file" --quiet --json --events "$work/events"
wait_until "one of them is worked on" has_logged '^begin reimage'
holds=web waits=database
if has_logged '^begin reimage db-0'; then holds=database waits=web; fi
wait_until "the other one waits" has_line "$work/events" "shared budget of 1: $holds holds 1"
"$drydock" status "$file" >"$work/out2"
expect_contains "status of both" "$(<"$work/out2")" "of web: RollingForward" "of database: RollingForward" \
  "shared budget of 1: $holds holds 1"
"$drydock" status "$file" --json >"$work/out2"
expect_json "status as JSON" "$work/out2" '[.sets[].scaleSet]' '["web","database"]'
"$drydock" status "$file" --json --scale-set web >"$work/out2"
expect_json "status of one" "$work/out2" .scaleSet '"web"'
"$drydock" explain "$file" --scale-set "$waits" >"$work/out2"
expect_contains "explain names the budget" "$(<"$work/out2")" "shared budget of 1: $holds holds 1" "max_unavailable_instances"
"$drydock" explain "$file" --scale-set "$waits" --json >"$work/out2"
expect_json "explain as JSON" "$work/out2" '.obstacles[0] | [.kind, .limit.name]' '["shared_budget","max_unavailable_instances"]'
"$drydock" history "$file" --json >"$work/out2"
expect_json "history has both" "$work/out2" '[.[].scaleSet] | sort' '["database","web"]'
for command in explain approve; do
  refused=0
  "$drydock" "$command" "$file" >"$work/out2" 2>"$work/err2" || refused=$?
  expect_eq "$command of several" 2 "$refused"
  expect_contains "$command of several" "$(<"$work/err2")" "name it with --scale-set" '"web", "database"'
done
refused=0
"$drydock" run "$file" >"$work/out2" 2>"$work/err2" || refused=$?
expect_eq "a second run" 2 "$refused"
expect_contains "a second run" "$(<"$work/err2")" "is running this fleet file"
touch "$work/go"
await
expect_status "both" 0
expect_json "both: nobody was taken down beside another" "$work/out" \
  '[.sets[] | [.runningStatus.code, .maxUnavailableInstanceCount]]' '[["Completed",1],["Completed",1]]'
expect_eq "both: never two commands at a time" 1 "$(commands_at_once)"

# Killed with both under way; resume goes on with both, within the budget.
forget
two_sets 2 >"$file"
for x in web-0 db-0; do behave "reimage.$x" "$hold"; done
start run "$file" --quiet --events "$work/events"
wait_until "web-0 is worked on" has_logged '^begin reimage web-0'
wait_until "db-0 is worked on" has_logged '^begin reimage db-0'
killed
run status "$file"
expect_contains "after the kill" "$(<"$work/out")" "nobody runs it" "in hand: web-0" "in hand: db-0"
for x in web-0 db-0; do behave "reimage.$x"; done
touch "$work/go"
wait_until "what it left ends" nobody_lives
run resume "$file" --quiet --json --events "$work/events"
expect_status "resumed" 0
expect_json "resumed: both are done" "$work/out" \
  '[.sets[] | [.scaleSet, .runningStatus.code, .progress.successfulInstanceCount]]' \
  '[["web","Completed",2],["database","Completed",2]]'
expect_eq "resumed: both went on" 2 "$(jq -s 'map(select(.event == "upgrade_resumed")) | length' "$work/events")"
(($(commands_at_once) <= 2)) || fail "resumed: more than two commands at a time"
run resume "$file"
expect_refused "nothing more to resume" "there is nothing to resume"

# Killed when one was over, with a failure within its limits: that counts to the end.
database_is_over() {
  "$drydock" history "$file" --json 2>/dev/null \
    | jq -e 'any(.[]; .scaleSet == "database" and .code == "Completed")' >"$work/over"
}
forget
two_sets 2 >"$file"
sed -i 's/^max_batch_instances = 1/&\nmax_unhealthy_instance_percent = 100\nmax_unhealthy_upgraded_instance_percent = 100/' "$file"
behave reimage.web-0 "$hold"
behave reimage.db-1 "exit 1"
start run "$file" --quiet --events "$work/events"
wait_until "web-0 is worked on" has_logged '^begin reimage web-0'
wait_until "database is over" database_is_over
killed
behave reimage.web-0
touch "$work/go"
wait_until "what it left ends" nobody_lives
run resume "$file" --quiet --json
expect_status "resumed beside one that was over" 3
expect_json "resumed beside one that was over: how that ended" "$work/out" \
  '[.sets[] | [.scaleSet, .runningStatus.code, .progress.successfulInstanceCount, .progress.failedInstanceCount]]' \
  '[["web","Completed",2,0],["database","Completed",1,1]]'

# A cancel ends all, and what comes after them is not begun.
forget
two_sets 2 'after = ["database"]' >"$file"
behave reimage.db-0 "$hold"
start run "$file" --quiet --json --events "$work/events"
wait_until "db-0 is worked on" has_logged '^begin reimage db-0'
"$drydock" cancel "$file" 2>"$work/err2"
expect_contains "cancel says whom it asked" "$(<"$work/err2")" "to cancel upgrade"
wait_until "the cancel is heard" has_line "$work/events" '"cancel_requested"'
touch "$work/go"
await
expect_status "cancelled" 5
expect_json "cancelled: web was not begun" "$work/out" '[.sets[].runningStatus.code]' '["NotBegun","Cancelled"]'
expect_eq "cancelled: web was not touched" 0 "$(logged '^begin reimage web')"
run cancel "$file"
expect_refused "nothing to cancel" "no upgrade of scale set web, database is running"

# So does a signal.
forget
two_sets 2 'after = ["database"]' >"$file"
behave reimage.db-0 "$hold"
start run "$file" --quiet --json --events "$work/events"
wait_until "db-0 is worked on" has_logged '^begin reimage db-0'
kill -INT "$pid"
wait_until "the signal is heard" has_line "$work/events" '"cancel_requested"'
touch "$work/go"
await
expect_status "interrupted" 5
expect_json "interrupted: web was not begun" "$work/out" '[.sets[].runningStatus.code]' '["NotBegun","Cancelled"]'

# Killed before its turn came: resume goes on with the first, and then begins the second.
forget
two_sets 2 'after = ["database"]' >"$file"
behave reimage.db-0 "$hold"
start run "$file" --quiet
wait_until "db-0 is worked on" has_logged '^begin reimage db-0'
killed
behave reimage.db-0
touch "$work/go"
wait_until "what it left ends" nobody_lives
run resume "$file" --quiet --json
expect_status "resumed in order" 0
expect_json "resumed in order: both are done" "$work/out" '[.sets[].progress.successfulInstanceCount]' '[2,2]'
expect_nobody "sets"
finish
