#!/usr/bin/env bash
# The examples whose data are simulated, in short: each ends, measures, and asks. Those with real data, where there are any.
#   examples.sh <source folder> <program> <scratch folder> <shared folder>
set -euo pipefail
examples=$1/examples scratch=$3 shared=$4
command -v python3 >/dev/null || { echo "no python3: skipped"; exit 77; }
rm -rf "$scratch" && mkdir -p "$scratch" && cd "$scratch"
export P5=$2 MINUTES=0.1 THREADS=1 USERS=100
run() {  # <name> [arguments]
  local name=$1
  shift
  "$examples/$name/run" "$@" >"$name.log" 2>&1 || { cat "$name.log"; echo "the example $name failed"; exit 1; }
  local texts=('NDCG@10' 'p5 recommend' 'rank ')
  if [[ $name == advertising ]]; then texts=('log loss' 'AUC' 'logistic-regression' 'p5 predict'); fi
  for text in "${texts[@]}"; do
    grep -q -- "$text" "$name.log" || { cat "$name.log"; echo "$name: no '$text'"; exit 1; }
  done
}
run social
grep -q '^mutual neighbours .* (600 links)' social.log
run advertising
run music
run news
grep -q '589 test events' news.log
run courses
grep -q '^500 learners, 240 courses' courses.log
# A folder that is not an example's is never replaced.
mkdir own && touch own/file
if "$examples/music/run" own >/dev/null 2>&1; then echo "own was replaced"; exit 1; fi
test -e own/file
if [[ -f $shared/datasets/movielens-100k/u.data ]]; then run films "$shared/datasets/movielens-100k"; fi
# Every folder has its page, every scenario its command, and the list has every folder.
for folder in "$examples"/*/; do
  name=$(basename "$folder")
  case $name in onnx | notebooks) ;; *) [[ -x $folder/run ]] || { echo "$name lacks run"; exit 1; } ;; esac
  [[ -s $folder/README.md ]] || { echo "$name lacks README.md"; exit 1; }
  grep -qF "($name/README.md)" "$examples/README.md" || { echo "examples/README.md lacks $name"; exit 1; }
done
