#!/usr/bin/env bash
# The package passes mypy, and mypy finds a wrong keyword, a wrong choice and a wrong type in a program that uses it.
#   types.sh <python> <folder of the package> <scratch folder>
set -euo pipefail
python=$1 package=$2 scratch=$3
mkdir -p "$scratch"
mypy() { MYPYPATH=$package "$python" -m mypy --config-file "$package/mypy.ini" --cache-dir "$scratch/cache" "$@"; }
mypy "$package/p5"

cat >"$scratch/right.py" <<'PROGRAM'
import p5

corpus = p5.Corpus.from_csv("log.csv", import__user_core=5)
recommender = p5.Recommender.fit(corpus, train__lr=3e-4, split__kind="temporal", task__prompts=["1-1"])
print(recommender.recommend([1], k=3, decode__beams=40).items.shape, p5.run("x.toml", corpus, train__minutes=3).report)
PROGRAM
mypy "$scratch/right.py"

cat >"$scratch/wrong.py" <<'PROGRAM'
import p5

corpus = p5.Corpus.open("shop")
p5.Recommender.fit(corpus, train__lrr=3e-4)
p5.Recommender.fit(corpus, split__kind="tempral")
p5.run("x.toml", corpus, train__lr="fast")
PROGRAM
if mypy "$scratch/wrong.py" >"$scratch/found"; then
  echo "mypy finds no fault in wrong.py"
  exit 1
fi
for line in 4 5 6; do
  grep -q "wrong.py:$line: error" "$scratch/found" || { echo "mypy misses line $line:"; cat "$scratch/found"; exit 1; }
done
