"""What every part of scripts/faults needs: how to run p5 under limits, small inputs to run it on, and a table of results.

scripts/faults sets `settings` before it imports the parts.
"""
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


class settings:
    program = os.path.abspath("build/release/p5")
    scratch = Path("/tmp/p5-faults")
    short = False


P5 = settings.program
ROOT = settings.scratch
results = []  # (name, ok, figure)


def configure(program, scratch, short):
    global P5, ROOT
    settings.program = P5 = os.path.abspath(program)
    settings.scratch = ROOT = Path(scratch)
    settings.short = short
    ROOT.mkdir(parents=True, exist_ok=True)


def size(short, long):
    """How many tries: the first number in the short form, the second in the long one."""
    return short if settings.short else long


def result(name, ok, figure):
    results.append((name, bool(ok), figure))
    print(f"{name:<40} {'ok' if ok else 'FAIL':<4}  {figure}", flush=True)


def note(text):
    print(f"    {text}", flush=True)


class Ran:
    """What a run of p5 did. The code is negative for a signal and -999 for a hang."""
    def __init__(self, code, out, err, seconds, rss):
        self.code, self.out, self.err, self.seconds, self.rss = code, out, err, seconds, rss

    @property
    def crashed(self):  # by a signal, or as a shell reports one
        return self.code < 0 or self.code in (134, 135, 136, 139)

    def __repr__(self):
        tail = (self.err.strip().splitlines() or [""])[-1][:200]
        return f"exit {self.code}, {self.seconds:.1f}s, {self.rss >> 20} MiB: {tail}"


def run(args,
        timeout=60,
        env=None,
        limits=(),
        cwd=None,
        stdin=subprocess.DEVNULL,
        out=None,
        err=None,
        user=None,
        before=None):
    """Runs p5 with args to its end. `limits` are pairs of a resource and its limit; `before` is called in the child."""
    def prepare():
        for what, value in limits:
            resource.setrlimit(what, (value, value))
        if user is not None:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
        if before is not None:
            before()

    with tempfile.TemporaryFile() as o, tempfile.TemporaryFile() as e:
        begin = time.monotonic()
        child = subprocess.Popen([P5] + [str(a) for a in args],
                                 stdin=stdin,
                                 stdout=o if out is None else out,
                                 stderr=e if err is None else err,
                                 env=dict(os.environ) | (env or {}),
                                 cwd=cwd,
                                 preexec_fn=prepare)
        code, rss = wait(child, timeout)
        seconds = time.monotonic() - begin
        o.seek(0)
        e.seek(0)
        return Ran(code,
                   o.read(1 << 20).decode("utf-8", "replace"),
                   e.read(1 << 20).decode("utf-8", "replace"), seconds, rss)


def wait(child, timeout):
    """The exit code and the peak of memory (bytes) of a child; it is killed after the timeout."""
    end = time.monotonic() + timeout
    if child.returncode is not None:  # poll() was faster
        return child.returncode, 0
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            break
        if time.monotonic() > end:
            os.kill(child.pid, signal.SIGKILL)
            pid, status, usage = os.wait4(child.pid, 0)
            child.returncode = -9
            return -999, usage.ru_maxrss * 1024
        time.sleep(0.005)
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
    child.returncode = code
    return code, usage.ru_maxrss * 1024


def start(args, env=None, out=subprocess.DEVNULL, err=subprocess.DEVNULL, stdin=subprocess.DEVNULL, **more):
    """Starts p5 and does not wait for it."""
    return subprocess.Popen([P5] + [str(a) for a in args],
                            stdin=stdin,
                            stdout=out,
                            stderr=err,
                            env=dict(os.environ) | (env or {}),
                            **more)


def kill9(child):
    if child.poll() is None:
        os.kill(child.pid, signal.SIGKILL)
    return child.wait()


def resident_mib(child):
    """0 where it has ended."""
    if child.poll() is not None:
        return 0
    lines = Path(f"/proc/{child.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def fresh(name):
    """An empty folder in the scratch folder."""
    path = ROOT / name
    if path.is_symlink() or path.is_file():
        path.unlink()
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def sha(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def tree(folder):
    """The digest of every file, by its path in the folder."""
    folder = Path(folder)
    return {str(p.relative_to(folder)): sha(p) for p in sorted(folder.rglob("*")) if p.is_file()}


def leftovers(folder):
    """Temporary files and folders."""
    return sorted(str(p.relative_to(folder)) for p in Path(folder).rglob("*") if ".tmp-" in p.name)


SMALL = [
    "--preset", "nano", "--threads", "1", "--set", "text.pieces=400", "--set", "task.sequential_samples=2", "--set",
    "task.direct_samples=1", "--set", "task.batch_tokens=2048", "--set", "decode.beams=5", "--set",
    "hybrid.after_training=false"
]


def world(name="base/world", users=60, items=40, events=600, seed=2022):
    """A simulated corpus, made once."""
    path = ROOT / name
    if not (path / "corpus.json").exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        r = run(["simulate", "--users", users, "--items", items, "--events", events, "--seed", seed, "--out", path])
        assert r.code == 0, r
    return path


def trained(name="base/run"):
    """A run that was trained for three steps, made once."""
    path = ROOT / name
    if not (path / "bundle/model/model.safetensors").exists():
        shutil.rmtree(path, ignore_errors=True)
        r = run(["train", "--corpus",
                 world(), "--out", path, "--epochs", "1", "--set", "train.max_steps=3", *SMALL],
                timeout=300)
        assert r.code == 0, r
    for left in path.glob("*.tmp-*"):
        left.unlink()
    return path


def csv(name, rows, seed=1, users=1000, items=500):
    """A seeded log: user,item,rating,timestamp,review."""
    path = ROOT / name
    if not path.exists():
        import random
        path.parent.mkdir(parents=True, exist_ok=True)
        rng = random.Random(seed)
        with open(path, "w") as f:
            f.write("user,item,rating,timestamp,review\n")
            for i in range(rows):
                words = " ".join(rng.choice(["good", "bad", "loud", "soft", "warm", "cold"]) for _ in range(6))
                f.write(
                    f"u{rng.randrange(users)},i{rng.randrange(items)},{rng.randrange(1, 6)},{1400000000 + i},{words}\n"
                )
    return path


def io_shim():
    """The library that makes calls fail (iofail.c), built once."""
    library = ROOT / "iofail.so"
    if not library.exists():
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, HERE / "iofail.c", "-ldl"], check=True)
    return library
