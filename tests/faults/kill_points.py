"""kill -9 just before the n-th write, fsync, rename or mkdir (iofail.c): every such point once, none left to chance."""
from support import *

MOST = size(40, 400)
STRIDE = size(7, 1)
SHIM = io_shim()


def shim(kind, n, path):
    log = ROOT / "iofail.log"
    log.unlink(missing_ok=True)
    return {
        "LD_PRELOAD": str(SHIM),
        "IOFAIL_CALL": kind,
        "IOFAIL_N": str(n),
        "IOFAIL_PATH": str(path),
        "IOFAIL_LOG": str(log),
        "IOFAIL_KILL": "1"
    }, log


TRAIN = ["--epochs", "1", "--set", "train.max_steps=3", "--set", "train.validate_every=0.02", *SMALL]


def train_points():
    folder = fresh("points/train")
    corpus = world()
    args = ["train", "--corpus", corpus, *TRAIN, "--out"]
    assert run(args + [folder / "whole"], timeout=120).code == 0
    want = {
        f: sha(folder / "whole" / f)
        for f in ("bundle/model/model.safetensors", "bundle/model/stars.json", "checkpoint/weights.safetensors",
                  "checkpoint/optimizer.safetensors", "checkpoint/best.safetensors", "checkpoint/generator.bin")
    }
    for kind in ("rename", "fsync", "mkdir", "write"):
        tried, stuck, other, left = 0, [], [], []
        for n in range(1, MOST + 1, STRIDE):
            out = folder / "r"
            shutil.rmtree(out, ignore_errors=True)
            env, log = shim(kind, n, folder)
            ran = run(args + [out], env=env, timeout=60)
            if ran.code != -9:
                break
            tried += 1
            at = log.read_text().split()[2]
            if not (out / "run.json").exists():
                end = run(args + [out], timeout=60)
            else:
                end = run(["train", "--out", out, "--resume", "--threads", "1"], timeout=60)
            if end.code != 0:
                stuck.append((n, Path(at).name, end.code, run(args + [out], timeout=60).code))
            elif any(sha(out / f) != d for f, d in want.items()):
                other.append((n, at))
            elif leftovers(out):
                left.append((n, leftovers(out)[0]))
        result(
            f"kill-points-train-{kind}", not stuck and not other and not left,
            f"{tried} kills, neither resumes nor starts {len(stuck)} {stuck[:2]}, other weights {other[:2]}, "
            f"files left over after resuming {len(left)} {left[:2]}")


def import_points(force):
    folder = fresh("points/import")
    head = [
        "import",
        csv("base/short.csv", 300, users=30, items=20), "--format", "csv", "--review-column", "review", "--out"
    ]
    other = [
        "import",
        csv("base/short2.csv", 300, seed=2, users=30, items=20), "--format", "csv", "--review-column", "review",
        "--out"
    ]
    assert run(head + [folder / "good"]).code == 0 and run(other + [folder / "before"]).code == 0
    good, before = tree(folder / "good"), tree(folder / "before")
    out = folder / "c"
    for kind in ("rename", "fsync", "mkdir", "write"):
        tried, bad, left = 0, [], 0
        for n in range(1, MOST + 1, STRIDE):
            shutil.rmtree(out, ignore_errors=True)
            if force:
                shutil.copytree(folder / "before", out)
            env, log = shim(kind, n, folder)
            ran = run(head + [out] + (["--force"] if force else []), env=env, timeout=60)
            if ran.code != -9:
                break
            tried += 1
            now = tree(out) if out.exists() else None
            if now != (before if force else None) and now != good:
                bad.append((n, log.read_text()))
            end = run(head + [out, "--force"], timeout=60)
            if end.code != 0 or tree(out) != good:
                bad.append((n, repr(end)))
            rest = [p for p in folder.iterdir() if p.name not in ("c", "good", "before")]
            left += len(rest)
            for p in rest:
                shutil.rmtree(p)
        result(f"kill-points-import{'-force' if force else ''}-{kind}", not bad and not left,
               f"{tried} kills, bad {bad[:2]}, left over {left}")


PARTS = {"train": train_points, "import": lambda: import_points(False), "import-force": lambda: import_points(True)}
