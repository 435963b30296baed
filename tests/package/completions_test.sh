#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# completions_test.sh: what bash offers, word by word, against the program's own
# help; the syntax of the files for zsh and fish, where these shells are.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

drydock=$build/bin/drydock
completions=$tree/packaging/completions
cd -- "$work"
mkdir folder
touch fleet.toml fleet.toml.db other.toml notes.txt page.html monday.events 'two words.toml'
# shellcheck source=/dev/null
. "$completions/drydock.bash"

# offered WORD…: what is offered for the last word, sorted, on one line.
offered() {
  COMP_WORDS=(drydock "$@")
  COMP_CWORD=$#
  COMPREPLY=()
  _drydock
  if ((${#COMPREPLY[@]})); then printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | paste -sd ' '; fi
}
expect() { # WANTED WORD…
  local got
  got=$(offered "${@:2}")
  if [[ $got != "$1" ]]; then fail "drydock ${*:2}[Tab]" "wanted: $1" "got:    $got"; fi
}
# The long options in the help of a command.
options() {
  "$drydock" "$@" --help | grep -oE '^ +(-[a-z],)?--[a-z][a-z-]*' | sed 's/.*--/--/' \
    | LC_ALL=C sort -u | paste -sd ' '
}

commands=$("$drydock" --help | awk '/^Subcommands:/ { on = 1; next } on && NF { print $1 }' \
  | LC_ALL=C sort | paste -sd ' ')
expect "--help --version $commands" ''
expect "--help --version" -
expect "rehearse repairs replay resume run" r
for command in $commands; do
  expect "$(options "$command")" "$command" --
done

tomls='fleet.toml folder other.toml two words.toml'
for command in validate plan run resume status cancel rehearse; do expect "$tomls" "$command" ''; done
stores='fleet.toml fleet.toml.db folder other.toml two words.toml'
expect "$stores" history ''
for command in show replay; do
  expect "" "$command" ''
  expect "$stores" "$command" 9b78 ''
  expect "$stores" "$command" --json 9b78 ''
done
expect "$tomls" replay 9b78 --policy ''
expect "fleet.toml fleet.toml.db folder" replay --policy other.toml 9b78 f
expect "" replay --policy other.toml ''
expect "fleet.toml folder" run f
expect "fleet.toml folder" run --json --events out f
expect folder init ''
expect "fleet.toml fleet.toml.db folder monday.events notes.txt other.toml page.html two words.toml" learn ''
expect monday.events learn fleet.toml mo
expect notes.txt run fleet.toml --events n
expect - run fleet.toml --events -
expect "folder page.html" rehearse fleet.toml --html ''
expect "$tomls" rehearse fleet.toml --compare ''
expect "'*'" plan --instances ''
expect "" run --seed ''
expect "max_batch_instance_percent= max_batch_instances=" rehearse fleet.toml --vary max_batch
expect "" rehearse fleet.toml --vary max_batch_instances =
expect "" rehearse fleet.toml --vary max_batch_instances = 1
expect "0.01 0.02 0.05" rehearse --until-precision ''
expect "--max-fault-probability" run fleet.toml --max

# Whatever --vary is offered must be a key that it takes.
"$drydock" init . >log 2>&1
for key in $(offered rehearse drydock.toml --vary ''); do
  if ! grep -qE "^#? ?${key%=} = " drydock.toml; then fail "$key is a key of [upgrade_policy.rolling]"; fi
  for file in _drydock drydock.fish; do
    if ! grep -qw -- "${key%=}" "$completions/$file"; then fail "$file offers $key"; fi
  done
done

for shell in zsh fish; do
  file=$completions/_drydock
  if [[ $shell == fish ]]; then file=$completions/drydock.fish; fi
  if command -v "$shell" >/dev/null; then
    try "$shell reads ${file##*/}" "$shell" -n "$file" || true
  else
    echo "$shell is not installed: ${file##*/} was not checked"
  fi
done
finish
