#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# api_documented_test.sh SOURCE: every public name has a `///`, the pages are made
# without a warning, and they are made of every header that a public one includes.
set -euo pipefail

source=$1
if ! command -v doxygen >/dev/null; then
  echo "skipped: there is no doxygen here"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
failures=0
fail() {
  printf 'FAILED: %s\n' "$1" >&2
  sed 's/^/  /' >&2
  failures=$((failures + 1))
}
# names XML: what lacks a comment, by place.
names() {
  LC_ALL=C awk -f "$source/tests/tools/api_undocumented.awk" "$1"/*.xml | sort -t : -k 1,1 -k 2,2n
}

# The checker itself: what it must find, and what it must let pass.
mkdir "$work/own"
cat >"$work/own/sample.hpp" <<'END'
/// A namespace.
namespace sample {
struct no_comment {};
/// A class.
class shown {
public:
  shown() = default;
  shown(const shown& other);
  shown(shown&& other) noexcept;
  shown& operator=(const shown&) = delete;
  ~shown();
  explicit shown(int x);
  int bare() const;
  int field = 0;
  int trailing = 0; ///< Has one.
  friend bool operator==(const shown&, const shown&) = default;
private:
  int hidden_ = 0;
};
enum class mood { good, bad /**< Has one. */ };
using alias = int;
/// Has one.
using other_alias = int;
void call();
} // namespace sample
END
cat >"$work/own/Doxyfile" <<END
INPUT = $work/own/sample.hpp
OUTPUT_DIRECTORY = $work/own
STRIP_FROM_PATH = $work/own
EXTRACT_ALL = YES
GENERATE_XML = YES
GENERATE_HTML = NO
GENERATE_LATEX = NO
QUIET = YES
END
doxygen "$work/own/Doxyfile"
wanted='sample.hpp:3: sample::no_comment
sample.hpp:12: sample::shown::shown
sample.hpp:13: sample::shown::bare
sample.hpp:14: sample::shown::field
sample.hpp:20: sample::mood
sample.hpp:20: sample::mood::good
sample.hpp:21: sample::alias
sample.hpp:24: sample::call'
if [[ $(names "$work/own/xml") != "$wanted" ]]; then
  diff <(printf '%s\n' "$wanted") <(names "$work/own/xml") \
    | fail "the check does not find what it should"
fi

cd -- "$source"
export DRYDOCK_VERSION=0
{
  cat docs/api/Doxyfile
  printf '%s\n' "OUTPUT_DIRECTORY = $work" 'GENERATE_HTML = YES' 'GENERATE_XML = YES' \
    'XML_PROGRAMLISTING = NO' 'EXTRACT_ALL = YES' "STRIP_FROM_PATH = $source"
} >"$work/Doxyfile"
doxygen "$work/Doxyfile" >"$work/log" 2>&1 || true
if [[ -s $work/log ]]; then
  sed "s|^$source/||" "$work/log" | fail "doxygen warns"
fi
if [[ ! -s $work/html/index.html ]]; then
  fail "there is no index.html" </dev/null
fi

undocumented=$(names "$work/xml")
if [[ -n $undocumented ]]; then
  fail "public names without a /// comment" <<<"$undocumented"
fi

# What public headers include is public, too; but actors' messages are for those who
# know CAF, and described in their own headers.
declare -A shown=()
mapfile -t pending < <(cd library/include && ls drydock/*.hpp)
for header in $(grep -oE 'drydock/(engine|rehearsal)/[a-z_]+\.hpp' docs/api/Doxyfile); do
  shown[$header]=1
done
declare -A seen=()
while ((${#pending[@]})); do
  header=${pending[0]}
  pending=("${pending[@]:1}")
  if [[ -n ${seen[$header]-} ]]; then continue; fi
  if [[ $header == drydock/protocol/* ]]; then continue; fi
  seen[$header]=1
  folder=library
  if [[ $header =~ ^drydock/([a-z]+)/ ]]; then
    folder=${BASH_REMATCH[1]}
    if [[ -z ${shown[$header]-} ]]; then
      fail "docs/api/Doxyfile does not show $header" </dev/null
    fi
  fi
  mapfile -t -O ${#pending[@]} pending < <(
    sed -nE 's|^#include [<"](drydock/[a-z_/]+\.hpp)[>"].*|\1|p' "$folder/include/$header"
  )
done

((failures == 0)) || exit 1
echo "all good: ${#seen[@]} headers"
