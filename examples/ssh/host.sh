# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# host.sh WORD DIR ARG…: what is done on a host, in the folder DIR; lib.sh sends it
# there. The host needs bash, coreutils, findutils, flock, tar, gzip and curl.
#
#   DIR/releases/VERSION   one folder a release
#   DIR/current            a link to the one that runs
#   DIR/deployed           the release that runs for certain, and the key of the
#                          step that made it so
#
# A connection can be lost at any line. What has begun here goes on without it, and
# the next attempt comes beside it: so every word may be said again at any time.
set -euo pipefail

# missing DIR VERSION: says so when the release is not here.
missing() {
  [[ -d releases/$1 ]] || echo missing
}

# receive DIR VERSION SHA256: an archive on standard input becomes a release. It
# gets its name when it is whole.
receive() {
  local draft
  mkdir -p -- releases
  find releases -maxdepth 1 -name '.draft.*' -mmin +1440 -exec rm -rf -- {} +
  draft=$(mktemp -d releases/.draft.XXXXXX)
  # shellcheck disable=SC2064 # it is local
  trap "rm -rf -- '$draft'" EXIT
  cat >"$draft/archive"
  if ! sha256sum --check --status <<<"$2  $draft/archive"; then
    echo "release $1 did not arrive whole" >&2
    exit 75
  fi
  mkdir -- "$draft/release"
  tar -xzf "$draft/archive" -C "$draft/release"
  # Another attempt may have been quicker.
  mv -T -- "$draft/release" "releases/$1" 2>/dev/null || [[ -d releases/$1 ]]
}

# activate DIR VERSION KEY RESTART: one at a time, and once for each key.
activate() {
  local lock version='' key='' status=0
  exec {lock}>.lock
  if ! flock -w 20 "$lock"; then
    echo "an earlier attempt is still at work" >&2
    exit 75
  fi
  if [[ -e deployed ]]; then read -r version key <deployed; fi
  if [[ $version == "$1" && $key == "$2" ]]; then return; fi
  rm -f -- deployed
  ln -sfn -- "releases/$1" current.new
  mv -T -- current.new current
  # Into a file, so that it does not end with a lost connection; and without the
  # lock, which a service would keep.
  bash -c "$3" >.restart.log 2>&1 </dev/null {lock}>&- || status=$?
  cat -- .restart.log >&2 || true
  if ((status)); then
    echo "'$3' failed with exit status $status" >&2
    exit $((status == 75 ? 75 : 1))
  fi
  echo "$1 $2" >deployed.new
  mv -- deployed.new deployed
}

# version DIR: the release that runs.
version() {
  local version
  if ! read -r version _ 2>/dev/null <deployed; then
    echo "nothing was deployed in $PWD, or not to the end" >&2
    exit 1
  fi
  echo "$version"
}

# ask PORT METHOD PATH: of the service here; returns what curl does.
ask() {
  curl -q --noproxy '*' -sS --max-time 5 -X "$2" "http://127.0.0.1:$1$3"
}

# drain DIR PORT: returns when all requests that had begun are answered. A service
# that does not run has none.
drain() {
  local answer status=0 round
  answer=$(ask "$1" POST /drain) || status=$?
  if ((status == 7)); then return; fi
  for ((round = 0; status == 0 && round < 500; ++round)); do
    if [[ $answer == drained ]]; then return; fi
    sleep 0.05
    answer=$(ask "$1" GET /drain) || status=$?
  done
  echo "the service does not drain: '$answer'" >&2
  exit 1
}

# undrain DIR PORT
undrain() { ask "$1" POST /undrain >/dev/null || exit 1; }

# health DIR PORT: 0 healthy, 1 not, anything else where nothing can be said.
health() {
  local answer
  answer=$(ask "$1" GET /health) || exit $(($? == 127 ? 127 : 1))
  [[ $answer == *'"Healthy"'* ]] || exit 1
}

word=$1
cd # the login's home
mkdir -p -- "$2"
cd -- "$2"
shift 2
"$word" "$@"
