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

# Twelve ports in a row that nobody listens on; below those that clients get.
for ((attempt = 0; ; ++attempt)); do
  first_port=$((20000 + RANDOM % 10000))
  taken=0
  for ((i = 0; i < 12; ++i)); do
    if (: <"/dev/tcp/127.0.0.1/$((first_port + i))") 2>/dev/null; then taken=1; fi
  done
  ((taken)) || break
  ((attempt < 50)) || give_up "no twelve free ports in a row"
done
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
