"""The smallest form of every fault that was ever found: one check each."""
from support import *

ANOTHER_USER = 31999
TRAIN = ["--epochs", "1", *SMALL]
ONE_LOG = ["--format", "csv", "-q"]


def log(folder):
    path = folder / "log.csv"
    lines = "".join(f"u{i % 20},i{i * 7 % 13},{i % 5 + 1},{1400000000 + i}\n" for i in range(400))
    path.write_text("user,item,rating,timestamp\n" + lines)
    return path


def train(out, corpus=None, steps=3, more=(), **how):
    return run(
        ["train", "--corpus", corpus or world(), "--out", out, "--set", f"train.max_steps={steps}", *TRAIN, *more],
        timeout=120,
        **how)


def until(there, seconds=60):
    end = time.monotonic() + seconds
    while not there() and time.monotonic() < end:
        time.sleep(0.05)


def outputs():
    """Where output goes."""
    f = fresh("smallest/outputs")
    source = log(f)
    (f / "home").mkdir()
    (f / "home/thesis.txt").write_text("three years\n")
    r = run(["import", source, *ONE_LOG, "--out", f / "home", "--force"])
    result("force-over-other-folder", r.code == 2 and (f / "home/thesis.txt").exists(), repr(r))
    (f / "raw").mkdir()
    shutil.copy(source, f / "raw/events.csv")
    r = run(["import", f / "raw", *ONE_LOG, "--out", f / "raw", "--force"])
    result("force-over-own-input", r.code == 2 and (f / "raw/events.csv").exists(), repr(r))
    (f / "shop.old-20231105").mkdir()
    (f / "shop.old-20231105/corpus.json").write_text("copy\n")
    r = run(["import", source, *ONE_LOG, "--out", f / "shop"])
    result("dated-copy-next-to-output", r.code == 0 and (f / "shop.old-20231105/corpus.json").exists(), repr(r))
    (f / "d").mkdir()
    (f / "link").symlink_to("d")
    run(["import", source, *ONE_LOG, "--out", f / "d", "--force"])
    r = run(["import", source, *ONE_LOG, "--out", f / "link", "--force"])
    result("force-through-link", (f / "link").is_symlink() and (f / "d/corpus.json").exists(), repr(r))
    r = run(["simulate", "--users", "2", "--items", "2", "--events", "9", "--out", "/"], timeout=10)
    result("output-is-the-root", r.code == 2, repr(r))
    r = run(["simulate", "--users", "400", "--items", "100", "--events", "9000", "--out", f / "big"],
            limits=[(resource.RLIMIT_FSIZE, 20000)])
    result("limit-of-file-size", r.code == 5 and not (f / "big").exists(), repr(r))
    r = run(["simulate", "--users", "2", "--items", "4000000000", "--events", "10", "--out", f / "z"], timeout=20)
    result("simulate-beyond-memory", r.code == 2 and r.rss < 1 << 30, repr(r))


def failing_sync():
    f = fresh("smallest/sync")
    source = log(f)
    for n in (1, 3, 12):
        called = f / "called"
        r = run(
            ["import", source, *ONE_LOG, "--out", f / "unsynced"],
            env={
                "LD_PRELOAD": str(io_shim()),
                "IOFAIL_CALL": "fsync",
                "IOFAIL_N": str(n),
                "IOFAIL_ERRNO": "5",
                "IOFAIL_PATH": "unsynced",
                "IOFAIL_LOG": str(called)
            })
        result(f"failing-sync-{n}", r.code == 5 and called.exists(), repr(r))
        shutil.rmtree(f / "unsynced", ignore_errors=True)


def streams():
    """Standard streams that are closed or full."""
    f = fresh("smallest/streams")
    source = log(f)
    r = run(["stats", f / "nowhere"], before=lambda: os.close(2))
    result("error-with-stderr-closed", r.code == 3, repr(r))
    lines = source.read_text().splitlines(True)
    child = start(["import", "-", "--format", "csv", "--out", f / "c"],
                  stdin=subprocess.PIPE,
                  preexec_fn=lambda: os.close(2))
    child.stdin.write("".join(lines[:200]).encode())
    child.stdin.flush()
    time.sleep(2.5)  # progress is shown after two seconds
    child.stdin.write("".join(lines[200:]).encode())
    child.stdin.close()
    code, _ = wait(child, 20)
    result("slow-import-with-stderr-closed", code == 0, f"exit {code}")
    with open("/dev/full", "wb") as full:
        for name, args in {
                "help": ["--help"],
                "verb-help": ["train", "--help"],
                "version": ["--version"],
                "options": ["options"],
                "prompts": ["prompts", "list"],
                "stats": ["stats", world()]
        }.items():
            r = run(args, out=full)
            result(f"full-stdout-{name}", r.code == 5 and "internal" not in r.err, repr(r))


