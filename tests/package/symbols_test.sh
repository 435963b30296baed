#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# symbols_test.sh: libdrydock.so shows drydock::v1 and nothing else, whichever of
# the installed linkers has made it.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# exported LIBRARY: its symbols, without parameters; a line each.
exported() {
  nm -D --defined-only --format=posix "$1" | cut -d ' ' -f 1 | sed 's/@.*//' \
    | c++filt --no-params | LC_ALL=C sort -u
}

# strangers: of these lines, what is not of drydock::v1.
strangers() {
  local of='(vtable|VTT|typeinfo|typeinfo name|guard variable) for '
  local to='(non-virtual|virtual|covariant return) thunk to '
  grep -vE "^($of|$to)?drydock::v1::" || true
}

check() { # WHAT LIBRARY
  local shown found
  shown=$(exported "$2")
  found=$(strangers <<<"$shown")
  if [[ -n $found ]]; then
    fail "$1 shows drydock::v1 alone" "$(head -n 20 <<<"$found")" \
      "$(wc -l <<<"$found") symbols that it should hide"
  fi
  if ! grep -qxF 'drydock::v1::version' <<<"$shown"; then
    fail "$1 shows the public functions"
  fi
}

# The judge itself: it must know a stranger.
if [[ -z $(printf '%s\n' 'drydock::drivers::x' 'typeinfo for caf::y' main | strangers) ]]; then
  fail "the test knows what is not public"
fi

library=$build/lib/libdrydock.so
check "libdrydock.so" "$library"
soname=$(objdump -p "$library" | awk '$1 == "SONAME" { print $2 }')
if [[ $soname != libdrydock.so.1 ]]; then fail "its name is libdrydock.so.1" "$soname"; fi
needed=$(objdump -p "$library" | awk '$1 == "NEEDED" { print $2 }')
if grep -E 'spdlog|fmt|mimalloc' <<<"$needed"; then
  fail "it needs no library of the program"
fi

# The same objects by the other linkers; what they show must be the same.
for linker in bfd gold lld mold; do
  if ! command -v "ld.$linker" >/dev/null; then
    echo "not installed, and so not checked: ld.$linker"
    continue
  fi
  other=$work/libdrydock-$linker.so
  mapfile -t libraries < <(ldd "$library" | awk '/caf_core|libuv|libcurl|libsqlite3|libpq/ { print $3 }')
  try "ld.$linker links" "$cxx" "${flags[@]}" -shared -fPIC "-fuse-ld=$linker" \
    -Wl,--whole-archive "$build/lib/libdrydock.a" -Wl,--no-whole-archive \
    "-Wl,--version-script=$tree/library/exported.map" "${libraries[@]}" -pthread \
    -o "$other" || continue
  check "what ld.$linker makes" "$other"
  if ! difference=$(diff <(exported "$library") <(exported "$other")); then
    fail "ld.$linker shows the same" "$(head -n 10 <<<"$difference")"
  fi
done
finish
