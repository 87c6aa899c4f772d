#!/usr/bin/env bash
# scripts/terminal_pictures draws a recording as well-formed SVG, the same one every time.
#   terminal_pictures.sh <source folder> <scratch folder>
set -euo pipefail
draw=$1/scripts/terminal_pictures
rm -rf "$2" && mkdir -p "$2" && cd "$2"
cat >film.json <<'EOT'
{"title": "a <film>", "film": true, "commands": [{"command": "p5 train", "frames": [
  {"at": 1.0, "rows": [[["train [=>  ] 40% & more", null]]]},
  {"at": 2.0, "rows": [[["info", "#3fb950"], [": done", null]], [], [["caf\u00e9 <b>", null]]]}]}]}
EOT
"$draw" --draw film.json first.svg
"$draw" --draw film.json second.svg
cmp first.svg second.svg
python3 - <<'EOT'
import xml.etree.ElementTree as tree
root = tree.parse("first.svg").getroot()
texts = "|".join(root.itertext())
for wanted in ("a <film>", "p5 train", "train [=>  ] 40% & more", "info", "caf\u00e9 <b>", "@keyframes f1"):
    assert wanted in texts, (wanted, texts)
EOT
