"""Signals, and standard streams that are closed, full or broken."""
import random

from support import *

TRIES = size(2, 10)
rng = random.Random(7)
BOTH = ((signal.SIGINT, 130), (signal.SIGTERM, 143))


def after(args, sign, delay, limit=60, env=None, ready=None, again=None, **streams):
    """Starts p5, waits for ready(), sends the signal after `delay`; exit code and seconds from the signal to the end."""
    child = start(args, env=env, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
                  **streams)  # also under nohup
    end = time.monotonic() + 90
    while ready is not None and child.poll() is None and not ready() and time.monotonic() < end:
        time.sleep(0.005)
    time.sleep(delay)
    if child.poll() is None:
        child.send_signal(sign)
    begin = time.monotonic()
    if again is not None:
        time.sleep(again)
        if child.poll() is None:
            child.send_signal(sign)
    code = wait(child, limit)[0] if child.returncode is None else child.returncode
    return code, time.monotonic() - begin


def import_signals():
    f = fresh("signals/import")
    log = csv("base/log.csv", 100000)
    args = ["import", log, "--format", "csv", "--review-column", "review", "--out", f / "c"]
    whole = run(args)
    good = tree(f / "c")
    for sign, want in BOTH:
        codes, bad, longest, whole_all_the_same = {}, [], 0, 0
        for _ in range(TRIES):
            shutil.rmtree(f / "c", ignore_errors=True)
            code, seconds = after(args, sign, rng.uniform(0.05, whole.seconds))
            longest = max(longest, seconds)
            codes[code] = codes.get(code, 0) + 1
            there = (f / "c").exists()
            left = [p.name for p in f.iterdir() if p.name != "c"]
            if left or (there and tree(f / "c") != good) or (code == 0 and not there) or code not in (0, want, -sign):
                bad.append((code, there, left))
            whole_all_the_same += there and code == want
        result(
            f"signal-import-{sign.name}", not bad,
            f"codes {codes}, bad {bad[:3]}, slowest answer {longest:.1f}s; {whole_all_the_same} "
            f"ended in {want} with the corpus whole in its place")


TRAIN = ["--epochs", "3", "--set", "train.validate_every=0.3", "--set", "train.patience=0", *SMALL]
FILES = [
    "bundle/model/model.safetensors", "bundle/model/stars.json", "checkpoint/weights.safetensors",
    "checkpoint/optimizer.safetensors"
]


def train_signals(name="train", signs=BOTH, again=None, pipe=False):
    f = fresh(f"signals/{name}")
    args = ["train", "--corpus", world(), *TRAIN, "--out"]
    whole = run(args + [f / "whole"], timeout=200)
    assert whole.code == 0, whole
    want_files = [sha(f / "whole" / n) for n in FILES]
    for sign, want in signs:
        codes, bad, unsaved, longest = {}, [], 0, 0
        for _ in range(TRIES):
            out = f / "r"
            shutil.rmtree(out, ignore_errors=True)
            ready = (lambda:
                     (out / "metrics.jsonl").exists()) if rng.random() < 0.8 else (lambda:
                                                                                   (out / "run.json").exists())
            code, seconds = after(args + [out], sign, rng.uniform(0.0, 1.2), ready=ready, again=again)
            longest = max(longest, seconds)
            codes[code] = codes.get(code, 0) + 1
            if code == want and not (out / "checkpoint/trainer.json").exists() and not pipe:
                unsaved += 1
            for _ in range(2):
                end = run(["train", "--out", out, "--resume", "--threads", "1"], timeout=200)
            if end.code != 0:
                bad.append(f"resume {end!r}")
            elif [sha(out / n) for n in FILES] != want_files:
                bad.append("other weights after resuming")
        ok = not bad and unsaved == 0 and set(codes) <= {0, want}
        result(
            f"signal-{name}-{sign.name}", ok,
            f"codes {codes} (wanted {want}), no checkpoint {unsaved}, bad {bad[:2]}, "
            f"slowest answer {longest:.1f}s")


def evaluate_signals():
    f = fresh("signals/evaluate")
    shutil.copytree(trained(), f / "r")
    args = ["evaluate", f / "r", "--threads", "1"]
    whole = run(args)
    before = (f / "r/report.json").read_bytes()
    for sign, want in BOTH:
        codes, bad, longest = {}, [], 0
        for _ in range(TRIES):
            (f / "r/report.json").write_bytes(before)
            code, seconds = after(args, sign, rng.uniform(0.02, whole.seconds))
            longest = max(longest, seconds)
            codes[code] = codes.get(code, 0) + 1
            changed = (f / "r/report.json").read_bytes() != before
            if leftovers(f) or code not in (0, want, -sign) or (changed and code == -sign):
                bad.append((code, leftovers(f)))
        result(f"signal-evaluate-{sign.name}", not bad,
               f"codes {codes}, bad {bad[:2]}, slowest answer {longest:.1f}s")


