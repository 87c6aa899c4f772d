"""Several programs at one folder."""
import random

from support import *

ROUNDS = size(2, 10)
rng = random.Random(3)
STEPS = 30
TRAIN = [
    "--epochs", "1", "--set", f"train.max_steps={STEPS}", "--set", "train.patience=0", "--set",
    "train.validate_every=0.02", *SMALL
]
FILES = ["bundle/model/model.safetensors", "checkpoint/weights.safetensors", "checkpoint/optimizer.safetensors"]


def reference(f):
    r = run(["train", "--corpus", world(), *TRAIN, "--out", f / "whole"], timeout=120)
    assert r.code == 0, r
    return [sha(f / "whole" / n) for n in FILES]


def errors(path):
    return [line for line in Path(path).read_text(errors="replace").splitlines() if "error" in line][-1:]


def verdict(f, out, want):
    end = run(["train", "--out", out, "--resume", "--threads", "1"], timeout=120)
    if end.code != 0:
        return f"resume afterwards: {end!r}"
    if [sha(out / n) for n in FILES] != want:
        return "other weights"
    steps = [
        json.loads(line)["step"] for line in (out / "metrics.jsonl").read_text().splitlines()
        if line.startswith("{") and line.endswith("}")
    ]
    if steps != sorted(steps) or len(steps) != 2 * STEPS:
        return f"metrics.jsonl has {len(steps)} records ({2 * STEPS} wanted), in order {steps == sorted(steps)}"
    return None


def two(f, want, first, second, gap, name):
    a, b = open(f / "a", "wb"), open(f / "b", "wb")
    one = start(first, err=a)
    time.sleep(gap)
    other = start(second, err=b)
    codes = sorted([wait(one, 100)[0], wait(other, 100)[0]])
    return codes, errors(f / "a") + errors(f / "b")


def train_twice():
    f = fresh("both/train")
    want = reference(f)
    seen, bad = {}, []
    for i in range(ROUNDS):
        out = f / "r"
        shutil.rmtree(out, ignore_errors=True)
        args = ["train", "--corpus", world(), *TRAIN, "--out", out]
        codes, said = two(f, want, args, args, 0 if i % 2 else rng.uniform(0, 0.1), "train")
        seen[str(codes)] = seen.get(str(codes), 0) + 1
        trouble = verdict(f, out, want)
        if codes != [0, 2] or trouble:
            bad.append((codes, trouble, said))
    result("both-train-one-folder", not bad, f"{ROUNDS} rounds, exit codes {seen} ([0, 2] wanted), bad {len(bad)}")
    for b in bad[:3]:
        note(str(b))


def resume_twice(late):
    f = fresh("both/late" if late else "both/resume")
    want = reference(f)
    seen, bad = {}, []
    for i in range(ROUNDS):
        out = f / "r"
        shutil.rmtree(out, ignore_errors=True)
        args = ["train", "--corpus", world(), *TRAIN, "--out", out]
        again = ["train", "--out", out, "--resume", "--threads", "1"]
        if late:  # the first is alive, somebody resumes it
            a, b = open(f / "a", "wb"), open(f / "b", "wb")
            one = start(args, err=a)
            while one.poll() is None and not (out / "metrics.jsonl").exists():
                time.sleep(0.005)
            time.sleep(rng.uniform(0, 0.4))
            other = start(again, err=b)
            codes, said = sorted([wait(one, 100)[0], wait(other, 100)[0]]), errors(f / "a") + errors(f / "b")
        else:
            r = run(args + ["--set", "train.minutes=0.0001"], timeout=60)
            assert r.code == 0, r
            again += ["--set", "train.minutes=0"]
            codes, said = two(f, want, again, again, 0 if i % 2 else rng.uniform(0, 0.3), "resume")
        seen[str(codes)] = seen.get(str(codes), 0) + 1
        trouble = verdict(f, out, want)
        if trouble or any(c not in (0, 2) for c in codes):
            bad.append((codes, trouble, said))
    kinds = {}
    for codes, trouble, _ in bad:
        kind = "other weights" if trouble == "other weights" else "metrics mixed" if trouble and trouble.startswith(
            "metrics") else trouble or "an error alone"
        kinds[kind] = kinds.get(kind, 0) + 1
    result("both-resume-while-training" if late else "both-resume-twice", not bad,
           f"{ROUNDS} rounds, exit codes {seen}, bad {len(bad)}: {kinds}")
    for b in bad[:4]:
        note(str(b))


