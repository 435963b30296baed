# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A watch from outside over an example fleet; sourced after local_web_lib.sh, or what
# else sets $first_port; $watched tells how many ports there are, if not twelve.
#
# It asks all of them for their page at the same time, again and again, and notes for
# each round when it began, when it ended, and who did not answer 200: draining, being
# replaced, booting. What is counted: a server was down for certain from the end of the
# first round that found it down to the begin of the last one in a row that did. Two
# that one round finds down may not have been so at the same moment, as a round takes
# its time; two whose certain times overlap were.

# shellcheck disable=SC2154 # lib.sh and local_web_lib.sh set these
watch_pages() {
  local begin i down quiet
  exec {quiet}<> <(:) # nothing ever comes from it
  for ((i = 0; i < ${watched:-12}; ++i)); do
    printf 'url = "http://127.0.0.1:%d/"\noutput = "/dev/null"\n' $((first_port + i))
  done >"$work/pages"
  while [[ -e $work/pages && ! -e $work/watched ]]; do
    begin=$EPOCHREALTIME
    down=$(curl -q --noproxy '*' -sS --parallel --max-time 10 --config "$work/pages" \
      -w '%{http_code} %{url}\n' 2>/dev/null | sed -n '/^200/!s|.*:\([0-9]*\)/$|\1|p' | xargs) || true
    echo "$begin $EPOCHREALTIME $down"
    read -rt 0.01 -u "$quiet" || true # so that others have a turn
  done >"$work/rounds"
}

watch_begins() {
  rm -f -- "$work/watched" "$work/rounds"
  watch_pages &
  watcher=$!
  wait_until "the watch begins" test -s "$work/rounds"
}

watch_ends() {
  touch "$work/watched"
  wait "$watcher"
}

# most_down_at_once: reads rounds; prints how many were down at once, how often one
# went down, and how many rounds there were.
most_down_at_once() {
  awk '
    function over(who) {
      if (to[who] > from[who]) { ++n; starts[n] = from[who]; ends[n] = to[who] }
      delete from[who]
    }
    {
      for (i = 3; i <= NF; ++i) {
        if (!($i in from)) { from[$i] = $2; ++times }
        to[$i] = $1
        seen[$i] = NR
      }
      for (who in from) if (seen[who] != NR) over(who)
    }
    END {
      for (who in from) over(who)
      for (a = 1; a <= n; ++a) {
        at_once = 0
        for (b = 1; b <= n; ++b) if (starts[b] <= starts[a] && starts[a] < ends[b]) ++at_once
        if (at_once > most) most = at_once
      }
      print most + 0, times + 0, NR
    }'
}

# expect_at_most_down COUNT: by the watch, from `watch_begins` to `watch_ends`.
expect_at_most_down() {
  local times
  read -r most_down times rounds < <(most_down_at_once <"$work/rounds")
  ((most_down <= $1)) || fail "at most $1 are down at once" "down at once: $most_down" \
    "$(awk 'NF > 2' "$work/rounds")"
  ((times > 0)) || fail "the watch sees some of them down, or it proves nothing" \
    "$(tail -n 20 "$work/rounds")"
}

# The count itself, tried on rounds whose count is known.
expect_eq "two whose times overlap count as two, three in one round do not" "2 4 6" \
  "$(printf '%s\n' '0.00 0.02' '0.04 0.06 a' '0.08 0.10 a b' '0.12 0.14 a b c' '0.16 0.18 b' '0.20 0.22 a' \
    | most_down_at_once)"
expect_eq "three whose times overlap count as three" "3 3 3" \
  "$(printf '%s\n' '0.04 0.06 a b' '0.08 0.10 a b c' '0.12 0.14 a b c' | most_down_at_once)"
