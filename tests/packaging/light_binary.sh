#!/usr/bin/env bash
# The program and the library it links start without LibTorch: neither needs it, directly or through another library.
#   light_binary.sh <file>...
set -euo pipefail
for file in "$@"; do
  names=$(ldd "$file" | sed 's/ *(0x[0-9a-f]*)$//')  # without addresses, which may contain c10; fails if not dynamic
  if grep -E 'torch|c10|caffe2' <<<"$names"; then
    echo "$(basename "$file") links LibTorch"
    exit 1
  fi
done
