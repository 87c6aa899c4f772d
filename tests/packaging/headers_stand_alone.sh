#!/usr/bin/env bash
# Every header compiles alone, and no header except *_module.h includes LibTorch, not even through another one.
# Headers that include LibTorch take seconds each, so they are compiled together, in one translation unit.
# A header whose files have not changed since it last passed is not compiled again; ccache, where there is one, knows those of
# other checkouts.
#   headers_stand_alone.sh <source folder> <scratch folder> <compile command> <include flags of LibTorch, or "none">
set -euo pipefail
export SOURCE=$1 SCRATCH=$2 COMPILE=$3
torch_flags=$4
cd "$SOURCE"
mkdir -p "$SCRATCH"
export CCACHE_BASEDIR=$SOURCE CCACHE_NOHASHDIR=1
# A cache keeps what makes an object; a header alone makes an empty one.
CACHE=$(command -v ccache || true)
export CACHE

# True when the header at stamp $1 passed before and none of the files that it needs has changed since.
still_good() {
  local newer
  [[ -f $1.ok ]] || return 1
  newer=$(sed 's/^[^ ]*://; s/\\$//' "$1.d" | xargs sh -c 'find "$@" -maxdepth 0 -newer "$0" 2>&1' "$1.ok") || return 1
  [[ -z $newer ]]
}

check_header() {
  local header=$1 stamp
  stamp=$SCRATCH/$(tr / _ <<<"$header")
  if still_good "$stamp"; then return 0; fi
  rm -f "$stamp.ok"
  local unit=$stamp.cc output=(-c -O0 -o "$stamp.o")
  [[ -n $CACHE ]] || output=(-fsyntax-only)
  # As old as it is: every stamp names it.
  [[ -f $unit ]] || printf '#include "%s"\n' "${header#*/}" >"$unit"
  # shellcheck disable=SC2086  # the commands are several words
  if ! $CACHE $COMPILE "${output[@]}" -Isrc -Iinclude -MD -MF "$stamp.d" -MT "$header" "$unit" 2>"$stamp.log"; then
    printf '%s does not compile alone:\n%s\n' "$header" "$(head -n 12 "$stamp.log")"
    return 1
  fi
  if grep -oE '[^ ]*/(torch|ATen|c10)/[^ ]*' "$stamp.d" >"$stamp.torch"; then
    printf '%s is not a *_module.h and includes LibTorch: %s\n' "$header" "$(head -n 1 "$stamp.torch")"
    return 1
  fi
  touch "$stamp.ok"
}
export -f check_header still_good

status=0
find src include -name '*.h' ! -name '*_module.h' -print0 | sort -z |
  xargs -0 -n 1 -P 2 bash -c 'check_header "$0" || exit 1' || status=1

if [[ $torch_flags != none ]]; then
  find src -name '*_module.h' | sort | sed 's,^src/\(.*\),#include "\1",' >"$SCRATCH/wall.cc"
  output=(-c -O0 -o "$SCRATCH/wall.o")
  [[ -n $CACHE ]] || output=(-fsyntax-only)
  # shellcheck disable=SC2086
  $CACHE $COMPILE "${output[@]}" -Isrc -Iinclude $torch_flags "$SCRATCH/wall.cc" || status=1
fi
exit "$status"
