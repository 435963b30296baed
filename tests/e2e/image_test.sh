#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Images that follow the newest version: run, plan, upgrades that begin by themselves,
# instances that get theirs back, approvals, the history.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/image_lib.sh"

echo 1.0.0 >newest

run validate "$file"
expect_status "validate" 0
sed 's/^latest_image.*//' "$file" >no_source.toml
run validate no_source.toml
expect_status "nothing tells the newest version" 2
expect_contains "nothing tells the newest version" "$(<"$work/err")" 'image.version is "latest", and nothing tells'
run plan "$file" --json --probe
expect_json "a plan says which version it is" "$work/out" '[.latestImageVersion, .batches]' '["1.0.0",[]]'
echo 1.1.0 >newest
run plan "$file" --probe
expect_contains "a plan says so to people" "$(<"$work/out")" "the latest image is 1.1.0"
run run "$file" --json --quiet
expect_status "a run" 0
expect_eq "a run takes the newest" "5 1.1.0" "$(versions)"
run history "$file" --os-upgrades --json
expect_json "the history of a run" "$work/out" \
  '[.[] | [.runningStatus.code, .startedBy, .targetImageReference.version, .progress.successfulInstanceCount]]' \
  '[["Completed","User","1.1.0",5]]'
echo "latest" >newest
run run "$file" --quiet
expect_status "no version" 2
expect_contains "no version" "$(<"$work/err")" "must print a version"
echo 1.1.0 >newest

cat >>"$file" <<'END'
[upgrade_policy.automatic_os_upgrade]
enable_automatic_os_upgrade = true
use_rolling_upgrade_policy = true
check_interval = "100ms"
END
begin_watch
echo 1.2.0 >newest
wait_until "a newer image begins an upgrade by itself" has_versions "5 1.2.0"
wait_until "it has ended" has_line fleet.toml.watch.json '"imageVersion": "1.2.0"'

# One that does not do gets the image back that it had.
touch broken.web-2.1.3.0
echo 1.3.0 >newest
wait_until "the rest is up to date" has_versions "1 1.2.0 4 1.3.0"
failed() { [[ $("$drydock" history "$file" --os-upgrades --json | jq -r '.[0].targetImageReference.version') == 1.3.0 ]]; }
wait_until "the history tells of it" failed
run_status=0
"$drydock" history "$file" --os-upgrades --json >"$work/out2" || run_status=$?
expect_json "the history" "$work/out2" \
  '[.[] | [.runningStatus.code, .startedBy, .targetImageReference.version, .progress.failedInstanceCount, .rollbackInfo]]' \
  '[["Completed","Platform","1.3.0",1,{"successfullyRolledbackInstanceCount":1,"failedRolledbackInstanceCount":0}],["Completed","Platform","1.2.0",0,null],["Completed","User","1.1.0",0,null]]'
"$drydock" history "$file" --os-upgrades >"$work/out2"
expect_contains "the history for people" "$(<"$work/out2")" "to 1.3.0, started by Platform" "1 have their image back"
kill -TERM "$pid"
await
expect_status "stopped" 0
expect_json "the summary" "$work/out" '[.upgrades[] | [.cause, .startedBy, .imageVersion, .code]]' \
  '[["image","Platform","1.2.0","Completed"],["image","Platform","1.3.0","Completed"]]'

# Without rollback it stays as it is, and the failing ones end the upgrade.
touch broken.web-0.1.4.0 broken.web-1.1.4.0
rm broken.web-2.1.3.0
echo 1.3.0 >version.web-2
begin_watch --set upgrade_policy.automatic_os_upgrade.disable_automatic_rollback=true
echo 1.4.0 >newest
wait_until "the upgrade faults" said "has ended (Faulted"
expect_eq "nobody was rolled back" "" "$(grep rollback_started events || true)"
# The same image is not tried again, a newer one is.
sleep 0.5
expect_eq "the same image is not tried again" 1 "$(grep -c 'there is a newer image' "$work/err")"
kill -TERM "$pid"
await
begin_watch --set upgrade_policy.automatic_os_upgrade.disable_automatic_rollback=true
sleep 0.5
expect_eq "nor by the next watch" "" "$(grep 'there is a newer image' "$work/err" || true)"
rm broken.*
echo 1.5.0 >newest
wait_until "a newer one is" has_versions "5 1.5.0"
kill -TERM "$pid"
await

# Deferred, it waits for a word.
begin_watch --set upgrade_policy.automatic_os_upgrade.os_rolling_upgrade_deferral=true
echo 1.6.0 >newest
waits() { "$drydock" status "$file" 2>/dev/null | grep -qF "the upgrade to image $1 waits since"; }
wait_until "status says that it waits" waits 1.6.0
expect_eq "status --json says so" '"1.6.0"' "$("$drydock" status "$file" --json | jq .pendingOsUpgrade.version)"
# So does explain, beside what was upgraded before, and where nothing was.
"$drydock" explain "$file" >"$work/out2"
expect_contains "explain says that it waits" "$(<"$work/out2")" "the upgrade to image 1.6.0 waits since" "drydock approve $file" \
  "finished since"
