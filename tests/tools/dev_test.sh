#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dev_test.sh DEV: what ./dev promises, in a tree of its own where cmake, ninja,
# apt-get and the like are stand-ins that write down how they were called.
set -euo pipefail

dev=$1
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
tree=$work/tree
bin=$work/bin
log=$work/log
failures=0

expect() { # WHAT WANTED GOT
  if [[ $2 == "$3" ]]; then return 0; fi
  printf 'FAILED: %s\n  wanted: %q\n  got:    %q\n' "$1" "$2" "$3" >&2
  failures=$((failures + 1))
}
has() { # WHAT PATTERN TEXT
  # shellcheck disable=SC2053
  if [[ $3 == $2 ]]; then return 0; fi
  printf 'FAILED: %s\n  wanted: %s\n  got:    %s\n' "$1" "$2" "$3" >&2
  failures=$((failures + 1))
}
stand_in() { # NAME, its text on standard input
  {
    printf '#!/usr/bin/env bash\n'
    cat
  } >"$bin/$1"
  chmod +x "$bin/$1"
}

# A fresh tree in which every package is there.
fresh() {
  local name
  rm -rf -- "$tree" "$bin" "$log"
  mkdir -p "$tree/elsewhere" "$bin"
  : >"$log"
  echo '{}' >"$tree/CMakePresets.json"
  cp -- "$dev" "$tree/dev"
  for name in bash env dirname grep flock mkdir touch sed nproc rm cat chmod setpriv sort paste; do
    ln -s -- "$(command -v "$name")" "$bin/$name"
  done
  for name in c++ pkg-config gnuplot curl jq setsid ccache mold clang++ ssh; do stand_in "$name" </dev/null; done
  stand_in policy-rc.d <<<'exit 104' # services may be started here
  echo 'libcaf-dev libtomlplusplus-dev libhowardhinnant-date-dev libuv1-dev nlohmann-json3-dev libcli11-dev
    libspdlog-dev libsqlite3-dev libpq-dev libmimalloc-dev doctest-dev librapidcheck-dev libbenchmark-dev
    postgresql libcurl4-gnutls-dev libclang-rt-dev' \
    | xargs -n 1 >"$work/installed"
  stand_in dpkg-query <<END
sed 's/\$/ ii /' '$work/installed'
echo 'libuv1-dev rc '
exit 1
END
  stand_in apt-get <<END
echo "apt-get: much talk"
echo "apt-get \$*" >>'$log'
if [[ "\$*" == *install* && -e '$work/apt_fails' ]]; then rm '$work/apt_fails'; exit 100; fi
exit 0
END
  stand_in cmake <<END
echo "cmake: much talk"
echo "cmake \$*" >>'$log'
if [[ \$1 == --preset ]]; then
  mkdir -p "$tree/build/\$2/bin"
  echo "CMAKE_HOME_DIRECTORY:INTERNAL=\$(cd "$tree" && pwd -P)" >"$tree/build/\$2/CMakeCache.txt"
  touch "$tree/build/\$2/build.ninja"
elif [[ -e '$work/build_fails' ]]; then
  exit 1
else
  cp='#!/usr/bin/env bash
echo "pid \$\$ in \$PWD: \$*"
exit 42'
  printf '%s\n' "\$cp" >"\$2/bin/drydock"
  chmod +x "\$2/bin/drydock"
fi
END
  stand_in ninja <<<'exit 1'
  # shellcheck disable=SC2016
  stand_in ctest <<<'echo "ctest $* in $PWD"'
}
# call ARG …: from another folder; sets out, err, status and pid.
call() {
  status=0
  (cd "$tree/elsewhere" && PATH=$bin DRYDOCK_PRESET=${preset-} exec "$bin/bash" ../dev "$@") \
    >"$work/out" 2>"$work/err" </dev/null &
  pid=$!
  wait "$pid" || status=$?
  out=$(<"$work/out")
  err=$(<"$work/err")
}

fresh
call run my.toml --json
expect "run is the program, in the caller's folder, and nothing else says a word" \
  "pid $pid in $tree/elsewhere: run my.toml --json" "$out"
expect "its exit status is the program's" 42 "$status"
has "the others talk on standard error" '*cmake: much talk*' "$err"
expect "nothing is installed where nothing is missing" "" "$(grep apt-get "$log" || true)"
has "only what a run needs is built" '*--target bin/drydock bin/local_web_server*' "$(<"$log")"
: >"$log"
call run my.toml
expect "a second run does not configure" "" "$(grep -e --preset "$log" || true)"
sleep 1.1
touch "$tree/CMakePresets.json"
call run my.toml
has "changed presets do" '*--preset release*' "$(<"$log")"
mv "$tree" "$tree-moved"
mkdir "$tree"
cp -a "$tree-moved/." "$tree"
sed -i 's/=.*/=\/somewhere\/else/' "$tree/build/release/CMakeCache.txt"
: >"$log"
call run my.toml
has "a tree that was moved is configured afresh" '*--preset release --fresh*' "$(<"$log")"

