# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the tests of the program share; sourced, not run.
#
# DRYDOCK_PROGRAM is the program. Everything happens in $work, which goes at the
# end together with every process that was started in it.
set -euo pipefail

# shellcheck disable=SC2034 # for those that source this
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
drydock=$(realpath -- "${DRYDOCK_PROGRAM:?names the program to test}")
work=$(realpath -- "$(mktemp -d)")
failures=0

# living: the processes that belong to this test, by what they were called with
# or where they run, on one line; this shell and its forks are none of them.
living() (
  cd /
  declare -A found=()
  while read -r place; do
    if ! cmp -s "$place/cmdline" /proc/$$/cmdline; then found[${place#/proc/}]=1; fi
  done < <(
    find /proc -maxdepth 2 -name cwd -lname "$work*" -printf '%h\n' 2>/dev/null
    # The text comes from a file, else grep would find itself.
    grep -lF -f <(echo "$work") /proc/[0-9]*/cmdline 2>/dev/null | sed 's|/cmdline$||'
  )
  echo "${!found[*]}"
)

clean_up() {
  local -a pids
  read -r -a pids <<<"$(living)"
  if ((${#pids[@]})); then kill -KILL "${pids[@]}" 2>/dev/null || true; fi
  rm -rf -- "$work"
}
trap clean_up EXIT

# fail WHAT [DETAIL…]: counts and goes on, so that one run shows everything.
fail() {
  printf 'FAILED: %s\n' "$1" >&2
  shift
  (($#)) && printf '  %s\n' "$@" >&2
  failures=$((failures + 1))
}

# give_up WHAT: what follows would make no sense.
give_up() {
  fail "$@"
  exit 1
}

finish() {
  ((failures == 0)) || exit 1
  echo "all good"
}

# run ARGUMENT…: the program's output goes to $work/out and $work/err, its exit
# status to $status.
run() {
  status=0
  timeout -k 5 "${run_timeout:-120}" "$drydock" "$@" >"$work/out" 2>"$work/err" || status=$?
}

# start ARGUMENT…: the same in the background; $pid is the program itself.
start() {
  "$drydock" "$@" >"$work/out" 2>"$work/err" &
  pid=$!
}

# await: waits for what `start` started; its exit status is in $status then.
await() {
  status=0
  wait_until "process $pid ends" gone "$pid"
  wait "$pid" || status=$?
}

# killed [FILE]: kill -9 of the program that `start` started; its exit status is in
# $status then. A command that it was about to start may hold the lock of FILE ($file)
# for a moment: that is waited for.
killed() {
  local lock=${1:-${file-}}.lock
  kill -KILL "$pid" 2>/dev/null || true
  status=0
  { wait "$pid" || status=$?; } 2>/dev/null
  if [[ -e $lock ]]; then wait_until "the lock of one that was killed is free" flock -n "$lock" true; fi
}

# gone PID: it has ended, reaped or not.
gone() {
  local state
  state=$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null) || return 0
  [[ $state == Z ]]
}

# wait_until WHAT COMMAND…: looks every 20 ms, for a minute.
wait_until() {
  local what=$1 round
  shift
  for ((round = 0; round < 3000; ++round)); do
    if "$@"; then return 0; fi
    sleep 0.02
  done
  give_up "waited a minute: $what" "err: $(tail -n 5 "$work/err" 2>/dev/null)"
}

has_line() { grep -qF -- "$2" "$1" 2>/dev/null; }

expect_eq() {
  [[ $2 == "$3" ]] || fail "$1" "wanted: $2" "got:    $3"
}

# expect_status WHAT WANTED: of the last `run` or `await`.
expect_status() {
  [[ $status == "$2" ]] || fail "$1: exit status" "wanted: $2" "got:    $status" \
    "err: $(head -n 20 "$work/err")"
}

# expect_contains WHAT TEXT PART…
expect_contains() {
  local what=$1 text=$2 part
  shift 2
  for part in "$@"; do
    [[ $text == *"$part"* ]] || fail "$what" "wanted: …$part…" "got:    $text"
  done
}

# expect_lacks WHAT TEXT PART
expect_lacks() {
  [[ $2 != *"$3"* ]] || fail "$1" "unwanted: $3" "got:      $2"
}

# expect_matches WHAT PATTERN TEXT: the whole text, an extended expression.
expect_matches() {
  [[ $3 =~ ^($2)$ ]] || fail "$1" "wanted: $2" "got:    $3"
}

# expect_json WHAT FILE FILTER WANTED: what the filter makes of the file.
expect_json() {
  expect_eq "$1" "$(jq -c . <<<"$4")" "$(jq -c "$3" "$2" 2>&1)"
}

expect_nobody() {
  expect_eq "$1: no process is left" "" "$(living)"
}

nobody_lives() { [[ -z $(living) ]]; }

# free_ports COUNT: sets first_port to the first of so many in a row that nobody
# listens on; below those that clients get.
free_ports() {
  local attempt i taken
  for ((attempt = 0; attempt < 50; ++attempt)); do
    first_port=$((20000 + RANDOM % 10000))
    taken=0
    for ((i = 0; i < $1; ++i)); do
      if (: <"/dev/tcp/127.0.0.1/$((first_port + i))") 2>/dev/null; then taken=1; fi
    done
    ((taken)) || return 0
  done
  give_up "no $1 free ports in a row"
}
