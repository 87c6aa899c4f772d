"""kill -9 at random moments. Seeded, but where a kill falls depends on the load of the machine."""
import random

from support import *

KILLS = size(6, 40)
rng = random.Random(1)
COMPARED = [
    "bundle/model/model.safetensors", "bundle/model/config.json", "bundle/model/stars.json",
    "checkpoint/weights.safetensors", "checkpoint/optimizer.safetensors", "checkpoint/best.safetensors",
    "checkpoint/generator.bin", "checkpoint/batches.bin"
]


def kill_after(child, seconds):
    try:
        child.wait(timeout=seconds)
        return child.returncode
    except subprocess.TimeoutExpired:
        kill9(child)
        return None


def steps_of(log):
    records = []
    for line in Path(log).read_text().splitlines():
        record = json.loads(line)
        for timing in ("seconds", "tokens_per_second", "waiting"):
            record.pop(timing, None)
        records.append(record)
    return records


def train_storm(name, more):
    folder = fresh(f"kill/{name}")
    corpus = world()
    args = [
        "train", "--corpus", corpus, "--epochs", "6", "--set", "train.validate_every=0.02", "--set",
        "train.patience=0", "--set", "train.checkpoint_minutes=1", *SMALL, *more
    ]
    whole = run(args + ["--out", folder / "whole"], timeout=600)
    assert whole.code == 0, whole
    out, bad, kills, codes, torn, stuck, trained_kills = folder / "killed", [], 0, [], [], 0, 0
    began = False
    while kills < KILLS:
        log = folder / "log"
        with open(log, "wb") as sink:
            again = ["train", "--out", out, "--resume", "--threads", "1"]
            child = start(again if began else args + ["--out", out], out=sink, err=sink)
        # every fourth kill at any moment from the start, the others once the training is under way
        if kills % 4:
            end = time.monotonic() + 60
            while child.poll() is None and b"training:" not in log.read_bytes() and time.monotonic() < end:
                time.sleep(0.005)
            code = kill_after(child, rng.uniform(0.0, 0.7))
        else:
            code = kill_after(child, rng.uniform(0.05, 2.5))
        began = (out / "run.json").exists()
        trained_kills += code is None and b"training:" in log.read_bytes()
        if code == 4 and b"no model bundle" in log.read_bytes():  # neither resumes nor starts again
            stuck += run(args + ["--out", out]).code == 2
            shutil.rmtree(out)
            began = False
            continue
        if code is None:
            kills += 1
            files = leftovers(out) if out.exists() else []
            if (out / "checkpoint/trainer.json").exists():
                for file, entry in json.loads((out / "checkpoint/trainer.json").read_text())["files"].items():
                    if (out / "checkpoint" / file).stat().st_size != entry["bytes"]:
                        torn.append(file)
        else:
            codes.append(code)
            if code == 0:  # it ended before all kills: again from the start
                if any(not same(folder, f) for f in COMPARED):
                    bad.append(kills)
                shutil.rmtree(out)
                began = False
            else:
                bad.append((kills, code))
                break
    last = None
    for _ in range(3):
        last = run((["train", "--out", out, "--resume", "--threads", "1"] if began else args + ["--out", out]),
                   timeout=600)
        if last.code == 0:
            break
    differs = [f for f in COMPARED if not same(folder, f)]
    metrics = steps_of(folder / "whole/metrics.jsonl") == steps_of(out / "metrics.jsonl") if last.code == 0 else False
    ok = last.code == 0 and not differs and not bad and not torn and metrics and not stuck
    result(
        f"kill-{name}", ok,
        f"{kills} kills ({trained_kills} while training), ended {codes.count(0)} times between, last "
        f"{last.code}, differing files {differs}, torn {torn}, bad resumes {bad}, run folders that neither resume nor "
        f"start {stuck}, metrics equal {metrics}, left over {leftovers(out)}")


def same(folder, f):
    a, b = folder / "whole" / f, folder / "killed" / f
    return a.exists() and b.exists() and a.read_bytes() == b.read_bytes()


def import_storm():
    folder = fresh("kill/import")
    log = csv("base/log.csv", 100000)
    args = ["import", log, "--format", "csv", "--review-column", "review", "--out", folder / "c"]
    whole = run(args, timeout=120)
    assert whole.code == 0, whole
    good = tree(folder / "c")
    shutil.rmtree(folder / "c")
    kills, half = 0, []
    while kills < KILLS:
        code = kill_after(start(args), rng.uniform(0.02, whole.seconds * 1.1))
        kills += 1 if code is None else 0
        if (folder / "c").exists():
            if tree(folder / "c") != good:
                half.append(kills)
            shutil.rmtree(folder / "c")
    end = run(args, timeout=120)
    left = sorted(p.name for p in folder.iterdir() if p.name != "c")
    result("kill-import", not half and end.code == 0 and tree(folder / "c") == good and not left,
           f"{kills} kills, half corpora {half}, at the end {end.code}, left over {left}")


