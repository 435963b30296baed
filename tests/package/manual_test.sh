#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# manual_test.sh: the manual and the completions know every command and every long
# option that the program's own help names, and none that is not there; the manual
# is well formed; its fleet file is one.
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

drydock=$build/bin/drydock
pages=$tree/packaging/man
completions=$tree/packaging/completions

# options [COMMAND]: the long options that its help names.
options() {
  "$drydock" "$@" --help | grep -oE '^ +(-[a-z],)?--[a-z][a-z-]*' | sed 's/.*--/--/' | sort -u
}

mapfile -t commands < <("$drydock" --help | awk '/^Subcommands:/ { on = 1; next } on && NF { print $1 }')
if ((${#commands[@]} < 6)); then fail "the help names the commands" "${commands[*]}"; fi

# The page as text, so that its markup does not matter: `\-` is a dash.
page=$(sed 's/\\-/-/g' "$pages/drydock.1")
# A command's part of the synopsis: from its `.Cm` to the next `.Nm`.
synopsis() {
  awk -v command="$1" '/^\.Sh/ { on = $2 == "SYNOPSIS" }
    on && /^\.Nm/ { mine = 0 }
    on && $1 == ".Cm" { mine = $2 == command }
    mine' <<<"$page"
}

for command in "${commands[@]}"; do
  if ! grep -qE "^\.It Cm $command( |\$)" <<<"$page"; then
    fail "drydock(1) describes the command $command"
  fi
  for file in drydock.bash _drydock drydock.fish; do
    if ! grep -qwF -- "$command" "$completions/$file"; then fail "$file knows the command $command"; fi
  done
  while IFS= read -r option; do
    if ! grep -qE "^\.It .*Fl ${option#-}( |\$)" <<<"$page"; then
      fail "drydock(1) describes $option of $command"
    fi
    case $option in --help | --version) continue ;; esac
    if ! grep -qE "Fl ${option#-}( |\$)" <(synopsis "$command"); then
      fail "the synopsis of $command in drydock(1) has $option"
    fi
    for file in _drydock drydock.fish; do
      pattern="$option([^a-z-]|\$)"
      if [[ $file == *.fish ]]; then pattern="from [a-z ]*${command}[ '].* -l ${option#--}( |\$)"; fi
      if ! grep -qE -- "$pattern" "$completions/$file"; then fail "$file knows $option of $command"; fi
    done
  done < <(options "$command")
done

# The other way round: nothing is described that the program does not have.
known=$({
  options
  for command in "${commands[@]}"; do options "$command"; done
} | sort -u)
while IFS= read -r option; do
  if ! grep -qxF -- "$option" <<<"$known"; then fail "drydock has the option $option, as its manual says"; fi
done < <(grep -oE 'Fl -[a-z][a-z-]+' <<<"$page" | sed 's/Fl /-/' | sort -u)
while IFS= read -r command; do
  if ! grep -qxF -- "$command" <<<"$(printf '%s\n' "${commands[@]}")"; then
    fail "drydock has the command $command, as its manual says"
  fi
done < <(grep -oE '^\.It Cm [a-z]+' <<<"$page" | cut -d ' ' -f 3)
for status in 0 1 2 3 4 5; do
  if ! grep -qxF ".It $status" <<<"$page"; then fail "drydock(1) knows the exit status $status"; fi
done

# Every table of the starter has a word in drydock-fleet(5), in its own line or in
# that of the table that holds it.
"$drydock" init "$work" >"$work/log" 2>&1
fleet_page=$(sed 's/\\-/-/g' "$pages/drydock-fleet.5")
while IFS= read -r table; do
  name=$(tr -d "[]" <<<"${table##*.}")
  if ! grep -qwF -- "$name" <<<"${fleet_page//[\[\]]/ }"; then
    fail "drydock-fleet(5) names $table"
  fi
done < <(grep -oE '^(# )?\[\[?[a-z_.]+\]\]?' "$work/drydock.toml" | sed 's/^# //' | sort -u)
sed -n '/^\.Bd/,/^\.Ed/p' "$pages/drydock-fleet.5" | sed '/^\.[BE]d/d; s/\\-/-/g' >"$work/example.toml"
try "the example of drydock-fleet(5) is a fleet file" "$drydock" validate "$work/example.toml" || true

checked=''
for name in drydock.1 drydock-fleet.5; do
  if command -v mandoc >/dev/null; then
    checked=yes
    said=$(mandoc -T lint -W warning "$pages/$name" 2>&1 | grep -F "$name:" || true)
  elif command -v man >/dev/null && command -v groff >/dev/null; then
    checked=yes
    said=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$pages/$name" 2>&1 >/dev/null || true)
  else
    continue
  fi
  if [[ -n $said ]]; then fail "$name is well formed" "$said"; fi
done
if [[ -z $checked ]]; then echo "neither mandoc nor man is installed: the form of the manual was not checked"; fi
finish
