# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The example fleet of units, in a copy of its own on ports of its own; sourced after
# lib.sh and before watch_lib.sh. Sets $example, $first_port and $watched.

# shellcheck disable=SC2154 # lib.sh sets these
{
  export DRYDOCK_LOCAL_WEB_SERVER=${DRYDOCK_LOCAL_WEB_SERVER:?names the server of the example}
  example=$work/systemd
  cp -r -- "$here/../../examples/systemd" "$work"
  rm -rf -- "$example"/{*.logs,*.lock,*.db*}
  watched=6
  free_ports "$watched"
  export DRYDOCK_SYSTEMD_PORT=$first_port
  sed -i "s/port = { from = 18480 }/port = { from = $first_port }/" "$example/fleet.toml"
}

# answers PATH: what all six say, counted.
answers() {
  local i
  for ((i = 0; i < watched; ++i)); do
    curl -q --noproxy '*' -sS --max-time 10 "http://127.0.0.1:$((first_port + i))$1" 2>/dev/null || echo none
    echo
  done | grep . | sort | uniq -c | xargs
}

# good_upgrade: from nothing to nothing; then once more, watched from outside, with the
# fleet left as it is.
good_upgrade() {
  run run "$example/fleet.toml" --json
  expect_status "fleet.toml" 0
  expect_json "fleet.toml: the summary" "$work/out" \
    '[.runningStatus.code, (.progress[]), .maxUnavailableInstanceCount <= 2, .error]' \
    '["Completed",6,0,0,0,0,true,null]'
  expect_json "fleet.toml: the batches" "$work/out" '[.batches[].instances]' \
    '[["demo-0","demo-1"],["demo-2","demo-3"],["demo-4","demo-5"]]'
  expect_eq "nothing answers after the teardown" "6 none" "$(answers /)"
  "$example/setup"
  expect_eq "setup starts the old release" "6 1.0.0" "$(answers /)"
  watch_begins
  run run "$example/fleet.toml" --json --keep
  watch_ends
  expect_status "a fleet that runs already" 0
  expect_eq "all serve the new release" "6 2.0.0" "$(answers /)"
  expect_at_most_down 2
}
