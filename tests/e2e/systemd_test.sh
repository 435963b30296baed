#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The example of units, with the systemd that runs here: one's own manager, or the
# machine's for root. systemd_scripts_test.sh does without.
if [[ ! -d /run/systemd/system ]]; then
  echo "skipped: systemd does not run here"
  exit 77
fi
if ((EUID == 0)); then manager=system; else manager=user; fi
manager=--${DRYDOCK_SYSTEMD_MANAGER:-$manager}
if ! units=$(systemctl "$manager" --no-pager --plain --no-legend list-units --all 'drydock-demo@*' 2>&1); then
  echo "skipped: no manager of systemd answers here: $units"
  exit 77
fi
if [[ $units ]]; then
  echo "skipped: units of the example are there already: examples/systemd/teardown ends them"
  exit 77
fi
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/systemd_lib.sh"
source "$here/watch_lib.sh"
trap '"$example/teardown" || true; clean_up' EXIT

good_upgrade
expect_eq "version.sh says so, too" 2.0.0 "$("$example/version.sh" demo-3 $((first_port + 3)))"
systemctl "$manager" stop drydock-demo@demo-3.service
status=0
"$example/health.sh" demo-3 $((first_port + 3)) || status=$?
expect_status "one that was stopped is unhealthy" 1
"$example/setup"
expect_eq "setup starts it again" "1 1.0.0 5 2.0.0" "$(answers /)"
"$example/teardown"
expect_eq "no unit is left" "" \
  "$(systemctl "$manager" --no-pager --plain --no-legend list-units --all 'drydock-demo@*')"
expect_nobody "the end"
finish
