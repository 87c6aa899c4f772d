#!/usr/bin/env bash
# The manual pages that the program writes: one per verb, which groff formats without a warning, with every flag of the help.
#   man_pages.sh <program> <scratch folder>
set -euo pipefail
p5=$1 pages=$2/man1
rm -rf "$2" && mkdir -p "$2"
"$p5" man --out "$pages"
test -s "$pages/p5.1"
verbs=$("$p5" --help-all | sed -n 's/^usage: p5 \([a-z][a-z-]*\( [a-z][a-z-]*\)\?\).*/\1/p')
[[ $(wc -l <<<"$verbs") -gt 20 ]]
while read -r verb; do
  page=$pages/p5-${verb// /-}.1
  test -s "$page" || { echo "no manual page of p5 $verb"; exit 1; }
done <<<"$verbs"

if ! command -v groff >/dev/null; then echo "no groff: the pages are not formatted"; exit 0; fi
for page in "$pages"/*.1; do
  complaints=$(groff -man -Tascii -ww -z -rHY=0 "$page" 2>&1)
  [[ -z $complaints ]] || { echo "$page: $complaints"; exit 1; }
done
groff -man -Tascii -P-cbou -rHY=0 "$pages/p5-train.1" >"$2/train.txt"
for text in 'p5-train - ' '--corpus FOLDER' '--preset NAME' '--config FILE' 'p5 train --corpus beauty --out runs/beauty'; do
  grep -qF -- "$text" "$2/train.txt" || { echo "p5-train.1 lacks: $text"; cat "$2/train.txt"; exit 1; }
done
