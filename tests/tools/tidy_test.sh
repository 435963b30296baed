#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tidy_test.sh TIDY: each rule of tools/tidy against a small tree that breaks it,
# and what looks like a breach but is none.
set -euo pipefail
# So that checks at the end of a pipe count in this shell.
shopt -s lastpipe

tidy=$1
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
tree=$work/tree
failures=0
checks=0

# A tree without findings; each check adds one file to it.
fresh() {
  rm -rf -- "$tree"
  mkdir -p "$tree"/{engine/include/drydock/engine,engine/src,drivers/src,cli/src,docs}
  cpp '#pragma once' '' 'namespace drydock::engine {' 'int add(int a, int b);' '}' \
    >"$tree/engine/include/drydock/engine/add.hpp"
  cpp '#include "drydock/engine/add.hpp"' '' '#include <vector>' '' \
    'int drydock::engine::add(int a, int b) { return a + b; }' >"$tree/engine/src/add.cpp"
  # shellcheck disable=SC2016
  printf '# A title\n\n```sh\n# no title\n```\n' >"$tree/docs/page.md"
  printf '# SPDX-License-Identifier: Apache-2.0\nadd_library(x x.cpp)\n' >"$tree/CMakeLists.txt"
  printf '#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\necho hello\n' >"$tree/run"
}
# cpp LINE…: a source file with these lines from line 2 on.
cpp() { printf '%s\n' '// SPDX-License-Identifier: Apache-2.0' "$@"; }
repeat() { # COUNT TEXT
  local i
  for ((i = 0; i < $1; ++i)); do printf '%s\n' "$2"; done
}

verdict() { # NAME WANTED_STATUS WANTED_OUTPUT STATUS OUTPUT
  checks=$((checks + 1))
  if [[ $2 == "$4" && $3 == "$5" ]]; then return 0; fi
  printf 'FAILED: %s\n  wanted (%s): %s\n  got (%s):    %s\n' "$1" "$2" "$3" "$4" "$5" >&2
  failures=$((failures + 1))
}
# finds PATH LINE TEXT <content: exactly one finding, there, which has TEXT in it.
finds() {
  local out status=0
  fresh
  mkdir -p "$(dirname -- "$tree/$1")"
  cat >"$tree/$1"
  out=$("$tidy" "$tree") || status=$?
  if [[ $out == "$1:$2: "*"$3"* && $out != *$'\n'* ]]; then out=found; fi
  verdict "$1 breaks: $3" 1 found "$status" "$out"
}
# passes NAME PATH <content
passes() {
  local out status=0
  fresh
  mkdir -p "$(dirname -- "$tree/$2")"
  cat >"$tree/$2"
  out=$("$tidy" "$tree") || status=$?
  verdict "$1" 0 "" "$status" "$out"
}

fresh
verdict "a clean tree has no findings" 0 "" 0 "$("$tidy" "$tree" 2>&1)"

# Layers.
cpp '#include "drydock/config/load.hpp"' | finds engine/src/a.cpp 2 'must not include drydock/config/'
cpp '#include "drydock/actors/shard.hpp"' | finds journal/src/a.cpp 2 'drydock/actors/'
cpp '#include <sqlite3.h>' | finds journal/src/a.cpp 2 'journal/ must not include sqlite3.h'
cpp '#include "drydock/engine/add.hpp"' | passes "the journal knows the engine" journal/src/a.cpp
cpp '' '#include <uv.h>' | finds engine/src/a.cpp 3 'engine/ must not include uv.h'
cpp '#include <nlohmann/json.hpp>' | finds engine/src/a.cpp 2 'must not include nlohmann'
cpp '#include "missing.hpp"' | finds engine/src/a.cpp 2 'must not include missing.hpp'
cpp '#include <curl/curl.h>' | finds config/src/a.cpp 2 'must not include curl/curl.h'
cpp '#include "drydock/actors/shard.hpp"' | finds store/src/a.cpp 2 'must not include drydock/actors/'
cpp '#include <nlohmann/json.hpp>' | finds store/src/a.cpp 2 'store/ must not include nlohmann'
cpp '#include <drydock/drydock.hpp>' | finds actors/src/a.cpp 2 'must not include drydock/drydock.hpp'
cpp '#include "drydock/protocol/effects.hpp"' | finds config/src/a.cpp 2 'drydock/protocol/'
cpp '// as caf::actor does' | finds engine/src/a.cpp 2 'never mentions CAF'
cpp '// see caf/actor.hpp' | finds config/src/a.cpp 2 'never mentions CAF'
cpp '#include <caf/actor.hpp>' | finds drivers/src/a.cpp 2 'must not include caf/actor.hpp'
cpp '#include "drydock/actors/shard.hpp"' | finds drivers/src/a.cpp 2 'drydock/actors/'
cpp '#include "drydock/config/load.hpp"' | finds actors/src/a.cpp 2 'drydock/config/'
cpp '#include "drydock/drivers/probers.hpp"' | finds actors/src/a.cpp 2 'drydock/drivers/'
cpp '#include <caf/all.hpp>' | finds actors/src/a.cpp 2 'not all of them'
cpp '#include <toml++/toml.h>' '#include "drydock/engine/add.hpp"' '#include "drydock/config/a.hpp"' \
  | passes "config reads TOML and knows the engine" config/src/a.cpp
