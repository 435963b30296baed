#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A fleet that is watched while its capacity changes: before the watch, during it, with
# quota that is short, and in manual mode.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/keep_lib.sh"
cd "$work"

file=$work/fleet.toml
# Who is there has a file version.ID, which says what it runs.
serve='echo "$2" >"version.$1"'
commands='create = ["./step.sh", "{instance.id}", "{model.image.version}"]
delete = ["./step.sh", "{instance.id}"]'
inspect='inspect = ["cat", "version.{instance.id}"]'
# set_up CAPACITY COMMANDS: four are there, with version 2, as the file asks for.
set_up() {
  anew
  rm -rf -- "$file".* version.* draft
  for i in 0 1 2 3; do echo 2 >"version.web-$i"; done
  fleet 4 "max_batch_instances = 4" "$2" \
    | sed -e "s/^\[change\]/&\ncapacity = $1/" -e 's|^argv = .*|argv = ["test", "-e", "version.{instance.id}"]|' >"$file"
  behave create "$serve"
  behave reimage "$serve"
  behave delete 'rm -f "version.$1"'
}
# edit SCRIPT: of the file, which is put in place whole as editors do.
edit() { sed "$1" "$file" >draft && mv draft "$file"; }
capacity() { edit "s/^capacity = .*/capacity = $1/"; }
there() { printf '%s\n' version.* | sed 's/^version\.//' | sort -V | xargs; }
are_there() { [[ $(there) == "$1" ]]; }
said() { has_line "$work/err" "$1"; }
completed() { (($(grep -cF "has completed" "$work/err") == $1)); }
scalings='[.upgrades[] | [.cause, .code, (.scaling | if . then [.capacityBefore, .capacity, (.created, .deleted, .failed | sort)] else . end)]]'

# Somebody knows who lags, or nobody does: both begin with what the capacity lacks.
for who in "$inspect" ""; do
  set_up 6 "$commands
$who"
  begin_watch
  wait_until "it begins with the change of capacity" are_there "web-0 web-1 web-2 web-3 web-4 web-5"
  wait_until "it says why" said "asks for another capacity than the fleet has: an upgrade begins"
  wait_until "that is over" completed 1
  expect_eq "nobody is upgraded" 0 "$(logged reimage)"
  # In, while it watches, and out again, and nothing is done twice.
  capacity 3
  wait_until "less, while it watches" are_there "web-0 web-1 web-2"
  wait_until "it says so" said "asks for another capacity: an upgrade begins"
  wait_until "that is over, too" completed 2
  capacity 4
  wait_until "more, while it watches" are_there "web-0 web-1 web-2 web-6"
  wait_until "the third is over" completed 3
  kill -HUP "$pid"
  wait_until "asked again, it has nothing to do" said "no upgrade is needed"
  # What comes next is about those who are there.
  edit '/^\[change/,/^image/s/^image = .*/image = { version = "3" }/'
  all_new() { [[ $(cat version.* | xargs) == "3 3 3 3" ]]; }
  wait_until "an upgrade of those who are there" all_new
  wait_until "the fourth is over" completed 4
  expect_eq "one action each" 4 "$(logged 'begin reimage')"
  expect_eq "each came once" 3 "$(logged 'begin create')"
  expect_eq "each went once" 3 "$(logged 'begin delete')"
  stop_watch "stopped"
  expect_json "the summary" "$work/out" "$scalings" \
    '[["start","Completed",[4,6,["web-4","web-5"],[],[]]],["file","Completed",[6,3,[],["web-3","web-4","web-5"],[]]],
      ["file","Completed",[3,4,["web-6"],[],[]]],["file","Completed",null]]'
  # The next watch finds what this one left.
  begin_watch
  sleep 0.3
  stop_watch "another watch"
  expect_json "another watch" "$work/out" .upgrades '[]'
done

# Short quota: what is there stays, the rest is made when somebody asks.
set_up 4 "$commands
$inspect"
begin_watch
behave create.web-5 'exit 69'
capacity 6
wait_until "what lacks is told" said "the capacity is 5 and not 6 (web-5 failed)"
expect_eq "what could be made is there" "web-0 web-1 web-2 web-3 web-4" "$(there)"
count=$(logged 'begin create')
sleep 0.5
expect_eq "it is not tried again by itself" "$count" "$(logged 'begin create')"
behave create.web-5
kill -HUP "$pid"
wait_until "asked for, the rest is made" are_there "web-0 web-1 web-2 web-3 web-4 web-6"
wait_until "that is over" completed 2
expect_eq "nobody is upgraded" 0 "$(logged reimage)"
# Beside a change of all: who has it already is not touched again.
behave create.web-7 'exit 69'
edit '/^\[change/,/^image/{s/^image = .*/image = { version = "3" }/;s/^capacity = .*/capacity = 7/}'
wait_until "the second time it lacks" said "the capacity is 6 and not 7 (web-7 failed)"
behave create.web-7
kill -HUP "$pid"
wait_until "the rest is made once more" are_there "web-0 web-1 web-2 web-3 web-4 web-6 web-8"
wait_until "that is over, too" completed 4
expect_eq "six were upgraded, once" 6 "$(logged 'begin reimage')"
expect_eq "all are new" "3 3 3 3 3 3 3" "$(cat version.* | xargs)"
stop_watch "stopped after short quota"
expect_json "the summary says what lacked" "$work/out" "[.upgrades[] | [.cause, .errorCode, .scaling.created, .scaling.failed]]" \
  '[["file","CapacityNotReached",["web-4"],["web-5"]],["request",null,["web-6"],[]],
    ["file","CapacityNotReached",[],["web-7"]],["request",null,["web-8"],[]]]'

# Manual mode upgrades nobody, and scales.
set_up 5 "$commands
$inspect"
edit 's/^mode = "rolling"/mode = "manual"/;/^\[upgrade_policy.rolling\]/,/^max_batch/d'
echo 1 >version.web-0
begin_watch
wait_until "manual: it begins with the change of capacity" are_there "web-0 web-1 web-2 web-3 web-4"
wait_until "manual: that is over" completed 1
capacity 4
wait_until "manual: less, while it watches" are_there "web-0 web-1 web-2 web-3"
wait_until "manual: that is over, too" completed 2
expect_eq "manual: nobody is upgraded" 0 "$(logged reimage)"
edit 's/^mode = "manual"/mode = "automatic"/'
rolled_out() { [[ $(<version.web-0) == 2 ]]; }
wait_until "another mode has who lags upgraded" rolled_out
wait_until "another mode: that is over" completed 3
expect_eq "another mode: one lagged" 1 "$(logged 'begin reimage')"
stop_watch "stopped after that"

# Of a simulated fleet nothing is kept.
cat >simulated.toml <<'END'
[scale_set]
name = "web"
[scale_set.instances]
count = 3
[change]
capacity = 5
[driver]
kind = "simulated"
END
run watch simulated.toml --json --time-limit 1d
expect_status "a simulated fleet" 2
expect_contains "a simulated fleet" "$(<"$work/err")" "OperationNotAllowed: the capacity of a simulated fleet cannot change while it is watched"
sed -i 's/^capacity = 5/capacity = 3/' simulated.toml
run watch simulated.toml --json --time-limit 1d
expect_status "as many as there are" 0
expect_nobody "the end"
finish
