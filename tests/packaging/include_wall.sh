#!/usr/bin/env bash
# p5_add_module configures a project that follows its rules. It refuses any other, and names the file and the rule.
#   include_wall.sh <folder of the small project> <scratch folder>
set -euo pipefail
project=$1 scratch=$2
cmake_folder=$(cd "$project/../../../cmake" && pwd)
rm -rf "$scratch"

# configure <case> <file> <include line>: a valid project with one more file. The output goes to <scratch>/<case>.log.
configure() {
  local house=$scratch/$1/house room
  for room in base lower upper; do
    mkdir -p "$house/src/$room"
    echo "// A room." >"$house/src/$room/$room.h"
    printf '#include "%s/%s.h"\n' "$room" "$room" >"$house/src/$room/$room.cc"
  done
  printf '%s\n' "$3" >"$house/src/$2"
  cmake -S "$project" -B "$scratch/$1/build" -G Ninja "-DP5_CMAKE_FOLDER=$cmake_folder" "-DP5_HOUSE=$house" \
    >"$scratch/$1.log" 2>&1
}

accepts() {
  configure "$@" || { echo "case '$1' was refused:"; cat "$scratch/$1.log"; exit 1; }
}
refuses() {  # <case> <file> <include line> <words of the message>...
  if configure "$1" "$2" "$3"; then
    echo "case '$1' was accepted, though $2 says: $3"
    exit 1
  fi
  local text words
  text=$(tr -s ' \n' ' ' <"$scratch/$1.log")
  for words in "${@:4}"; do
    [[ $text == *"$words"* ]] || { echo "case '$1': the message lacks '$words':"; cat "$scratch/$1.log"; exit 1; }
  done
}

accepts downwards upper/more.cc '#include "lower/lower.h"'
accepts base_is_free lower/more.cc '#include "base/base.h"'
accepts wall_header upper/more_module.h '#include <torch/torch.h>'
accepts wall_source upper/more_torch.cc '#include <ATen/ATen.h>'
refuses upwards lower/more.cc '#include "upper/upper.h"' "src/lower/more.cc" "room 'upper'" "fix:"
refuses upwards_header lower/more.h '  #  include "upper/upper.h"' "src/lower/more.h" "room 'upper'"
refuses torch_header upper/more.h '#include <torch/torch.h>' "src/upper/more.h" "libtorch" "*_module.h"
refuses torch_source upper/more.cc '#include <c10/util/Half.h>' "src/upper/more.cc" "libtorch"
