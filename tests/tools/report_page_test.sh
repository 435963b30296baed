#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# report_page_test.sh CHECK REPORT_PAGES: the pages of made reports in a browser: what
# does not fit, overlaps or is hard to read. Exits 77, which is no failure, where it
# finds no gnuplot, no node, no Chromium (CHROMIUM names another one) or no
# playwright-core (NODE_PATH says where).
set -euo pipefail

check=$1
report_pages=$2

lacks() {
  printf 'skipped: there is no %s\n' "$1"
  exit 77
}
browser=${CHROMIUM-}
for name in chromium chromium-browser google-chrome; do
  browser=${browser:-$(command -v "$name" || true)}
done
[[ -x $browser ]] || lacks Chromium
command -v gnuplot >/dev/null || lacks gnuplot
command -v node >/dev/null || lacks node
node -e 'require.resolve("playwright-core")' 2>/dev/null \
  || lacks "playwright-core: npm install it anywhere and set NODE_PATH to its node_modules"

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
"$report_pages" "$work"
# A wide heading must be found, or the check finds nothing at all.
mkdir "$work/broken"
sed 's|<main>|<main><h2 style="white-space:nowrap;width:3000px;color:#777">too wide and too pale</h2>|' \
  "$work/one.html" >"$work/broken/one.html"
if node "$check" "$browser" "$work/broken/one.html" >"$work/out" 2>&1; then
  printf 'FAILED: a page that is broken passes\n' >&2
  exit 1
fi
for finding in 'scrolls sideways' 'has a contrast of'; do
  grep -qF -- "$finding" "$work/out" || {
    printf 'FAILED: it does not say "%s":\n%s\n' "$finding" "$(<"$work/out")" >&2
    exit 1
  }
done
exec node "$check" "$browser" "$work"/*.html
