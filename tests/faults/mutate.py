"""Damaged and forged files: seeded mutations of everything that p5 reads back.

A target fails when a variant crashes, hangs for 20 s, takes more than 2 GiB, ends with code 1, or gives another answer
without an error. The checksums of targets named signed-* are made again after the mutation, as a forger would make them.
There another answer is right, and a crash is not.
"""
import collections
import functools
import random

from signing import *
from support import *

VARIANTS, SEED = size(8, 300), 1
LIMITS = [(resource.RLIMIT_AS, 24 << 30)]


def mutate(data, rng):
    data = bytearray(data)
    kind = rng.choice(
        ["bits", "bits", "byte", "cut", "splice", "zero", "repeat", "insert", "delete", "number", "swap"])
    size = max(1, len(data))
    at = rng.randrange(size)
    length = rng.choice([1, 2, 4, 8, 16, 64, 256, 4096])
    if kind == "bits":
        for _ in range(rng.choice([1, 1, 1, 2, 8])):
            if data:
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == "byte" and data:
        data[at] = rng.choice(
            [0, 0xFF, 0x7F, 0x80,
             ord("9"), ord('"'),
             ord("{"), ord("["),
             ord("-"), rng.randrange(256)])
    elif kind == "cut":
        del data[rng.choice([at, 0, 1, size - 1, size // 2]):]
    elif kind == "splice":
        piece = data[at:at + length]
        to = rng.randrange(size)
        data[to:to + len(piece)] = piece
    elif kind == "zero":
        data[at:at + length] = bytes(min(length, size - at))
    elif kind == "repeat":
        data[at:at] = data[at:at + length] * rng.choice([1, 2, 50])
    elif kind == "insert":
        data[at:at] = rng.randbytes(length)
    elif kind == "delete":
        del data[at:at + length]
    elif kind == "number":  # a run of digits becomes another number
        digits = [i for i, b in enumerate(data) if 48 <= b <= 57]
        if digits:
            i = rng.choice(digits)
            end = i
            while end < len(data) and 48 <= data[end] <= 57:
                end += 1
            data[i:end] = rng.choice([
                b"0", b"1", b"-1", b"7", b"4294967295", b"9223372036854775807", b"18446744073709551616", b"1e308",
                b"1000000", b"0.5", b"134217728"
            ])
        else:
            data[at:at + 8] = rng.choice(
                [b"\xff" * 8, b"\0" * 8, b"\x7f" + b"\xff" * 7, (2**32 - 1).to_bytes(8, "little")])
    elif kind == "swap":
        other = rng.randrange(size)
        a, b = data[at:at + length], data[other:other + length]
        if len(a) == len(b) and abs(at - other) >= length:
            data[at:at + length], data[other:other + length] = b, a
    return kind, bytes(data)


class Target:
    def __init__(self, name, files, ask, resign=None, variants=VARIANTS):
        self.name, self.files, self.ask, self.resign, self.variants = name, files, ask, resign, variants

    def run(self, folder):
        signed = self.resign is not None
        rng = random.Random(f"{SEED} {self.name}")
        counts, examples, codes = collections.Counter(), {}, collections.Counter()
        base = self.ask()
        assert base.code == 0, (self.name, base)
        kept = {f: f.read_bytes() for f in sorted({p for p in folder.rglob("*") if p.is_file()})}
        longest, largest = 0, 0
        for i in range(self.variants):
            file = rng.choice(self.files)
            kind, data = mutate(kept[file], rng)
            if data == kept[file]:
                counts["unchanged"] += 1
                continue
            file.write_bytes(data)
            if signed:
                self.resign(file)
            r = self.ask()
            codes[r.code] += 1
            longest, largest = max(longest, r.seconds), max(largest, r.rss)
            what = None
            if r.code == -999:
                what = "HANG"
            elif r.crashed:
                what = "CRASH"
            elif r.rss > 2 << 30:
                what = "MEMORY"
            elif r.code == 1:
                what = "INTERNAL"
            elif r.code == 0:
                what = "same answer" if r.out == base.out else ("other answer" if signed else "NO ERROR")
            elif "error:" not in r.err:
                what = "NO MESSAGE"
            else:
                what = "refused"
            counts[what] += 1
            if what.isupper() and what not in examples:
                examples[what] = (i, kind, file.name, repr(r))
                place = ROOT / "mutate/examples" / f"{self.name}-{what}-{file.name}"
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(file.read_bytes())
            for f, content in kept.items():  # also what the run itself wrote
                if not f.exists() or f.read_bytes() != content:
                    f.write_bytes(content)
        bad = [w for w in counts if w.isupper()]
        result(
            f"mutate-{self.name}", not bad,
            f"{self.variants} variants {dict(counts)}, codes {dict(codes)}, longest {longest:.1f}s, "
            f"peak {largest >> 20} MiB")
        for what, example in examples.items():
            note(f"{what}: variant {example[0]} ({example[1]} in {example[2]}): {example[3]}")


def resign_corpus(corpus):
    def resign(file):
        header = json.loads((corpus / "corpus.json").read_text())
        for row in header["columns"]:
            if row["file"] == file.name:
                data = file.read_bytes()
                width = 1 if row["dtype"] == "utf8" else int(row["dtype"][1:]) // 8
                row["bytes"], row["count"], row["xxh3"] = len(data), len(data) // width, xxh3(data)
        (corpus / "corpus.json").write_text(sign_document(header))

    return resign


def resign_json(file):
    """A document with its own checksum. One that is no JSON object any more stays as it is."""
    try:
        file.write_text(sign_document(json.loads(file.read_text())))
    except (ValueError, AttributeError, TypeError):
        pass


def resign_index(file):
    data = file.read_bytes()[:-8]
    file.write_bytes(data + int(xxh3(data), 16).to_bytes(8, "little"))


def resign_spiece(file):
    vocabulary = file.parent / "vocabulary.json"
    document = json.loads(vocabulary.read_text())
    document["spiece_sha256"] = sha(file)
    vocabulary.write_text(json.dumps(document))


def resign_config(file):
    run_json = file.parent / "run.json"
    document = json.loads(run_json.read_text())
    document["config_sha256"] = sha(file)
    run_json.write_text(sign_document(document))


def resign_checkpoint(file):
    manifest = file.parent / "trainer.json"
    if file == manifest:
        try:
            document = json.loads(file.read_text())
        except ValueError:
            return
    else:
        document = json.loads(manifest.read_text())
        document["files"][file.name] = {"bytes": file.stat().st_size, "xxh3": xxh3(file.read_bytes())}
    if isinstance(document, dict):
        manifest.write_text(sign_document(document))


NAMES = [
    "corpus-columns", "corpus-header", "model-weights", "model-config", "stars", "model-checksums", "spiece",
    "vocabulary", "index", "prompts", "bundle-options", "bundle-manifest", "bundle-checksums", "run-config",
    "run-manifest", "checkpoint", "signed-corpus-columns", "signed-corpus-columns-recommend", "signed-corpus-header",
    "signed-weights", "signed-model-config", "signed-stars", "signed-index", "signed-spiece", "signed-vocabulary",
    "signed-prompts", "signed-options", "signed-run-config", "signed-run-manifest", "signed-checkpoint"
]


@functools.cache
def targets():
    f = fresh("mutate/work")
    corpus = f / "corpus"
    shutil.copytree(world(), corpus)
    run_folder = f / "run"
    r = run([
        "train", "--corpus", corpus, "--out", run_folder, "--epochs", "1", "--set", "train.max_steps=3", "--set",
        "task.review_samples=1", *SMALL
    ],
            timeout=120)
    assert r.code == 0, r
    bundle = run_folder / "bundle"
    columns = [p for p in sorted(corpus.iterdir()) if p.name != "corpus.json"]

    def stats():
        return run(["stats", corpus, "--json"], timeout=20, limits=LIMITS)

    def recommend():
        return run(["recommend", run_folder, "--user", "U0000007", "-k", "5", "--threads", "1", "--json"],
                   timeout=20,
                   limits=LIMITS)

    def predict():
        item = (corpus / "item.key.utf8").read_bytes()[:10].decode()
        return run([
            "predict", run_folder, "--user", "U0000007", "--item", item, "--threads", "1", "--json", "--set",
            "decode.stars=calibrated"
        ],
                   timeout=20,
                   limits=LIMITS)

    def evaluate():
        (run_folder / "report.json").unlink(missing_ok=True)
        r = run([
            "evaluate", run_folder, "--threads", "1", "--set", "evaluate.users=5", "--set", "evaluate.reviews=5",
            "--set", "mf.epochs=2"
        ],
                timeout=20,
                limits=LIMITS)
        if r.code == 0:
            document = json.loads((run_folder / "report.json").read_text())
            document.pop("seconds", None), document.pop("run", None)
            r.out = json.dumps(document)
            (run_folder / "report.json").unlink()
        return r

    half = f / "half"  # a run that stopped after its first of three steps
    r = run([
        "train", "--corpus", corpus, "--out", half, "--epochs", "1", "--set", "train.max_steps=3", "--set",
        "train.minutes=0.0001", "--set", "train.validate_every=0", *SMALL
    ],
            timeout=120)
    assert r.code == 0, r

    def resume():
        r = run(["train", "--out", half, "--resume", "--threads", "1", "--set", "train.minutes=0"],
                timeout=30,
                limits=LIMITS)
        r.out = sha(half / "bundle/model/model.safetensors") if r.code == 0 else ""
        return r

    checkpoint = [
        half / "checkpoint" / n for n in ("weights.safetensors", "optimizer.safetensors", "best.safetensors",
                                          "batches.bin", "generator.bin", "trainer.json", "trainer.json")
        if (half / "checkpoint" / n).exists()
    ]
    model = bundle / "model"
    of_model, of_bundle = resign_folder(model), resign_folder(bundle)
    few = max(3, VARIANTS // 3)
    rows = [
        Target("corpus-columns", columns, stats),
        Target("corpus-header", [corpus / "corpus.json"], stats),
        Target("model-weights", [model / "model.safetensors"], recommend),
        Target("model-config", [model / "config.json"], recommend),
        Target("stars", [model / "stars.json"], predict),
        Target("model-checksums", [model / "checksums.json"], recommend),
        Target("spiece", [bundle / "vocabulary/spiece.model"], recommend),
        Target("vocabulary", [bundle / "vocabulary/vocabulary.json"], recommend),
        Target("index", [bundle / "items.index"], recommend),
        Target("prompts", [bundle / "prompts.toml"], recommend),
        Target("bundle-options", [bundle / "options.toml"], recommend),
        Target("bundle-manifest", [bundle / "bundle.json"], recommend),
        Target("bundle-checksums", [bundle / "checksums.json"], recommend),
        Target("run-config", [run_folder / "config.toml"], evaluate),
        Target("run-manifest", [run_folder / "run.json"], evaluate),
        Target("checkpoint", checkpoint, resume),
        Target("signed-corpus-columns", columns, stats, resign_corpus(corpus)),
        Target("signed-corpus-columns-recommend", columns, recommend, resign_corpus(corpus)),
        Target("signed-corpus-header", [corpus / "corpus.json"], stats, resign_json),
        Target("signed-weights", [model / "model.safetensors"], recommend, of_model),
        Target("signed-model-config", [model / "config.json"], recommend, of_model),
        Target("signed-stars", [model / "stars.json"], predict, of_model),
        Target("signed-index", [bundle / "items.index"], recommend, resign_folder(bundle, resign_index)),
        Target("signed-spiece", [bundle / "vocabulary/spiece.model"], recommend, resign_folder(bundle,
                                                                                               resign_spiece)),
        Target("signed-vocabulary", [bundle / "vocabulary/vocabulary.json"], recommend, of_bundle),
        Target("signed-prompts", [bundle / "prompts.toml"], recommend, of_bundle),
        Target("signed-options", [bundle / "options.toml"], recommend, of_bundle),
        Target("signed-run-config", [run_folder / "config.toml"], evaluate, resign_config, few),
        Target("signed-run-manifest", [run_folder / "run.json"], evaluate, resign_json, few),
        Target("signed-checkpoint", checkpoint, resume, resign_checkpoint, few),
    ]
    return f, {row.name: row for row in rows}


def mutate_target(name):
    folder, rows = targets()
    rows[name].run(folder)


PARTS = {name: functools.partial(mutate_target, name) for name in NAMES}
