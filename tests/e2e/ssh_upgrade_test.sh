#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The example of hosts behind ssh: a good upgrade, watched from outside; and one whose
# health is asked for through ssh.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/ssh_lib.sh"
source "$here/watch_lib.sh"

# As a person would: everything with one command, and nothing is left of it.
run run "$example/fleet.toml" --json
expect_status "fleet.toml" 0
expect_json "fleet.toml: nothing but the summary" "$work/out" \
  '[.runningStatus.code, (.progress[]), .maxUnavailableInstanceCount <= 2, .error]' \
  '["Completed",6,0,0,0,0,true,null]'
expect_json "fleet.toml: the batches" "$work/out" '[.batches[].instances]' \
  '[["host-0","host-3"],["host-1","host-4"],["host-2","host-5"]]'
wait_until "no process is left" nobody_lives
expect_eq "neither state nor a socket is left" "" "$(find "$work" -name .state -o -name 'drydock-ssh*' -o -type s)"

"$example/local/setup"
expect_eq "setup deploys the old release" "6 1.0.0" "$(answers /)"
expect_eq "setup does it over ssh, with one connection a host" 6 \
  "$(cat "$example"/.state/hosts/*/sshd/log | grep -c 'Accepted publickey')"
before=$(on_machine sshd_pid host-3)
"$example/local/setup"
expect_eq "setup leaves alone what runs" "$before" "$(on_machine sshd_pid host-3)"
watch_begins
run run "$example/fleet.toml" --json --keep
watch_ends
expect_status "a fleet that runs already" 0
expect_eq "all serve the new release" "6 2.0.0" "$(answers /)"
expect_eq "all say so" "6 2.0.0" \
  "$(for i in 0 1 2 3 4 5; do "$example/version.sh" "host-$i"; done | sort | uniq -c | xargs)"
expect_at_most_down 2

# Health through ssh, back to the release before, which is on the hosts still.
rm -- "$example/.state/releases/web-1.0.0.tar.gz"
# From the first table of health to the second is what the file tells to replace.
variant 2.0.0 1.0.0 '/^\[health.application/,/^timeout/d;s/^# \(\[health.command\]\|argv\|interval\|timeout\)/\1/' \
  >"$example/through.toml"
expect_contains "the file has the other source of health" "$(<"$example/through.toml")" \
  $'\n[health.command]\n' $'\nargv = ["./health.sh"'
run run "$example/through.toml" --json
expect_status "health through ssh" 0
expect_eq "all serve the release before" "6 1.0.0" "$(answers /)"

# Each of some forty commands a host came over one connection.
for i in 0 1 2 3 4 5; do
  expect_eq "host-$i was logged into once" 1 \
    "$(grep -c 'Accepted publickey' "$example/.state/hosts/host-$i/sshd/log")"
done
expect_eq "connections are kept" 6 "$(find "$work"/drydock-ssh-* -type s | wc -l)"

mapfile -t pids < <(sessions)
((${#pids[@]} >= 6)) || fail "there are sessions to end" "${pids[*]}"
"$example/local/teardown"
none_lives() { for pid in "${pids[@]}"; do gone "$pid" || return 1; done; }
wait_until "no session is left" none_lives
wait_until "no process is left" nobody_lives
expect_eq "no socket is left" "" "$(find "$work" -name 'drydock-ssh*' -o -type s)"
"$example/local/teardown" # nothing runs, nothing to end
finish
