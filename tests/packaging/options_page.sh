#!/usr/bin/env bash
# docs/options.md is what the program prints about its options.
#   options_page.sh <program> <page>
set -euo pipefail
if ! diff -u "$2" <("$1" options --markdown); then
  echo "docs/options.md is out of date; fix: build/release/p5 options --markdown > docs/options.md"
  exit 1
fi

# One style: a meaning begins with a small letter, unless with a name, and has no full stop.
meanings=$(sed -n 's/^| `[^|]*|.*| \(.*\) |$/\1/p' "$2")
[[ -n $meanings ]]
if grep -E "^[A-Z][a-z']* |\.$" <<<"$meanings" | grep -vE "^(Adam|Markov)"; then
  echo "these meanings begin with a capital letter or end with a full stop"
  exit 1
fi
