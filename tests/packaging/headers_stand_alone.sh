#!/usr/bin/env bash
# Every header compiles alone, and no header except *_module.h includes LibTorch, not even through another one.
# A header that its own source includes first was compiled alone by the build; the others are compiled here. Headers that include
# LibTorch take seconds each, so they are compiled together, in one translation unit.
#   headers_stand_alone.sh <source folder> <scratch folder> <compile command> <include flags of LibTorch, or "none">
set -euo pipefail
source_folder=$1 scratch=$2 torch_flags=$4
export COMPILE=$3 SCRATCH=$scratch
cd "$source_folder"
rm -rf "$scratch"
mkdir -p "$scratch"

status=0
# Who includes neither LibTorch nor a *_module.h includes no LibTorch through another header either.
if grep -rnE '#include *[<"]((torch|ATen|c10)/|[^">]*_module\.h)' src include --include='*.h' --exclude='*_module.h' >"$scratch/torch"; then
  sed 's/^/not a *_module.h, but includes LibTorch: /' "$scratch/torch"
  status=1
fi

first_include_of_its_source() {  # header
  local source=${1%.h}.cc
  [[ -f $source ]] && grep -m 1 '^#include' "$source"
}

check_header() {
  local log
  log=$SCRATCH/$(tr / _ <<<"$1").log
  # shellcheck disable=SC2086  # the command is several words
  if ! echo "#include \"${1#*/}\"" | $COMPILE -fsyntax-only -Isrc -Iinclude -x c++ - 2>"$log"; then
    printf '%s does not compile alone:\n%s\n' "$1" "$(head -n 12 "$log")"
    return 1
  fi
}
export -f check_header

find src include -name '*.h' ! -name '*_module.h' | sort | while read -r header; do
  [[ $(first_include_of_its_source "$header") == "#include \"${header#*/}\"" ]] || echo "$header"
done >"$scratch/others"
xargs -n 1 -P 2 bash -c 'check_header "$0" || exit 1' <"$scratch/others" || status=1

if [[ $torch_flags != none ]]; then
  # shellcheck disable=SC2086
  find src -name '*_module.h' | sort | sed 's,^src/\(.*\),#include "\1",' |
    $COMPILE -fsyntax-only -Isrc -Iinclude $torch_flags -x c++ - || status=1
fi
exit "$status"
