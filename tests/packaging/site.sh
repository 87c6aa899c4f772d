#!/usr/bin/env bash
# The documentation site builds, every link of it leads somewhere, and one that does not is found.
#   site.sh <source folder> <scratch folder>
# Skipped (77) where MkDocs is missing.
set -euo pipefail
rm -rf "$2" && mkdir -p "$2"
"$1/scripts/site" --out "$2/html"
for page in index concepts faq headers http options changes; do
  [[ -s $2/html/$page.html ]] || { echo "there is no $page.html"; exit 1; }
done
grep -q 'id="p5recommenderh"' "$2/html/headers.html" || { echo "the headers are not in headers.html"; exit 1; }
grep -q '/api/v1/recommend' "$2/html/http.html" || { echo "the paths are not in http.html"; exit 1; }

# A copy of the sources with a link to a heading that does not exist.
mkdir "$2/source"
cp -r "$1/docs" "$1/data" "$1/include" "$1/scripts" "$1/mkdocs.yml" "$1/HACKING.md" "$1/CHANGELOG.md" "$2/source"
echo '[lost](protocol.md#no-such-heading)' >>"$2/source/docs/faq.md"
if "$2/source/scripts/site" --out "$2/broken" >"$2/broken.txt" 2>&1; then
  echo "a link to a heading that does not exist was not found"
  exit 1
fi
grep -q 'no-such-heading' "$2/broken.txt" || { cat "$2/broken.txt"; exit 1; }
