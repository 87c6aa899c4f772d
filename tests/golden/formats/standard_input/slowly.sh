# slowly.sh: an import whose input arrives after one second.
(sleep 1; cat log.jsonl) | p5 import - --format csv --out j --json
