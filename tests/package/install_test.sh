#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install_test.sh: installs the build and uses it as others do: with CMake and with
# pkg-config, the shared library and the static one, also after the prefix was
# moved. What is not public must not be found.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

version=$("$build/bin/drydock" --version)
version=${version#drydock }
prefix=$work/prefix
lib=${DRYDOCK_LIBDIR:-lib}

# runs WHAT PROGRAM: it prints the version.
runs() {
  local said
  if ! said=$(timeout 60 "$2" 2>&1) || [[ $said != "$version" ]]; then
    fail "$1 prints the version" "wanted: $version" "got: $said"
  fi
}

# linked WHAT PROGRAM KIND: with libdrydock.so of the prefix, or without any.
linked() {
  local got=static
  if grep -qF "$prefix/$lib/libdrydock.so.1 " <<<"$(ldd "$2")"; then got=shared; fi
  if [[ $got != "$3" ]]; then fail "$1 is linked with the $3 library" "$(ldd "$2")"; fi
}

# built WHAT KIND [ARGUMENT…]: the consumer, by CMake.
built() {
  local what=$1 kind=$2 folder
  folder=$(mktemp -d "$work/build-XXXX")
  try "$what configures" configure "$here/consumer" "$folder" \
    -DCMAKE_PREFIX_PATH="$prefix" "${@:3}" || return 0
  try "$what compiles and links" ninja -C "$folder" || return 0
  runs "$what" "$folder/consumer"
  linked "$what" "$folder/consumer" "$kind"
}

with_cmake() { # WHEN
  built "find_package $1" shared
  built "find_package with COMPONENTS static $1" static -DCONSUMER_COMPONENTS=static
}

# by_pkg_config WHAT MODULE SOURCE…: a program of these with what pkg-config says of the
# module alone, linked with the shared library and with the static one, at $program-KIND.
by_pkg_config() {
  local what=$1 module=$2 kind source options objects=()
  program=$(mktemp -d "$work/by-pkg-config-XXXX")/program
  read -r -a options <<<"$(pkg-config --cflags "$module")"
  for source in "${@:3}"; do
    objects+=("${program%/*}/$(basename -- "$source").o")
    try "$what: $(basename -- "$source") compiles" "$cxx" "${flags[@]}" -std=c++20 \
      "${options[@]}" -c "$source" -o "${objects[-1]}" || return 1
  done
  read -r -a options <<<"$(pkg-config --libs "$module") -Wl,-rpath,$prefix/$lib"
  try "$what links" "$cxx" "${flags[@]}" "${objects[@]}" -o "$program-shared" "${options[@]}" \
    || return 1
  read -r -a options <<<"$(pkg-config --static --libs "$module")"
  try "$what links statically" "$cxx" "${flags[@]}" "${objects[@]}" -o "$program-static" \
    "${options[@]/#-ldrydock/-l:libdrydock.a}" || return 1
  for kind in shared static; do linked "$what" "$program-$kind" "$kind"; done
}

with_pkg_config() { # WHEN
  local -x PKG_CONFIG_PATH=$prefix/$lib/pkgconfig
  local example name module kind program options
  read -r -a options <<<"$(pkg-config --cflags --libs drydock)"
  if [[ ${options[*]} =~ -l(caf_core|uv|curl|sqlite3|pq) ]]; then
    fail "pkg-config $1 names no library that drydock keeps to itself" "${options[*]}"
  fi
  if by_pkg_config "a program by pkg-config $1" drydock "$here/consumer/main.cpp"; then
    for kind in shared static; do runs "a program by pkg-config $1 ($kind)" "$program-$kind"; done
  fi
  for example in "$tree"/examples/embed/*/; do
    name=$(basename -- "$example")
    module=drydock
    if grep -qF drydock::actors "$example/CMakeLists.txt"; then module=drydock-actors; fi
    by_pkg_config "the example $name by pkg-config $1" "$module" "$example"*.cpp || continue
    for kind in shared static; do
      try "the example $name by pkg-config $1 runs ($kind)" timeout 60 "$program-$kind" </dev/null || true
    done
  done
}

# Folders with a CMakeLists.txt of their own that say find_package(drydock): each is
# built with both libraries, and its tests run, or else all its programs.
with_examples() {
  local example name kind folder program
  for example in "$tree"/examples/embed/*/CMakeLists.txt; do
    if [[ ! -e $example ]]; then return 0; fi
    name=$(basename -- "$(dirname -- "$example")")
    for kind in shared static; do
      folder=$work/example-$name-$kind
      try "the example $name configures ($kind)" configure "$(dirname -- "$example")" "$folder" \
        -DCMAKE_PREFIX_PATH="$prefix" \
        -Ddrydock_USE_STATIC_LIBS="$([[ $kind == static ]] && echo ON || echo OFF)" || continue
      try "the example $name compiles ($kind)" ninja -C "$folder" || continue
      if [[ -e $folder/CTestTestfile.cmake ]]; then
        try "the tests of the example $name ($kind)" \
          ctest --test-dir "$folder" --output-on-failure --no-tests=error || true
        continue
      fi
      while IFS= read -r program; do
        try "the example $name runs ($kind)" timeout 60 "$program" </dev/null || true
      done < <(find "$folder" -name CMakeFiles -prune -o -type f -executable -print)
    done
  done
}

# Each header alone: none may need another before it, nor a header of a library that
# drydock uses.
check_headers() {
  local header
  while IFS= read -r header; do
    echo "#include <$header>" >"$work/alone.cpp"
    try "$header compiles alone" "$cxx" "${flags[@]}" -std=c++20 -Wall -Wextra -Werror \
      -fsyntax-only -I "$prefix/include" -MD -MF "$work/alone.d" "$work/alone.cpp" || continue
    if grep -oE '[^ ]*/(caf|curl|nlohmann|postgresql|spdlog|toml\+\+)/[^ ]*|[^ ]*/(uv|sqlite3|libpq-fe)\.h' "$work/alone.d"; then
      fail "$header needs no header but drydock's and the standard library's"
    fi
  done < <(cd -- "$prefix/include" && find drydock -name '*.hpp' \
    ! -path 'drydock/protocol/*' ! -path drydock/actors.hpp | sort)
}

check_private_headers() {
  local header
  for header in drydock/drivers/event_loop.hpp drydock/config/fleet_file.hpp \
    drydock/engine/template_text.hpp drydock/engine/lifecycle.hpp \
    drydock/rehearsal/rehearse.hpp drydock/store/store.hpp drydock/journal/record.hpp coordinator.hpp rollout_change.hpp; do
    echo "#include <$header>" >"$work/private.cpp"
    refuse "the private $header is not installed" "$header" \
      "$cxx" "${flags[@]}" -std=c++20 -fsyntax-only -I "$prefix/include" "$work/private.cpp"
    if ! grep -qE 'No such file|not found' "$work/log"; then fail "$header is missing"; fi
  done
}

# Its headers, each alone as well; and a program with actors of its own.
check_actors() {
  local header
  built "a program with drydock::actors" shared -DCONSUMER_SOURCE=actors.cpp \
    -DCONSUMER_COMPONENTS=actors -DCONSUMER_TARGET=drydock::actors
  built "a program with drydock::actors and the static library" static \
    -DCONSUMER_SOURCE=actors.cpp "-DCONSUMER_COMPONENTS=actors;static" \
    -DCONSUMER_TARGET=drydock::actors
  while IFS= read -r header; do
    echo "#include <$header>" >"$work/alone.cpp"
    try "$header compiles alone" "$cxx" "${flags[@]}" -std=c++20 -fsyntax-only \
      -I "$prefix/include" "$work/alone.cpp" || true
  done < <(cd -- "$prefix/include" \
    && find drydock -path 'drydock/protocol/*.hpp' -o -path drydock/actors.hpp | sort)
}

check_refusals() {
  refuse "an unknown component is refused" \
    'there is no component "motors": the components are shared, static and actors' \
    configure "$here/consumer" "$work/build-motors" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCONSUMER_COMPONENTS=motors
  mkdir "$work/newer"
  sed 's/drydock 0\.1/drydock 0.2/' "$here/consumer/CMakeLists.txt" >"$work/newer/CMakeLists.txt"
  refuse "a newer version is not there" 'compatible with requested version "0.2"' \
    configure "$work/newer" "$work/build-newer" -DCMAKE_PREFIX_PATH="$prefix"
  mv "$prefix/$lib/cmake/drydock/drydock-static.cmake" "$work"
  refuse "a library that is not installed is refused" 'the static library is not installed here' \
    configure "$here/consumer" "$work/build-none" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCONSUMER_COMPONENTS=static
  mv "$work/drydock-static.cmake" "$prefix/$lib/cmake/drydock"
}

check_files() {
  local file
  for file in bin/drydock "$lib/libdrydock.so" "$lib/libdrydock.so.1" "$lib/libdrydock.a" \
    "$lib/pkgconfig/drydock.pc" "$lib/pkgconfig/drydock-actors.pc" \
    share/man/man1/drydock.1 share/man/man5/drydock-fleet.5 \
    share/bash-completion/completions/drydock share/zsh/site-functions/_drydock \
    share/fish/vendor_completions.d/drydock.fish share/doc/drydock/examples/drydock.toml; do
    if [[ ! -e $prefix/$file ]]; then fail "$file is installed"; fi
  done
  if grep -rnIF -e "$tree" -e "$build" "$prefix/$lib" "$prefix/include" "$prefix/share"; then
    fail "what is installed names no folder of the build"
  fi
}

try "cmake --install" "$cmake" --install "$build" --prefix "$prefix" || exit 1
check_files
with_cmake ""
check_headers
check_private_headers
check_actors
check_refusals
with_examples
mv "$prefix" "$work/moved"
prefix=$work/moved
with_cmake "after the prefix was moved"
with_pkg_config "after the prefix was moved"
if [[ $("$prefix/bin/drydock" --version) != "drydock $version" ]]; then
  fail "the installed program prints its version"
fi
finish
