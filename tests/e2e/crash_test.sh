#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# crash_test.sh [PROGRAM [KILLS]]: kill -9 of the program at random moments, in the
# middle of real upgrades, until KILLS have hit; each is gone on with by `run` and
# `resume` in turn, and may be killed again there. From outside, all twelve are watched
# the whole time.
#
# DRYDOCK_PROGRAM, DRYDOCK_LOCAL_WEB_SERVER (else beside the program), DRYDOCK_KILLS (12)
# and DRYDOCK_SEED say the same from the environment. The seed is printed: it gives the
# same moments, as shares of what an upgrade takes that nobody kills.
set -euo pipefail
export DRYDOCK_PROGRAM=${1:-${DRYDOCK_PROGRAM:?names the program to test}}
kills_wanted=${2:-${DRYDOCK_KILLS:-12}}
seed=${DRYDOCK_SEED:-$((${EPOCHREALTIME//[!0-9]/} / 1000 % 32768))}
export DRYDOCK_LOCAL_WEB_SERVER=${DRYDOCK_LOCAL_WEB_SERVER:-$(dirname -- "$(realpath -- "$DRYDOCK_PROGRAM")")/local_web_server}
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/local_web_lib.sh"
source "$here/watch_lib.sh"
echo "seed $seed, $kills_wanted kills"
trap '((failures == 0)) || echo "again: DRYDOCK_SEED=$seed ${BASH_SOURCE[0]} PROGRAM $kills_wanted" >&2; clean_up' EXIT
RANDOM=$seed

# Every action says when it begins and when it has done its work.
cat >"$example/noted.sh" <<'END'
#!/bin/bash
note() { echo "$1 $DRYDOCK_UPGRADE $DRYDOCK_INSTANCE $DRYDOCK_KEY" >>actions; }
note begun
./reimage.sh "$@" || exit
note ended
END
chmod +x "$example/noted.sh"

file=$example/crash.toml
# write_file VARIANT: the example's file, one version further than the last.
version=0
write_file() {
  sed -e "s/version = \"2.0.0\"/version = \"$((version + 1)).0.0\"/" \
    -e "s/sku = \"stable\", version = \"1.0.0\"/sku = \"stable\", version = \"$version.0.0\"/" \
    -e 's|"./reimage.sh"|"./noted.sh"|' "$example/fleet.toml" >"$file.new"
  case $1 in
    no-hooks) sed -i '/^\[driver.command.hooks\]/,$d' "$file.new" ;;
    no-inspect) sed -i '/^inspect/d' "$file.new" ;;
  esac
  mv -- "$file.new" "$file"
  version=$((version + 1))
}
variants=(whole no-hooks no-inspect)

# newest FILTER: of what the store knows of the newest upgrade; empty: there is none.
newest() {
  "$drydock" history "$file.db" --json 2>/dev/null | jq -r ".[0] | $1 // empty" || true
}

# between LEAST MOST: that share of a whole run's time, in seconds, drawn.
between() {
  local us=$((whole_us * ($1 + ($2 - $1) * RANDOM / 32768) / 1000))
  printf '%d.%06d' $((us / 1000000)) $((us % 1000000))
}

# go COMMAND: begins it; it is killed at a moment that is drawn, unless it is over by
# then. Sets $status (137: killed).
go() {
  start "$1" "$file" --quiet --json --keep --events "$work/events"
  sleep "$(between 0 700)"
  killed
}

# expect_over WHAT VARIANT ID: what must hold once an upgrade has ended.
expect_over() {
  run show "$3" "$file.db" --json
  expect_json "$1" "$work/out" \
    '[.runningStatus.code, .progress[], .maxUnavailableInstanceCount <= 2, .error]' \
    '["Completed",12,0,0,0,0,true,null]'
  expect_eq "$1: all serve the new version" "12 $version.0.0" "$(answers /)"
  local noted
  for noted in begun ended; do
    awk -v what="$noted" -v id="$3" '$1 == what && $2 == id { print $3 }' "$example/actions" \
      | sort >"$work/$noted"
    expect_eq "$1: each instance's action is $noted" 12 "$(uniq "$work/$noted" | wc -l)"
    # Where nobody can say what became of an action, half of one is worse than two.
    [[ $2 == no-inspect ]] \
      || expect_eq "$1: no action is $noted twice" "" "$(uniq -d "$work/$noted" | xargs)"
  done
  expect_eq "$1: each instance has one key" 12 \
    "$(awk -v id="$3" '$2 == id { print $3, $4 }' "$example/actions" | sort -u | wc -l)"
}

sed -i 's/^  old_version=.*/  old_version=0.0.0/' "$example/lib.sh"
"$example/up"
watch_begins

# How long a run takes here and now.
write_file whole
begin=${EPOCHREALTIME//[!0-9]/}
run run "$file" --quiet --json --keep
whole_us=$((${EPOCHREALTIME//[!0-9]/} - begin))
expect_status "a run that nobody kills" 0
expect_over "a run that nobody kills" whole "$(newest .upgradeId)"

kills=0
upgrades=0
declare -A hits=()
while ((kills < kills_wanted || ${#hits[@]} < ${#variants[@]})); do
  variant=${variants[upgrades % ${#variants[@]}]}
  upgrades=$((upgrades + 1))
  before=$(newest .upgradeId)
  write_file "$variant"
  words=(run resume)
  first=$((RANDOM % 2))
  for ((turn = 0; ; ++turn)); do
    id=$(newest .upgradeId)
    # Before it was written down there is nothing to go on with.
    word=run
    if [[ $id != "$before" ]]; then word=${words[(first + turn) % 2]}; fi
    go "$word"
    if ((status == 137)); then
      kills=$((kills + 1))
      hits[$variant]=1
    elif ((status != 0)); then
      give_up "upgrade $upgrades ($variant), $word after $kills kills: exit status $status" \
        "$(head -n 20 "$work/err")" "$(tail -n 3 "$work/events")"
    fi
    id=$(newest .upgradeId)
    if [[ $id != "$before" && $(newest .code) != RollingForward ]]; then break; fi
    ((turn < 200)) || give_up "upgrade $upgrades ($variant) does not come to its end"
  done
  expect_over "upgrade $upgrades ($variant)" "$variant" "$id"
  echo "upgrade $upgrades ($variant): gone on with $turn times, $kills kills so far"
  ((failures == 0)) || break
done

watch_ends
expect_eq "as many upgrades as were begun" $((upgrades + 1)) \
  "$("$drydock" history "$file.db" --json | jq length)"
expect_at_most_down 2
"$example/down"
expect_nobody "down"
echo "$kills kills in $upgrades upgrades; at most $most_down of 12 down at once, in $rounds rounds of the watch"
finish
