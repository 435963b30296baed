# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the tests of the package share; sourced, not run.
#
# DRYDOCK_SOURCE is the tree, DRYDOCK_BUILD the build it is tested in, DRYDOCK_CMAKE,
# DRYDOCK_CXX and DRYDOCK_CXX_FLAGS what that build is made with: what links a
# library with sanitizers needs them as well.
set -euo pipefail

# shellcheck disable=SC2034 # for those that source this
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
tree=${DRYDOCK_SOURCE:?names the source tree}
build=${DRYDOCK_BUILD:?names the build folder}
cmake=${DRYDOCK_CMAKE:-cmake}
cxx=${DRYDOCK_CXX:-c++}
read -r -a flags <<<"${DRYDOCK_CXX_FLAGS-}"
work=$(realpath -- "$(mktemp -d)")
trap 'rm -rf -- "$work"' EXIT
failures=0

# Nothing of the caller's may decide what is found.
unset CMAKE_BUILD_TYPE CMAKE_PREFIX_PATH PKG_CONFIG_PATH LD_LIBRARY_PATH LIBRARY_PATH CPATH

# fail WHAT [DETAIL…]: counts and goes on, so that one run shows everything.
fail() {
  printf 'FAILED: %s\n' "$1" >&2
  shift
  if (($#)); then printf '  %s\n' "$@" >&2; fi
  failures=$((failures + 1))
}

# try WHAT COMMAND …: it must succeed; what it says is in $work/log.
try() {
  local what=$1
  shift
  if "$@" >"$work/log" 2>&1; then return 0; fi
  fail "$what" "$*"
  head -n 40 "$work/log" >&2
  return 1
}

# refuse WHAT TEXT COMMAND …: it must fail, and say TEXT.
refuse() {
  local what=$1 text=$2
  shift 2
  if "$@" >"$work/log" 2>&1; then
    fail "$what: it succeeds" "$*"
  elif ! grep -qF -- "$text" <<<"$(tr -s ' \n' ' ' <"$work/log")"; then
    fail "$what: it does not say \"$text\"" "$*"
    head -n 20 "$work/log" >&2
  fi
}

# configure SOURCE BUILD [ARGUMENT…]: a project of somebody else.
configure() {
  "$cmake" -S "$1" -B "$2" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" \
    -DCMAKE_CXX_FLAGS="${flags[*]}" "${@:3}"
}

finish() {
  ((failures == 0)) || exit 1
  echo "all good"
}
