#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# reimage.sh ID PORT VERSION ZONE: as ../local-web/reimage.sh, but version 2.0.0 is broken
# in zone 2.
set -euo pipefail
(($# == 4)) || { echo "usage: reimage.sh ID PORT VERSION ZONE" >&2; exit 1; }

version=$3
if [[ $3 == 2.0.0 && $4 == 2 ]]; then version=2.0.0-broken; fi
exec "$(dirname -- "${BASH_SOURCE[0]}")/../local-web/reimage.sh" "$1" "$2" "$version"
