#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A store that cannot be used: a clear word, exit status 2, and nothing is touched.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/command_lib.sh"
source "$here/crash_lib.sh"
cd /

fleet 2 "max_batch_instances = 1" $'setup = ["./step.sh"]\nteardown = ["./step.sh"]' >"$file"
run run "$file" --quiet
expect_status "while all is well" 0
cp -- "$file.db" "$work/good"

# What the fleet has seen.
touched() { cat "$work/log" 2>/dev/null || true; }

# expect_untouched WHAT COMMAND PART…: the command is refused with a message that has
# all parts, and neither the fleet nor the store has changed.
expect_untouched() {
  local what="$1: $2" command=$2
  shift 2
  rm -f -- "$work/log"
  local before
  before=$(cksum <"$file.db")
  run "$command" "$file"
  expect_refused "$what" "$@"
  expect_eq "$what: the fleet is not touched" "" "$(touched)"
  expect_eq "$what: nor is the store" "$before" "$(cksum <"$file.db")"
}

every="run resume status cancel history"
# expect_all WHAT PART…: so with every command that reads a store.
expect_all() {
  local command
  for command in $every; do expect_untouched "$1" "$command" "${@:2}"; done
  expect_untouched "$1" "run" "${@:2}"
}

rm -f -- "$file".db*
echo "a text" >"$file.db"
expect_all "a text in its place" "$file.db is no store of drydock"
run history "$file.db"
expect_refused "history of a text" "$file.db is no store of drydock"

cp -- "$work/good" "$file.db"
truncate -s 10000 "$file.db"
expect_all "a file cut off" "$file.db is damaged" "backup"

cp -- "$work/good" "$file.db"
head -c 32768 /dev/zero | tr '\0' '\377' | dd of="$file.db" bs=4096 seek=1 conv=notrunc status=none
expect_all "pages of other bytes" "$file.db is damaged" "backup"

# Where the versions stand in the file's head: bytes 60 to 63 and 68 to 71.
cp -- "$work/good" "$file.db"
printf '\0\0\0\143' | dd of="$file.db" bs=1 seek=60 conv=notrunc status=none
expect_all "a store of a later version" "$file.db was written by a later version of drydock" "version 99"
cp -- "$work/good" "$file.db"
printf 'ABCD' | dd of="$file.db" bs=1 seek=68 conv=notrunc status=none
expect_all "a store of another program" "$file.db is no store of drydock"

rm -f -- "$file".db*
mkdir -- "$file.db"
for command in run resume; do
  run "$command" "$file"
  expect_refused "a folder in its place: $command" "$file.db"
done
expect_eq "a folder in its place: the fleet is not touched" "" "$(touched)"
rmdir -- "$file.db"
{
  fleet 2
  printf '[store]\npath = "missing/fleet.db"\n'
} >"$work/missing.toml"
run run "$work/missing.toml"
expect_refused "a store in no folder" "$work/missing/fleet.db" "folder must be there"

# A record that is damaged shows once it is read.
fleet 4 "max_batch_instances = 1" $'setup = ["./step.sh"]\nteardown = ["./step.sh"]' >"$file"
forget
cut_short
if command -v sqlite3 >/dev/null; then
  sqlite3 "$file.db" "UPDATE record SET bytes = zeroblob(40) WHERE number = 3; PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
  before=$(<"$work/log")
  echo "as it was" >"$work/events"
  run resume "$file" --events "$work/events"
  expect_refused "a damaged record" "record 3 of upgrade" "is damaged"
  expect_eq "a damaged record: the events are left alone" "as it was" "$(<"$work/events")"
  expect_eq "a damaged record: the fleet is not touched" "$before" "$(<"$work/log")"
  run status "$file"
  expect_refused "a damaged record: status" "record 3 of upgrade" "is damaged"
fi

# What may only be read. Root may write everywhere, so that it takes another's part.
forget
as=()
if ((EUID == 0)); then
  command -v setpriv >/dev/null || { echo "no setpriv: read-only stores are left out" >&2; finish; exit; }
  as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
chmod 755 "$work"
# as_other COMMAND…: as `run`, by a user who may write neither the file nor the folder.
as_other() {
  status=0
  "${as[@]}" "$drydock" "$@" >"$work/out" 2>"$work/err" || status=$?
}
"${as[@]}" test -x "$drydock" || { echo "the program is out of reach for others: read-only stores are left out" >&2; finish; exit; }
((EUID == 0)) || chmod a-w "$work"
for command in run resume; do
  if ((EUID == 0)); then as_other "$command" "$file"; else
    status=0
    message=$("$drydock" "$command" "$file" 2>&1 >/dev/null) || status=$?
    chmod u+w "$work"
    echo "$message" >"$work/err"
    : >"$work/out"
  fi
  expect_refused "a read-only folder: $command" "make its folder writable"
  ((EUID == 0)) || chmod a-w "$work"
done
chmod u+w "$work"
expect_eq "a read-only folder: the fleet is not touched" "" "$(touched)"
cp -- "$work/good" "$file.db"
chmod 444 "$file.db"
: >"$file.lock"
chmod 666 "$file.lock"
for command in run resume; do
  as_other "$command" "$file"
  expect_refused "a read-only store: $command" "$file.db" "may not be written" "writable"
done
expect_eq "a read-only store: the fleet is not touched" "" "$(touched)"
chmod 777 "$work" # reading wants files beside it
as_other history "$file.db"
expect_status "a read-only store may be read" 0
finish