def recommend_signals():
    for verb in (["recommend", trained(), "--user", "U0000000", "--threads", "1"], [
            "simulate", "--users", "2000", "--items", "500", "--events", "40000", "--out",
            fresh("signals/sim") / "c"
    ], ["explanations", world()]):
        for sign, want in BOTH:
            codes, bad = {}, []
            for i in range(TRIES):
                if verb[0] == "simulate":
                    shutil.rmtree(verb[-1], ignore_errors=True)
                code, _ = after(verb, sign, rng.uniform(0.005, 0.3))
                codes[code] = codes.get(code, 0) + 1
                if code not in (0, want, -sign):
                    bad.append(code)
            result(f"signal-{verb[0]}-{sign.name}", not bad, f"codes {codes}")


def hup():
    """The terminal closes: the work since the last checkpoint must be saved."""
    train_signals("hup", signs=((signal.SIGHUP, 129), ))
    f = fresh("signals/hup2")
    more = ["--epochs", "200", "--set", "train.validate_every=0", *SMALL, "--out", f / "r"]
    with open(f / "err", "wb") as err:
        code, _ = after(["train", "--corpus", world(), *more],
                        signal.SIGHUP,
                        2.0,
                        ready=lambda: (f / "r/metrics.jsonl").exists(),
                        err=err)
    saved = (f / "r/checkpoint/trainer.json").exists()
    result("signal-hup-saves", saved and code == 129, f"exit {code}, checkpoint saved {saved}")


def pipe():
    f = fresh("signals/pipe")
    # stderr of a training goes into a pipe whose reader ends
    read, write = os.pipe()
    child = start(["train", "--corpus", world(), *TRAIN, "--out", f / "r"], err=write)
    os.close(write)
    os.read(read, 10)
    os.close(read)
    code = wait(child, 60)[0]
    end = run(["train", "--out", f /
               "r", "--resume", "--threads", "1"], timeout=200) if (f / "r/run.json").exists() else None
    result("pipe-train-stderr", code in (0, 5),
           f"exit {code} when the reader of stderr ends (p5 train 2>&1 | head -1); then resume {end!r}")
    for verb in (["options"], ["stats", world()], ["recommend", trained(), "--user", "U0000000"], ["prompts",
                                                                                                   "list"]):
        read, write = os.pipe()
        os.close(read)
        r = run(verb, out=write)
        os.close(write)
        result(f"pipe-{verb[0]}-stdout", r.code in (0, 5, -13, 141), f"exit {r.code} (SIGPIPE is what others do)")


def closing(*descriptors):
    def close():
        for d in descriptors:
            os.close(d)

    return close


LINES = ["user,item,rating,timestamp\n"] + [f"u{i % 20},i{i % 13},{i % 5 + 1},{1400000000 + i}\n" for i in range(400)]


def log_file(folder):
    path = folder.parent / "log.csv"
    path.write_text("".join(LINES))
    return open(path, "rb")


def slow_import(out, closed_streams):
    """A log that takes three seconds to come, so that progress is shown. The exit code."""
    read, write = os.pipe()

    def prepare():
        os.close(write)
        closing(*[d for d in closed_streams if d != 0])()

    child = start(["import", "-", "--format", "csv", "--name", "x", "--progress", "lines", "--out", out],
                  stdin=read, out=None, err=None, preexec_fn=prepare, close_fds=False)
    os.close(read)
    os.write(write, "".join(LINES[:200]).encode())
    time.sleep(3)
    os.write(write, "".join(LINES[200:]).encode())
    os.close(write)
    return wait(child, 60)[0]


