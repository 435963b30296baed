#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The example of guards: a command, and a Prometheus that runs for this test alone.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/local_web_lib.sh"
source "$here/examples_lib.sh"

use_example guard
run run "$folder/fleet.toml" --json --events "$work/events"
expect_status "fleet.toml" 0
expect_json "fleet.toml: all are upgraded" "$work/out" .progress.successfulInstanceCount 12
expect_eq "fleet.toml: the guard held all the while" "" "$(of guard_changed 'select(.state != "holds")')"
# More than there are: no batch begins, and status says why.
sed 's/"10"\]/"13"]/' "$folder/fleet.toml" >"$folder/never.toml"
start run "$folder/never.toml" --quiet --json --events "$work/events"
wait_until "the guard is in the way" has_line "$work/events" '12 servers serve, and 13 are to'
"$drydock" status "$folder/never.toml" >"$work/out2"
expect_contains "never.toml: status" "$(<"$work/out2")" "guard serving"
"$drydock" cancel "$folder/never.toml" 2>>"$work/err2"
await
expect_status "never.toml, cancelled" 5
expect_json "never.toml: nobody was touched" "$work/out" '[.progress[]]' '[0,0,0,12,0]'
expect_nobody "guard by command"

prometheus=${DRYDOCK_PROMETHEUS:-$(command -v prometheus || true)}
if [[ -z $prometheus ]]; then
  if [[ ${DRYDOCK_REQUIRE_PROMETHEUS-} == 1 ]]; then give_up "there is no prometheus: install it, or name one in DRYDOCK_PROMETHEUS"; fi
  ((failures == 0)) || exit 1
  echo "skipped: the guard that asks Prometheus; put prometheus in the PATH or name it in DRYDOCK_PROMETHEUS"
  exit 77
fi

port=$((first_port + 13))
sed -i "s/127.0.0.1:9090/127.0.0.1:$port/" "$folder"/prometheus.{yml,toml}
(cd -- "$work" && exec "$prometheus" --config.file="$folder/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
  --web.listen-address="127.0.0.1:$port") >"$work/prometheus.log" 2>&1 &
server=$!
# query TEXT: the values that Prometheus gives.
query() {
  curl -q --noproxy '*' -sS -G --max-time 5 --data-urlencode "query=$1" "http://127.0.0.1:$port/api/v1/query" 2>/dev/null \
    | jq -r '.data.result[].value[1]' 2>/dev/null
}
is_scraped() { [[ $(query 'min(up)') == 1 ]]; }
wait_until "Prometheus has scraped itself" is_scraped
run run "$folder/prometheus.toml" --json --events "$work/events"
expect_status "prometheus.toml" 0
expect_eq "prometheus.toml: the guard held all the while" "" "$(of guard_changed 'select(.state != "holds")')"

# A target that is down, a metric that is not there, a query that is wrong.
fails() {
  sed "s/^query = .*/query = '$1'/" "$folder/prometheus.toml" >"$folder/fails.toml"
  run run "$folder/fails.toml" --json --events "$work/events"
  expect_status "$1" 4
  expect_json "$1: why" "$work/out" ".error.code, (.error.message | contains(\"$2\")), .progress.pendingInstanceCount" "$3"
}
expect_faulted() { fails "$1" "$2" $'"GuardFailed"\ntrue\n12'; }
expect_faulted 'min(up) == bool 0' "the value is 0"
expect_faulted 'no_such_metric' "the result has no samples"
expect_faulted 'min(up' "Prometheus says:"

# It goes away while the upgrade runs.
start run "$folder/prometheus.toml" --quiet --json --events "$work/events"
wait_until "the first batch runs" has_line "$work/events" '"event":"batch_started"'
kill "$server"
wait "$server" || true
await
expect_status "without its Prometheus" 4
expect_json "without its Prometheus: why" "$work/out" '.error.message | contains("Prometheus does not answer")' true
"$example/down"
wait_until "nobody is left" nobody_lives
finish