cpp '#include <caf/actor.hpp>' '#include "drydock/protocol/effects.hpp"' \
  | passes "actors know CAF and the protocol" actors/src/a.cpp
cpp '#include <uv.h>' '#include <sys/wait.h>' '#include "drydock/protocol/effects.hpp"' \
  | passes "drivers know libraries and the protocol" drivers/src/a.cpp
cpp '#include <caf/actor.hpp>' '#include "drydock/drivers/probers.hpp"' \
  '#include "drydock/config/load.hpp"' | passes "the program knows all" cli/src/a.cpp

# Calls.
for call in 'auto t = std::chrono::system_clock::now();' 'std::chrono::steady_clock::time_point t;'; do
  cpp "$call" | finds engine/src/a.cpp 2 'does not ask'
done
for call in 'std::random_device d;' 'int x = rand();' 'std::srand(1);' 'std::mt19937_64 g;'; do
  cpp "$call" | finds engine/src/a.cpp 2 'no randomness'
done
for call in 'std::thread t;' 'std::mutex m;'; do
  cpp "$call" | finds engine/src/a.cpp 2 'no threads'
done
for call in 'auto* f = fopen("x", "r");' 'std::ifstream f("x");' 'auto* x = std::getenv("X");'; do
  cpp "$call" | finds engine/src/a.cpp 2 'no files'
done
cpp 'std::mutex m;' | finds journal/src/a.cpp 2 'no threads'
cpp 'self->request(x, caf::infinite, y);' | finds cli/src/a.cpp 2 'finite timeout'
cpp 'out << std::endl;' | finds drivers/src/a.cpp 2 'flush'
cpp 'std::this_thread::sleep_for(1s);' | finds drivers/src/a.cpp 2 'nothing but timers'
cpp 'sys.spawn<caf::detached>(f);' | finds actors/src/a.cpp 2 'virtual time'
for call in 'system("ls");' '  return std::system(text);' 'if (system (x) == 0)' 'x = ::system(y);'; do
  cpp "$call" | finds cli/src/a.cpp 2 'without a shell'
done
cpp 'sys.spawn<caf::detached>(f);' | passes "drivers may have threads" drivers/src/a.cpp
cpp 'auto& s = self->system();' 'caf::actor_system system(cfg);' 'run_system(x);' \
  | passes "an actor system is no shell" actors/src/a.cpp
cpp 'int operand(int);' 'int brand(int);' 'int my_steady_clocks;' \
  | passes "words that only contain a banned one" engine/src/a.cpp
cpp '// never rand() or std::endl' '/* std::mutex' '   std::thread */' \
  'auto a = "std::endl // rand()";' "auto b = '\"'; // std::endl" \
  'auto c = R"(' 'std::ifstream "' ')";' \
  | passes "comments and literals call nothing" engine/src/a.cpp
cpp 'auto n = 1'\''000; std::mutex m;' | finds engine/src/a.cpp 2 'no threads'
cpp 'auto c = R"x(" )" )x"; std::mutex m;' | finds engine/src/a.cpp 2 'no threads'
cpp 'std::mutex m; std::this_thread::sleep_for(1s);' 'int x = rand();' \
  | passes "tests may" tests/unit/a.cpp

