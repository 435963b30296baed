#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is wrong with a file or a command line: exit status 2, nothing on standard
# output, nothing started, and one line for each problem that says where.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
cd "$work"

# refused WHAT: of the last run.
refused() {
  expect_status "$1" 2
  expect_eq "$1: nothing on standard output" "" "$(<"$work/out")"
}

# expect_refused WHAT FILE PATTERN…: by validate, plan and run, with the same text
# that has exactly one line for each extended expression.
expect_refused() {
  local what=$1 file=$2 first='' command i
  local -a lines
  shift 2
  for command in validate plan run; do
    run "$command" "$file"
    refused "$what: $command"
    if [[ $command == validate ]]; then first=$(<"$work/err"); fi
    expect_eq "$what: $command says what validate says" "$first" "$(<"$work/err")"
  done
  mapfile -t lines <<<"$first"
  expect_eq "$what: as many lines as problems" $# "${#lines[@]}"
  for ((i = 0; i < ${#lines[@]}; ++i)); do
    expect_matches "$what" "$1" "${lines[i]}"
    shift || break
  done
}

cat >seven.toml <<'END'
[scale_set]
name = "web"
zoness = ["1"]
orchestration_mode = "elastic"
[scale_set.model]
vm_size = "small"
[scale_set.instances]
count = "many"
[change]
vm_size = "large"
[upgrade_policy]
mode = "rolling"
[upgrade_policy.rolling]
max_batch_instance_percent = 101
pause_time_between_batches = "soon"
[health.application_health_extension]
protocol = "gopher"
request_path = "/"
[driver]
kind = "command"
[driver.command]
restart = ["./restart.sh", "{instance.nam}"]
setup = ["touch", "started"]
END
expect_refused "seven mistakes are told in one go" seven.toml \
  'seven.toml:3:[0-9]+: error: .*zoness.*zones.*' \
  'seven.toml:4:[0-9]+: error: .*elastic.*flexible.*uniform.*' \
  'seven.toml:8:[0-9]+: error: .*count.*' \
  'seven.toml:14:[0-9]+: error: .*max_batch_instance_percent.*101.*1 .*100.*' \
  'seven.toml:15:[0-9]+: error: .*pause_time_between_batches.*soon.*' \
  'seven.toml:17:[0-9]+: error: .*gopher.*' \
  'seven.toml:22:[0-9]+: error: .*instance\.nam.*'
[[ -e started ]] && fail "a wrong file never starts anything"
[[ -e seven.toml.lock ]] && fail "a wrong file is not locked"

printf '[scale_set]\nname = "web\n[change]\nbogus = 1\n' >syntax.toml
expect_refused "a syntax error is told alone" syntax.toml 'syntax.toml:2:[0-9]+: error: .*'
expect_refused "a file that is not there" missing.toml 'missing.toml.*: error: .*'

# fleet MODEL CHANGE SCALE_SET POLICY HEALTH: a file with these lines.
fleet() {
  printf '[scale_set]\nname = "web"\n%s\n[scale_set.model]\n%s\n' "$3" "$1"
  printf '[scale_set.instances]\ncount = 3\n[change]\n%s\n[upgrade_policy]\n%s\n' "$2" "$4"
  printf '%s\n[driver]\nkind = "simulated"\n' "$5"
}
probe='[health.application_health_extension]
protocol = "tcp"
port = 80'
rolling='mode = "rolling"'
size='vm_size = "small"'
larger='vm_size = "large"'
# What a change is refused with, by its code: semantics, 2 and 3.
fleet "$size" "$larger" "" "$rolling" "" >no_health.toml
expect_refused "rolling needs a health source" no_health.toml \
  'no_health.toml:[0-9]+:[0-9]+: error: BadRequest: .+'
fleet "$size" 'orchestration_mode = "uniform"' "" "$rolling" "$probe" >mode.toml
expect_refused "the orchestration mode stays" mode.toml \
  'mode.toml:9:[0-9]+: error: PropertyChangeNotAllowed: .*orchestration_mode.*'
fleet "$size" 'zones = ["1"]' 'zones = ["1", "2"]' "$rolling" "$probe" >zones.toml
expect_refused "no zone goes" zones.toml \
  'zones.toml:9:[0-9]+: error: PropertyChangeNotAllowed: .*zones.*'
fleet 'image = { version = "1" }' 'image = { id = "/images/7" }' \
  'orchestration_mode = "uniform"' "$rolling" "$probe" >image.toml
expect_refused "the type of image stays" image.toml \
  'image.toml:9:[0-9]+: error: OperationNotAllowed: .*image.*'
fleet 'image = { version = "1" }' 'image = { version = "2" }' "" "$rolling" "$probe" >feature.toml
expect_refused "flexible image changes need the feature, and the line to add is told" feature.toml \
  'feature.toml:9:[0-9]+: error: .*ImageReferenceUpgradeForVmoVMs.*'
fleet "$size" "$larger" $'compatibility = "azure"\norchestration_mode = "uniform"' \
  "$rolling"$'\n[upgrade_policy.rolling]\nmax_batch_instance_percent = 40' \
  "$probe" >azure.toml
expect_refused "azure: the batch percent is at most the unhealthy percent" azure.toml \
  'azure.toml:[0-9]+:[0-9]+: error: OperationNotAllowed: .*max_batch_instance_percent.*'

fleet "$size" "$larger" "" "$rolling" "$probe" >good.toml
run validate good.toml
expect_status "validate of a good file" 0
expect_eq "validate of a good file prints nothing at all" "" "$(cat out err)"

# The command line.
for arguments in "" "bogus" "run" "plan" "validate" "run good.toml --bogus" \
  "run good.toml extra" "run good.toml --seed x" "run good.toml --seed -1"; do
  # shellcheck disable=SC2086 # words on purpose
  run $arguments
  refused "usage: drydock $arguments"
  [[ -s err ]] || fail "usage: drydock $arguments: says what is wrong"
done
run run good.toml --json --events -
refused "--json and --events - both want standard output"
expect_contains "--json with --events - says so" "$(<err)" "error: " "--json" "--events"
run run good.toml --events "$work/no/such/folder"
refused "events that cannot be written"

for command in run plan; do
  run "$command" good.toml --instances web-0
  refused "$command --instances in rolling mode"
  expect_contains "$command --instances in rolling mode says so" "$(<err)" "good.toml" "error: " "manual"
done
fleet "$size" "$larger" "" "" "" >manual.toml
for ids in web-9 web-0,web-9 'web-0,' '' ' web-0'; do
  run run manual.toml --instances "$ids"
  refused "--instances '$ids' names an unknown one"
  expect_matches "--instances '$ids'" 'manual.toml.*: error: .+' "$(<err)"
done
finish
