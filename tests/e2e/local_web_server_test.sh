#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# local_web_server_test.sh SERVER: starts the example's server alone and checks
# every path, and what a careless client may send.
set -euo pipefail

server=$1
work=$(mktemp -d)
pids=()
clean_up() {
  if ((${#pids[@]})); then 
    kill -KILL "${pids[@]}" 2>/dev/null || true
    wait "${pids[@]}" 2>/dev/null || true
  fi
  rm -rf -- "$work"
}
trap clean_up EXIT

failures=0
# expect WHAT WANTED GOT
expect() {
  if [[ $2 == "$3" ]]; then return 0; fi
  printf 'FAILED: %s\n  wanted: %q\n  got:    %q\n' "$1" "$2" "$3" >&2
  failures=$((failures + 1))
}

# start NAME OPTION…: sets `port`; tries others where one is taken.
start() {
  local name=$1 attempt round
  shift
  for ((attempt = 0; attempt < 20; ++attempt)); do
    port=$((20000 + RANDOM % 10000))
    "$server" --id "$name" --port "$port" --state-dir "$work" "$@" 2>"$work/$name.log" &
    pids+=($!)
    for ((round = 0; round < 250; ++round)); do
      if [[ -e $work/$name.pid ]]; then return 0; fi
      if [[ -s $work/$name.log ]]; then break; fi
      sleep 0.02
    done
  done
  echo "the server does not start: $(<"$work/$name.log")" >&2
  exit 1
}
ask() { curl -q --noproxy '*' -sS --max-time 10 "${@:2}" "http://127.0.0.1:$port$1"; }
status() { ask "$1" -o /dev/null -w '%{http_code}' "${@:2}"; }
# raw TEXT: everything that comes back for these bytes, sent as they are.
raw() {
  exec 4<>"/dev/tcp/127.0.0.1/$port"
  printf '%b' "$1" >&4
  timeout 5 cat <&4 | tr -d '\r'
  exec 4>&-
}

start booting --version 1.0.0 --boot 600
expect "health is 503 while booting" 503 "$(status /health)"
expect "the page is 503 while booting" 503 "$(status /)"
expect "the version is told while booting" 1.0.0 "$(ask /version)"

start plain --version 1.0.0 --boot 0
expect "the pid file names the server" "${pids[-1]}" "$(<"$work/plain.pid")"
expect "the page is the version" 1.0.0 "$(ask /)"
expect "the version is the version" 1.0.0 "$(ask /version)"
expect "health without metrics" '{"ApplicationHealthState":"Healthy"}' "$(ask /health)"
expect "an unknown path is 404" 404 "$(status /nothing)"
expect "a method that a path does not take is 405" 405 "$(status /version -X POST)"
expect "a HEAD has no body" "" "$(ask / --head -o /dev/null)"
expect "a body is skipped" 200 "$(status /undrain -d 'some text')"
expect "a query is no part of the path" 1.0.0 "$(ask '/?a=b')"
expect "one connection serves several requests" 1 \
  "$(ask / "http://127.0.0.1:$port/version" -v 2>&1 | grep -c 'Connected to')"
expect "slow work answers after its time" 1.0.0 "$(ask '/slow?ms=50')"
expect "slow work has bounds" 400 "$(status '/slow?ms=100000000')"

expect "a second server on the port says that it is taken" \
  "port $port is taken by another program" \
  "$("$server" --port "$port" --version 2 2>&1 || true)"

# What clients may do to a connection.
last=$'GET /version HTTP/1.1\\r\\nConnection: close\\r\\n\\r\\n'
expect "pipelined requests are answered in order" "1.0.0 serving 1.0.0" \
  "$(raw "GET / HTTP/1.1\r\n\r\nGET /drain HTTP/1.1\r\n\r\n$last" \
    | grep -xE '1.0.0|serving' | xargs)"
expect "requests behind a slow one wait for it" "1.0.0 serving 1.0.0" \
  "$(raw "GET /slow?ms=100 HTTP/1.1\r\n\r\nGET /drain HTTP/1.1\r\n\r\n$last" \
    | grep -xE '1.0.0|serving' | xargs)"
expect "a request may come in pieces" 200 "$(
  exec 4<>"/dev/tcp/127.0.0.1/$port"
  for piece in 'GET /hea' 'lth HT' 'TP/1.1\r\nHo' 'st: x\r\nConnection: close\r' '\n\r\n'; do
    printf '%b' "$piece" >&4
    sleep 0.05
  done
  timeout 5 head -n 1 <&4 | cut -d ' ' -f 2
)"
expect "HTTP/1.0 ends the connection" "Connection: close" \
  "$(raw 'GET / HTTP/1.0\r\n\r\n' | grep '^Connection')"
expect "what is no HTTP is 400" "HTTP/1.1 400 Bad Request" "$(raw 'hello\r\n\r\n' | head -n 1)"
expect "two lengths that differ are 400" "HTTP/1.1 400 Bad Request" \
  "$(raw 'POST /undrain HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n' | head -n 1)"
expect "a chunked body is 501" 501 \
  "$(status /undrain -d x -H 'Transfer-Encoding: chunked')"
expect "a large head is 431" 431 "$(status / -H "x: $(printf '%9000s' y)")"
expect "a large body is 413" 413 \
  "$(head -c 100000 /dev/zero | status /undrain --data-binary @- -H 'Expect:')"
for ((i = 0; i < 40; ++i)); do
  exec {idle}<>"/dev/tcp/127.0.0.1/$port"
  printf 'GET /vers' >&"$idle"
done
expect "forty half-sent requests do not stop another" 1.0.0 "$(ask /)"

# Draining.
expect "a server that is not told to drain serves" serving "$(ask /drain)"
ask '/slow?ms=600' >"$work/slow" &
slow=$!
sleep 0.2
expect "draining waits for what has begun" draining "$(ask /drain -X POST)"
expect "a draining page is 503" 503 "$(status /)"
expect "a draining page ends its connection" "Connection: close" \
  "$(ask / -i | tr -d '\r' | grep '^Connection')"
expect "a draining server stays healthy" '{"ApplicationHealthState":"Healthy"}' "$(ask /health)"
wait "$slow"
expect "what had begun is answered" 1.0.0 "$(<"$work/slow")"
expect "then it is drained" drained "$(ask /drain)"
expect "undrain is answered" serving "$(ask /undrain -X POST)"
expect "an undrained server serves" 1.0.0 "$(ask /)"

kill -TERM "$(<"$work/plain.pid")"
wait "${pids[-1]}"
expect "the pid file goes with the server" gone \
  "$([[ -e $work/plain.pid ]] && echo there || echo gone)"

start canary --version 2.0.0 --boot 0 --phase 1
expect "a phase is in the metrics" \
  '{"ApplicationHealthState":"Healthy","CustomMetrics":"{\"rollingUpgrade\":{\"PhaseOrderingNumber\":1,\"SkipUpgrade\":false}}"}' \
  "$(ask /health)"
start skipped --version 2.0.0 --boot 0 --skip
expect "a skip is in the metrics" \
  '{"ApplicationHealthState":"Healthy","CustomMetrics":"{\"rollingUpgrade\":{\"SkipUpgrade\":true}}"}' \
  "$(ask /health)"
start broken --version 2.0.0-broken --boot 0
expect "a broken version is unhealthy" '{"ApplicationHealthState":"Unhealthy"}' "$(ask /health)"
expect "a broken version answers with 200" 200 "$(status /health)"
expect "wrong options are refused" 2 "$("$server" --port 0 --version 1 2>/dev/null || echo $?)"

((failures == 0)) || exit 1
echo "all good"
