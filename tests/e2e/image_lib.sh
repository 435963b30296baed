# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A fleet of five whose image follows the newest one, which the file newest tells;
# sourced after lib.sh.
# shellcheck disable=SC2154,SC2034 # lib.sh and its users set what it needs, and use what it sets
source "$here/keep_lib.sh"
cd "$work"

file=$work/fleet.toml
fleet 5 $'max_batch_instances = 1\nmax_unhealthy_upgraded_instance_percent = 40' $'inspect = ["cat", "version.{instance.id}"]\nlatest_image = ["cat", "newest"]' \
  | sed -e '/^\[change/,/^image/s/^image = .*/image = { version = "latest" }/' -e 's/^image = { version = "1" }/image = { version = "1.0.0" }/' >"$file"
# What is broken does not start; rolled back, it does.
cat >behave/reimage <<'END'
if [[ -e "broken.$DRYDOCK_INSTANCE.$2" ]]; then exit 1; fi
echo "$2" >"version.$DRYDOCK_INSTANCE"
END
for i in 0 1 2 3 4; do echo 1.0.0 >"version.web-$i"; done
versions() { cat version.web-* | sort | uniq -c | xargs; }
has_versions() { [[ $(versions) == "$1" ]]; }
said() { has_line "$work/err" "$1"; }
