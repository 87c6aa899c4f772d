"""The n-th write, fsync, rename, mmap, open, read, close, flush or mkdir fails (iofail.c).

Wanted: an error, the documented exit code, no signal, and nothing left that a later command takes for whole.
"""
import collections

from support import *

MOST = size(12, 60)  # the last n that is tried
STRIDE = size(5, 1)
ERRNOS = {
    "write": 28,
    "fsync": 5,
    "rename": 5,
    "mmap": 12,
    "open": 24,
    "read": 5,
    "close": 5,
    "flush": 28,
    "mkdir": 28
}
SHIM = io_shim()


def shim(kind, n, code, path, again=False):
    log = ROOT / "iofail.log"
    log.unlink(missing_ok=True)
    env = {
        "LD_PRELOAD": str(SHIM),
        "IOFAIL_CALL": kind,
        "IOFAIL_N": str(n),
        "IOFAIL_ERRNO": str(code),
        "IOFAIL_PATH": str(path),
        "IOFAIL_LOG": str(log)
    }
    if again:
        env["IOFAIL_FROM"] = "1"
    return env, log


class Tally:
    """Counts what happened, and keeps the first example of every kind of trouble."""
    def __init__(self, name):
        self.name, self.tries, self.got_over = name, 0, 0
        self.codes, self.trouble, self.examples = collections.Counter(), collections.Counter(), {}

    def add(self, what, ran):
        self.trouble[what] += 1
        self.examples.setdefault(what, ran)

    def close(self):
        result(
            self.name, not self.trouble,
            f"{self.tries} failed calls, codes {dict(self.codes)}, done another way {self.got_over}, "
            f"trouble {dict(self.trouble) or 'none'}")
        for what, example in self.examples.items():
            note(f"{what}: {example}")


def judge(tally, label, ran, log, wanted, whole=None):
    """True when a call was made to fail. Counts crashes, hangs, wrong codes and missing messages. whole() says whether
    the result is right: where a rename failed, another way may have succeeded, and exit 0 is right then."""
    if not log.exists():
        return False
    where = log.read_text().split()
    tally.tries += 1
    tally.codes[ran.code] += 1
    place = f"{label} at {where[2] if len(where) > 2 else '?'}: {ran!r}"
    if ran.code == -999:
        tally.add("hang", place)
    elif ran.crashed:
        tally.add("crash", place)
    elif ran.code == 0 and label.startswith("rename") and whole is not None and whole():
        tally.got_over += 1
    elif ran.code == 0:
        tally.add(f"{label.split()[0]} failed, exit 0", place)
    elif ran.code not in wanted:
        tally.add(f"exit {ran.code} instead of {wanted}", place)
    elif "error:" not in ran.err:
        tally.add("no message", place)
    return True


def over(name, body, kinds=None, dense=None):
    """body(tally, kind, n, code, again) -> whether a call failed. Kinds that are not dense are tried at every fifth
    place, and so are disks that stay full (again)."""
    for kind, code in ERRNOS.items():
        if kinds and kind not in kinds:
            continue
        tally = Tally(f"io-{name}-{kind}")
        for again in (False, True):
            every = (dense is None or kind in dense) and not (dense and again)
            for n in range(1, MOST + 1, STRIDE if every else 5):
                if not body(tally, kind, n, code, again):
                    break
        if tally.tries:
            tally.close()


def import_faults(force):
    folder = fresh("io/import-force" if force else "io/import")
    log_file = csv("base/short.csv", 300, users=30, items=20)
    other = csv("base/short2.csv", 300, seed=2, users=30, items=20)
    head = ["import", log_file, "--format", "csv", "--review-column", "review", "--out"]
    assert run(head + [folder / "good"]).code == 0
    good = tree(folder / "good")
    before = None
    if force:
        assert run(["import", other, "--format", "csv", "--review-column", "review", "--out",
                    folder / "before"]).code == 0
        before = tree(folder / "before")

    def body(tally, kind, n, code, again):
        out = folder / "c"
        shutil.rmtree(out, ignore_errors=True)
        if force:
            shutil.copytree(folder / "before", out)
        env, log = shim(kind, n, code, folder if kind != "read" else str(ROOT), again)
        ran = run(head + [out] + (["--force"] if force else []), env=env, timeout=20)
        label = f"{kind} {n}{'+' if again else ''}"
        if not judge(tally, label, ran, log, (5, ) if kind != "read" else
                     (3, 5), lambda: out.exists() and tree(out) == good):
            return False
        if out.exists():
            now = tree(out)
            if now != good and now != before:
                tally.add("neither old nor new", f"{label}: {ran!r}")
            elif now == good and ran.code != 0:
                tally.add("written, yet an error", f"{label}: {ran!r}")
        elif force:
            tally.add("the old corpus is gone", f"{label}: {ran!r}")
        left = [p.name for p in folder.iterdir() if p.name not in ("c", "good", "before")]
        if left and not again:
            tally.add("left over", f"{label}: {left}")
        for p in left:
            shutil.rmtree(folder / p, ignore_errors=True)
        return True

    over("import-force" if force else "import", body)


