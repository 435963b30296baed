#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# local_web_scripts_test.sh SERVER EXAMPLE: the example's scripts, without drydock.
set -euo pipefail

example=$2
work=$(mktemp -d)
export DRYDOCK_LOCAL_WEB_SERVER=$1
export DRYDOCK_LOCAL_WEB_STATE=$work/state
export DRYDOCK_LOCAL_WEB_PORT=$((21000 + RANDOM % 9000))
unset DRYDOCK_SCALE_SET
base=$DRYDOCK_LOCAL_WEB_PORT
clean_up() {
  "$example/down" || true
  rm -rf -- "$work"
}
trap clean_up EXIT

failures=0
# expect WHAT WANTED GOT
expect() {
  if [[ $2 == "$3" ]]; then return 0; fi
  printf 'FAILED: %s\n  wanted: %q\n  got:    %q\n' "$1" "$2" "$3" >&2
  failures=$((failures + 1))
}
ask() { curl -q --noproxy '*' -sS --max-time 10 "http://127.0.0.1:$1$2"; }
versions() {
  local i
  for ((i = 0; i < 12; ++i)); do "$example/version.sh" "web-$i" $((base + i)); done \
    | sort | uniq -c | xargs
}
# Ours that are alive; one that has ended but was not reaped has no command line.
# The text comes from a file, else grep would find itself.
living() { { grep -lzxFs -f <(printf '%s\n' "$work/state") /proc/[0-9]*/cmdline || true; } | wc -l; }

"$example/up"
expect "up starts twelve on the old version" "12 1.0.0" "$(versions)"
expect "they answer healthy when up returns" '{"ApplicationHealthState":"Healthy"}' \
  "$(ask $((base + 11)) /health)"
before=$(cat "$work/state/"*.pid)
# An open pipe kept by a server would hang this; timeout ends the group.
expect "up again changes nothing and keeps no pipe open" "" "$(timeout 20 "$example/up")"
expect "the same processes run" "$before" "$(cat "$work/state/"*.pid)"

"$example/drain.sh" web-2 $((base + 2))
expect "drain.sh returns when drained" drained "$(ask $((base + 2)) /drain)"
"$example/undrain.sh" web-2 $((base + 2))
expect "undrain.sh puts back" serving "$(ask $((base + 2)) /drain)"

out=$(timeout --kill-after=1 20 "$example/reimage.sh" web-3 $((base + 3)) 2.0.0)
expect "reimage.sh says nothing" "" "$out"
expect "reimage.sh changes that one" "11 1.0.0 1 2.0.0" "$(versions)"
"$example/up"
expect "up leaves a newer one alone" "11 1.0.0 1 2.0.0" "$(versions)"
expect "twelve run, no more" 12 "$(living)"

"$example/up" phases
expect "up phases gives canaries a phase" 1 \
  "$(ask "$base" /health | grep -c 'PhaseOrderingNumber\\":1')"
"$example/reimage.sh" web-0 "$base" 2.0.0
until [[ $(ask "$base" /health) == *Healthy* ]]; do sleep 0.05; done
expect "a reimage keeps the phase" 1 \
  "$(ask "$base" /health | grep -c 'PhaseOrderingNumber\\":1')"

rm "$work/state/web-5.pid"
"$example/down"
expect "down leaves nothing, pid file or not" 0 "$(living)"
expect "down removes the state" "" "$(ls "$work")"
"$example/down"
"$example/drain.sh" web-2 $((base + 2)) # nothing runs, nothing to finish

mkdir -p "$work/state"
sleep 60 &
stranger=$!
echo "$stranger" >"$work/state/web-1.pid"
"$example/down"
expect "a stale pid file does not cost a stranger's process" "sleep" \
  "$(cat "/proc/$stranger/comm")"
kill "$stranger"

"$1" --id x --port $((base + 4)) --version 9 --state-dir "$work/other" &
other=$!
until [[ -e $work/other/x.pid ]]; do sleep 0.02; done
said=$("$example/up" 2>&1) && expect "up fails when a port is taken" failure success
expect "up names the port" \
  "up: web-4 cannot start: port $((base + 4)) is taken by another program" "$said"
expect "up ends what it started" 0 "$(living)"
kill "$other"
said=$("$example/up" nonsense 2>&1) && expect "up fails for an unknown list" failure success
expect "up names the list" 1 "$(grep -c 'there is no nonsense.list' <<<"$said")"

((failures == 0)) || exit 1
echo "all good"
