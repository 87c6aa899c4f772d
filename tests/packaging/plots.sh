#!/usr/bin/env bash
# The plots of docs/ are what scripts/plots draws from docs/figures, whose values the pages state; what is not so is found.
#   plots.sh <source folder> <scratch folder>
set -euo pipefail
"$1/scripts/plots" --check
rm -rf "$2" && mkdir -p "$2/scripts"
cp "$1/scripts/plots" "$2/scripts"
cp -r "$1/docs" "$2"
cd "$2"
found() {  # <text>
  if scripts/plots --check >found.txt 2>&1; then echo "a fault was not found: $1"; exit 1; fi
  grep -qF -- "$1" found.txt || { cat found.txt; echo "no '$1'"; exit 1; }
}
sed -i 's/"13.2"/"13.7"/' docs/figures/speed_against_torch.json
found "docs/images/speed_against_torch.svg is not what scripts/plots draws"
grep -qF "does not say 13.7, of 'p5'" found.txt
scripts/plots >/dev/null && { echo "a value that no page states was drawn in silence"; exit 1; }
cp "$1/docs/figures/speed_against_torch.json" docs/figures
scripts/plots >/dev/null
cmp docs/images/speed_against_torch.svg "$1/docs/images/speed_against_torch.svg"
sed -i 's/(images.speed_gpu.svg)//' docs/performance.md
found "docs/performance.md does not show images/speed_gpu.svg"
python3 - <<'EOT'
import json, pathlib
path = pathlib.Path("docs/figures/speed_gpu.json")
figure = json.loads(path.read_text())
figure["rows"][0]["values"].pop()
path.write_text(json.dumps(figure))
EOT
found "speed_gpu.json: p5, TensorFloat-32: expected 4 values, got 3"
# Readable in both modes, and well formed.
python3 - "$1"/docs/images/quality_*.svg "$1"/docs/images/speed_*.svg <<'EOT'
import sys
import xml.etree.ElementTree as tree

for path in sys.argv[1:]:
    text = "".join(tree.parse(path).getroot().itertext())
    assert "prefers-color-scheme: dark" in text, path
EOT
