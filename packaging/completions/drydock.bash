# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion of drydock(1) for bash; needs nothing of the package bash-completion.

# _drydock_offer WORDS: those of them that begin with the current word.
_drydock_offer() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word")
}

# _drydock_files [PATTERN]: files that match it, and folders to look into.
_drydock_files() {
  local name
  compopt -o filenames 2>/dev/null
  COMPREPLY=()
  while IFS= read -r name; do
    # shellcheck disable=SC2053 # a pattern it is
    if [[ -d $name || $name == ${1:-*} ]]; then COMPREPLY+=("$name"); fi
  done < <(compgen -f -- "$word")
}

# Fleet files and the files of stores.
_drydock_stores() {
  local found=()
  _drydock_files '*.toml'
  found=("${COMPREPLY[@]}")
  _drydock_files '*.db'
  local name
  for name in "${COMPREPLY[@]}"; do
    if [[ ! -d $name ]]; then found+=("$name"); fi
  done
  COMPREPLY=("${found[@]}")
}

# Whether a word that is no option stands between the command and the current one.
_drydock_has_id() {
  local i seen=0
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
      --policy | --scale-set) ((++i)) ;;
      -*) ;;
      *) ((++seen)) ;;
    esac
  done
  ((seen > 1))
}

_drydock_varied() {
  # Readline takes `=` for the end of a word; values are the user's to choose.
  if [[ $1 == *=* ]]; then
    COMPREPLY=()
    return
  fi
  compopt -o nospace 2>/dev/null
  _drydock_offer "max_batch_instance_percent= max_unhealthy_instance_percent=
    max_unhealthy_upgraded_instance_percent= pause_time_between_batches=
    prioritize_unhealthy_instances= enable_cross_zone_upgrade=
    rollback_failed_instances_on_policy_breach= max_batch_instances=
    max_unhealthy_instances= min_ready= health_timeout= progress_deadline=
    ignore_unhealthy_before_start= batching= rollback= checkpoints= bake= approval="
}

_drydock() {
  local word=${COMP_WORDS[COMP_CWORD]} before='' command='' i
  if ((COMP_CWORD > 0)); then before=${COMP_WORDS[COMP_CWORD - 1]}; fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    if [[ ${COMP_WORDS[i]} != -* ]]; then
      command=${COMP_WORDS[i]}
      break
    fi
  done
  if [[ -z $command ]]; then
    _drydock_offer "init validate plan run resume watch repairs status cancel approve history show explain replay rehearse learn
      --help --version"
    return
  fi
  if [[ $word == = ]]; then
    COMPREPLY=()
    return
  fi
  case $command:$before in
    rehearse:--vary) _drydock_varied "$word" ;;
    rehearse:--compare) _drydock_files '*.toml' ;;
    rehearse:--html) _drydock_files '*.html' ;;
    replay:--policy) _drydock_files '*.toml' ;;
    explain:--events) _drydock_files ;;
    explain:--upgrade | explain:--instance | *:--scale-set) COMPREPLY=() ;;
    run:--events | resume:--events | watch:--events | rehearse:--events)
      if [[ $word == - ]]; then _drydock_offer -; else _drydock_files; fi
      ;;
    run:--instances | plan:--instances | rehearse:--instances) COMPREPLY=("'*'") ;;
    run:--max-fault-probability) _drydock_offer "0.01 0.05 0.1" ;;
    rehearse:--until-precision) _drydock_offer "0.01 0.02 0.05" ;;
    run:--seed | run:--rehearse-first | rehearse:--seed | rehearse:--runs | rehearse:--jobs | \
      rehearse:--run | watch:--set | watch:--time-limit | approve:--message | approve:--question | *:=) COMPREPLY=() ;;
    *) _drydock_argument ;;
  esac
}

# An option of the command, or what it works on.
_drydock_argument() {
  if [[ $word == -* ]]; then
    case $command in
      plan) _drydock_offer "--help --version --json --instances --probe --scale-set" ;;
      run)
        _drydock_offer "--help --version --json --events --instances --quiet --keep --seed
          --rehearse-first --max-fault-probability --scale-set"
        ;;
      resume) _drydock_offer "--help --version --json --events --quiet --keep --scale-set" ;;
      watch) _drydock_offer "--help --version --json --events --quiet --set --time-limit" ;;
      repairs) _drydock_offer "--help --version --json --suspend --resume" ;;
      status) _drydock_offer "--help --version --json --scale-set" ;;
      history) _drydock_offer "--help --version --json --scale-set --os-upgrades" ;;
      show) _drydock_offer "--help --version --json" ;;
      cancel) _drydock_offer "--abandon --help --now --scale-set --version" ;;
      approve) _drydock_offer "--help --version --reject --message --question --scale-set" ;;
      explain) _drydock_offer "--help --version --json --upgrade --events --instance --scale-set" ;;
      replay) _drydock_offer "--help --version --json --policy --scale-set" ;;
      rehearse)
        _drydock_offer "--help --version --runs --seed --jobs --until-precision --json --html
          --vary --compare --instances --run --events --quiet --scale-set"
        ;;
      learn) _drydock_offer "--help --version --scale-set" ;;
      *) _drydock_offer "--help --version" ;;
    esac
    return
  fi
  case $command in
    init)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$word")
      ;;
    learn) _drydock_files ;;
    validate | plan | run | resume | watch | repairs | status | cancel | approve | rehearse) _drydock_files '*.toml' ;;
    history | explain) _drydock_stores ;;
    # The id comes first, and only the store knows it.
    show | replay) if _drydock_has_id; then _drydock_stores; else COMPREPLY=(); fi ;;
  esac
}

complete -F _drydock drydock
