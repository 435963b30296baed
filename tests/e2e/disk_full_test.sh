#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A disk without room for the store: before a run, and in the middle of one. It is a
# small file system in memory, in a mount namespace of this test's own; where that is
# not allowed the test is skipped.
set -euo pipefail
if [[ ${DRYDOCK_OWN_MOUNTS-} != yes ]]; then
  root=()
  ((EUID == 0)) || root=(-r)
  if ! unshare "${root[@]}" -m mount -t tmpfs none /mnt 2>/dev/null; then
    echo "skipped: no file system may be mounted here"
    exit 77
  fi
  DRYDOCK_OWN_MOUNTS=yes exec unshare "${root[@]}" -m "$BASH" "${BASH_SOURCE[0]}"
fi
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/command_lib.sh"
source "$here/crash_lib.sh"
cd /
disk=$work/disk
mkdir -- "$disk"
mount -t tmpfs -o size=1m none "$disk"
trap 'clean_up 2>/dev/null || true; umount "$disk"; clean_up' EXIT

fill() { dd if=/dev/zero of="$disk/ballast" bs=4096 status=none 2>/dev/null || true; }
make_room() { rm -f -- "$disk/ballast"; }
{
  fleet 4 "max_batch_instances = 1" 'setup = ["./step.sh"]
teardown = ["./step.sh"]
inspect = ["./what.sh", "{instance.id}"]
inspect_expect = "{model.image.version}"'
  printf '[store]\npath = "disk/fleet.db"\n'
} >"$file"
# What an instance runs is in a file.
# shellcheck disable=SC2016 # for the commands
printf '%s\n' '#!/bin/sh' 'cat "runs.$1" 2>/dev/null || echo 1' >"$work/what.sh"
chmod +x "$work/what.sh"
# shellcheck disable=SC2016
upgrades='echo "$2" >"runs.$1"'
behave reimage "$upgrades"

# Before: nothing is begun.
fill
run run "$file" --events "$work/events"
expect_refused "full before a run" "the disk of the store" "is full" "make room"
expect_eq "full before a run: the fleet is not touched" "" "$(cat "$work/log" 2>/dev/null)"
[[ ! -e $work/events ]] || fail "full before a run: no events are written"

# In the middle: what has begun goes to its end, nothing more begins.
make_room
behave reimage.web-1 "$hold"$'\n'"$upgrades"
start run "$file" --json --quiet --events "$work/events"
wait_until "web-1 is worked on" has_logged '^begin reimage web-1'
fill
touch "$work/go"
await
expect_status "full in the middle" 1
expect_eq "full in the middle: no summary" "" "$(<"$work/out")"
expect_contains "full in the middle: what to do" "$(<"$work/err")" "the disk of the store" "is full" \
  "stopped where it stands" "drydock resume $file"
expect_eq "full in the middle: nothing more begins, and the fleet is not taken down" \
  "0 0" "$(logged 'web-[23]') $(logged teardown)"
wait_until "nothing of it runs on" nobody_lives
fill # the log of the store went with the process, and left room
run resume "$file" --quiet
[[ $status != 0 ]] || fail "still full: resume does not go on"
expect_contains "still full: why" "$(<"$work/err")" "is full"
expect_eq "still full: nothing more begins" "0" "$(logged 'web-[23]')"

make_room
run resume "$file" --json --quiet --events "$work/events"
expect_status "with room again" 0
expect_json "with room again: all is done" "$work/out" '[.runningStatus.code, .progress[]]' '["Completed",4,0,0,0,0]'
expect_eq "with room again: nobody is done twice" \
  "1 web-0 1 web-1 1 web-2 1 web-3" "$(sed -n 's/^begin reimage \(web-.\).*/\1/p' "$work/log" | sort | uniq -c | xargs)"
expect_json "with room again: the events are whole" <(jq -s . "$work/events") \
  '[map(.seq) == [range(1; length + 1)], .[-1].event]' '[true,"upgrade_finished"]'
expect_json "it is one upgrade" <("$drydock" history "$file" --json) 'map(.code)' '["Completed"]'
finish
