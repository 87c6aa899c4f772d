"""The same seed twice, two threads, other locales, time zones, masks, folders and environments: equal bytes."""
import math
import struct

from support import *

TRAIN = ["--epochs", "2", "--set", "train.validate_every=0.3", "--set", "task.review_samples=1", *SMALL]
PLACE = ROOT / "same"


def train(name, env=None, more=(), cwd=None, before=None, bare=False, corpus=None):
    out = PLACE / name
    base = [a for i, a in enumerate(TRAIN) if "--threads" not in (a, TRAIN[i - 1])] if "--threads" in more else TRAIN
    args = ["train", "--corpus", corpus or world(), *base, *more, "--out", out]
    if bare:
        r = Ran(
            subprocess.run(["env", "-i", P5] + [str(a) for a in args], capture_output=True).returncode, "", "", 0, 0)
    else:
        r = run(args, timeout=200, env=env, cwd=cwd, before=before)
    assert r.code == 0, (name, r)
    r = run(["evaluate", out, "--threads", "2" if "2" in more else "1"], timeout=100, env=env, before=before)
    assert r.code == 0, (name, r)
    return out


def report(out):
    document = json.loads((out / "report.json").read_text())
    document.pop("seconds", None), document.pop("run", None)
    return json.dumps(document, sort_keys=True)


def metrics(out):
    rows = []
    for line in (out / "metrics.jsonl").read_text().splitlines():
        row = json.loads(line)
        for key in ("seconds", "tokens_per_second", "waiting"):
            row.pop(key, None)
        rows.append(row)
    return rows


def differing(a, b):
    ours, theirs = tree(a), tree(b)
    skip = ("tensorboard", "trainer.json", "metrics.jsonl", "report.json", "run.json")
    names = [
        n for n in sorted(set(ours) | set(theirs))
        if not n.startswith(skip[0]) and not n.endswith(skip[1:]) and ours.get(n) != theirs.get(n)
    ]
    return names + ([] if report(a) == report(b) else ["report.json"]) + ([] if metrics(a) == metrics(b) else
                                                                          ["metrics.jsonl"])


def weights(out):
    data = (out / "bundle/model/model.safetensors").read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    body = data[8 + length:]
    return struct.unpack(f"<{len(body) // 4}f", body)


def compare(name, out, base, figure=""):
    d = differing(out, base)
    result(f"same-{name}", not d, f"differing files {d} {figure}")


def locales():
    """Locales that are made here, by name."""
    found = {"C": "C", "C.UTF-8": "C.utf8"}
    place = ROOT / "locale"
    place.mkdir(exist_ok=True)
    for name, charset in (("de_DE", "UTF-8"), ("tr_TR", "UTF-8"), ("ja_JP", "EUC-JP")):
        subprocess.run(["localedef", "-i", name, "-f", charset, place / f"{name}.{charset}"], capture_output=True)
        if (place / f"{name}.{charset}").exists():
            found[name] = f"{name}.{charset}"
    return found, place


def runs():
    fresh("same")
    named, place = locales()
    base = train("base")
    compare("twice", train("twice"), base)
    other = differing(train("seed", more=["--seed", "7"]), base)
    result("same-other-seed-differs", "bundle/model/model.safetensors" in other,
           f"another seed gives other weights: {len(other)} files differ")
    two, two_again = train("two", more=["--threads", "2"]), train("two-again", more=["--threads", "2"])
    config_free = [n for n in differing(two, base) if n != "config.toml"]
    far = max(abs(a - b) for a, b in zip(weights(two), weights(base)))
    relative = math.sqrt(
        sum((a - b)**2 for a, b in zip(weights(two), weights(base))) / sum(b * b for b in weights(base)))
    same_twice = [n for n in differing(two, two_again)]
    print(
        f"    two threads against one: differing {config_free}, largest difference of a weight {far:.2e}, "
        f"relative norm {relative:.2e}; "
        f"two threads twice: differing {same_twice}")
    result("same-two-threads-twice", not same_twice, f"differing files {same_twice}")

    for name, value in named.items():
        compare(f"locale-{name}", train(f"locale-{name}", env={
            "LC_ALL": value,
            "LANG": value,
            "LOCPATH": str(place)
        }), base)
    for zone in ("Asia/Kathmandu", "America/St_Johns", "XXX+25", ""):
        compare(f"tz-{zone.replace('/', '-') or 'empty'}",
                train(f"tz-{zone.replace('/', '-') or 'empty'}", env={"TZ": zone}), base)
    masked = train("umask", before=lambda: os.umask(0o077))
    modes = {oct(p.stat().st_mode & 0o777) for p in masked.rglob("*") if p.is_file()}
    compare("umask-077", masked, base, f"modes of files {sorted(modes)}")
    open_masked = train("umask0", before=lambda: os.umask(0))
    modes = {oct(p.stat().st_mode & 0o777) for p in open_masked.rglob("*")}
    compare("umask-000", open_masked, base, f"modes {sorted(modes)}")
    compare("bare-environment", train("bare", bare=True), base)
    copy = PLACE / "elsewhere/deep/world"
    shutil.copytree(world(), copy)
    moved = differing(train("moved", corpus=copy), base)
    result("same-corpus-elsewhere",
           set(moved) <= {"bundle/bundle.json", "bundle/checksums.json"},
           f"differing files {moved} (bundle.json names the corpus)")


def imports():
    PLACE.mkdir(exist_ok=True)
    named, place = locales()
    # import: the same bytes whatever locale, zone and order of the folder
    log = PLACE / "iso.csv"
    log.write_text("user,item,rating,timestamp\n" +
                   "".join(f"u{i % 9},i{i % 7},{i % 5 + 1}.5,2014-0{i % 9 + 1}-11T0{i % 9}:30:00\n"
                           for i in range(200)))
    digests = set()
    for env in ({}, {
            "TZ": "Asia/Kathmandu"
    }, {
            "TZ": "America/St_Johns"
    }, {
            "LC_ALL": named.get("de_DE", "C"),
            "LOCPATH": str(place)
    }):
        shutil.rmtree(PLACE / "iso", ignore_errors=True)
        r = run(["import", log, "--format", "csv", "--out", PLACE / "iso"], env=env)
        digests.add(json.dumps(tree(PLACE / "iso")) if r.code == 0 else repr(r))
    result("same-import-iso-times",
           len(digests) == 1, f"{len(digests)} different corpora of one log under 4 environments")


PARTS = {"runs": runs, "imports": imports}
