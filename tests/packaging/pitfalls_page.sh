#!/usr/bin/env bash
# docs/pitfalls.md and the tests name each other, and no comment or page cites a page that the repository lacks.
#   pitfalls_page.sh <source folder>
set -euo pipefail
cd "$1"
page=docs/pitfalls.md
failed=0
fail() { echo "$1"; failed=1; }

named=$(grep -o 'Pitfall[0-9]\{2\}[A-Za-z]*' $page | sort -u)
tested=$(grep -rhoE 'TEST(_F|_P)?\([A-Za-z0-9]+, Pitfall[0-9]{2}[A-Za-z]*' tests --include='*_test.cc' | sed 's/.*, //' | sort -u)
[[ -n $tested ]] || fail "no test is named after a pitfall"
missing=$(comm -13 <(echo "$named") <(echo "$tested"))
[[ -z $missing ]] || fail "$page lacks these tests:"$'\n'"$missing"
gone=$(comm -23 <(echo "$named") <(echo "$tested"))
[[ -z $gone ]] || fail "$page names tests that do not exist:"$'\n'"$gone"

# A test is in the row of its number.
while IFS='|' read -r _ number _ tests _; do
  for test in $(grep -o 'Pitfall[0-9]*' <<<"$tests"); do
    [[ $((10#${test#Pitfall})) -eq $number ]] || fail "$page: $test is in the row of pitfall $number"
  done
done < <(grep -E '^\| [0-9]+ \|' $page)

# Comments cite pitfalls by number.
for number in $(grep -rhoE '\(pitfalls? [0-9]+' src tests cli include --include='*.h' --include='*.cc' | grep -oE '[0-9]+' | sort -u); do
  grep -qE "^\| $number \|" $page || fail "a comment cites pitfall $number, which $page lacks"
done

cited=$(grep -rnE '[(`/ ]docs/[a-z_-]+\.md' src tests cli include fuzz benchmarks cmake scripts docs README.md --include='*.h' --include='*.cc' \
  --include='*.md' --include='*.cmake' --include='*.txt' --include='*.sh' -oh | grep -oE 'docs/[a-z_-]+\.md' | sort -u)
for path in $cited; do
  [[ -e $path ]] || fail "$path is cited and does not exist"
done
outside=$(grep -rnE 'p5[-]facts|shared[/]docs|/work[/][a-z]' src tests cli include fuzz benchmarks cmake scripts docs README.md CHANGELOG.md || true)
[[ -z $outside ]] || fail "pages outside of the repository are cited:"$'\n'"$outside"
exit $failed
