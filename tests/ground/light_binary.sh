#!/usr/bin/env bash
# The program and the library it links start without LibTorch: neither needs it, directly or through another library.
#   light_binary.sh <file>...
set -euo pipefail
for file in "$@"; do
  ldd "$file" >/dev/null  # fails on what is no dynamic binary
  if ldd "$file" | grep -E 'torch|c10|caffe2'; then
    echo "$(basename "$file") links LibTorch"
    exit 1
  fi
done
