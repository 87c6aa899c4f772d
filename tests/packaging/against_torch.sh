#!/usr/bin/env bash
# benchmarks/against_torch runs both sides in turn and compares their medians; here both are stand-ins.
#   against_torch.sh <source folder> <scratch folder>
set -euo pipefail
script=$1/benchmarks/against_torch
rm -rf "$2" && mkdir -p "$2" && cd "$2"

# Each run of a side is faster than the one before: the medians of three are those of the second. Arguments are logged.
cat >peer <<'EOF'
echo "peer $*" >>log
case $1 in
  train) echo "{\"tokens_per_s\": $((100 * $(grep -c '^peer train' log)))}" ;;
  beam) echo '{"ms_per_user_median": 90}' ;;
esac
EOF
cat >p5 <<'EOF'
#!/bin/sh
echo "p5 $* $OPENBLAS_NUM_THREADS $OMP_NUM_THREADS" >>log
case "$*" in
  *train*) echo "{\"tokens_per_s\": $((700 * $(grep -c '^p5 bench train' log))), \"floor_ms\": 5, \"floor_ratio\": 4}" ;;
  *users-per-batch*) echo '{"users_per_s": 500}' ;;
  *beam*) echo '{"ms_per_user_median": 9, "users_per_s": 100, "floor_ms": 3, "floor_ratio": 3}' ;;
  *softmax*) echo '{"eager_ms_median": 300, "fused_ms_median": 50, "eager_ratio": 6}' ;;
  *rank*) echo '{"rank_ms_median": 30, "product_ms_median": 20, "product_ratio": 1.5}' ;;
esac
EOF
chmod +x p5
"$script" ./p5 --peer peer --python sh --threads 2 --batch 5 --json >out.json 2>/dev/null
python3 - <<'EOF'
import json
report = json.load(open("out.json"))
ratios = {row["job"]: row["ratio"] for row in report["rows"]}
assert ratios["train"] == 1400 / 200, ratios
assert ratios["train, share of BLAS peak"] == 0.25, ratios
assert ratios["beam, one user"] == 10, ratios
assert ratios["beam, 32 users at once"] == 5, ratios
assert ratios["rank"] == 1.5, ratios
assert ratios["softmax, both passes"] == 6, ratios
assert report["threads"] == 2 and len(report["runs"]["peer train"]) == 3
assert report["runs"]["p5 train"][0]["process_memory_mb"] > 0
log = [line.split() for line in open("log")]
assert [line[0] for line in log[:4]] == ["peer", "p5", "peer", "p5"], log
assert all("--batch 5" in " ".join(line) for line in log if "rank" not in line and "softmax" not in line), log
assert all(line[-2:] == ["2", "2"] for line in log if line[0] == "p5"), log
EOF
# Into a file: grep -q exits at the first match, and an unbuffered writer at the other end of a pipe would then fail.
"$script" ./p5 --peer peer --python sh --rounds 1 >table 2>/dev/null
grep -q '^train .*x  *3x  *5x' table

# Several numbers of threads are measured in turn, the same for both sides, and compared.
rm log
"$script" ./p5 --peer peer --python sh --rounds 1 --threads 1,4 --json >out.json 2>/dev/null
python3 - <<'EOF'
import json
report = json.load(open("out.json"))
assert [each["threads"] for each in report["by_threads"]] == [1, 4], report
assert report["training"] == {"peer": {"4": 2.0}, "p5": {"4": 2.0}}, report["training"]
log = [line.split() for line in open("log")]
threads = [line[line.index("--threads") + 1] for line in log]
assert threads[:4] == ["1", "4", "1", "4"], log
assert all(line[-2:] == [count, count] for line, count in zip(log, threads) if line[0] == "p5"), log
EOF

# What is missing is named, with the way to fix it; nothing is run.
rm log
if "$script" ./p5 --peer nowhere.py 2>err; then exit 1; fi
grep -q 'nowhere.py.*--peer' err
if "$script" ./gone --peer peer 2>err; then exit 1; fi
grep -q 'gone' err
test ! -e log
# A side that fails ends the comparison with its message.
echo 'echo "no torch here" >&2; exit 3' >peer
if "$script" ./p5 --peer peer --python sh 2>err; then exit 1; fi
grep -q 'no torch here' err
