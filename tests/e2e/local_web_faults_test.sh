#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The example's bad image, with and without rollback, and its phases.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
source "$here/local_web_lib.sh"

# The first batch, web-0 and web-3, never becomes healthy: 2 of 2 is over 20 %.
run run "$example/broken-image.toml" --json --keep
expect_status "broken-image.toml" 4
expect_json "broken-image.toml: the summary" "$work/out" \
  '[.runningStatus.code, .error.code, (.progress[]), .rollbackInfo, .maxUnavailableInstanceCount <= 2]' \
  '["Faulted","MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade",0,2,0,10,0,null,true]'
expect_json "broken-image.toml: the details" "$work/out" '.error.details | map([.code, .target]) | sort' \
  '[["HealthTimeout","local-web/virtualMachines/web-0"],["HealthTimeout","local-web/virtualMachines/web-3"]]'
expect_json "broken-image.toml: one batch" "$work/out" '[.batches[] | [.instances, (.failed | sort)]]' \
  '[[["web-0","web-3"],["web-0","web-3"]]]'
expect_eq "the other ten are untouched" "10 1.0.0 2 2.0.0-broken" "$(answers /version)"
"$example/down"
expect_nobody "down after broken-image.toml"

run run "$example/broken-image-rollback.toml" --json --keep
expect_status "broken-image-rollback.toml" 4
expect_json "broken-image-rollback.toml: the summary" "$work/out" \
  '[.runningStatus.code, (.progress[]), .rollbackInfo, .maxUnavailableInstanceCount <= 2]' \
  '["Faulted",0,2,0,10,0,{"successfullyRolledbackInstanceCount":2,"failedRolledbackInstanceCount":0},true]'
expect_eq "the failed ones run the old version again" "12 1.0.0" "$(answers /version)"
expect_eq "and serve it" "12 1.0.0" "$(answers /)"
"$example/down"
expect_nobody "down after broken-image-rollback.toml"

# web-0 and web-1 first, then web-2 to web-5, then the rest but web-11; in zones, i mod 3.
run run "$example/phases.toml" --json --events "$work/events"
expect_status "phases.toml" 0
expect_json "phases.toml: the batches" "$work/out" '[.batches[] | [.phase, .zone, .instances]]' \
  '[[1,"1",["web-0"]],[1,"2",["web-1"]],[2,"1",["web-3"]],[2,"2",["web-4"]],[2,"3",["web-2","web-5"]],[null,"1",["web-6","web-9"]],[null,"2",["web-7","web-10"]],[null,"3",["web-8"]]]'
expect_json "phases.toml: one is left alone" <(jq -s . "$work/events") \
  'map(select(.event == "instance_skipped") | [.instance, .reason])' '[["web-11","skip_upgrade"]]'
expect_json "phases.toml: the counts" "$work/out" '[.progress[], .maxUnavailableInstanceCount <= 2]' \
  '[11,0,0,0,1,true]'
expect_nobody "phases.toml"
finish
