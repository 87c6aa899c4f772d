#!/usr/bin/env bash
# The completion that the program prints for bash, run by bash: verbs, flags, values, files and folders.
#   completion.sh <program> <scratch folder>
set -euo pipefail
p5=$1
rm -rf "$2" && mkdir -p "$2/runs" && cd "$2"
touch log.csv
for shell in bash zsh fish; do "$p5" completion "$shell" >"script.$shell"; done
# shellcheck disable=SC1091
source ./script.bash

# What follows the words, of which the last is being typed.
completed() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _p5
  printf '%s\n' "${COMPREPLY[@]}"
}
must() {  # <line that must be offered> <words...>
  local wanted=$1
  shift
  completed "$@" | grep -qxe "$wanted" || { echo "no '$wanted' after: $*"; completed "$@"; exit 1; }
}
never() {
  local unwanted=$1
  shift
  if completed "$@" | grep -qxe "$unwanted"; then echo "'$unwanted' after: $*"; exit 1; fi
}

must train p5 tr
must help p5 ''
must import p5 help imp
must check p5 prompts ''
never train p5 prompts ''
must train p5 bench t
must --epochs p5 train --ep
must --no-hybrid p5 train --no-h
never --epochs p5 evaluate runs --ep  # evaluate offers only what may change after training
must --split p5 evaluate runs --s
must nano p5 train --preset n
never --epochs p5 train --preset ''
must runs p5 train --corpus r
must runs p5 evaluate r
never log.csv p5 evaluate ''
must log.csv p5 import l
must train.lr= p5 train --set train.l
must train.lr p5 options train.l
must json p5 train --log-format j
must zsh p5 completion z
must --users-per-batch p5 bench beam --us

# The other shells, where there are any.
if command -v zsh >/dev/null; then
  zsh -n script.zsh
  [[ $(zsh -f -c 'autoload -Uz compinit && compinit -D -u && source ./script.zsh && print -- ${_comps[p5]}') == _p5 ]]
fi
if command -v fish >/dev/null; then
  offered() { fish --no-config -c "source script.fish; complete -C '$2'" | cut -f1 | grep -qxe "$1" || { echo "fish: no '$1' after: $2"; exit 1; }; }
  offered train 'p5 tr'
  offered --epochs 'p5 train --ep'
  offered show 'p5 prompts '
  offered yelp 'p5 import --format '
fi
grep -q -- '--epochs\[' script.zsh
grep -q -- '-l epochs' script.fish
