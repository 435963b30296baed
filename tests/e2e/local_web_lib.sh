# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The example fleet of local web servers, in a copy of its own on ports of its own;
# sourced after lib.sh. Sets $example and $first_port.

export DRYDOCK_LOCAL_WEB_SERVER=${DRYDOCK_LOCAL_WEB_SERVER:?names the server of the example}
# shellcheck disable=SC2154 # lib.sh sets these
{
  export DRYDOCK_LOCAL_WEB_STATE=$work/state
  example=$work/local-web
  cp -r -- "$here/../../examples/local-web" "$example"
}
rm -rf -- "$example"/{.state,*.logs,*.lock,*.db*}

free_ports 12
export DRYDOCK_LOCAL_WEB_PORT=$first_port
sed -i "s/port = { from = 18080 }/port = { from = $first_port }/" "$example"/*.toml
grep -L "$first_port" "$example"/*.toml | grep . && give_up "a fleet file without the port to replace"

# answers PATH: what all twelve say, counted.
answers() {
  local i
  for ((i = 0; i < 12; ++i)); do
    curl -q --noproxy '*' -sS --max-time 10 "http://127.0.0.1:$((first_port + i))$1" || echo none
    echo
  done | grep . | sort | uniq -c | xargs
}