"$drydock" explain "$file" --json >"$work/out2"
expect_json "explain --json says so" "$work/out2" '[.state, .pendingOsUpgrade.version]' '["finished","1.6.0"]'
mkdir lonely
cp "$file" lonely/fleet.toml
cp "$file.watch.json" lonely/fleet.toml.watch.json
"$drydock" explain lonely/fleet.toml >"$work/out2" || fail "explain of an image that waits: exit status"
expect_contains "explain of an image that waits" "$(<"$work/out2")" "the upgrade to image 1.6.0 waits since" \
  "drydock approve lonely/fleet.toml"
"$drydock" explain lonely/fleet.toml --json >"$work/out2"
expect_json "explain --json of an image that waits" "$work/out2" \
  '[.state, .upgradeId, (.obstacles[0] | .kind, .subject, .remedies[0].action), .pendingOsUpgrade.version]' \
  '["waiting",null,"os_upgrade_approval","1.6.0","approve","1.6.0"]'
"$drydock" approve "$file" --reject 2>>"$work/err2"
gone_from_status() { ! "$drydock" status "$file" 2>/dev/null | grep -qF "waits since"; }
wait_until "rejected, it waits no more" gone_from_status
expect_eq "nothing was upgraded" "5 1.5.0" "$(versions)"
echo 1.7.0 >newest
wait_until "the next one waits" waits 1.7.0
"$drydock" approve "$file" 2>>"$work/err2"
wait_until "approved, it begins" has_versions "5 1.7.0"
kill -TERM "$pid"
await
expect_status "stopped after that" 0
"$drydock" history "$file" --os-upgrades --json >"$work/out2"
expect_json "the last five are remembered" "$work/out2" '[.[].targetImageReference.version]' \
  '["1.7.0","1.5.0","1.4.0","1.3.0","1.2.0"]'

# A change whose newest image nobody can tell just now is not lost.
sed 's/^enable_automatic_os_upgrade = true/enable_automatic_os_upgrade = false/' "$file" >retried.toml
mkdir retried && mv retried.toml retried/fleet.toml
for x in step.sh behave version.*; do ln -s "../$x" retried/; done
sed -i 's|"cat", "newest"|"cat", "../newest"|; s|^image = { version = "1.0.0" }|image = { version = "1.7.0" }|' retried/fleet.toml
sed -i '/^\[change\]/,/^image/s/^image = .*/image = { version = "1.7.0" }/' retried/fleet.toml
printf '[store]\nkind = "none"\n' >>retried/fleet.toml
rm -f events
start watch retried/fleet.toml --events "$work/events"
wait_until "the watch has begun" has_line "$work/events" '"event"'
rm newest
sed -i '/^\[change\]/,/^image/s/^image = .*/image = { version = "latest" }/' retried/fleet.toml
wait_until "nobody tells the newest version" said "is asked again"
expect_eq "nothing was upgraded yet" "5 1.7.0" "$(versions)"
echo 1.7.5 >newest
wait_until "the change is made once somebody does" has_versions "5 1.7.5"
kill -TERM "$pid"
await

# A resume has the version that the upgrade began with.
behave reimage 'until [[ -e go ]]; do sleep 0.02; done
echo "$2" >"version.$DRYDOCK_INSTANCE"'
echo 1.8.0 >newest
rm -f log
start run "$file" --quiet --json
wait_until "a run is at work" has_logged "begin reimage"
killed
echo 1.9.0 >newest
touch go
run resume "$file" --quiet --json
expect_status "a resume" 0
expect_eq "a resume has the version it began with" "5 1.8.0" "$(versions)"

# In virtual time: what a rehearsal of two releases comes to, the same each time.
cat >simulated.toml <<'END'
[scale_set]
name = "web"
orchestration_mode = "uniform"
[scale_set.model]
image = { version = "latest" }
[scale_set.instances]
count = 10
[upgrade_policy.automatic_os_upgrade]
enable_automatic_os_upgrade = true
[health.application_health_extension]
port = 80
[driver]
kind = "simulated"
[driver.simulated]
images = [{ version = "1.0.0" }, { version = "1.1.0", at = "90m" }, { version = "1.2.0", at = "30h" }]
[driver.simulated.durations]
reimage = "60s"
[[driver.simulated.fault]]
instance = "web-4"
health_after = "unhealthy"
END
run watch simulated.toml --json --quiet --events "$work/events1" --time-limit 2d
expect_status "in virtual time" 0
cp "$work/out" first
expect_json "in virtual time" first '[.upgrades[] | [.startedBy, .imageVersion, .code, .startTime, .progress.successfulInstanceCount, .progress.failedInstanceCount]]' \
  '[["Platform","1.1.0","Completed","2026-01-01T02:00:00.000Z",9,1],["Platform","1.2.0","Completed","2026-01-02T06:00:00.000Z",9,1]]'
run watch simulated.toml --json --quiet --events "$work/events2" --time-limit 2d
cmp first "$work/out" || fail "the same file gives another summary"
cmp "$work/events1" "$work/events2" || fail "the same file gives other events"
[[ -e simulated.toml.watch.json ]] && fail "a rehearsal leaves a record behind"
expect_nobody "the end"
finish
