"""A corpus that changed after training, and one whose users cannot be validated."""
import random

from support import *


def changed():
    f = fresh("changed")
    rng = random.Random(1)
    rows = [(f"u{rng.randrange(40)}", f"i{rng.randrange(25)}", rng.randrange(1, 6), 1400000000 + i)
            for i in range(800)]
    last = {row[0]: row for row in rows}

    def write(name, kept):
        (f / name).write_text("user,item,rating,timestamp\n" + "".join("%s,%s,%d,%d\n" % row for row in kept))
        r = run(["import", f / name, "--format", "csv", "--out", f / "c", "--force", "-q"])
        assert r.code == 0, r

    write("a.csv", rows)
    r = run(["train", "--corpus", f / "c", "--out", f / "r", "--epochs", "1", "--set", "train.max_steps=5", *SMALL],
            timeout=100)
    assert r.code == 0, r
    # Without the newest event of every user, what was validated is now the test, and what was trained is now validated.
    write("b.csv", [row for row in rows if last[row[0]] != row])
    r = run(["evaluate", f / "r", "--threads", "1"])
    result("changed-corpus-evaluate", r.code != 0 or "corpus" in r.err or "data" in r.err, repr(r))
    r = run(["train", "--out", f / "r", "--resume", "--threads", "1"])
    result("changed-corpus-resume", r.code == 4, repr(r))


def two_events():
    f = fresh("two-events")
    lines = "".join(f"u{i},a{i % 5},5,{i}\nu{i},b{i % 3},4,{i + 90}\n" for i in range(60))
    (f / "two.csv").write_text("user,item,rating,timestamp\n" + lines)
    assert run(["import", f / "two.csv", "--format", "csv", "--out", f / "two"]).code == 0
    r = run(["train", "--corpus", f / "two", "--out", f / "t", "--epochs", "3", *SMALL], timeout=100)
    result("two-events-train", r.code == 0 or not (f / "t").exists(), f"{r!r}; run folder left {(f / 't').exists()}")


PARTS = {"changed": changed, "two-events": two_events}
