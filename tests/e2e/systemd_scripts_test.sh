#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The example of units without systemd: its scripts and its template with a stand-in
# for systemctl, and what systemd-analyze says of the template, if it is there.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/systemd_lib.sh"
source "$here/watch_lib.sh"

mkdir -m 700 -- "$work/run" "$work/fake" "$work/bin"
cp -- "$here/fake_systemctl" "$work/bin/systemctl"
export PATH=$work/bin:$PATH FAKE_SYSTEMD=$work/fake XDG_RUNTIME_DIR=$work/run DRYDOCK_SYSTEMD_MANAGER=user
calls() { grep -c -- "$1" "$work/fake/calls" || true; }

good_upgrade
expect_eq "each was restarted once in either upgrade" "12 2" \
  "$(calls '^restart') $(calls '^restart drydock-demo@demo-4.service$')"
"$example/setup"
expect_eq "setup leaves alone what runs" "6 2.0.0" "$(answers /)"
"$example/setup" # and does not wait for anything

# One that does not start with the new release: for good, and the others go on.
sed -e '/^setup\|^teardown/d' -e '/^settings/{s/1\.0\.0/old/;s/2\.0\.0/1.0.0/;s/old/2.0.0/}' \
  "$example/fleet.toml" >"$example/back.toml"
touch "$work/fake/refused.drydock-demo@demo-5.service"
run run "$example/back.toml" --json --events "$work/events"
expect_status "a unit that does not start" 3
expect_json "it alone fails" "$work/out" '[.runningStatus.code, (.progress[])]' '["Completed",5,1,0,0,0]'
expect_contains "it is said which" "$(jq -r '.error.details[].message' "$work/out")" "demo-5 does not start with 1.0.0"
expect_eq "it is not tried again" '[[1,"failed"]]' "$(jq -s -c '[.[] | select(.event == "action_finished"
  and .instance == "demo-5" and .action == "in_place") | [.attempt, .outcome]]' "$work/events")"
rm -- "$work/fake/refused.drydock-demo@demo-5.service"

# said STATUS SCRIPT ARG…: how it ends; what it says goes to $work/err.
said() {
  local wanted=$1
  shift
  status=0
  "$example/$1" "${@:2}" >"$work/out" 2>"$work/err" || status=$?
  expect_status "$*" "$wanted"
}
said 1 health.sh demo-5 $((first_port + 5))
said 0 drain.sh demo-5 $((first_port + 5)) # nothing runs, nothing to finish
said 1 version.sh demo-5 $((first_port + 5))
expect_contains "version.sh" "$(<"$work/err")" "drydock-demo@demo-5.service is not active"
said 0 upgrade.sh demo-5 $((first_port + 5)) 3.0.0-broken
wait_until "it has booted" curl -q --noproxy '*' -sfo "$work/out" "http://127.0.0.1:$((first_port + 5))/health"
said 1 health.sh demo-5 $((first_port + 5))
said 0 upgrade.sh demo-5 $((first_port + 5)) 1.0.0
said 0 upgrade.sh demo-5 $((first_port + 5)) 1.0.0 # again
wait_until "it is healthy" "$example/health.sh" demo-5 $((first_port + 5))
said 0 drain.sh demo-5 $((first_port + 5))
expect_eq "it is drained" drained "$(curl -q --noproxy '*' -sS "http://127.0.0.1:$((first_port + 5))/drain")"
said 0 undrain.sh demo-5 $((first_port + 5))
said 0 drain.sh demo-5 1      # it is active, but nobody listens
said 75 drain.sh demo-5 99999 # curl fails otherwise
expect_eq "all serve" "6 1.0.0" "$(answers /)"

# A manager that does not answer is nobody's illness.
touch "$work/fake/silent"
said 2 health.sh demo-1 $((first_port + 1))
said 75 drain.sh demo-1 $((first_port + 1))
said 75 upgrade.sh demo-1 $((first_port + 1)) 2.0.0
said 1 setup
expect_contains "setup" "$(<"$work/err")" "there is no user manager of systemd here"
rm -- "$work/fake/silent"
expect_eq "nobody was touched" "6 1.0.0" "$(answers /)"

"$example/teardown"
expect_nobody "teardown"
expect_eq "teardown leaves no file" "" "$(find "$work/run" -type f -o -type l)"

if command -v systemd-analyze >/dev/null; then
  mkdir -- "$work/run/drydock-demo"
  ln -s -- "$DRYDOCK_LOCAL_WEB_SERVER" "$work/run/drydock-demo/server"
  # judged FILE: how systemd-analyze ends; what it says of other units is left out.
  judged() {
    status=0
    timeout 60 systemd-analyze --user --recursive-errors=no verify "$1" >"$work/out" 2>"$work/err" || status=$?
  }
  judged "$example/drydock-demo@.service"
  expect_status "systemd-analyze verify" 0
  expect_eq "systemd-analyze verify" "" "$(grep drydock-demo "$work/err" || true)"
  mkdir -- "$work/wrong"
  sed 's/^Type=.*/Type=nonsense/; /^ExecStart/d' "$example/drydock-demo@.service" >"$work/wrong/drydock-demo@.service"
  judged "$work/wrong/drydock-demo@.service"
  ((status != 0)) || fail "systemd-analyze would see what is wrong"
fi
finish
