#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# library_user_test.sh SOURCE CMAKE: a project that adds this tree and links
# drydock::drydock compiles against every public header, without a word about
# the language it needs and without a header of CAF.
set -euo pipefail

source=$1
cmake=$2
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

cat >"$work/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES CXX)
add_subdirectory("$source" drydock)
add_executable(user user.cpp)
target_link_libraries(user PRIVATE drydock::drydock drydock::config)
END
for folder in engine actors config drivers; do
  for header in "$source/$folder/include/drydock/$folder"/*.hpp; do
    echo "#include <drydock/$folder/${header##*/}>"
  done
done >"$work/user.cpp"
echo 'int main() {}' >>"$work/user.cpp"

env -u CMAKE_BUILD_TYPE "$cmake" -S "$work" -B "$work/build" -G Ninja >"$work/log" 2>&1 || { cat "$work/log" && exit 1; }
if grep -q '^CMAKE_BUILD_TYPE:[^=]*=.' "$work/build/CMakeCache.txt"; then
  echo "FAILED: the kind of build is the user's choice" >&2
  exit 1
fi
object=CMakeFiles/user.dir/user.cpp.o
# The object alone: the libraries are built elsewhere.
ninja -C "$work/build" "$object" >"$work/log" 2>&1 || { head -n 30 "$work/log" && exit 1; }
if ninja -C "$work/build" -t deps "$object" | grep -E '/caf/'; then
  echo "FAILED: a public header includes one of CAF" >&2
  exit 1
fi
echo "all good"