TRAIN = ["--epochs", "1", "--set", "train.max_steps=2", "--set", "train.validate_every=0.02", *SMALL]


def train_faults(resume):
    folder = fresh("io/resume" if resume else "io/train")
    corpus = world()
    whole = folder / "whole"
    assert run(["train", "--corpus", corpus, "--out", whole, *TRAIN], timeout=120).code == 0
    want = sha(whole / "bundle/model/model.safetensors")
    half = folder / "half"
    if resume:  # stopped after its first step
        assert run(["train", "--corpus", corpus, "--out", half, *TRAIN, "--set", "train.minutes=0.0001"],
                   timeout=120).code == 0

    def body(tally, kind, n, code, again):
        out = folder / "r"
        shutil.rmtree(out, ignore_errors=True)
        if resume:
            shutil.copytree(half, out)
            args = ["train", "--out", out, "--resume", "--threads", "1", "--set", "train.minutes=0"]
        else:
            args = ["train", "--corpus", corpus, "--out", out, *TRAIN]
        env, log = shim(kind, n, code, folder, again)
        ran = run(args, env=env, timeout=60)
        label = f"{kind} {n}{'+' if again else ''}"
        if not judge(tally, label, ran, log, (5, ), lambda: sha(out / "bundle/model/model.safetensors") == want):
            return False
        # With the disk repaired, going on must end in the same weights.
        end = run(["train", "--out", out, "--resume", "--threads", "1", "--set", "train.minutes=0"] if
                  (out / "run.json").exists() else ["train", "--corpus", corpus, "--out", out, *TRAIN],
                  timeout=60)
        if end.code != 0:
            anew = run(["train", "--corpus", corpus, "--out", out, *TRAIN], timeout=60)
            tally.add("neither resumes nor starts again" if anew.code != 0 else "must start again",
                      f"{label}: {end!r} / {anew!r}")
        elif sha(out / "bundle/model/model.safetensors") != want:
            tally.add("other weights after resuming", f"{label}: {end!r}")
        return True

    over("resume" if resume else "train",
         body,
         None if not resume else ("write", "fsync", "rename", "mmap"),
         dense=() if resume else ("write", "fsync", "rename"))


def evaluate_faults():
    folder = fresh("io/evaluate")
    shutil.copytree(trained(), folder / "run")
    args = ["evaluate", folder / "run", "--threads", "1"]
    assert run(args).code == 0
    want = (folder / "run/report.json").read_bytes()

    def body(tally, kind, n, code, again):
        (folder / "run/report.json").write_bytes(want)
        env, log = shim(kind, n, code, ROOT, again)
        ran = run(args, env=env, timeout=60)
        label = f"{kind} {n}{'+' if again else ''}"
        if not judge(tally, label, ran, log, (3, 4, 5)):
            return False
        try:
            json.loads((folder / "run/report.json").read_text())
        except (ValueError, FileNotFoundError):
            tally.add("torn report", f"{label}: {ran!r}")
        left = leftovers(folder)
        if left and not again:
            tally.add("left over", f"{label}: {left}")
        for p in left:
            (folder / p).unlink()
        return True

    over("evaluate", body)


PARTS = {
    "import": lambda: import_faults(False),
    "import-force": lambda: import_faults(True),
    "train": lambda: train_faults(False),
    "resume": lambda: train_faults(True),
    "evaluate": evaluate_faults
}
