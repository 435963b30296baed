# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A fleet of files whose commands keep a log; sourced after lib.sh.
#
# $work/log gets a line at the begin and at the end of each command: the moment,
# $DRYDOCK_ACTION, $DRYDOCK_INSTANCE, $DRYDOCK_ATTEMPT. In between, step.sh sources
# behave/ACTION.INSTANCE or else behave/ACTION, where there is one.

# shellcheck disable=SC2154 # lib.sh sets it
mkdir -- "$work/behave"
cat >"$work/step.sh" <<'END'
#!/bin/bash
note() { echo "$1 $DRYDOCK_ACTION ${DRYDOCK_INSTANCE:--} $DRYDOCK_ATTEMPT" >>log; }
note begin
for file in "behave/$DRYDOCK_ACTION.$DRYDOCK_INSTANCE" "behave/$DRYDOCK_ACTION"; do
  if [[ -e $file ]]; then
    . "$file"
    break
  fi
done
note end
END
chmod +x "$work/step.sh"

# behave WHAT [SCRIPT]: from now on; without a script: as at first.
behave() {
  if (($# == 1)); then rm -f -- "$work/behave/$1"; else echo "$2" >"$work/behave/$1"; fi
}

# Holds a command until `touch $work/go`, and a process of its own beside it.
# shellcheck disable=SC2016,SC2034 # for the command, and for those that source this
hold='sleep 600 & sleeper=$!
until [[ -e go ]]; do sleep 0.02; done
kill $sleeper'

# fleet COUNT [POLICY [COMMANDS]]: the file, rolling, one in a batch, healthy at the
# first look. POLICY and COMMANDS are lines of [upgrade_policy.rolling] and
# [driver.command].
fleet() {
  cat <<END
[scale_set]
name = "web"
orchestration_mode = "uniform"
[scale_set.model]
image = { version = "1" }
[scale_set.instances]
count = $1
[change]
image = { version = "2" }
[upgrade_policy]
mode = "rolling"
[upgrade_policy.rolling]
${2-max_batch_instances = 1}
[health.command]
argv = ["true"]
interval = "50ms"
[driver]
kind = "command"
[driver.command]
reimage = ["./step.sh", "{instance.id}", "{model.image.version}"]
${3-}
END
}

# As fleet, but automatic mode and no health: all at once, done when the command is.
automatic() {
  fleet "$1" "" "${2-}" | sed -e 's/"rolling"/"automatic"/' \
    -e '/^\[upgrade_policy.rolling\]/d' -e '/^\[health/,/^interval/d'
}

# logged PATTERN: how many lines match it.
logged() { grep -cE -- "$1" "$work/log" 2>/dev/null || true; }
has_logged() { [[ $(logged "$1") -gt 0 ]]; }
anew() { rm -rf -- "$work/log" "$work/go" "$work/events" "$work"/behave/*; }
