# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the commands of this fleet share; sourced, not run.

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=examples/ssh/settings.sh
source "$here/settings.sh"

# Sockets of the connections that are kept. Not in this folder: the path of a socket
# may have 104 bytes, of which %C takes 40 and what ssh adds for a moment 17.
connections=${XDG_RUNTIME_DIR:-/tmp}
if ((${#connections} > 22)); then connections=/tmp; fi
connections+=/drydock-ssh-$(cksum <<<"$UID $here" | cut -d ' ' -f 1)

ssh_options=(
  -o BatchMode=yes # nobody is here to type a password
  -o StrictHostKeyChecking=yes
  -o ConnectTimeout=10 -o ConnectionAttempts=1
  # A host that went away in the middle is noticed after 15 s.
  -o ServerAliveInterval=5 -o ServerAliveCountMax=3
  -o ControlMaster=auto -o "ControlPath=$connections/%C" -o ControlPersist=60
  -o ClearAllForwardings=yes -o RequestTTY=no
  -o LogLevel=ERROR # no banners
)
if [[ $ssh_config ]]; then ssh_options+=(-F "$ssh_config"); fi

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# connections_folder: it is there, and nobody else's, who could answer in a host's
# place.
connections_folder() {
  mkdir -m 700 -- "$connections" 2>/dev/null || true
  [[ -d $connections && ! -L $connections && -O $connections ]] \
    || fail "$connections is not a folder of yours: remove it"
}

# quoted WORD…: as words for the login's shell, any that POSIX knows.
quoted() {
  local word line=''
  for word in "$@"; do line+=" '${word//\'/\'\\\'\'}'"; done
  printf '%s' "${line:1}"
}

# on_host ID WORD ARG…: what host.sh does for WORD, on that host, with our standard
# input. The host needs nothing of ours: the whole script is in the command, so
# that it arrives whole or not at all. Returns
#   75  when the host was not reached, or lost: trying again may help, and is safe
#    2  when it was refused, by the host or by us: trying again would not help
# and what host.sh returns else.
on_host() {
  local id=$1 said status=0 script
  shift
  script=$(<"$here/host.sh")
  connections_folder
  # ssh's messages are wanted as text, its output goes where ours does.
  {
    said=$(ssh "${ssh_options[@]}" -- "$id" \
      "bash -c $(quoted "$script" host.sh "$@")" 2>&1 >&3 3>&-) || status=$?
  } 3>&1
  if [[ $said ]]; then printf '%s\n' "$said" >&2; fi
  ((status == 255)) || return "$status"
  case $said in
    *'Host key verification failed'*)
      printf '%s: %s is refused: its host key is not the one in known_hosts. If the host was set up anew, put its new key there; if not, another machine answers in its place\n' \
        "${0##*/}" "$id" >&2
      return 2
      ;;
    *'Permission denied ('*)
      printf '%s: %s refuses our key: add it to authorized_keys there\n' "${0##*/}" "$id" >&2
      return 2
      ;;
  esac
  printf '%s: %s was not reached, or lost\n' "${0##*/}" "$id" >&2
  return 75
}
