#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A command that takes too long goes, with all that it started.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/command_lib.sh"
cd /

# SIGTERM is enough for most; who ignores it has 10 seconds. Both at the same time.
behave reimage.web-0 'sleep 600 & sleep 600'
automatic 1 'timeout = "300ms"' >"$work/polite.toml"
sed 's/count = 1/count = 1\nid = "deaf-{index}"/' "$work/polite.toml" >"$work/deaf.toml"
# shellcheck disable=SC2016 # for the command
behave reimage.deaf-0 'trap "" TERM; (while :; do sleep 0.1; done)'

begin=$SECONDS
"$drydock" run "$work/deaf.toml" --json >"$work/deaf.out" 2>"$work/deaf.err" &
deaf=$!
run run "$work/polite.toml" --json
expect_status "a timeout" 3
expect_json "its code" "$work/out" '.error.details | map([.code, .target])' \
  '[["ActionTimedOut","web/virtualMachines/web-0"]]'
expect_eq "it is not tried again" "begin reimage web-0 1" "$(grep web-0 "$work/log")"

# With retry_timeouts it is.
automatic 1 'timeout = "300ms"
retry_timeouts = true
max_attempts = 2
backoff = { initial = "20ms", max = "20ms" }' >"$work/retry.toml"
run run "$work/retry.toml" --json
expect_status "a timeout that is tried again" 3
expect_json "its code after all" "$work/out" '.error.details | map(.code)' '["ActionTimedOut"]'
expect_eq "two attempts" 1 "$(logged 'begin reimage web-0 2')"

pid=$deaf
await
mv "$work/deaf.out" "$work/out"
expect_status "one that ignores SIGTERM" 3
expect_json "one that ignores SIGTERM: its code" "$work/out" '.error.details | map(.code)' \
  '["ActionTimedOut"]'
if ((SECONDS - begin < 9)); then fail "it has 10 seconds before SIGKILL"; fi
expect_nobody "the end"
finish