def force_storm(verb):
    folder = fresh(f"kill/{verb}-force")
    if verb == "import":
        logs = [csv("base/log.csv", 100000), csv("base/log2.csv", 100000, seed=2)]
        args = [["import", log, "--format", "csv", "--review-column", "review", "--force", "--out", folder / "c"]
                for log in logs]
    else:
        args = [[
            "simulate", "--users", "1000", "--items", "300", "--events", "20000", "--seed", seed, "--force", "--out",
            folder / "c"
        ] for seed in (1, 2)]
    goods, seconds = [], 0
    for a in args:
        r = run(a, timeout=120)
        assert r.code == 0, r
        seconds = r.seconds
        goods.append(tree(folder / "c"))
    kills, missing, mixed, switched = 0, 0, 0, 0
    turn = 0
    now = 1
    while kills < KILLS:
        # half of the kills aim at the end, where the folders change places
        delay = rng.uniform(0.02, seconds) if kills % 2 else rng.uniform(seconds * 0.8, seconds * 1.05)
        code = kill_after(start(args[turn]), delay)
        kills += 1 if code is None else 0
        if not (folder / "c").exists():
            missing += 1
        else:
            t = tree(folder / "c")
            if t not in goods:
                mixed += 1
            elif goods.index(t) != now:
                now = goods.index(t)
                switched += 1
        turn = 1 - now
    end = run(args[0], timeout=120)
    left = sorted(p.name for p in folder.iterdir() if p.name != "c")
    result(
        f"kill-{verb}-force", missing == 0 and mixed == 0 and end.code == 0 and tree(folder / "c") == goods[0]
        and not left,
        f"{kills} kills, corpus missing {missing}, neither old nor new {mixed}, replaced {switched}, left over {left}"
    )


def simulate_storm():
    folder = fresh("kill/simulate")
    args = ["simulate", "--users", "1000", "--items", "300", "--events", "20000", "--out", folder / "c"]
    whole = run(args, timeout=120)
    assert whole.code == 0, whole
    good = tree(folder / "c")
    shutil.rmtree(folder / "c")
    kills, half = 0, 0
    while kills < KILLS:
        code = kill_after(start(args), rng.uniform(0.02, whole.seconds * 1.1))
        kills += 1 if code is None else 0
        if (folder / "c").exists():
            half += tree(folder / "c") != good
            shutil.rmtree(folder / "c")
    end = run(args, timeout=120)
    left = sorted(p.name for p in folder.iterdir() if p.name != "c")
    result("kill-simulate", not half and end.code == 0 and not left,
           f"{kills} kills, half corpora {half}, left over {left}")


def evaluate_storm():
    folder = fresh("kill/evaluate")
    run_folder = folder / "run"
    shutil.copytree(trained(), run_folder)
    args = ["evaluate", run_folder, "--threads", "1"]

    def report():
        text = (run_folder / "report.json").read_text()
        document = json.loads(text)
        document.pop("seconds", None)
        return json.dumps(document)

    whole = run(args)
    assert whole.code == 0, whole
    want = report()
    kills, torn, missing = 0, 0, 0
    while kills < KILLS:
        delay = rng.uniform(0.02, whole.seconds) if kills % 2 else rng.uniform(whole.seconds * 0.85, whole.seconds *
                                                                               1.05)
        code = kill_after(start(args), delay)
        kills += 1 if code is None else 0
        try:
            torn += report() != want
        except FileNotFoundError:
            missing += 1
        except ValueError:
            torn += 1
    end = run(args)
    result("kill-evaluate", torn == 0 and missing == 0 and end.code == 0,
           f"{kills} kills, torn {torn}, missing {missing}, left over {leftovers(run_folder)}")


AVERAGE = ["--set", "train.average=0.9", "--set", "train.family_weights=learned", "--set", "train.accumulate=2"]
PARTS = {
    "train": lambda: train_storm("train", []),
    "average": lambda: train_storm("average", AVERAGE),
    "import": import_storm,
    "import-force": lambda: force_storm("import"),
    "simulate": simulate_storm,
    "simulate-force": lambda: force_storm("simulate"),
    "evaluate": evaluate_storm
}