# Lengths. A function of N lines has N - 2 in its body.
cpp "$(repeat 399 'int x;')" | passes "a file of 400 lines" cli/src/a.cpp
cpp "$(repeat 400 'int x;')" | finds cli/src/a.cpp 401 'has 401 lines'
{
  printf '#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n'
  repeat 399 'echo'
} | finds tools/long 401 'has 401 lines'
cpp 'void f() {' "$(repeat 58 '  g();')" '}' | passes "a function of 60 lines" cli/src/a.cpp
cpp 'void f() {' "$(repeat 59 '  g();')" '}' | finds cli/src/a.cpp 2 'has 61 lines'
cpp '' 'std::map<int, std::function<void()>>' 'f(int a, // {' '  int b) const {' \
  "$(repeat 58 '  g();')" '}' | finds cli/src/a.cpp 3 'has 62 lines'
cpp 'namespace a {' 'class b : public c {' 'public:' '  int f(std::vector<int> x = {}) override {' \
  "$(repeat 59 '    g();')" '  }' '};' '}' | finds cli/src/a.cpp 5 'has 61 lines'
cpp 'a::a(int x)' '  : b(x), c_{x}, d_{1, {2}} {' "$(repeat 59 '  g();')" '}' \
  | finds cli/src/a.cpp 2 'has 62 lines'
cpp 'bool operator==(const a& x, const a& y) {' "$(repeat 59 '  if (x) { g(); }')" '}' \
  | finds cli/src/a.cpp 2 'has 61 lines'
cpp 'TEST_CASE("a sentence") {' "$(repeat 59 '  CHECK(true);')" '}' \
  | finds tests/unit/a.cpp 2 'has 61 lines'
cpp 'namespace {' "$(repeat 70 'int x;')" '}' 'struct b {' "$(repeat 70 '  int x{};')" '};' \
  'const int t[] = {' "$(repeat 70 '  f(1),')" '};' 'enum class e : int {' "$(repeat 70 '  x,')" '};' \
  | passes "long scopes and tables are no functions" cli/src/a.cpp
cpp 'void f() {' "$(repeat 40 '  g("}");')" '}' '#define X {' 'void h() {' "$(repeat 40 "  g('{');")" '}' \
  | passes "braces in literals and directives open nothing" cli/src/a.cpp

# Headers, leftovers, documents.
printf 'int x;\n' | finds cli/src/a.cpp 1 'SPDX'
printf '#!/bin/sh\necho\n' | finds tools/x 1 'SPDX'
printf 'add_test(x)\n' | finds cli/CMakeLists.txt 1 'SPDX'
cpp 'int x;' | finds cli/src/a.hpp 1 '#pragma once'
: | finds cli/src/a.cpp 1 'empty'
left=TO left+=DO
cpp "int x; // $left: more" | finds cli/src/a.cpp 2 'leftover'
fix=FIX fix+=ME
printf '# A title\n\n%s this\n' "$fix" | finds docs/b.md 3 'leftover'
marks=XX marks+=X
printf '# SPDX-License-Identifier: Apache-2.0\n# %s\n' "$marks" | finds cmake/a.cmake 2 'leftover'
printf '#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\nmktemp -d /tmp/a.XXXXXX\n' \
  | passes "a pattern for mktemp is no leftover" tools/x
place=/ho place+=me/me/x
cpp "auto p = \"$place\";" | finds cli/src/a.cpp 2 'one machine'
printf '[a]\nb = "%s"\n' "$place" | finds examples/a.toml 2 'one machine'
printf '# A\n\nSee https://example.org%s and docs%s.\n' "$place" "$place" \
  | passes "a part of an address is no local path" docs/b.md
printf 'text\n' | finds docs/b.md 1 'no title'
printf '# A\n\n## B\n\n# C\n' | finds docs/b.md 5 'second title'

# What is not ours is not looked at, and the tree has a name.
printf 'int x;\n' | passes "a build folder is not looked at" build/release/a.cpp
mkdir "$work/nothing"
verdict "a folder without files is a mistake" 2 "" \
  "$("$tidy" "$work/nothing" >"$work/out" 2>/dev/null && echo 0 || echo $?)" "$(<"$work/out")"
fresh
cpp 'int x = rand();' 'std::mutex m;' >"$tree/engine/src/b.cpp"
cpp 'std::mutex m;' >"$tree/engine/src/a.cpp"
verdict "findings are sorted by file and line" "" \
  "engine/src/a.cpp:2 engine/src/b.cpp:2 engine/src/b.cpp:3" "" \
  "$({ "$tidy" "$tree" || true; } | cut -d : -f 1,2 | xargs)"

printf '%d checks, %d failed\n' "$checks" "$failures"
((failures == 0 && checks > 70))
