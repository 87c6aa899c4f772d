#!/usr/bin/env bash
# The wheel of this build, installed into a fresh environment, trains and answers in another folder; its files are those of
# its RECORD.
#   wheel.sh <python> <source folder> <build folder> <scratch folder>
set -euo pipefail
python=$1 source=$2 build=$3 scratch=$4
unset PYTHONPATH P5_LIBRARY
rm -rf "$scratch"
mkdir -p "$scratch/elsewhere"
wheel=$("$source/scripts/wheel" --build "$build" --out "$scratch")
[[ $wheel == *-py3-none-linux_$(uname -m).whl ]]

"$python" -m venv --system-site-packages "$scratch/environment"
environment=$scratch/environment/bin/python
"$environment" -m pip install --quiet --no-index --no-deps "$wheel"
"$environment" - "$wheel" <<'PROGRAM'
import base64, csv, hashlib, io, sys, zipfile

archive = zipfile.ZipFile(sys.argv[1])
record = next(name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
rows = {name: digest for name, digest, _ in csv.reader(io.StringIO(archive.read(record).decode()))}
assert set(rows) == set(archive.namelist())
for name, digest in rows.items():
    found = base64.urlsafe_b64encode(hashlib.sha256(archive.read(name)).digest()).rstrip(b"=").decode()
    assert name == record or digest == "sha256=" + found, name
PROGRAM

# The libraries find each other, and the prompts, where pip put them.
cd "$scratch/elsewhere"
cat >try.py <<'PROGRAM'
import pathlib, sys
import p5

package = pathlib.Path(p5.__file__).parent
assert str(package).startswith(sys.prefix), package
assert (package / "share" / "p5" / "prompts" / "sequential.toml").is_file()
corpus = p5.Corpus.simulate(simulate__users=60, simulate__items=40, simulate__events=600)
recommender = p5.Recommender.fit(
    corpus, "run", model__preset="nano", train__max_steps=2, text__pieces=400, task__batch_tokens=2048,
    task__sequential_samples=2, hybrid__after_training=False, train__item_vectors="", device__threads=1,
)
assert recommender.recommend(corpus.user_keys[:2], k=3).items.shape == (2, 3)
log = pathlib.Path(sys.argv[1])
if log.is_file():  # MovieLens-100K, where this checkout has it
    import pandas as pd

    ratings = pd.read_csv(log, sep="\t", names=["user", "item", "rating", "timestamp"])
    films = p5.Corpus.from_pandas(ratings)
    assert sorted(films.to_pandas().item) == sorted(ratings.item) and len(films) == 100000
    recommender = p5.Recommender.fit(
        films, model__preset="nano", train__max_steps=2, text__pieces=400, hybrid__after_training=False,
        train__item_vectors="", task__batch_tokens=2048, evaluate__users=50,
    )
    lists = recommender.recommend([196, 186, 22], k=10, source="item-knn")
    assert lists.items.dtype == "int64" and set(lists.items.ravel()) <= set(ratings.item)
    print("films answered")
maps = {line.split()[-1] for line in open("/proc/self/maps") if "/libp5" in line}
assert maps and all(path.startswith(str(package)) for path in maps), maps
print("answered")
PROGRAM
"$environment" try.py "$source/../shared/datasets/movielens-100k/u.data" >output
grep -qx answered output
