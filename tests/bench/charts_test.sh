#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# charts_test.sh CHARTS SAMPLE: bench/charts draws the sample, or says what it lacks.
set -euo pipefail

charts=$1
sample=$2
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
  "$charts" --out "$work/none" "$@" >"$work/out" 2>"$work/err" || status=$?
  [[ $status == 2 && ! -e $work/none && $(<"$work/err") == *"$sentence"* ]] \
    || fail "$what: exit 2 and a sentence" "status $status: $(<"$work/err")"
}

refuses "no file" "name files with the JSON of bench_rollout"
refuses "a file that is not there" "cannot read $work/nothing" "$work/nothing"
if ! command -v gnuplot >/dev/null; then
  refuses "no gnuplot" "install the Debian package gnuplot-nox" "$sample"
  ((failures == 0)) || exit 1
  echo "all good, but gnuplot is missing: nothing was drawn"
  exit
fi
echo '{"instances": 1000}' >"$work/without"
refuses "measurements without floors" "no measurement with floors" "$work/without"
echo 'seconds: 3' >"$work/text"
refuses "a file of something else" "not the JSON of bench_rollout" "$work/text"

"$charts" --out "$work/out-folder" "$sample" >"$work/out" 2>"$work/err" \
  || fail "the sample is drawn" "$(<"$work/err")"
[[ ! -s $work/err ]] || fail "nothing is amiss" "$(<"$work/err")"

# draws NAME TEXT…: a chart with these texts in it, and a line for each series.
draws() {
  local file=$work/out-folder/$1.svg text
  shift
  [[ -s $file ]] || {
    fail "$file is there"
    return
  }
  [[ $(grep -c '</svg>' "$file") == 1 ]] || fail "$file is one picture"
  for text in instances "$@"; do
    grep -qF -- "$text" "$file" || fail "$file says '$text'"
  done
}
draws rollout-time seconds drydock 'CAF, resident' 'CAF, pooled' 'drydock plan'
draws rollout-memory 'peak RSS in MB' drydock 'CAF, resident' 'CAF, pooled'
draws rollout-ratios 'ratio' 'time / resident' 'time / pooled' 'memory / resident'

((failures == 0)) || exit 1
echo "all good"
