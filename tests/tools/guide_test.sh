#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# guide_test.sh SOURCE COMPILER: the guide to embedding shows programs as they are, and
# the other pieces of C++ that documents show compile against the public headers and
# nothing else.
set -euo pipefail

source=$1
compiler=$2
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
failures=0
fail() {
  printf 'FAILED: %s\n' "$1" >&2
  sed 's/^/  /' >&2
  failures=$((failures + 1))
}

# split GUIDE FOLDER: each block of C++ in a file of its own. After
# `<!-- listing: PATH -->` it is NN.listing, with PATH in NN.path; one that declares
# something is NN.scope, all others NN.code. The first line tells where it stands.
split() {
  mkdir "$2"
  awk -v folder="$2" -v name="$(basename "$1")" '
    /^<!-- listing: .* -->$/ { listing = $3; next }
    /^```cpp$/ { inside = 1; first = NR + 1; text = ""; kind = ""; next }
    inside && /^```$/ {
      file = sprintf("%s/%02d.", folder, ++blocks)
      if (listing != "") {
        printf "%s", text >(file "listing")
        print listing >(file "path")
      } else {
        printf "#line %d \"%s\"\n%s", first, name, text >(file (kind == "" ? "code" : kind))
      }
      inside = 0
      listing = ""
      next
    }
    inside && text == "" && /^(#include|class|struct|drydock::task)/ { kind = "scope" }
    inside { text = text $0 "\n" }' "$1"
}

# What the pieces take for granted: the rest of a control plane.
prelude() {
  cat <<'END'
#include <drydock/coroutine.hpp>
#include <drydock/drydock.hpp>
#include <cassert>
#include <cstdio>
struct cloud_reply { bool ok, throttled; std::string text; };
struct cloud_client {
  template <class F> void replace(std::string_view, const drydock::value&, F then) { then(cloud_reply{}); }
  drydock::task<bool> replace_async(drydock::instance, drydock::action) { co_return true; }
};
struct load_balancer { bool drain(std::string_view); void add(std::string_view); };
struct registry { std::string version_of(std::string_view); };
struct job_list { void abort(std::string_view); };
struct health_table { bool is_serving(std::string_view); };
END
}

# program FOLDER: all pieces in one source; each piece of code is a function's body.
program() {
  local file
  prelude
  for file in "$1"/*.scope; do
    if [[ -e $file ]]; then cat "$file"; fi
  done
  for file in "$1"/*.code; do
    if [[ ! -e $file ]]; then continue; fi
    # What a piece declares itself hides the parameter of that name.
    printf '%s\n' "void piece_$(basename "$file" .code)([[maybe_unused]] drydock::upgrade_engine& engine," \
      '  [[maybe_unused]] drydock::scale_set_options& options, [[maybe_unused]] drydock::scale_set& set,' \
      '  [[maybe_unused]] drydock::change& change, [[maybe_unused]] drydock::upgrade& upgrade,' \
      '  [[maybe_unused]] drydock::simulated_spec& world) { {'
    cat "$file"
    printf '} }\n'
  done
}

# check GUIDE ROOT FOLDER: prints what is wrong.
check() {
  local file path
  split "$1" "$3"
  for file in "$3"/*.listing; do
    if [[ ! -e $file ]]; then continue; fi
    path=$(<"${file%listing}path")
    if [[ ! -e $2/$path ]]; then
      echo "there is no $path"
      continue
    fi
    diff --label "$path" --label "the guide" \
      <(grep -v 'SPDX-License-Identifier' "$2/$path") "$file" || true
  done
  program "$3" >"$3/all.cpp"
  "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -Wno-shadow -Wno-unused-variable \
    -I "$source/library/include" -I "$source/engine/include" -I "$source/rehearsal/include" \
    "$3/all.cpp" 2>&1 | head -n 40 || true
}

for document in docs/embedding.md docs/threads-and-lifetimes.md README.md; do
  wrong=$(check "$source/$document" "$source" "$work/${document//\//-}")
  if [[ -n $wrong ]]; then
    fail "$document" <<<"$wrong"
  fi
done
if ! grep -q '^<!-- listing: examples/embed/threads/main.cpp -->$' "$source/docs/embedding.md"; then
  fail "docs/embedding.md does not show the first program" </dev/null
fi

# The test itself finds a listing that is not the file, and a piece that does not compile.
mkdir "$work/tree"
printf '// SPDX-License-Identifier: Apache-2.0\nint main() {}\n' >"$work/tree/main.cpp"
cat >"$work/guide.md" <<'END'
<!-- listing: main.cpp -->
```cpp
int main() { }
```
```cpp
change.patches = 1;
```
END
wrong=$(check "$work/guide.md" "$work/tree" "$work/self")
for wanted in '> int main() { }' "guide.md:6:*patches"; do
  # shellcheck disable=SC2053
  if [[ $wrong != *$wanted* ]]; then
    fail "the test does not find: $wanted" <<<"$wrong"
  fi
done

((failures == 0)) || exit 1
echo "all good"
