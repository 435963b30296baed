#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A fleet that is watched: its file changes, is wrong, is asked for again; the watch is
# stopped, killed, and begun again.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/command_lib.sh"
cd "$work"

file=$work/fleet.toml
fleet 4 "max_batch_instances = 1" $'inspect = ["cat", "version.{instance.id}"]\nsetup = ["./step.sh"]\nteardown = ["./step.sh"]' >"$file"
serve='echo "$2" >"version.$DRYDOCK_INSTANCE"'
behave reimage "$serve"
all() { for i in 0 1 2 3; do echo "$1" >"version.web-$i"; done; }
versions() { cat version.web-* | sort | uniq -c | xargs; }
# to VERSION: the file asks for it next, put in place whole as editors do.
to() { sed "/^\[change/,/^image/s/^image = .*/image = { version = \"$1\" }/" "$file" >draft && mv draft "$file"; }
ended() { jq -c 'select(.event == "upgrade_finished" and .code == "'"$1"'")' events 2>/dev/null | grep -c . || true; }
# Runs that only keep end as Completed, too: what is looked for is what upgrades did.
has_versions() { [[ $(versions) == "$1" ]]; }
said() { has_line "$work/err" "$1"; }
times_said() { grep -cF -- "$1" "$work/err" || true; }
begin_watch() {
  start watch "$file" --json --events "$work/events" "$@"
  wait_until "the watch has begun" has_line "$work/events" '"event"'
}

all 2
begin_watch
run_err=$work/err2
status=0
"$drydock" run "$file" >"$work/out2" 2>"$run_err" || status=$?
expect_eq "a run meanwhile is refused" 2 "$status"
expect_contains "a run meanwhile" "$(<"$run_err")" "OperationNotAllowed: process $pid watches this fleet file"
status=0
"$drydock" watch "$file" >"$work/out2" 2>"$run_err" || status=$?
expect_eq "a second watch is refused" 2 "$status"
[[ -e log ]] && fail "nobody lags: nothing is done"

to 3
wait_until "the change is rolled out" has_versions "4 3"
expect_eq "one action each, neither setup nor teardown" "4" "$(logged begin)"
wait_until "it says so" said "asks for another model: an upgrade begins"

# A wrong file changes nothing, and is told once.
cp "$file" good
{ echo 'nonsense = 1'; cat good; } >"$file"
wait_until "the mistake is told" said 'unknown key "nonsense"'
wait_until "what holds is told" said "cannot be taken as it is now"
touch "$file"
echo "not [ toml" >"$file"
two_mistakes() { (($(times_said 'cannot be taken as it is now') == 2)); }
wait_until "another mistake is told, too" two_mistakes
cp good "$file"
expect_eq "a wrong file is told once" 1 "$(times_said 'unknown key "nonsense"')"

# Another policy needs no upgrade.
sed -i 's/^max_batch_instances = 1/max_batch_instances = 2/' "$file"
kill -HUP "$pid"
sleep 0.5
expect_eq "another policy upgrades nobody" "4" "$(logged begin)"

# An upgrade that faults is begun again when somebody asks for it, and not before.
behave reimage 'exit 1'
to 4
wait_until "the upgrade faults" said "is not begun again until the fleet file changes"
count=$(logged begin)
sleep 0.5
expect_eq "it is not begun again" "$count" "$(logged begin)"
behave reimage "$serve"
kill -HUP "$pid"
wait_until "asked for, it is" has_versions "4 4"
wait_until "it says who asked" said "asked to try again: an upgrade begins"

# One that faulted is taken back when the file is: some have what it brought.
behave reimage '[[ $DRYDOCK_INSTANCE == web-1 && $2 == 6 ]] && exit 1
echo "$2" >"version.$DRYDOCK_INSTANCE"'
to 6
two_faults() { (($(times_said 'is not begun again until the fleet file changes') == 2)); }
wait_until "another upgrade faults" two_faults
expect_eq "one has what it brought" "3 4 1 6" "$(versions)"
behave reimage "$serve"
to 4
wait_until "taken back, all have what they had" has_versions "4 4"
rm -f log

# The store knows what a watch runs.
behave reimage "$hold
$serve"
to 5
wait_until "an upgrade is at work" has_line "$work/log" "begin reimage"
working() { [[ $("$drydock" status "$file" --json 2>/dev/null | jq -r '.runningStatus.code') == RollingForward ]]; }
wait_until "status tells of it" working
"$drydock" status "$file" >"$work/out2"
expect_contains "status names the watch" "$(<"$work/out2")" "run by process $pid"
"$drydock" cancel "$file" 2>>"$run_err"
sleep 0.3
touch go
wait_until "the cancel ends it" said "has ended (Cancelled"
rm go
kill -TERM "$pid"
await
expect_status "stopped while it keeps" 0
expect_json "the summary" "$work/out" '[.scaleSet, .stoppedBy, [.upgrades[] | [.cause, .code]]]' \
  '["web","SIGTERM",[["file","Completed"],["file","Faulted"],["request","Completed"],["file","Faulted"],["file","Completed"],["file","Cancelled"]]]'

# Who lags is brought up when a watch begins; stopped during that it ends like a run.
rm -f -- log events
begin_watch
wait_until "the rest is at work" has_line "$work/log" "begin reimage"
kill -TERM "$pid"
sleep 0.3
touch go
await
expect_status "stopped during an upgrade" 5
rm go

# Killed, it is gone on with.
rm -f -- log events
begin_watch
wait_until "it is at work" has_line "$work/log" "begin reimage"
id=$("$drydock" status "$file" --json | jq -r .upgradeId)
killed
touch go
behave reimage "$serve"
rm -f events
begin_watch
wait_until "the rest is done" has_versions "4 5"
kill -INT "$pid"
await
expect_status "stopped after that" 0
expect_json "it went on with the same upgrade" "$work/out" '[.upgrades[] | [.upgradeId, .code]]' "[[\"$id\",\"Completed\"]]"

# A time limit ends it by itself; a virtual clock needs one.
run watch "$file" --json --quiet --time-limit 1s
expect_status "a time limit" 0
expect_json "a time limit" "$work/out" '[.stoppedBy, .upgrades]' '["the time limit",[]]'
cat >simulated.toml <<'END'
[scale_set]
name = "web"
[scale_set.instances]
count = 3
[driver]
kind = "simulated"
END
run watch simulated.toml
expect_status "a virtual clock without a limit" 2
expect_contains "a virtual clock without a limit" "$(<"$work/err")" "give --time-limit"
run watch simulated.toml --json --time-limit 90d
expect_status "a virtual clock" 0
run watch "$file" --json --events - --time-limit 1s
expect_status "--json and --events -" 2
expect_nobody "the end"
finish
