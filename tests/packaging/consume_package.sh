#!/usr/bin/env bash
# Installs the build, moves the installed tree, builds a program against it with find_package(p5), and runs both.
#   consume_package.sh <build folder> <folder of the consumer> <scratch folder>
set -euo pipefail
build=$1 consumer=$2 scratch=$3
cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }
rm -rf "$scratch"
mkdir -p "$scratch"

cmake --install "$build" --prefix "$scratch/installed" >"$scratch/install.log" || { cat "$scratch/install.log"; exit 1; }
mv "$scratch/installed" "$scratch/moved"
flags=$(cached CMAKE_CXX_FLAGS)
sanitize=$(cached P5_SANITIZE)
[[ -z $sanitize ]] || flags+=" -fsanitize=$sanitize"
cmake -S "$consumer" -B "$scratch/build" -G Ninja "-DCMAKE_PREFIX_PATH=$scratch/moved" "-DCMAKE_CXX_FLAGS=$flags" \
  "-DCMAKE_CXX_COMPILER=$(cached CMAKE_CXX_COMPILER)" "-DCMAKE_BUILD_TYPE=Debug"
cmake --build "$scratch/build"
"$scratch/build/consumer" | tee "$scratch/output"

version=$(cached CMAKE_PROJECT_VERSION)
grep -qx "p5 $version" "$scratch/output"
grep -qx "orders.csv:7: bad stars: expected 1 to 5, got 9" "$scratch/output"
"$scratch/moved/bin/p5" --version >"$scratch/version"
grep -q "$version" "$scratch/version"

# On the PATH, from any folder: the program finds its libraries and the prompts that were installed with it.
mkdir -p "$scratch/elsewhere"
(cd "$scratch/elsewhere" && PATH="$scratch/moved/bin:$PATH" p5 prompts check) | grep -q 'all well formed'
test -s "$scratch/moved/share/bash-completion/completions/p5"
test -s "$scratch/moved/share/zsh/site-functions/_p5"
test -s "$scratch/moved/share/fish/vendor_completions.d/p5.fish"
for page in p5 p5-train; do
  [[ -s $scratch/moved/share/man/man1/$page.1.gz || -s $scratch/moved/share/man/man1/$page.1 ]]
done
