"""Little memory: limits of the address space, allocations that fail, threads that cannot be started, and the peak of
ten million events."""
import collections
import random

from support import *

TRIES = size(6, 60)
MIB = 1 << 20


def verbs(f):
    log = csv("base/log5.csv", 20000)
    return {
        "stats": (["stats", world()], None),
        "import": (["import", log, "--format", "csv", "--review-column", "review", "--out", f / "c"], f / "c"),
        "simulate": (["simulate", "--users", "500", "--items", "300", "--events", "10000", "--out",
                      f / "s"], f / "s"),
        "explanations": (["explanations", world(), "--set", "explain.min_reviews=1"], None),
        "recommend": (["recommend", trained(), "--user", "U0000007", "--threads", "1"], None),
        "evaluate": (["evaluate", trained(), "--threads", "1"], None),
        "train": ([
            "train", "--corpus",
            world(), "--out", f / "r", "--epochs", "1", "--set", "train.max_steps=2", *SMALL
        ], f / "r"),
    }


def limit():
    f = fresh("memory/limit")
    for name, (args, out) in verbs(f).items():
        codes, bad = [], []
        for size in (16, 24, 28, 32, 36, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 192, 224, 256, 320, 400, 500,
                     600, 700, 800, 1000, 1200, 1500, 2000, 3000):
            if out is not None:
                shutil.rmtree(out, ignore_errors=True)
            r = run(args, timeout=60, limits=[(resource.RLIMIT_AS, size * MIB)])
            codes.append(f"{size}:{r.code}")
            if r.code not in (0, 5, 127):  # 127: the loader could not map the program
                bad.append(f"{size} MiB: {r!r}")
            if out is not None and r.code not in (0, 127) and out.exists() and name != "train":
                bad.append(f"{size} MiB: {out.name} is there")
        result(f"memory-limit-{name}", not bad, f"{' '.join(codes)}; bad {len(bad)}")
        for b in bad[:6]:
            note(b)


def new_fails():
    shim = ROOT / "allocfail.so"
    subprocess.run(["c++", "-shared", "-fPIC", "-O1", "-o", shim, HERE / "allocfail.cc"], check=True)
    f = fresh("memory/new")
    rng = random.Random(5)
    for name, (args, out) in verbs(f).items():
        log = f / "log"
        log.unlink(missing_ok=True)
        env = {"LD_PRELOAD": str(shim), "ALLOC_LOG": str(log)}
        r = run(args, timeout=60, env=env | {"ALLOC_N": "0"})
        total = int(log.read_text().split()[1]) if log.exists() else 0
        codes, bad, tried = collections.Counter(), collections.Counter(), 0
        examples = {}
        for i in range(TRIES):
            if out is not None:
                shutil.rmtree(out, ignore_errors=True)
            log.unlink(missing_ok=True)
            n = rng.randrange(1, max(2, total))
            r = run(args, timeout=60, env=env | {"ALLOC_N": str(n)} | ({"ALLOC_FROM": "1"} if i % 3 == 2 else {}))
            if not log.exists():
                continue
            tried += 1
            codes[r.code] += 1
            if r.code not in (0, 5):
                bad[r.code] += 1
                examples.setdefault(r.code, f"allocation {n} of {total}, {log.read_text().strip()}: {r!r}")
            if out is not None and r.code != 0 and out.exists() and name != "train":
                bad["left"] += 1
        result(f"memory-new-{name}", not bad,
               f"{tried} of {total} allocations failed, codes {dict(codes)}, bad {dict(bad)}")
        for e in examples.values():
            note(e)


def threads():
    """No more threads: a limit of processes for a user without others, and of memory for stacks."""
    f = fresh("memory/threads")
    os.chmod(ROOT, 0o755)
    shutil.copytree(trained(), f / "run")
    subprocess.run(["chown", "-R", "31337", f / "run"], check=True)
    for name, args in {
            "recommend": ["recommend", f / "run", "--user", "U0000007"],
            "evaluate": ["evaluate", f / "run"],
            "resume": ["train", "--out", f / "run", "--resume"]
    }.items():
        codes, bad = [], []
        for most in (1, 2, 3):
            for count in (1, 2, 8, 64, 1024):
                r = run(args + ["--threads", count],
                        user=31337,
                        limits=[(resource.RLIMIT_NPROC, most)],
                        cwd="/",
                        timeout=60)
                codes.append(f"{most}/{count}:{r.code}")
                if r.code not in (0, 5, 2):
                    bad.append(f"{most} processes, --threads {count}: {r!r}")
        result(f"memory-threads-{name}", not bad, f"{' '.join(codes)}, bad {len(bad)}")
        for b in bad[:3]:
            note(b)


def peak():
    f = fresh("memory/peak")
    r = run([
        "simulate", "--users", "200000", "--items", "50000", "--events", "10000000", "--set",
        "simulate.review_share=0.02", "--out", f / "s"
    ],
            timeout=580)
    size = sum(p.stat().st_size for p in (f / "s").rglob("*")) if r.code == 0 else 0
    result("memory-peak-simulate-1e7", r.code == 0 and r.rss < 2 << 30, f"{r!r}, corpus {size >> 20} MiB")
    s = run(["stats", f / "s"], timeout=300)
    result("memory-peak-stats-1e7", s.code == 0 and s.rss < 2 << 30, f"{s!r}")
    shutil.rmtree(f / "s", ignore_errors=True)
    maker = """awk 'BEGIN { print "user,item,rating,timestamp"; srand(1); for (i = 0; i < 10000000; i++)
        printf "u%d,i%d,%d,%d\\n", int(rand() * 500000), int(rand() * 100000), 1 + int(rand() * 5), 1400000000 + i }'"""
    source = subprocess.Popen(["bash", "-c", maker], stdout=subprocess.PIPE)
    r = run(["import", "-", "--format", "csv", "--out", f / "i"], timeout=580, stdin=source.stdout)
    source.stdout.close()
    kill9(source)
    result("memory-peak-import-1e7", r.code == 0 and r.rss < 2 << 30, f"{r!r}; {r.rss / 1e7:.0f} bytes an event")
    shutil.rmtree(f / "i", ignore_errors=True)


PARTS = {"limit": limit, "new": new_fails, "threads": threads, "peak": peak}
