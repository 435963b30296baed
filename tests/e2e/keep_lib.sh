# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Watches of $file; sourced after lib.sh.
# shellcheck disable=SC2154 # lib.sh and its users set what it needs
source "$here/command_lib.sh"

# begin_watch [OPTION…]: with its events in $work/events alone.
begin_watch() {
  rm -f -- "$work/events"
  start watch "$file" --json --events "$work/events" "$@"
  wait_until "the watch has begun" has_line "$work/events" '"event"'
}
stop_watch() {
  kill -TERM "$pid"
  await
  expect_status "$1" 0
}
