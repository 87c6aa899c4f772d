#!/usr/bin/env bash
# The public headers include the standard library (the C one of c_api.h, too) and each other, and nothing else.
#   public_headers.sh <source folder>
set -euo pipefail
cd "$1/include"
if grep -nE '^[[:space:]]*#[[:space:]]*include' p5/*.h | grep -vE '#[[:space:]]*include (<[a-z_0-9]+>|<stdint\.h>|"p5/[a-z_0-9]+\.h")'; then
  echo "a public header includes more than the standard library and p5/"
  exit 1
fi
