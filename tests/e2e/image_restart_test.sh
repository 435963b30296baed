#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a watch knows of images outlives it: which one ended badly, who has another one
# than the rest, what waits for a word, and what was rejected.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/image_lib.sh"

cat >>"$file" <<'END'
[upgrade_policy.automatic_os_upgrade]
enable_automatic_os_upgrade = true
use_rolling_upgrade_policy = true
check_interval = "100ms"
END
deferral=upgrade_policy.automatic_os_upgrade.os_rolling_upgrade_deferral=true
ended() { (($(has_ended) >= $1)); }
has_ended() { "$drydock" history "$file" --os-upgrades --json | jq length; }
# nothing_begins WHAT: by the watch that runs now.
nothing_begins() {
  sleep 0.5
  expect_eq "$1" "" "$(grep '"batch_started"' events || true)"
}

# One that failed has its image back, and keeps it: when the watch is started again, too.
echo 1.0.0 >newest
begin_watch
touch broken.web-2.2.0.0
echo 2.0.0 >newest
wait_until "the first image upgrade is over" ended 1
expect_eq "one has its image back" "1 1.0.0 4 2.0.0" "$(versions)"
stop_watch "stopped after the first"
begin_watch
nothing_begins "a watch that begins leaves it alone"
# It gets back what it had itself, not what the rest had.
touch broken.web-2.3.0.0
echo 3.0.0 >newest
wait_until "the second is over" ended 2
expect_eq "it has its own image back" "1 1.0.0 4 3.0.0" "$(versions)"
stop_watch "stopped after the second"
own_images() { jq -c .ownImageVersions "$file.watch.json"; }
expect_eq "who has another one is known" '{"web-2":"1.0.0"}' "$(own_images)"
# Brought to it by somebody, it has no other one any more.
rm broken.*
run run "$file" --quiet
expect_status "a run tries it again" 0
expect_eq "all have it" "5 3.0.0" "$(versions)"
expect_eq "nobody has another one" '{}' "$(own_images)"

# In manual mode nobody is upgraded because he lags, and all are by a newer image.
echo 0.9.0 >version.web-3
begin_watch --set upgrade_policy.mode=manual
nothing_begins "manual mode upgrades nobody who lags"
echo 4.0.0 >newest
wait_until "a newer image does" has_versions "5 4.0.0"
wait_until "the third is over" ended 3
stop_watch "stopped after the third"

# One that ended badly is not begun again by the next watch, whatever was left of it.
touch broken.web-{1,2,3}.5.0.0
begin_watch --set upgrade_policy.automatic_os_upgrade.disable_automatic_rollback=true
echo 5.0.0 >newest
wait_until "the fourth ends badly" said "has ended (Faulted"
left=$(versions)
stop_watch "stopped after the fourth"
rm broken.*
begin_watch
nothing_begins "a watch that begins does not try it again"
expect_eq "everybody is as it was left" "$left" "$(versions)"
stop_watch "stopped to make somebody lag"
echo 0.9.0 >version.web-4
begin_watch
wait_until "who lags for another reason gets what the fleet has" has_versions "5 4.0.0"
wait_until "that is over" said "has completed"
sleep 0.5
expect_eq "it is not tried after that either" "" "$(grep 'there is a newer image' "$work/err" || true)"
kill -HUP "$pid"
wait_until "SIGHUP asks for it again" has_versions "5 5.0.0"
echo 6.0.0 >newest
wait_until "the next one is tried" has_versions "5 6.0.0"
wait_until "the next one is over" has_line "$file.watch.json" '"imageVersion": "6.0.0"'
stop_watch "stopped after the fifth"

# A word that comes while nobody watches is heard by the next watch.
begin_watch --set "$deferral"
echo 7.0.0 >newest
waits() { "$drydock" status "$file" 2>/dev/null | grep -qF "the upgrade to image $1 waits since"; }
wait_until "it waits for a word" waits 7.0.0
killed
run approve "$file"
expect_status "approve" 0
begin_watch --set "$deferral"
wait_until "approved while nobody watched, it begins" has_versions "5 7.0.0"
completed() { (($(grep -cF "has completed" "$work/err") == $1)); }
wait_until "its end is known" completed 1

# What waits, or was rejected, comes with no other change, and with no SIGHUP.
echo 8.0.0 >newest
wait_until "the next one waits" waits 8.0.0
sed -i '/^\[change\]/,/^image/s/^image = .*/image = { version = "latest", offer = "b" }/' "$file"
wait_until "another change is made" completed 2
expect_eq "what waits does not come with it" "5 7.0.0" "$(versions)"
wait_until "it waits on" waits 8.0.0
"$drydock" approve "$file" --reject 2>"$work/err2"
gone_from_status() { ! "$drydock" status "$file" 2>/dev/null | grep -qF "waits since"; }
wait_until "rejected, it waits no more" gone_from_status
sed -i '/^\[change\]/,/^image/s/"b"/"c"/' "$file"
wait_until "a third change is made" completed 3
expect_eq "what was rejected does not come with it" "5 7.0.0" "$(versions)"
kill -HUP "$pid"
wait_until "SIGHUP is heard" said "no upgrade is needed"
stop_watch "stopped after all that"
begin_watch
nothing_begins "a rejection is known to the next watch"
expect_eq "all have the image from before" "5 7.0.0" "$(versions)"
stop_watch "stopped at the end"

# One that the platform began is the platform's, whoever finishes it.
behave reimage 'until [[ -e go ]]; do sleep 0.02; done
if [[ -e "broken.$DRYDOCK_INSTANCE.$2" ]]; then exit 1; fi
echo "$2" >"version.$DRYDOCK_INSTANCE"'
rm -f log go
touch broken.web-2.9.0.0
begin_watch
echo 9.0.0 >newest
wait_until "a newer image is under way" has_logged "^begin reimage"
killed
touch go
run resume "$file" --quiet
expect_status "a resume" 3
expect_eq "a resume finishes it" "1 7.0.0 4 9.0.0" "$(versions)"
expect_eq "it notes who has its image back" '{"web-2":"7.0.0"}' "$(own_images)"
run history "$file" --os-upgrades --json
expect_json "who began it" "$work/out" '.[0] | [.startedBy, .targetImageReference.version, .runningStatus.code]' \
  '["Platform","9.0.0","Completed"]'
begin_watch
nothing_begins "the next watch leaves that one alone"
stop_watch "stopped after a resume"

# An answer about one that somebody has gone past is no answer any more.
begin_watch --set "$deferral"
echo 10.0.0 >newest
wait_until "one more waits" waits 10.0.0
stop_watch "stopped while it waits"
"$drydock" approve "$file" 2>>"$work/err2"
echo 11.0.0 >newest
run run "$file" --quiet
expect_status "a run to a newer one" 0
begin_watch --set "$deferral"
wait_until "the answer is of no use" said "answers about image 10.0.0, which waits for no answer"
nothing_begins "nobody goes back"
expect_eq "all have the newer one" "5 11.0.0" "$(versions)"
stop_watch "stopped after that answer"
expect_nobody "the end"
finish
