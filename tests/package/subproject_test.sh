#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# subproject_test.sh: a project that adds this tree with add_subdirectory compiles
# against every public header, without a word about the language it needs, without
# a header of CAF, and without what only the program and the tests need; its programs,
# the examples among them, are linked and run. To compile the library takes minutes: the
# archive of the build that is tested takes the place of the project's, which must be
# made of the same objects.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

programs=$here/consumer
for example in "$tree"/examples/embed/*/CMakeLists.txt; do
  if [[ -e $example ]]; then programs+=";$(dirname -- "$example")"; fi
done
without=()
for package in tomlplusplus CLI11 spdlog rapidcheck benchmark; do
  without+=("-DCMAKE_DISABLE_FIND_PACKAGE_$package=ON")
done

# as_part NAME ARGUMENT…: the project, configured.
as_part() {
  folder=$work/$1
  mkdir -p "$folder"
  : >"$folder/all_headers.cpp"
  try "the project configures ($1)" configure "$here/subproject" "$folder" \
    -DDRYDOCK_SOURCE="$tree" -DPROGRAMS="$programs" "${without[@]}" "${@:2}" || exit 1
}

as_part static
(cd -- "$folder/drydock/include" && find drydock -name '*.hpp') | sort \
  | sed 's/.*/#include <&>/' >"$folder/all_headers.cpp"
if (($(wc -l <"$folder/all_headers.cpp") < 10)); then fail "there are public headers"; fi
echo 'int main() {}' >>"$folder/all_headers.cpp"

if grep -q '^CMAKE_BUILD_TYPE:[^=]*=.' "$folder/CMakeCache.txt"; then
  fail "the kind of build is the user's choice"
fi
# Nothing of drydock's is installed along with the user's own.
if grep -qE 'file\(INSTALL' "$folder/drydock/cmake_install.cmake" "$folder"/drydock/*/cmake_install.cmake; then
  fail "a part of another project installs nothing"
fi
targets=$(ninja -C "$folder" -t targets all)
if grep -E 'bin/(drydock|unit_|bench_)|drydock_(program|config|cli_lib)|libdrydock\.so' <<<"$targets"; then
  fail "neither program nor tests nor the other library are built"
fi

mapfile -t objects < <(grep -oE '^(CMakeFiles/all_headers|programs/)[^:]*\.o' <<<"$targets")
try "objects compile against the headers in the tree" ninja -C "$folder" "${objects[@]}" || true
for object in "${objects[@]}"; do
  if [[ $object != *actors* ]] && grep -E '/(caf|curl|postgresql)/|/(uv|sqlite3|libpq-fe)\.h' <<<"$(ninja -C "$folder" -t deps "$object")"; then
    fail "$object needs no header of CAF, libuv, libcurl, SQLite or libpq"
  fi
done

archive=drydock/lib/libdrydock.a
members() { ninja -C "$folder" -t query "$archive" | sed -n 's|^    [^|].*/\(.*\.o\)$|\1|p' | sort; }
if [[ -e $build/lib/libdrydock.a ]]; then
  if ! difference=$(diff <(members) <(ar t "$build/lib/libdrydock.a" | sort)); then
    fail "the project makes the library of the same objects" "$difference"
  fi
  mkdir -p "$folder/drydock/lib"
  cp -- "$build/lib/libdrydock.a" "$folder/$archive"
else
  try "the project compiles the library" ninja -C "$folder" "$archive" || exit 1
fi
# As ninja would, which does not take an archive that it has not made.
linked() { (cd -- "$folder" && sh -c "$(ninja -t commands -s "$1")"); }
mapfile -t built < <(sed -n 's|^\(programs/[^:]*\): CXX_EXECUTABLE_LINKER.*|\1|p' <<<"$targets")
if ((${#built[@]} != $(tr ';' '\n' <<<"$programs" | wc -l))); then
  fail "each program is one" "programs: $programs" "built: ${built[*]}"
fi
for program in "${built[@]}"; do
  try "$program links" linked "$program" || continue
  try "$program runs" timeout 60 "$folder/$program" </dev/null || true
done
if [[ -e $folder/drydock/include/drydock/drivers || -e $folder/drydock/include/drydock/engine/lifecycle.hpp ]]; then
  fail "private headers are out of sight"
fi

as_part sqlite -DDRYDOCK_WITH_POSTGRESQL=OFF
targets=$(ninja -C "$folder" -t targets all)
if grep -E 'postgresql_(connection|schema|store)' <<<"$targets" || grep -E 'libpq|-lpq' "$folder/build.ninja"; then
  fail "without PostgreSQL nothing of it is built or linked"
fi
mapfile -t objects < <(grep -oE '^[^:]*postgresql_absent[^:]*\.o' <<<"$targets")
if ((${#objects[@]} != 1)); then fail "something takes its place" "${objects[*]}"; fi
try "what takes the place of PostgreSQL compiles" ninja -C "$folder" "${objects[@]}" || true

as_part shared -DBUILD_SHARED_LIBS=ON
if ! grep -qF libdrydock.so <<<"$(ninja -C "$folder" -t query all_headers)"; then
  fail "with BUILD_SHARED_LIBS it is the shared library"
fi
finish
