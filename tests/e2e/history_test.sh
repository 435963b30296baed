#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What was written down: history and show, and stores in virtual time.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
cd "$work"

# fleet [STORE]: ten instances in virtual time, two in a batch.
fleet() {
  cat <<END
[scale_set]
name = "web"
[scale_set.model]
vm_size = "small"
[scale_set.instances]
count = 10
[change]
vm_size = "large"
[upgrade_policy]
mode = "rolling"
[health.application_health_extension]
protocol = "tcp"
port = 80
[driver]
kind = "simulated"
[driver.simulated.durations]
restart = "30s"
[[driver.simulated.fault]]
instance = "web-9"
action = "fail"
${1-}
END
}

# In virtual time nothing is kept unless the file asks for it, and that changes nothing.
fleet >plain.toml
fleet '[store]' >kept.toml
run run plain.toml --quiet --json --events plain.events
expect_status "virtual time" 3
jq 'del(.upgradeId)' out >plain.summary
expect_eq "virtual time leaves nothing behind" "" "$(find . -name '*.db*' -o -name '*.lock' -o -name '*.logs')"
run run kept.toml --quiet --json --events kept.events
expect_status "virtual time with a store" 3
first=$(jq -r .upgradeId out)
jq 'del(.upgradeId)' out >kept.summary
cp out first.summary
cmp plain.summary kept.summary || fail "a store changes nothing in the summary"
cmp plain.events kept.events || fail "a store changes nothing in the events"
[[ -s kept.toml.db ]] || fail "the store is beside the fleet file"

# The same again is another upgrade, the same again in another store is the same.
run run kept.toml --quiet --json
expect_status "the same again" 3
second=$(jq -r .upgradeId out)
[[ $second != "$first" ]] || fail "the same again has an id of its own"
cmp plain.summary <(jq 'del(.upgradeId)' out) || fail "the same again, but for the id"
cp kept.toml.db both.db
rm kept.toml.db
run run kept.toml --quiet --json
cmp first.summary out || fail "in a store of its own it gives the same bytes"
cp both.db kept.toml.db
rm both.db

# Newest first.
run history --json
expect_status "history" 0
expect_json "history" out 'map([.upgradeId, .scaleSet, .code, .startTime, .endTime, .records > 10])' \
  "[[\"$second\",\"web\",\"Completed\",\"2026-01-01T00:00:00.000Z\",\"2026-01-01T00:02:30.000Z\",true],
    [\"$first\",\"web\",\"Completed\",\"2026-01-01T00:00:00.000Z\",\"2026-01-01T00:02:30.000Z\",true]]"
run history
expect_eq "history for people" \
  "2026-01-01T00:00:00.000Z  $second  Completed in 150.0s  web
2026-01-01T00:00:00.000Z  $first  Completed in 150.0s  web" "$(<out)"
for where in kept.toml kept.toml.db; do
  run history "$where" --json
  expect_json "history of $where" out 'map(.upgradeId)' "[\"$second\",\"$first\"]"
done

# show: the summary of then, how often it was resumed, and each batch with its reason.
run show "$first" --json
expect_status "show" 0
expect_json "show --json" <(jq 'del(.records, .resumedCount)' out) . "$(<first.summary)"
expect_json "show --json: what summaries have not" out '[.records > 10, .resumedCount]' '[true,0]'
run show "${first:0:8}" kept.toml
expect_status "show by a beginning" 0
expect_contains "show for people" "$(<out)" "$first  Completed in 150.0s" \
  "   0.0s upgrade of web started: 10 instances, 10 pending (restart)" \
  "   0.0s batch 1: web-0, web-1 (2 instances, as many as a batch may have)" \
  "  30.0s batch 2: web-2, web-3 (2 instances, as many as a batch may have)" \
  " 150.0s web-9 failed" " 150.0s upgrade Completed in 150.0s: 9 successful, 1 failed, 0 pending, 0 skipped"
run run kept.toml --quiet --seed 7
expect_status "another seed" 3
run show "$second" --json
expect_json "show of the one that is named" out .upgradeId "\"$second\""

# replay, under other policies too: one that replaces cannot be tried where nobody was.
sed 's/^mode = "rolling"/&\n[upgrade_policy.rolling]\nmax_batch_instance_percent = 10/' kept.toml >careful.toml
sed 's/^mode = "rolling"/&\n[upgrade_policy.rolling]\nmax_surge = true/' kept.toml >surging.toml
run replay "$first" kept.toml --policy careful.toml --json
expect_status "replay under a careful policy" 0
expect_json "replay under a careful policy" out '[.equal, .policy.firstDifference.elapsedSeconds, .policy.other.batchCount]' \
  '[true,0,10]'
run replay "$first" kept.toml --policy surging.toml
expect_status "replay of one in place under max_surge" 2
expect_eq "replay of one in place under max_surge: nothing on standard output" "" "$(<out)"
expect_contains "replay of one in place under max_surge: why" "$(<err)" "$first was done in place" "drydock rehearse"
run run surging.toml --quiet --json
surged=$(jq -r .upgradeId out)
run replay "$surged" surging.toml --policy surging.toml --json
expect_status "replay of one that replaced, under the same policy" 0
expect_json "replay of one that replaced, under the same policy" out .policy.firstDifference null
rm surging.toml.db

# What cannot be found.
run show 00000000-no-such
expect_status "an unknown id" 2
expect_contains "an unknown id: why" "$(<err)" "no upgrade 00000000-no-such" "drydock history"
expect_eq "an unknown id: nothing on standard output" "" "$(<out)"
run show ""
expect_status "an ambiguous beginning" 2
expect_contains "an ambiguous beginning: why" "$(<err)" "several upgrades" "drydock history"
cp kept.toml.db other.db
run history
expect_status "two stores in the folder" 2
expect_contains "two stores in the folder: which" "$(<err)" kept.toml.db other.db
run history other.db --json
expect_json "one of two stores, by its name" out length 3
rm -- *.db
echo "no store" >notes.db
run history
expect_status "no store in the folder" 2
expect_contains "no store in the folder: what to do" "$(<err)" "no store in this folder" "name a fleet file"
for where in missing.db kept.toml; do
  run history "$where"
  expect_status "history of $where, which is not there" 2
  expect_contains "history of $where, which is not there: why" "$(<err)" "there is no store at"
done
run history plain.toml
expect_status "history of a file that keeps nothing" 2
expect_contains "history of a file that keeps nothing: why" "$(<err)" "keeps nothing" "[store]"
finish
