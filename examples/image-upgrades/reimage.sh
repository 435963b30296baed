#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# reimage.sh ID PORT VERSION: as that of ../local-web; but a version that ends in -bad
# does not start on web-2.
set -euo pipefail
folder=$(dirname -- "${BASH_SOURCE[0]}")
(($# == 3)) || exit 2
if [[ $3 == *-bad && $1 == web-2 ]]; then
  echo "$3 does not start on $1" >&2
  exit 1
fi
exec "$folder/../local-web/reimage.sh" "$@"
