#!/usr/bin/env bash
# Every file and list that HACKING.md names exists.
#   hacking_page.sh <source folder>
set -euo pipefail
cd "$1"
failed=0
for path in $(grep -oE '`(src|tests|cli|fuzz|prompts|docs|scripts)/[A-Za-z0-9_./]*`' HACKING.md | tr -d '`' | sort -u); do
  [[ -e $path ]] || { echo "HACKING.md: there is no $path"; failed=1; }
done
# "`kSchemes` in `src/indexing/item_indexer.cc`"
while IFS=' ' read -r name file; do
  grep -qw -- "$name" "$file" || { echo "HACKING.md: $file has no $name"; failed=1; }
done < <(grep -oE '`[A-Za-z_]+` in `[a-z0-9_/]+\.(cc|h)`' HACKING.md | sed 's/`//g; s/ in / /')
exit $failed