def waiting():
    """A pipe that nobody writes into."""
    f = fresh("smallest/waiting")
    os.mkfifo(f / "pipe")
    for sign in (signal.SIGTERM, signal.SIGINT):
        child = start(["import", f / "pipe", "--format", "csv", "--out", f / "c"])
        time.sleep(0.7)
        child.send_signal(sign)
        begin = time.monotonic()
        code, _ = wait(child, 5)
        result(f"import-of-idle-pipe-{sign.name}", code == 128 + sign,
               f"exit {code} after {time.monotonic() - begin:.1f} s")


def nested():
    """TOML that would overflow the stack of its parser, and texts that would change the terminal."""
    f = fresh("smallest/nested")
    key = ".".join(["a"] * 50000)
    for name, body in {
            "key": f"{key} = 1\n",
            "header": f"[{key}]\n",
            "array-header": f"[[{key}]]\n",
            "inline": f"x = {{ {key} = 1 }}\n"
    }.items():
        (f / "deep.toml").write_text(body)
        for verb, args, code in (("prompts", ["prompts", "check", "--prompts", f / "deep.toml"],
                                  3), ("config", ["stats", "-", "--config", f / "deep.toml"], 2),
                                 ("lexicon", ["explanations",
                                              world(), "--set", f"explain.lexicon={f}/deep.toml"], 3)):
            if verb == "config":
                args = ["simulate", "--config", f / "deep.toml", "--out", f / "no"]
            r = run(args)
            result(f"toml-{name}-{verb}", r.code == code, repr(r))
    r = run(["stats", f / "\x1b]0;owned\x07\nerror: forged"])
    result("escapes-in-error", r.code == 3 and r.err.count("\n") == 1 and "\x1b" not in r.err and "\x07" not in r.err,
           repr(r.err))
    r = run(["sta\x1b[2Jts"])
    result("escapes-in-usage-error", r.code == 2 and "\x1b" not in r.err, repr(r.err))


def forbidden():
    """Permission denied on a folder above. Root is needed to become another user."""
    if os.getuid() != 0:
        return
    f = fresh("smallest/forbidden")
    os.chmod(ROOT, 0o755)
    (f / "shut").mkdir()
    shutil.copytree(world(), f / "shut/corpus")
    os.chmod(f / "shut", 0o700)
    os.chmod(f, 0o755)
    for name, args in {
            "stats": ["stats", f / "shut/corpus"],
            "evaluate": ["evaluate", f / "shut/run"],
            "recommend": ["recommend", f / "shut/run", "--user", "u"],
            "train": ["train", "--out", f / "shut/run", "--resume"]
    }.items():
        r = run(args, user=ANOTHER_USER, cwd="/")
        result(f"forbidden-{name}", r.code == 5 and "internal" not in r.err, repr(r))


def folders():
    """Training and demo in folders that hold something else."""
    f = fresh("smallest/folders")
    for name in ("checkpoint", "tensorboard"):
        (f / "project" / name).mkdir(parents=True)
        (f / "project" / name / "mine").write_text("mine\n")
    r = train(f / "project", steps=1)
    result("train-into-other-folder", r.code == 2 and (f / "project/checkpoint/mine").exists(), repr(r))
    (f / "mine/run").mkdir(parents=True)
    (f / "mine/run/thesis.txt").write_text("three years\n")
    child = start(["demo", "--out", f / "mine"])
    wait(child, 4)
    result("demo-over-other-folder", (f / "mine/run/thesis.txt").exists(), "mine/run/thesis.txt")
    r = train(f / "killed",
              steps=1,
              env={
                  "LD_PRELOAD": str(io_shim()),
                  "IOFAIL_CALL": "rename",
                  "IOFAIL_N": "3",
                  "IOFAIL_KILL": "1",
                  "IOFAIL_PATH": "killed"
              })
    again, anew = run(["train", "--out", f / "killed", "--resume"]), train(f / "killed", steps=1)
    result("killed-before-the-bundle", r.code == -9 and 0 in (again.code, anew.code), f"{again!r} / {anew!r}")


