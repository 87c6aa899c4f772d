#!/usr/bin/env bash
# docs/options.md is what the program prints about its options.
#   options_page.sh <program> <page>
set -euo pipefail
if ! diff -u "$2" <("$1" options --markdown); then
  echo "docs/options.md is out of date; fix: build/release/p5 options --markdown > docs/options.md"
  exit 1
fi
