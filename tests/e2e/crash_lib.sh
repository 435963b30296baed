# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Upgrades that are cut short; sourced after command_lib.sh.

# shellcheck disable=SC2154 # lib.sh sets these
file=$work/fleet.toml

# forget: no upgrade, no store, nothing logged.
forget() {
  anew
  rm -rf -- "$file".*
}

# told_step ACTION INSTANCE: the events tell that it has begun; it is written down then.
told_step() {
  [[ -n $(jq -c "select(.event == \"action_started\" and .action == \"$1\" and .instance == \"$2\")" "$work/events" 2>/dev/null) ]]
}

# cut_short [OPTION…]: a run is killed while its action on web-1 waits for `go`; then
# the action goes to its end on its own.
cut_short() {
  # shellcheck disable=SC2154 # command_lib.sh sets it
  behave reimage.web-1 "$hold"
  start run "$file" --quiet --events "$work/events" "$@"
  wait_until "web-1 is worked on" has_logged '^begin reimage web-1'
  wait_until "that is written down" told_step reimage web-1
  killed
  behave reimage.web-1
  touch "$work/go"
  wait_until "what it left ends" nobody_lives
}

# expect_refused WHAT PART…: of the last `run`: exit status 2, nothing on standard
# output, all parts in the message.
expect_refused() {
  expect_status "$1" 2
  expect_eq "$1: nothing on standard output" "" "$(<"$work/out")"
  expect_contains "$1: why" "$(<"$work/err")" "${@:2}"
}

# newest FILTER: of what the store of $file knows of its newest upgrade.
newest() { "$drydock" history "$file.db" --json | jq -r ".[0] | $1"; }
