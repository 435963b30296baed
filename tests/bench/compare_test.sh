#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# compare_test.sh COMPARE BIN: a tiny run of bench/compare/run. What is not there
# (Ansible, wrk) is left out, which it must say.
set -euo pipefail

compare=$1
bin=$2
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
failures=0
fail() {
  printf 'FAILED: %s\n' "$@" >&2
  failures=$((failures + 1))
}

# refuses WHAT SENTENCE ARGUMENT…
refuses() {
  local what=$1 sentence=$2 status=0
  shift 2
  "$compare" "$@" >"$work/out" 2>"$work/err" || status=$?
  [[ $status == 2 && ! -s $work/out && $(<"$work/err") == *"$sentence"* ]] \
    || fail "$what: exit 2 and a sentence" "status $status: $(<"$work/err")"
}

refuses "an unknown option" "unknown option --fast" --fast
refuses "an option without its value" "--rounds needs a value" --rounds
refuses "a wrong number" "--instances must be a whole number" --instances many
refuses "programs that are not built" "build it with ./dev build" --bin "$work"

status=0
"$compare" --bin "$bin" --server local_web_server --instances 4 --sleeps 4 --rounds 1 \
  --probe-seconds 0.2 --json >"$work/out" 2>"$work/err" || status=$?
[[ $status == 0 ]] || fail "a tiny run ends well" "status $status: $(<"$work/err")"

# shows WHAT FILTER
shows() {
  jq -e "$2" "$work/out" >/dev/null || fail "$1" "$(<"$work/out")"
}
shows "it is said what was measured" '.rounds == 1 and .server == "local_web_server"'
shows "both did the fleet" \
  '.fleet | .instances == 4 and .drydock.seconds > 0 and .xargs.seconds > 0
   and .ratios.drydockToXargs > 0'
# Four times 0.2 s, one in a batch: nobody can be quicker.
shows "both slept" \
  '.sleep | .instances == 4 and .drydock.seconds >= 0.8 and .xargs.seconds >= 0.8
   and .ratios.drydockToXargs > 0'
shows "every prober got answers" \
  '.probes | .connections == 4 and ([.perSecond[]] | length == 3 and all(. > 0))
   and .ratios.proberToBare > 0 and .ratios.proberToBarePoll > 0'
shows "the check of the example took its time" '.validate.milliseconds > 0'
if command -v ansible-playbook >/dev/null; then
  shows "Ansible did the fleet too" '.fleet | .ansible.seconds > 0 and .ratios.ansibleToDrydock > 1'
else
  shows "Ansible is left out" '.fleet | has("ansible") or (.ratios | has("ansibleToDrydock")) | not'
  grep -q 'install the Debian package ansible-core' "$work/err" \
    || fail "it is said that Ansible is missing" "$(<"$work/err")"
fi
grep -q 'wrk .*left out' "$work/err" || fail "it is said that wrk is left out" "$(<"$work/err")"

# The program of the probes by itself, where nobody answers.
status=0
"$bin/bench_probes" --port 1 --seconds 0.2 --connections 3 >"$work/out" 2>"$work/err" || status=$?
[[ $status == 1 && ! -s $work/out && $(<"$work/err") == *"did not answer 200"* ]] \
  || fail "probes without answers are no measurement" "status $status: $(<"$work/err")"

((failures == 0)) || exit 1
echo "all good"
