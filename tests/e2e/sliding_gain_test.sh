#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What sliding batches gain where actions take a lognormal time: of 1000 instances in
# batches of 5 %, at most 60 % of the time of strict ones, with the same promise.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

sliding=$here/../../examples/sliding/thousand.toml
sed 's/^batching = "sliding"/batching = "strict"/' "$sliding" >"$work/strict.toml"
cp -- "$sliding" "$work/sliding.toml"

for seed in 1 2 3 4 5; do
  for batching in strict sliding; do
    run run "$work/$batching.toml" --seed "$seed" --quiet --json
    expect_status "$batching, seed $seed" 0
    expect_json "$batching, seed $seed: all succeeded, and never more than 50 were down" "$work/out" \
      '[.progress.successfulInstanceCount, .maxUnavailableInstanceCount <= 50]' '[1000,true]'
    mv -- "$work/out" "$work/$batching.json"
  done
  expect_eq "seed $seed: sliding takes at most 60 % of the time" true \
    "$(jq -n --slurpfile a "$work/strict.json" --slurpfile b "$work/sliding.json" \
      '$b[0].durationSeconds <= 0.6 * $a[0].durationSeconds')"
  jq -rn --arg seed "$seed" --slurpfile a "$work/strict.json" --slurpfile b "$work/sliding.json" \
    '"seed \($seed): strict \($a[0].durationSeconds) s, sliding \($b[0].durationSeconds) s, ratio \($b[0].durationSeconds / $a[0].durationSeconds * 1000 | round / 1000)"'
done
finish