def closed():
    f = fresh("signals/closed")
    run_folder = trained()
    base = run(["recommend", run_folder, "--user", "U0000000", "--threads", "1"]).out
    streams = {"stdin": (0, ), "stdout": (1, ), "stderr": (2, ), "in-out": (0, 1), "all": (0, 1, 2)}
    for name, which in streams.items():
        r = run(["recommend", run_folder, "--user", "U0000000", "--threads", "1"], before=closing(*which))
        result(f"closed-{name}-recommend", not r.crashed and r.code == (5 if 1 in which else 0), f"exit {r.code}")
        r = run(["stats", f / "nothing"], before=closing(*which))
        result(f"closed-{name}-error", r.code == 3, f"exit {r.code} (3 is documented for missing data)")
        for file in f.iterdir():
            shutil.rmtree(file)
        code = slow_import(f / "c", which)
        plain = ["import", "-", "--format", "csv", "--name", "x", "-q", "--out", f / "want"]
        assert run(plain, stdin=log_file(f)).code == 0
        same = (f / "c").exists() and tree(f / "c") == tree(f / "want")
        result(f"closed-{name}-import", same and code in (0, 5),
               f"exit {code}, corpus as it should be {same}")
        r = run([
            "train", "--corpus",
            world(), "--out", f / "r", "--epochs", "1", "--set", "train.max_steps=5", "--set",
            "train.validate_every=0.02", *SMALL
        ],
                before=closing(*which),
                timeout=100)
        lines = (f / "r/metrics.jsonl").read_text().splitlines() if (f / "r/metrics.jsonl").exists() else []
        foreign = [line for line in lines if not line.startswith("{")]
        inside = subprocess.run(["grep", "-rlaE", "info: |best validation NDCG", f / "r"],
                                capture_output=True,
                                text=True).stdout.split()
        result(
            f"closed-{name}-train", not foreign and not inside and not r.crashed,
            f"exit {r.code}, foreign lines in metrics.jsonl {len(foreign)}, "
            f"files with log text {[Path(p).name for p in inside]}"
        )


def full():
    full_device = open("/dev/full", "wb")
    run_folder, corpus = trained(), world()
    verbs = {
        "stats": ["stats", corpus],
        "stats-json": ["stats", corpus, "--json"],
        "options": ["options"],
        "help": ["train", "--help"],
        "help-all": ["--help-all"],
        "version": ["--version"],
        "prompts-list": ["prompts", "list"],
        "prompts-json": ["prompts", "list", "--json"],
        "recommend": ["recommend", run_folder, "--user", "U0000000"],
        "recommend-json": ["recommend", run_folder, "--user", "U0000000", "--json"],
        "evaluate": ["evaluate", run_folder, "--threads", "1"],
        "evaluate-json": ["evaluate", run_folder, "--threads", "1", "--json"],
        "explanations": ["explanations", corpus, "--limit", "1000", "--set", "explain.min_reviews=1"],
        "model-logits": None
    }
    for name, args in verbs.items():
        if args is None:
            continue
        r = run(args, out=full_device, timeout=300)
        result(f"full-stdout-{name}", r.code == 5 and "internal" not in r.err, f"{r!r}")
    for name, args, want in (("ok", ["stats", corpus], 0), ("data-error", ["stats", "/nowhere"], 3),
                             ("usage-error", ["nonsense"], 2), ("model-error", ["evaluate", "/nowhere"], 4)):
        r = run(args, err=full_device)
        result(f"full-stderr-{name}", r.code == want, f"exit {r.code} (wanted {want})")
    f = fresh("signals/full")
    r = run(["train", "--corpus", corpus, "--out", f / "r", "--epochs", "1", "--set", "train.max_steps=3", *SMALL],
            err=full_device,
            timeout=100)
    result("full-stderr-train", r.code == 0, f"exit {r.code}")


def latency():
    """Seconds from SIGINT to the end, in the long steps that do not look at the signal often."""
    f = fresh("signals/latency")
    ml = f / "ml"
    run(["import", DATA / "movielens-100k", "--out", ml, "-q"])
    cases = {
        "train-start": ([
            "train", "--corpus", ml, "--out", f / "r", "--set", "text.pieces=8000", "--set", "task.review_samples=0",
            *SMALL[:4]
        ], [0.3, 0.8, 1.5, 2.5]),
        "explanations": (["explanations",
                          world("base/world3", 2000, 500, 40000), "--set", "explain.min_reviews=1"], [0.2, 0.6]),
        "simulate-big": ([
            "simulate", "--users", "20000", "--items", "5000", "--events", "400000", "--out", f / "sim"
        ], [1, 3, 6]),
    }
    for name, (args, delays) in cases.items():
        worst, codes = 0, []
        for delay in delays:
            shutil.rmtree(f / "r", ignore_errors=True), shutil.rmtree(f / "sim", ignore_errors=True)
            code, seconds = after(args, signal.SIGINT, delay, limit=60)
            worst = max(worst, seconds)
            codes.append(code)
        result(f"latency-{name}", worst < 5, f"slowest end {worst:.1f}s after SIGINT, codes {codes}")


PARTS = {
    "import": import_signals,
    "train": train_signals,
    "evaluate": evaluate_signals,
    "recommend": recommend_signals,
    "second": lambda: train_signals("second", again=0.02),
    "hangup": hup,
    "pipe": pipe,
    "closed": closed,
    "full": full,
    "latency": latency
}
