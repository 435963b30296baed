#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Hosts behind ssh that are not reached, that are somebody else, that are lost in the
# middle of an action.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/ssh_lib.sh"

# attempts INSTANCE ACTION: their outcomes.
attempts() {
  jq -s -c --arg instance "$1" --arg action "$2" '[.[] | select(.event == "action_finished"
    and .instance == $instance and .action == $action) | [.attempt, .outcome]]' "$work/events"
}
message() { jq -r '.error.details[]? | select(.target | endswith("/'"$1"'")) | .message' "$work/out"; }
# logins ID
logins() { grep -c 'Accepted publickey' "$example/.state/hosts/$1/sshd/log" || true; }

"$example/local/setup"
variant 1.0.0 2.0.0 >"$example/two.toml"
variant 2.0.0 1.0.0 >"$example/one.toml"

# A host whose sshd is gone, while its service is well.
on_machine end_sshd host-5
run run "$example/two.toml" --json --events "$work/events"
expect_status "a host that is not reached" 3
expect_json "it alone fails, the others complete" "$work/out" \
  '[.runningStatus.code, (.progress[]), .maxUnavailableInstanceCount <= 2]' '["Completed",5,1,0,0,0,true]'
expect_eq "it is tried three times" '[[1,"transient"],[2,"transient"],[3,"transient"]]' \
  "$(attempts host-5 before_instance)"
expect_contains "it is said" "$(message host-5)" "Connection refused" "host-5 was not reached, or lost"
expect_contains "before that, too" "$(<"$work/err")" host-5
expect_eq "its service was not touched" "1 1.0.0 5 2.0.0" "$(answers /)"

# Another machine answers in its place: one with another host key.
key=$example/.state/hosts/host-5/sshd/host_key
mv -- "$key" "$key.right"
mv -- "$key.pub" "$key.right.pub"
ssh-keygen -q -t ed25519 -N '' -f "$key"
"$example/local/setup"
known=$(<"$example/.state/known_hosts")
before=$(logins host-5)
run run "$example/two.toml" --json --events "$work/events"
expect_status "a wrong host key" 4
expect_eq "it is not tried again" '[[1,"failed"]]' "$(attempts host-5 before_instance)"
expect_contains "it is said what is wrong" "$(message host-5)" \
  "host-5 is refused: its host key is not the one in known_hosts"
expect_eq "nobody logged in there" "$before" "$(logins host-5)"
expect_eq "no key is learnt" "$known" "$(<"$example/.state/known_hosts")"
status=0
"$example/health.sh" host-5 "$((first_port + 5))" 2>"$work/err" || status=$?
expect_status "its health is unknown" 2

# The right one is back, but does not know our key; then it does.
on_machine end_sshd host-5
mv -- "$key.right" "$key"
mv -- "$key.right.pub" "$key.pub"
"$example/local/setup"
mv -- "$example/.state/id_ed25519.pub" "$work/our.pub"
cp -- "$key.pub" "$example/.state/id_ed25519.pub"
status=0
"$example/version.sh" host-5 2>"$work/err" || status=$?
expect_status "a host that refuses our key" 2
expect_contains "a host that refuses our key" "$(<"$work/err")" "host-5 refuses our key: add it"
mv -- "$work/our.pub" "$example/.state/id_ed25519.pub"
run run "$example/two.toml" --json
expect_status "the right host" 0
expect_json "only it lagged" "$work/out" '.batches | map(.instances)' '[["host-5"]]'
expect_eq "all have the new release" "6 2.0.0" "$(answers /)"

# host-2 is lost while its service restarts: all its connections end. What runs there
# goes on; the next attempt waits for it, and does not do it again.
host=$example/.state/hosts/host-2/home/web
mv -- "$host/service" "$host/service.real"
# shellcheck disable=SC2016 # for the host
printf '%s\n' '#!/usr/bin/env bash' 'echo "$1" >>restarts' \
  'until [[ -e go ]]; do sleep 0.02; done' 'exec ./service.real "$@"' >"$host/service"
