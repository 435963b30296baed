#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# extensions.sh ID: prints the extensions that run, and their versions.
set -euo pipefail
# shellcheck source=examples/extension-upgrades/lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
(($# == 1)) || fail "usage: extensions.sh ID"

runs=()
for name in log_shipper disk_monitor; do
  extension_pid "$1" "$name" >/dev/null || continue
  read -r _ version <"$extensions/$1.$name.extension"
  runs+=("$name=$version")
done
printf '%s\n' "${runs[*]}"
