#!/usr/bin/env bash
# The check of LibTorch's BLAS, on sample output of ldd: it follows links, refuses the reference BLAS with the command
# that fixes it, and accepts everything else.
#   blas_check.sh <folder cmake/> <scratch folder>
set -euo pipefail
cmake_folder=$1 scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"/{blas,openblas-pthread}
touch "$scratch/blas/libblas.so.3.11.0" "$scratch/openblas-pthread/libblas.so.3"
ln -s blas/libblas.so.3.11.0 "$scratch/reference"
ln -s openblas-pthread/libblas.so.3 "$scratch/fast"

cat >"$scratch/check.cmake" <<'SCRIPT'
include(${CHECK})
p5_refuse_slow_blas("${NEEDED}")
SCRIPT
check() {  # <what ldd prints> [flags]
  cmake "-DCHECK=$cmake_folder/blas_check.cmake" "-DNEEDED=$1" "${@:2}" -P "$scratch/check.cmake" >"$scratch/log" 2>&1
}
ldd_with() { printf '\tlibc10.so => /lib/libc10.so (0x0)\n\tlibblas.so.3 => %s (0x1)\n\tlibm.so.6 => /lib/libm.so.6' "$1"; }

check "$(ldd_with "$scratch/fast")" || { cat "$scratch/log"; exit 1; }
check "$(printf '\tlibm.so.6 => /lib/libm.so.6 (0x0)')" || { cat "$scratch/log"; exit 1; }
check "$(ldd_with "$scratch/reference")" -DP5_ALLOW_SLOW_BLAS=ON || { cat "$scratch/log"; exit 1; }
if check "$(ldd_with "$scratch/reference")"; then
  echo "the reference BLAS was accepted"
  exit 1
fi
grep -q "apt-get install libopenblas0-pthread" "$scratch/log"
grep -q "$scratch/blas/libblas.so.3.11.0" "$scratch/log"
