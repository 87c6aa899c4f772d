#!/usr/bin/env bash
# LibTorch's builds for any Linux export copies of parts of libstdc++ (cmake/standard_library_first.cmake): a program
# that lists a folder crashes unless the real library comes first. Here a stand-in exports the copies. Then the built
# programs and libraries that link LibTorch must name the standard library before it.
#   standard_library_first.sh <project of this test> <scratch folder> <folder of cmake files> <c++> <built file>...
set -euo pipefail
project=$1 scratch=$2 cmake_folder=$3 compiler=$4
shift 4
rm -rf "$scratch"
cmake -S "$project" -B "$scratch" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DP5_CMAKE="$cmake_folder" >"$scratch.log" 2>&1 &&
  cmake --build "$scratch" >>"$scratch.log" 2>&1 || { cat "$scratch.log"; exit 1; }
cd "$scratch"
status=0
./lists_plain || status=$?
[[ $status == 42 ]] || { echo "the stand-in's copy was not called ($status), so this test cannot fail"; exit 1; }
./lists_mended || { echo "the copy was called in place of the standard library's function"; exit 1; }

for file; do
  needed=$(readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  standard=$(grep -n '^libstdc++' <<<"$needed" | cut -d: -f1)
  torch=$(grep -n -m1 '^libtorch\|^libc10' <<<"$needed" | cut -d: -f1)
  [[ -n $standard && -n $torch && $standard -lt $torch ]] || { echo "$file: libstdc++ must come before LibTorch:"; echo "$needed"; exit 1; }
done
