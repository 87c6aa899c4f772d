#!/usr/bin/env bash
# Verbs that only ask a trained run load no LibTorch on the CPU; training does.
#   light_answers.sh <p5> <scratch folder>
set -euo pipefail
p5=$1
rm -rf "$2" && mkdir -p "$2" && cd "$2"

# The loader's list of the libraries that a command opened.
traced() {
  rm -f trace.*
  LD_DEBUG=libs LD_DEBUG_OUTPUT=trace "$p5" "$@" >out 2>err || { cat err; exit 1; }
}
light() {
  traced "$@"
  if grep -hE 'calling init.*(torch|c10|openblas)' trace.*; then
    echo "p5 $1 loads LibTorch"
    exit 1
  fi
}

awk 'BEGIN { print "user,item,rating,timestamp"
  for (u = 0; u < 30; ++u) for (j = 0; j < 6; ++j) print "u" u ",i" (u * 7 + j * 3) % 20 "," 1 + (u + j) % 5 "," 1000 + j }' >log.csv
"$p5" import log.csv --out corpus >/dev/null
cat >nano.toml <<'EOT'
[text]
pieces = 200
[model]
preset = "nano"
[task]
sequential_samples = 2
direct_samples = 1
candidates = 10
[train]
max_steps = 2
validate_every = 0
[evaluate]
users = 10
negatives = 5
[device]
name = "cpu"
threads = 1
EOT
traced train --corpus corpus --config nano.toml --out run -q
grep -qE 'calling init.*torch' trace.* # otherwise the check below could not fail
light recommend run --user u0 -k 3 --device cpu
grep -q i out
light predict run --user u0 --item i1 --device cpu
light prompt run "user_1 likes" --device cpu
light evaluate run -q
python3 - <<'EOT'
import json
json.dump({"input_ids": [[3, 4, 1]], "labels": [[5, 1]]}, open("batch.json", "w"))
EOT
light model logits run/bundle/model --input batch.json --device cpu --matmul high
grep -q loss out
if "$p5" recommend run --user u0 --matmul low 2>err; then exit 1; fi
grep -q 'highest, high or medium' err