preset=asan
call run my.toml
has "DRYDOCK_PRESET names the build" '*--preset asan*' "$(<"$log")"
unset preset

call test -R some
expect "test is ctest, from the root" \
  "ctest --preset release --no-tests=error -R some in $(cd "$tree" && pwd -P)" "$out"

touch "$work/build_fails"
call run my.toml
rm "$work/build_fails"
expect "a failed build runs nothing" "" "$out"
expect "and is an error" 1 "$status"

mkdir -p "$tree/library/include/drydock" "$tree/build/docs"
printf '#define DRYDOCK_VERSION_%s\n' 'MAJOR 1' 'MINOR 2' 'PATCH 3' >"$tree/library/include/drydock/version.hpp"
touch "$tree/build/docs/of_yesterday"
# shellcheck disable=SC2016
stand_in doxygen <<<'echo "doxygen $* $DRYDOCK_VERSION in $PWD"'
call docs
has "docs is doxygen, from the root, and knows the version" \
  "*doxygen docs/api/Doxyfile 1.2.3 in $(cd "$tree" && pwd -P)*dev: build/docs/html/index.html*" "$err"
expect "which leaves no page of a name that is gone" "" "$(ls "$tree/build/docs" 2>/dev/null || true)"
expect "and says nothing on standard output" "" "$out"
stand_in doxygen <<<'exit 1'
call docs
expect "a failure of doxygen is an error" 2 "$status"

call bench nothing
expect "a benchmark that is not there is an error" 2 "$status"
has "which says so" '*dev: this tree has no program bench_nothing' "$err"
call fuzz 5 nothing
expect "nor is a fuzz target" 2 "$status"
has "with a build of its own" '*--preset fuzz*' "$(<"$log")"
has "which is named" '*dev: this tree has no fuzz target nothing' "$err"
call nonsense
expect "an unknown command is an error" 2 "$status"

# openssh-server starts a server on port 22, unless services stay off.
fresh
rm "$bin/ssh"
if ((EUID == 0)); then
  call deps
  has "tests need ssh" "*install*openssh-client*" "$(<"$log")"
  expect "and no sshd where it would be started" 0 "$(grep -c openssh-server "$log" || true)"
  # shellcheck disable=SC2016
  stand_in policy-rc.d <<<'[[ $* == "ssh start" ]] && exit 101'
  # shellcheck disable=SC2016
  stand_in ctest <<<'echo "required: ${DRYDOCK_REQUIRE_SSHD-}"'
  call test
  if [[ -d /run/systemd/system ]]; then
    expect "nor where it would be at the next start" "0 required: " "$(grep -c openssh-server "$log" || true) $out"
  else
    has "it is installed where it stays off" "*install*openssh-client openssh-server*" "$(<"$log")"
    expect "and then its tests are not skipped" "required: 1" "$out"
  fi
fi

fresh
sed -i '/libuv1-dev/d' "$work/installed"
rm "$bin/c++" "$bin/mold"
touch "$work/apt_fails"
if ((EUID == 0)); then
  call run my.toml
  expect "what was installed does not show on standard output" 1 "$(wc -l <"$work/out")"
  expect "what is missing is installed, and what helps along with it" "install g++ libuv1-dev mold" \
    "$(grep -o 'install .*' "$log" | sort -u)"
  has "a failed installation is tried again with fresh lists" '*update*install*' "$(<"$log")"
  rm -f "$work/apt_fails"

  # Anybody else must be able to read the tree.
  chmod -R a+rX "$work"
  status=0
  err=$(PATH=$bin setpriv --reuid 65534 --clear-groups "$bin/bash" "$tree/dev" run x 2>&1) || status=$?
  expect "without root or sudo it says in one line what is missing" \
    "dev: missing: g++ libuv1-dev; install them as root: apt-get install g++ libuv1-dev" "$err"
  expect "and fails" 2 "$status"
fi
rm "$bin/apt-get"
call run my.toml
expect "without apt-get it says in one line what is missing" \
  "dev: missing: g++ libuv1-dev; there is no apt-get here: install them by hand" "$err"
expect "and fails too" 2 "$status"
expect "and says nothing on standard output" "" "$out"
call package
expect "package needs more, and nothing else does" \
  "dev: missing: g++ libuv1-dev dpkg-dev file lintian mandoc; there is no apt-get here: install them by hand" \
  "$err"

((failures == 0)) || exit 1
echo "all good"
