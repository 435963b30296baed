#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# headers_test.sh: the public headers under strict warnings, by every C++ compiler
# that is here, as C++20 and C++23; without one of CAF, but for <drydock/actors.hpp>.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
includes=()
for folder in library engine rehearsal actors; do
  includes+=(-I "$tree/$folder/include")
done
{
  echo '#include <drydock/drydock.hpp>'
  echo '#include <drydock/coroutine.hpp>'
  echo 'int main() {}'
} >"$work/plain.cpp"
echo '#include <drydock/actors.hpp>' >"$work/actors.cpp"

compilers=0
for compiler in g++ clang++ g++-13 g++-14 clang++-15 clang++-16 clang++-19; do
  if ! command -v "$compiler" >/dev/null; then continue; fi
  compilers=$((compilers + 1))
  for standard in c++20 c++2b; do
    try "$compiler, $standard" "$compiler" -std=$standard -fsyntax-only "${warnings[@]}" \
      "${includes[@]}" "$work/plain.cpp" || true
  done
  try "$compiler, the actors" "$compiler" -std=c++20 -fsyntax-only "${warnings[@]}" \
    "${includes[@]}" "$work/actors.cpp" || true
done
if ((compilers == 0)); then fail "there is a compiler"; fi
if "$cxx" -std=c++20 -M "${includes[@]}" "$work/plain.cpp" \
  | grep -qE '/(caf|nlohmann|postgresql|toml\+\+)/|/(sqlite3|libpq-fe)\.h'; then
  fail "the headers show nothing of CAF, JSON, TOML, SQLite or libpq"
fi
finish
