#!/usr/bin/env bash
# Every option that the files of `p5 init` name exists, and has the default that they show.
#   starter_options.sh <program> <folder data/starter>
set -euo pipefail
p5=$1 folder=$2
named=0
for file in import.toml train.toml; do
  section=""
  while IFS= read -r line; do
    if [[ $line =~ ^\[([a-z]+)\]$ ]]; then section=${BASH_REMATCH[1]}; fi
    if [[ $line =~ ^(#\ )?([a-z_]+)\ =\ (.*)$ ]]; then
      key=$section.${BASH_REMATCH[2]} value=${BASH_REMATCH[3]}
      default=$("$p5" options "$key" | sed -n 's/^  default *//p')
      [[ -n $default ]] || { echo "$file: no option $key"; exit 1; }
      if [[ -n ${BASH_REMATCH[1]} && $default != "$value" ]]; then
        echo "$file: the default of $key is $default, not $value"
        exit 1
      fi
      named=$((named + 1))
    fi
  done <"$folder/$file"
done
[[ $named -gt 20 ]] || { echo "only $named options found; has the layout of the files changed?"; exit 1; }
