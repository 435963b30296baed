# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The example fleet of hosts behind ssh, in a copy of its own on ports of its own;
# sourced after lib.sh. Sets $example, $first_port and $watched. Skips the test where
# there is no sshd, unless DRYDOCK_REQUIRE_SSHD is 1.

# shellcheck disable=SC2154 # lib.sh sets these
{
  if ! PATH=$PATH:/usr/sbin:/usr/local/sbin command -v "${DRYDOCK_SSHD:-sshd}" >/dev/null; then
    if [[ ${DRYDOCK_REQUIRE_SSHD-} == 1 ]]; then give_up "there is no sshd: install openssh-server"; fi
    echo "skipped: there is no sshd here; see 'Hosts behind ssh' in docs/testing.md"
    exit 77
  fi
  export DRYDOCK_LOCAL_WEB_SERVER=${DRYDOCK_LOCAL_WEB_SERVER:?names the server of the example}
  export XDG_RUNTIME_DIR=$work # for the sockets
  example=$work/ssh
  cp -r -- "$here/../../examples/ssh" "$here/../../examples/local-web" "$work"
  rm -rf -- "$example"/{.state,*.logs,*.lock,*.db*}
  watched=6
  free_ports $((2 * watched))
  jq --argjson first "$first_port" \
    'to_entries | map(.value + { port: ($first + .key), vars: { ssh_port: ($first + 6 + .key) } })' \
    "$here/../../examples/ssh/hosts.json" >"$example/hosts.json"
}

# answers PATH: what all six say, counted.
answers() {
  local i
  for ((i = 0; i < watched; ++i)); do
    curl -q --noproxy '*' -sS --max-time 10 "http://127.0.0.1:$((first_port + i))$1" || echo none
    echo
  done | grep . | sort | uniq -c | xargs
}

# on_machine COMMAND…: with what local/setup and local/teardown know.
# shellcheck disable=SC2016 # for the other shell
on_machine() { bash -c 'source "$0/local/lib.sh" && "$@"' "$example" "$@"; }

# sessions: the sshd processes of all hosts but the listeners, and what they run.
sessions() {
  local i listener
  for ((i = 0; i < watched; ++i)); do
    if listener=$(on_machine sshd_pid "host-$i"); then
      on_machine descendants "$listener" | tail -n +2
    fi
  done
}

# variant FROM TO [SCRIPT]: prints the fleet file for hosts that are there already, and
# another change, and with little patience; SCRIPT is for sed.
variant() {
  sed -e '/^setup\|^teardown/d' -e 's/initial = "1s"/initial = "200ms"/' -e "/^settings/{s/1\.0\.0/from/;s/2\.0\.0/to/;s/from/$1/;s/to/$2/}" \
    -e "${3-}" "$example/fleet.toml"
}
