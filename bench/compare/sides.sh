# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # run sets what is not set here
# How each side does the same work; sourced by run.
#
# The work: batches of 20 %; in each, one process for every instance, 20 at a time,
# and then one HTTP check of it, which must answer 200. drydock asks every instance
# once more, before it begins, since it upgrades nothing that it does not know.

# fleet_file INSTANCES PERCENT COMMAND
fleet_file() {
  cat <<END
[scale_set]
name = "compare"
orchestration_mode = "uniform"
[scale_set.model]
image = { version = "1" }
[scale_set.instances]
count = $1
id = "web-{index}"
port = ${port:-80}
[change]
image = { version = "2" }
[upgrade_policy]
mode = "rolling"
[upgrade_policy.rolling]
max_batch_instance_percent = $2
[health.application_health_extension]
protocol = "http"
request_path = "/health"
[driver]
kind = "command"
[driver.command]
reimage = $3
max_processes = 20
END
}

prepare_fleet() {
  local i
  fleet_file "$instances" 20 '["true"]' >"$work/fleet.toml"
  fleet_file "$sleeps" 10 '["sleep", "0.2"]' >"$work/sleep.toml"
  for ((i = 0; i < instances; ++i)); do
    echo "web-$i ansible_connection=local"
  done >"$work/hosts"
  # As quick as Ansible can be told to be: no facts, no search for Python.
  cat >"$work/ansible.cfg" <<END
[defaults]
inventory = $work/hosts
forks = 20
gathering = explicit
interpreter_python = /usr/bin/python3
host_key_checking = False
retry_files_enabled = False
local_tmp = $work/ansible
remote_tmp = $work/ansible
[connection]
pipelining = True
END
  cat >"$work/play.yml" <<END
- hosts: all
  connection: local
  gather_facts: false
  serial: "20%"
  max_fail_percentage: 20
  tasks:
    - ansible.builtin.command: "true"
    - ansible.builtin.uri:
        url: ${url:-}
END
}

by_drydock() { "$drydock" run --json --quiet "$1"; }

# check_drydock INSTANCES: what the last run said.
check_drydock() {
  jq -e --argjson n "$1" '.runningStatus.code == "Completed"
    and .progress.successfulInstanceCount == $n and .progress.failedInstanceCount == 0
    and .maxUnavailableInstanceCount <= ([$n / 5 | floor, 1] | max)' "$work/out" >/dev/null \
    || die "drydock did not upgrade all instances: $(cat "$work/out")"
}

by_ansible() { ANSIBLE_CONFIG=$work/ansible.cfg ansible-playbook "$work/play.yml"; }

check_ansible() {
  local good
  good=$(grep -c ': ok=2 .*unreachable=0 .*failed=0 ' "$work/out" || true)
  [[ $good == "$instances" ]] || die "Ansible did $good of $instances instances"
}

# by_xargs: two processes an instance, as few as it can be done with.
by_xargs() {
  local first i batch=$((instances / 5))
  if ((batch == 0)); then batch=1; fi
  for ((first = 0; first < instances; first += batch)); do
    for ((i = first; i < first + batch && i < instances; ++i)); do
      echo "web-$i"
    done | xargs -P 20 -n 1 true
    for ((i = first; i < first + batch && i < instances; ++i)); do
      echo "$url"
    done | xargs -P 20 -n 1 curl -q --noproxy '*' -fsS -o /dev/null
  done
}

fleet_round() {
  timed fleet drydock "$1" by_drydock "$work/fleet.toml"
  check_drydock "$instances"
  timed fleet xargs "$1" by_xargs
  if ((ansible && $1 <= ansible_rounds)); then
    timed fleet ansible "$1" by_ansible
    check_ansible
  fi
}

sleeps_by_xargs() {
  local first batch=$((sleeps / 10))
  if ((batch == 0)); then batch=1; fi
  for ((first = 0; first < sleeps; first += batch)); do
    seq "$((sleeps - first < batch ? sleeps - first : batch))" | xargs -P 20 -I '{}' sleep 0.2
  done
}

sleep_round() {
  timed sleep drydock "$1" by_drydock "$work/sleep.toml"
  check_drydock "$sleeps"
  timed sleep xargs "$1" sleeps_by_xargs
}

# probes_by SIDE ROUND
probes_by() {
  "$bin/bench_probes" --mode "$1" --port "$port" --path /health \
    --connections "$instances" --seconds "$probe_seconds" >"$work/out" 2>"$work/err" \
    || die "bench_probes --mode $1 failed: $(cat "$work/err")"
  record probes "$1" "$2" "$(jq .perSecond "$work/out")"
  record probeCpu "$1" "$2" "$(jq .cpuMicrosecondsPerProbe "$work/out")"
}

probes_round() {
  local side
  for side in prober bare bare-poll; do probes_by "$side" "$1"; done
  ((wrk)) || return 0
  wrk -c "$instances" -t 1 -d "$probe_seconds" "$url" >"$work/out" 2>&1 \
    || die "wrk failed: $(cat "$work/out")"
  if grep -q 'Non-2xx' "$work/out"; then die "wrk got other answers than 200"; fi
  record probes wrk "$1" "$(awk '/^Requests\/sec:/ { print $2 }' "$work/out")"
}

validate_round() {
  local i
  for ((i = 0; i < 7; ++i)); do
    timed validate drydock "$1" "$drydock" validate "$root/config/drydock.example.toml"
  done
}
