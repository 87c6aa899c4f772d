#!/usr/bin/env bash
# scripts/setup with the package tools replaced by recorders: silent when nothing is missing. Otherwise it prints what
# it installs, updates the package lists only when they lack something, uses sudo when it is not root, and explains what
# to do when it cannot.
#   setup_script.sh <source folder> <scratch folder>
set -euo pipefail
source_folder=$1 scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch/tools"
export RECORD=$scratch/record
tool() { printf '#!/bin/bash\n%s\n' "$2" >"$scratch/tools/$1" && chmod +x "$scratch/tools/$1"; }
export PATH=$scratch/tools:$PATH

# Everything is installed except what $ABSENT (words) names; apt knows packages after `update`, or when $LISTS is set.
tool dpkg-query 'for name; do [[ $name == -* || $name == *Package* || " $ABSENT " == *" $name "* ]] || echo "installed $name"; done'
tool apt-get 'echo "apt-get $*" >>"$RECORD"; for word; do [[ $word != update ]] || touch "$RECORD.lists"; done'
tool apt-cache '[[ -n ${LISTS:-} || -f $RECORD.lists ]] || exit 100; for name; do [[ $name == -* || $name == show ]] || echo "Package: $name"; done'
tool id 'echo "${USER_ID:-0}"'
tool sudo 'echo "sudo $*" >>"$RECORD"; exec "$@"'

run() { rm -f "$RECORD" "$RECORD.lists"; touch "$RECORD"; "$source_folder/scripts/setup" "$@" >"$scratch/output" 2>&1; }
must() { grep -qF -- "$1" "$2" || { echo "missing '$1' in:"; cat "$2"; exit 1; }; }
must_not() { ! grep -qF -- "$1" "$2" || { echo "unexpected '$1' in:"; cat "$2"; exit 1; }; }

ABSENT="" run
[[ ! -s $scratch/output && ! -s $RECORD ]] || { echo "not silent:"; cat "$scratch/output" "$RECORD"; exit 1; }

ABSENT="" run --prefix "$scratch/needless"
must "misses nothing" "$scratch/output"
[[ ! -s $RECORD ]] || { echo "asked apt for nothing:"; cat "$RECORD"; exit 1; }

LISTS=yes ABSENT="libfmt-dev libtorch-dev" run
must "installing Debian packages: libfmt-dev libtorch-dev" "$scratch/output"
must "--no-install-recommends libfmt-dev libtorch-dev" "$RECORD"
must_not "update" "$RECORD"
must_not "sudo" "$RECORD"

LISTS=yes ABSENT="libfmt-dev libtorch-dev" run --no-torch
must_not "libtorch-dev" "$RECORD"

ABSENT="libfmt-dev" run
must "apt-get update" "$RECORD"

LISTS=yes USER_ID=1000 ABSENT="libfmt-dev" run
must "sudo env DEBIAN_FRONTEND=noninteractive apt-get install" "$RECORD"

# Programs are looked for on the PATH before dpkg is asked: nothing is known to dpkg here, and only Ninja is missing.
mkdir -p "$scratch/path"
for name in bash env dirname basename nproc awk sort comm grep sed cat rm touch; do ln -s "$(command -v "$name")" "$scratch/path/"; done
for name in g++ cmake pkg-config ccache git; do printf '#!/bin/bash\n' >"$scratch/path/$name" && chmod +x "$scratch/path/$name"; done
TOOLS_ABSENT="g++ cmake ninja-build pkg-config ccache git"
ABSENT=$TOOLS_ABSENT PATH=$scratch/tools:$scratch/path run --list
[[ $(cat "$scratch/output") == ninja-build ]] || { echo "not ninja-build alone:"; cat "$scratch/output"; exit 1; }
printf '#!/bin/bash\n' >"$scratch/path/ninja" && chmod +x "$scratch/path/ninja"
ABSENT=$TOOLS_ABSENT PATH=$scratch/tools:$scratch/path run --list
[[ ! -s $scratch/output ]] || { echo "not silent:"; cat "$scratch/output"; exit 1; }
# So scripts/test with P5_PREFIX asks no server when the folder has the rest.
mkdir -p "$scratch/prefix" && printf 'libfmt-dev\n' >"$scratch/prefix/packages" && touch "$scratch/prefix/toolchain.cmake"
ABSENT="$TOOLS_ABSENT libfmt-dev" PATH=$scratch/tools:$scratch/path run --no-torch --prefix "$scratch/prefix"
[[ ! -s $scratch/output && ! -s $RECORD ]] || { echo "not silent:"; cat "$scratch/output" "$RECORD"; exit 1; }

if ABSENT="" run --no-such-flag; then
  echo "an unknown flag was accepted"
  exit 1
fi
must "unknown argument '--no-such-flag'" "$scratch/output"

# For a cross compiler: its packages alone, and libraries of another architecture, whatever this machine has.
LISTS=yes ABSENT="qemu-user libfmt-dev" run --cross
must "--no-install-recommends qemu-user" "$RECORD"
must_not "libfmt-dev" "$RECORD"
if LISTS=yes ABSENT="" run --no-torch --arch arm64 --prefix "$scratch/arm64"; then
  echo "went on without packages"
  exit 1
fi
must "-o APT::Architecture=arm64 -o APT::Architectures=arm64" "$RECORD"
grep -q "download .*libfmt-dev.*zlib1g-dev" "$RECORD" || { echo "does not download:"; cat "$RECORD"; exit 1; }
for needless in libtorch-dev mkdocs python3-numpy qemu-user; do must_not "$needless" "$RECORD"; done
if ABSENT="" run --arch mips --prefix "$scratch/mips"; then
  echo "an unknown architecture was accepted"
  exit 1
fi
must "unknown architecture 'mips'; expected: arm64" "$scratch/output"
if ABSENT="" run --arch arm64; then
  echo "--arch without --prefix was accepted"
  exit 1
fi
must "only with --prefix" "$scratch/output"