def recommend_meanwhile():
    f = fresh("both/recommend")
    shutil.copytree(trained(), f / "r")
    ask = ["recommend", f / "r", "--user", "U0000007", "--threads", "1", "--json"]
    base = run(ask)
    asked, bad, swaps = 0, [], 0
    for i in range(ROUNDS):
        child = start(["train", "--out", f / "r", "--resume", "--threads", "1"])
        while child.poll() is None:
            r = run(ask)
            asked += 1
            if r.code != 0 or r.out != base.out:
                bad.append(repr(r))
        swaps += child.returncode == 0
    result("both-recommend-while-replaced", not bad,
           f"{asked} questions during {swaps} replacements, bad {len(bad)} {bad[:2]}")


def import_twice():
    f = fresh("both/import")
    logs = [csv("base/short.csv", 300, users=30, items=20), csv("base/short2.csv", 300, seed=2, users=30, items=20)]
    args = [["import", log, "--format", "csv", "--review-column", "review", "--force", "--out", f / "c"]
            for log in logs]
    goods = []
    for a in args:
        assert run(a).code == 0
        goods.append(tree(f / "c"))
    codes, bad = {}, []
    for i in range(ROUNDS * 4):
        e = [open(f / "e0", "wb"), open(f / "e1", "wb")]
        both = [start(a, err=e[k]) for k, a in enumerate(args)]
        got = [wait(c, 60)[0] for c in both]
        codes[str(got)] = codes.get(str(got), 0) + 1
        left = [p.name for p in f.iterdir() if p.name not in ("c", "e0", "e1")]
        if got != [0, 0] or not (f / "c").exists() or tree(f / "c") not in goods or left:
            bad.append((got, left, errors(f / "e0") + errors(f / "e1")))
    result("both-import-force", not bad, f"{ROUNDS * 4} rounds, exit codes {codes}, bad {len(bad)} {bad[:2]}")


def stats_meanwhile():
    f = fresh("both/stats")
    logs = [csv("base/short.csv", 300, users=30, items=20), csv("base/short2.csv", 300, seed=2, users=30, items=20)]
    args = [[
        "import", log, "--format", "csv", "--name", "n", "--review-column", "review", "--force", "--out", f / "c"
    ] for log in logs]
    answers = set()
    for a in args:
        assert run(a).code == 0
        answers.add(run(["stats", f / "c", "--json"]).out)
    # one program replaces again and again, another reads
    script = "for i in $(seq 1 {}); do {}; {}; done".format(
        ROUNDS * 6, *[" ".join([P5] + [str(x) for x in a]) + " >/dev/null 2>&1" for a in args])
    writer = subprocess.Popen(["bash", "-c", script])
    asked, bad = 0, []
    while writer.poll() is None:
        r = run(["stats", f / "c", "--json"])
        asked += 1
        if r.code != 0 or r.out not in answers:
            bad.append(repr(r))
    result("both-stats-while-replaced", not bad,
           f"{asked} readings during {ROUNDS * 12} replacements, bad {len(bad)}")
    for b in bad[:3]:
        note(b)


