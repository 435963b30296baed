# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A fleet of files that is repaired by commands; sourced after lib.sh.
# shellcheck disable=SC2154 # lib.sh sets what it needs
source "$here/keep_lib.sh"

# repairing COUNT GRACE-PERIOD ACTION: the file; who has a file ill.ID is ill.
repairing() {
  fleet "$1" "max_batch_instances = 1" "inspect = [\"echo\", \"2\"]
restart = [\"./step.sh\", \"{instance.id}\"]
create = [\"./step.sh\", \"{instance.id}\"]
delete = [\"./step.sh\", \"{instance.id}\"]" \
    | sed 's|^argv = .*|argv = ["test", "!", "-e", "ill.{instance.id}"]|'
  printf '[automatic_repairs]\nenabled = true\ngrace_period = "%s"\nrepair_action = "%s"\n' "$2" "$3"
}
# of EVENT FILTER: what the filter makes of each such event.
of() { jq -c "select(.event == \"$1\") | $2" "$work/events"; }
state_is() { [[ $("$drydock" repairs "$1" --json | jq -r .serviceState) == "$2" ]]; }