def damaged_run():
    """One changed byte in each file of a run."""
    f = fresh("smallest/damaged")
    shutil.copytree(trained(), f / "run")
    ask = ["recommend", f / "run", "--user", "U0000007", "--threads", "1"]
    item = (world() / "item.key.utf8").read_bytes()[:10].decode()
    asks = {
        "run.json": ["evaluate", f / "run", "--threads", "1"],
        "config.toml": ["evaluate", f / "run", "--threads", "1"],
        "stars.json": ["predict", f / "run", "--user", "U0000007", "--item", item, "--threads", "1"]
    }
    for path in sorted(p for part in ("bundle", "run.json", "config.toml")
                       for p in [f / "run" / part, *(f / "run" / part).rglob("*")] if p.is_file()):
        kept = path.read_bytes()
        data = bytearray(kept)
        data[len(data) // 2] ^= 2
        path.write_bytes(data)
        r = run(asks.get(path.name, ask))
        result(f"damaged-{path.name}", r.code == 4 and path.name in r.err, repr(r))
        path.write_bytes(kept)
    for sums in f.rglob("checksums.json"):
        sums.unlink()
    r = run(ask)
    result("run-without-checksums", r.code == 0, repr(r))


def threads():
    if os.getuid() != 0:
        return
    f = fresh("smallest/threads")
    os.chmod(ROOT, 0o755)
    shutil.copytree(trained(), f / "run")
    for count, code in ((8, 5), (0, 0)):
        r = run(["recommend", f / "run", "--user", "U0000007", "--corpus",
                 world(), "--threads", count],
                user=ANOTHER_USER,
                limits=[(resource.RLIMIT_NPROC, 3)],
                cwd="/",
                timeout=20)
        result(f"threads-{count}-of-3", r.code == code, repr(r))


def cut_column():
    f = fresh("smallest/cut")
    shutil.copytree(world(), f / "corpus")
    err = open(f / "err", "wb")
    child = start(["train", "--corpus", f / "corpus", "--out", f / "run", "--epochs", "90", *SMALL], err=err)
    until((f / "run/metrics.jsonl").exists)
    time.sleep(0.5)
    os.truncate(f / "corpus/interaction.item.u32", 0)
    code, _ = wait(child, 60)
    said = (f / "err").read_text(errors="replace")
    result("column-cut-while-mapped", code == 3 and "interaction.item.u32" in said,
           f"exit {code}: {said.strip()[-120:]}")


def titles():
    """Escape sequences and line ends in titles."""
    f = fresh("smallest/titles")
    items = "".join(f'i{i},"\x1b]0;owned\x07\x1b[31mred\n99  forged"\n' for i in range(13))
    (f / "items.csv").write_text("item,title\n" + items)
    assert run(["import", log(f), *ONE_LOG, "--item-files", f / "items.csv", "--out", f / "c"]).code == 0
    assert train(f / "run", corpus=f / "c", steps=1).code == 0
    r = run(["recommend", f / "run", "--user", "u1", "--keep-seen", "-k", "5", "--threads", "1"])
    forged = [line for line in r.out.splitlines() if line.startswith("99")]
    result("escapes-of-titles", r.code == 0 and "\x1b" not in r.out and not forged, repr(r.out[-80:]))


def lost_terminal():
    """SIGHUP, and a reader of stderr that ends."""
    f = fresh("smallest/terminal")
    more = ["--epochs", "200", "--set", "train.validate_every=0", *SMALL]
    child = start(["train", "--corpus", world(), "--out", f / "hup", *more],
                  preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
    until((f / "hup/metrics.jsonl").exists)
    child.send_signal(signal.SIGHUP)
    code, _ = wait(child, 60)
    result("hangup-saves", code == 129 and (f / "hup/checkpoint/trainer.json").exists(), f"exit {code}")
    read, write = os.pipe()
    child = start(["train", "--corpus", world(), "--out", f / "pipe", "--epochs", "1", *SMALL], err=write)
    os.close(write)
    os.read(read, 10)
    os.close(read)
    code, _ = wait(child, 60)
    result("lost-reader-of-stderr", code == 0, f"exit {code}")


def leftovers_are_removed():
    f = fresh("smallest/leftovers")
    shutil.copytree(trained(), f / "run")
    for name in ("run/report.json.tmp-0123456789abcdef", "run/config.toml.tmp-0123456789abcdef"):
        (f / name).write_text("half")
    r = run(["train", "--out", f / "run", "--resume", "--threads", "1"])
    result("leftovers-of-killed-programs", r.code == 0 and not leftovers(f), f"{r!r}, left {leftovers(f)}")


def little_space():
    """Too little address space: a message, not a crash in LibTorch."""
    f = fresh("smallest/space")
    codes = []
    for mib in (56, 200, 700):
        r = train(f / f"r{mib}", limits=[(resource.RLIMIT_AS, mib << 20)])
        codes.append(r.code)
    result("little-address-space", set(codes) == {5}, f"exit codes {codes}")


PARTS = {
    "outputs": outputs,
    "failing-sync": failing_sync,
    "streams": streams,
    "waiting": waiting,
    "nested": nested,
    "forbidden": forbidden,
    "folders": folders,
    "damaged-run": damaged_run,
    "threads": threads,
    "cut-column": cut_column,
    "titles": titles,
    "terminal": lost_terminal,
    "leftovers": leftovers_are_removed,
    "space": little_space
}
