#!/usr/bin/env bash
# The Debian package of a build, unpacked: what it depends on, what is in it, and that the program in it works.
#   deb.sh <source folder> <build folder> <scratch folder>
set -euo pipefail
for tool in dpkg-deb dpkg-shlibdeps; do
  command -v $tool >/dev/null || { echo "no $tool: skipped"; exit 77; }
done
scratch=$3
rm -rf "$scratch" && mkdir -p "$scratch"
package=$("$1/scripts/deb" --build "$2" --out "$scratch" 2>"$scratch/log") || { cat "$scratch/log"; exit 1; }
dpkg-deb --field "$package" >"$scratch/control"
must() { grep -qE -- "$1" "$2" || { echo "no '$1' in $2:"; cat "$2"; exit 1; }; }
must '^Package: p5$' "$scratch/control"
must '^Depends:.*libopenblas0-pthread \| libopenblas0' "$scratch/control"
for library in libc6 libstdc++6 libsqlite3-0 libmicrohttpd12 libpq5 librdkafka1 libsentencepiece0; do
  must "^Depends:.*${library//+/\\+}" "$scratch/control"
done
if grep -q '^P5_TORCH:BOOL=ON' "$2/CMakeCache.txt" && dpkg-query -W libtorch1.13 >/dev/null 2>&1; then
  must '^Depends:.*libtorch1\.13' "$scratch/control"
fi
dpkg-deb -x "$package" "$scratch/root"
root=$scratch/root/usr
"$root/bin/p5" --version >"$scratch/version"
must "$(sed -n 's/^CMAKE_PROJECT_VERSION:[A-Z]*=//p' "$2/CMakeCache.txt")" "$scratch/version"
(cd "$scratch" && "$root/bin/p5" prompts check) | grep -q 'all well formed'
(cd "$scratch" && "$root/bin/p5" init project --json) | grep -q train.toml
# Its own files, not those of the source folder, and libraries that load from where they lie.
"$root/bin/p5" doctor --json >"$scratch/doctor.json" || { cat "$scratch/doctor.json"; exit 1; }
must "$root/share/p5" "$scratch/doctor.json"
test -s "$root/share/man/man1/p5-train.1" -o -s "$root/share/man/man1/p5-train.1.gz"
test -s "$root/share/bash-completion/completions/p5"
test -s "$root/include/p5/recommender.h"