def pid1():
    """As in two containers with one volume: both programs have the same process id."""
    f = fresh("both/pid1")
    logs = [csv("base/log.csv", 100000), csv("base/log2.csv", 100000, seed=2)]
    args = [["import", log, "--format", "csv", "--review-column", "review", "--force", "--out", f / "c"]
            for log in logs]
    goods = []
    for a in args:
        assert run(a).code == 0
        goods.append(tree(f / "c"))
    codes, bad = {}, []
    for i in range(ROUNDS):
        shutil.rmtree(f / "c", ignore_errors=True)
        e = [open(f / "e0", "wb"), open(f / "e1", "wb")]
        both = []
        for k, a in enumerate(args):
            both.append(
                subprocess.Popen(["unshare", "--pid", "--fork", "--kill-child", P5] + [str(x) for x in a],
                                 stdout=subprocess.DEVNULL,
                                 stderr=e[k]))
            time.sleep(rng.uniform(0, 0.5))
        got = [wait(c, 60)[0] for c in both]
        codes[str(got)] = codes.get(str(got), 0) + 1
        there = (f / "c").exists()
        whole = there and tree(f / "c") in goods
        accepted = there and run(["stats", f / "c"]).code == 0
        crash = [g for g in got if g < 0 or g > 128]
        if not whole or crash:
            bad.append((got, f"corpus there {there}, one of the two {whole}, stats accepts it {accepted}",
                        errors(f / "e0") + errors(f / "e1")))
        for p in f.iterdir():
            if ".tmp-" in p.name:
                shutil.rmtree(p)
    result("both-import-same-pid", not bad, f"{ROUNDS} rounds, exit codes {codes}, bad {len(bad)}")
    for b in bad[:4]:
        note(str(b))
    # without --force, one import lives and another starts with another pid view: is the living one's folder removed?
    shutil.rmtree(f / "c", ignore_errors=True)
    slow = subprocess.Popen([
        "bash", "-c",
        f"(head -n 50000 {logs[0]}; sleep 4; tail -n +50001 {logs[0]}) | "
        f"{P5} import - --format csv --review-column review --name log --out {f}/c"
    ],
                            stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE)
    time.sleep(1.5)
    before = [p.name for p in f.iterdir() if ".tmp-" in p.name]
    other = subprocess.run([
        "unshare", "--pid", "--fork", "--kill-child", P5, "import",
        str(csv("base/short.csv", 300, users=30, items=20)), "--format", "csv", "--out",
        str(f / "c")
    ],
                           capture_output=True,
                           text=True)
    after_ = [p.name for p in f.iterdir() if ".tmp-" in p.name]
    err = slow.communicate()[1].decode()
    result(
        "both-import-other-pid-namespace", before == after_ or not before,
        f"temporary folder of the living import {before} -> {after_}; second exit {other.returncode}, "
        f"first exit {slow.returncode} {err.strip()[-160:]!r}")


def pid1train():
    f = fresh("both/pid1train")
    want = reference(f)
    bad, seen = [], {}
    for i in range(ROUNDS):
        out = f / "r"
        shutil.rmtree(out, ignore_errors=True)
        r = run(["train", "--corpus", world(), *TRAIN, "--out", out, "--set", "train.minutes=0.0001"], timeout=60)
        assert r.code == 0, r
        args = ["train", "--out", out, "--resume", "--threads", "1", "--set", "train.minutes=0"]
        e = [open(f / "e0", "wb"), open(f / "e1", "wb")]
        both = [
            subprocess.Popen(["unshare", "--pid", "--fork", "--kill-child", P5] + [str(x) for x in args],
                             stdout=subprocess.DEVNULL,
                             stderr=e[k]) for k in (0, 1)
        ]
        got = [wait(c, 60)[0] for c in both]
        seen[str(got)] = seen.get(str(got), 0) + 1
        trouble = verdict(f, out, want)
        if trouble or any(g > 128 or g < 0 for g in got):
            bad.append((got, trouble, errors(f / "e0") + errors(f / "e1")))
    result("both-resume-same-pid", not bad, f"{ROUNDS} rounds, exit codes {seen}, bad {len(bad)}")
    for b in bad[:4]:
        note(str(b))


PARTS = {
    "train": train_twice,
    "resume": lambda: resume_twice(False),
    "resume-while-training": lambda: resume_twice(True),
    "recommend": recommend_meanwhile,
    "import": import_twice,
    "stats": stats_meanwhile,
    "same-pid": pid1,
    "same-pid-train": pid1train
}
