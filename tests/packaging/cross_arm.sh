#!/usr/bin/env bash
# The kernels of products are right on 64-bit ARM, with and without its dot products, and the loop of float32 products
# keeps its sums in registers. 77 where there is no cross compiler or no qemu; scripts/cross_arm tests the rest.
#   cross_arm.sh <source folder> <scratch folder>
set -euo pipefail
source_folder=$1 scratch=$2
compiler=aarch64-linux-gnu-g++
command -v "$compiler" qemu-aarch64 >/dev/null || exit 77
rm -rf "$scratch" && mkdir -p "$scratch"

sources=(src/nn/float_kernel.cc src/nn/int8_kernel.cc src/nn/int8_rows.cc src/retrieval/dot_product_kernel.cc
  src/base/kernel_limit.cc src/base/error.cc tests/packaging/cross_arm/kernels.cc)
objects=()
for file in "${sources[@]}"; do
  object=$scratch/$(basename "$file" .cc).o
  "$compiler" -std=c++20 -O3 -Wall -Wextra -Werror -I"$source_folder/src" -I"$source_folder/include" \
    -c "$source_folder/$file" -o "$object"
  objects+=("$object")
done
"$compiler" -static "${objects[@]}" -o "$scratch/kernels"

for pair in max:dotprod cortex-a72:plain; do
  found=$(qemu-aarch64 -cpu "${pair%:*}" "$scratch/kernels") || { echo "${pair%:*}: $found"; exit 1; }
  [[ $found == "neon, ${pair#*:}" ]] || { echo "${pair%:*} runs other kernels: $found"; exit 1; }
done

# One loop has 24 multiply-adds by a lane, five registers loaded by three instructions, and nothing on the stack.
for file in src/nn/float_kernel.cc src/retrieval/dot_product_kernel.cc; do
  "$compiler" -std=c++20 -O3 -I"$source_folder/src" -I"$source_folder/include" -S "$source_folder/$file" -o - |
    awk '/^\.L/ { sums = stack = loads = 0 } /fmla.*\.s\[/ { ++sums } /\[sp/ { ++stack } /ld(r|p)\tq/ { ++loads }
         /\tb[a-z.]*\t\.L|\tcbn?z\t/ { if (sums == 24 && loads == 3 && stack == 0) found = 1 }
         END { exit !found }' || { echo "$file: no loop of 24 sums in registers"; exit 1; }
done
