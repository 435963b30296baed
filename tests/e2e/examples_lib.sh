# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Copies of the examples that use the servers of local-web, beside it; sourced after
# local_web_lib.sh.

# use_example NAME: sets $folder to its copy.
use_example() {
  # shellcheck disable=SC2154 # lib.sh sets these
  folder=$work/$1
  cp -r -- "$here/../../examples/$1" "$folder"
  rm -rf -- "$folder"/{.extensions,*.logs,*.lock,*.db*}
  # shellcheck disable=SC2154 # local_web_lib.sh sets it
  sed -i "s/port = { from = 18080 }/port = { from = $first_port }/" "$folder"/*.toml
}

# of EVENT FILTER: what the filter makes of each such event.
of() { jq -c "select(.event == \"$1\") | $2" "$work/events"; }