chmod +x -- "$host/service"
start run "$example/one.toml" --json --events "$work/events"
wait_until "host-2 restarts" test -s "$host/restarts"
before=$(logins host-2)
for process in $(on_machine descendants "$(on_machine sshd_pid host-2)" | tail -n +2); do
  if grep -qx sshd "/proc/$process/comm" 2>/dev/null; then kill -KILL "$process"; fi
done
# The second attempt is there when it waits for the first, or else does not.
second_attempt() {
  local place
  if [[ $(wc -l <"$host/restarts") == 2 ]]; then return; fi
  while read -r place; do
    if grep -qx flock "${place%/cwd}/comm" 2>/dev/null; then return; fi
  done < <(find /proc -maxdepth 2 -name cwd -lname "$host" 2>/dev/null)
  return 1
}
wait_until "it is tried again" second_attempt
((before < $(logins host-2))) || fail "it was reached anew"
touch -- "$host/go"
await
expect_status "a host that was lost" 0
expect_eq "the second attempt succeeds" '[[1,"transient"],[2,"succeeded"]]' "$(attempts host-2 in_place)"
expect_eq "the service restarted once" restart "$(<"$host/restarts")"
expect_eq "all have the release" "6 1.0.0" "$(answers /)"
mv -- "$host/service.real" "$host/service"

# A release that did not arrive whole is none; neither is one whose restart fails.
# shellcheck disable=SC2016 # for the other shell
on_host() { bash -c 'source "$0/lib.sh" && on_host "$@"' "$example" "$@"; }
archive=$example/.state/releases/web-2.0.0.tar.gz
status=0
head -c 60 "$archive" | on_host host-0 receive web 3.0.0 "$(sha256sum <"$archive" | cut -d ' ' -f 1)" \
  2>"$work/err" || status=$?
expect_status "half a release" 75
expect_eq "half a release" "1.0.0 2.0.0" "$(find "$example/.state/hosts/host-0/home/web/releases" -mindepth 1 \
  -maxdepth 1 -printf '%f\n' | sort | xargs)"
host=$example/.state/hosts/host-0/home/web
for pair in "255 1" "9 1" "75 75"; do
  status=0
  on_host host-0 activate web 2.0.0 "key ${pair% *}" "echo no power; exit ${pair% *}" 2>"$work/err" || status=$?
  expect_status "a restart that exits with ${pair% *}" "${pair#* }"
  expect_contains "a restart that fails" "$(<"$work/err")" "no power"
done
status=0
"$example/version.sh" host-0 2>"$work/err" || status=$?
expect_status "then nobody knows what runs" 1
"$example/upgrade.sh" host-0 2.0.0 another
expect_eq "and the next one puts it right" 2.0.0 "$("$example/version.sh" host-0)"
status=0
"$example/upgrade.sh" host-0 4.0.0 key 2>"$work/err" || status=$?
expect_status "a release that nobody has" 1
expect_contains "a release that nobody has" "$(<"$work/err")" "there is no release 4.0.0"

# A port that is taken: setup says so, and ends what it started.
"$example/local/teardown"
"$DRYDOCK_LOCAL_WEB_SERVER" --port $((first_port + 8)) --version x &
other=$!
wait_until "the port is taken" curl -q --noproxy '*' -sf -o "$work/out" "http://127.0.0.1:$((first_port + 8))/version"
status=0
"$example/local/setup" 2>"$work/err" || status=$?
expect_status "a port that is taken" 1
expect_contains "a port that is taken" "$(<"$work/err")" "sshd for host-2 does not start" "$((first_port + 8))"
wait_until "setup ends what it started" nobody_lives
kill "$other"
"$example/local/teardown"
expect_eq "no socket is left" "" "$(find "$work" -name 'drydock-ssh*' -o -type s)"
finish
