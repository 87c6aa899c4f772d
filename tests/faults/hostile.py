"""Data that mean harm: escape sequences, tricks with paths, long keys, bombs of gzip, JSON, TOML and csv, huge sizes."""
import gzip
import struct

from support import *

ESC = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b31m\x08\x08"


def shows_escape(text):
    return any(ord(c) < 32 and c not in "\n\t" or 0x7f <= ord(c) < 0xa0 for c in text)


def run_without_checksums(folder):
    """A run as earlier versions wrote it: what its files hold reaches their readers."""
    shutil.copytree(trained(), folder)
    for sums in folder.rglob("checksums.json"):
        sums.unlink()


def hostile_world(f):
    events, items = f / "events.csv", f / "items.csv"
    keys = [f"../../etc/passwd{i}" for i in range(3)] + [
        "{}{0}{:>999999999}", "%s%n%x", "a\tb", "<script>alert(1)</script>", "x\u202egnp.exe", "k" * 300
    ] + [f"i{i}" for i in range(20)]
    with open(events, "w") as out:
        out.write("user,item,rating,timestamp,review\n")
        for i in range(600):
            user = ["../../root", "{}", "%n%n", f"u\x1b[31m{i % 3}", "normal"][i % 5] + str(i % 4)
            out.write(
                f'"{user}","{keys[i * 7 % len(keys)]}",{i % 5 + 1},{1400000000 + i},'
                f'"the sound{ESC} is good and the strings are bad {{user}} {{item}}"\n'
            )
    with open(items, "w") as out:
        out.write("item,title,brand,category\n")
        for k in keys:
            out.write(f'"{k}","Guitar {ESC} of {k[:8]}","{ESC}","a{ESC}"\n')
    return events, items, keys


def text():
    f = fresh("hostile/text")
    events, items, keys = hostile_world(f)
    r = run(
        ["import", events, "--format", "csv", "--item-files", items, "--review-column", "review", "--out", f / "c"])
    result("text-import", r.code == 0, repr(r))
    s = run(["stats", f / "c"])
    result("text-stats", s.code == 0 and not shows_escape(s.out), f"{s!r}")
    r = run([
        "train", "--corpus", f / "c", "--out", f / "r", "--epochs", "1", "--set", "train.max_steps=3", "--set",
        "task.review_samples=1", "--set", "task.explanation_samples=1", "--set", "explain.min_reviews=1", *SMALL
    ],
            timeout=120)
    result("text-train", r.code == 0, repr(r))
    for name, args in {
            "recommend": ["recommend", f / "r", "--user", "../../root0", "--keep-seen", "-k", "20"],
            "recommend-history": ["recommend", f / "r", "--history", keys[0]],
            "recommend-explain": ["recommend", f / "r", "--user", "{}1", "--explain", "--keep-seen"],
            "explain": ["explain", f / "r", "--user", "{}1", "--item", keys[3]],
            "summarize": ["summarize", f / "r", "--text", "good" + ESC],
            "prompt": ["prompt", f / "r", "what comes after item_1" + ESC],
            "explanations": ["explanations", f / "c", "--set", "explain.min_reviews=1"],
            "try": ["prompts", "try", f / "r", "1-1", "--user", "{}1", "--item", keys[3]],
            "prompts-list": ["prompts", "list"]
    }.items():
        r = run(args + (["--threads", "1"] if name not in ("explanations", "prompts-list") else []), timeout=30)
        escaped = shows_escape(r.out)
        result(
            f"text-escapes-{name}", r.code in (0, 2) and not escaped,
            f"exit {r.code}, control characters of the data reach the terminal: {escaped} "
            f"{[line for line in r.out.splitlines() if shows_escape(line)][:1]!r}"
        )
        if r.code == 0 and "--json" not in args:
            j = run(args + ["--json"] + (["--threads", "1"] if name not in ("explanations", "prompts-list") else []),
                    timeout=30)
            try:
                json.loads(j.out)
                fine = not any(ord(c) < 32 and c != "\n" for c in j.out)
            except ValueError:
                fine = False
            if not fine:
                result(f"text-json-{name}", False, f"exit {j.code}: not JSON or raw control characters")
    r = run(["evaluate", f / "r", "--threads", "1", "--examples", "5"], timeout=300)
    result("text-escapes-evaluate", r.code == 0 and not shows_escape(r.out),
           f"exit {r.code}, escapes {shows_escape(r.out)}")
    # messages of errors
    bad = f / "bad\x1b[31m.csv"
    bad.write_text(f"user,item,rating\nu,i,{ESC}\nu{ESC},,1\n\"u{ESC}\"x,1,1\n")
    r = run(["import", bad, "--format", "csv", "--time-column", "", "--out", f / "b"])
    result("text-escapes-bad-lines", not shows_escape(r.out) and not shows_escape(r.err),
           f"exit {r.code}: {[l for l in (r.out + r.err).splitlines() if shows_escape(l)][:2]!r}")
    r = run(["import", bad, "--format", "csv", "--time-column", "", "--strict", "--out", f / "b2"])
    result("text-escapes-strict-error", not shows_escape(r.err), f"exit {r.code}: {r.err!r}")
    toml = f / "p.toml"
    toml.write_text(
        '[[prompt]]\nid = "x\\u001b[31m"\nfamily = "rating"\ntask = "star\\u001b[31m"\n'
        'source = "{user\\u001b[2J}"\ntarget = "{stars}"\n'
    )
    r = run(["prompts", "check", "--prompts", toml])
    result("text-escapes-prompt-error", not shows_escape(r.err) and r.code == 3, f"exit {r.code}: {r.err!r}")
    toml.write_text(
        '[[prompt]]\nid = "q-1"\nfamily = "mine"\nsource = "hello \\u001b]0;owned\\u0007 {user_id}"\n'
        'target = "{star}\\u001b[2J"\n'
    )
    r = run(["prompts", "list", "--prompts", toml])
    result("text-escapes-prompts-list", not shows_escape(r.out), f"exit {r.code}: {r.out[-200:]!r} {r.err[-200:]!r}")
    for source in ("{user_id:>999999999}", "{0}", "{{user_id}}", "{user_id}" * 20000, "%n%s{user_id}", "{" * 10000,
                   "{user_id}\\u0000x"):
        toml.write_text(f'[[prompt]]\nid = "q-1"\nfamily = "mine"\nsource = "{source}"\ntarget = "{{star}}"\n')
        r = run(["prompts", "check", "--prompts", toml], timeout=20)
        if r.crashed or r.code not in (0, 3) or r.rss > 1 << 30:
            result("text-prompt-format", False, f"{source[:40]}: {r!r}")
    result("text-prompt-formats", True, "7 sources with format strings, exceptions above")


def keys():
    f = fresh("hostile/keys")
    cases = {
        "65535": "k" * 65535,
        "65536": "k" * 65536,
        "65537": "k" * 65537,
        "1m": "k" * (1 << 20),
        "nul": "a\0b",
        "newline": '"a\nb"',
        "surrogate": "\udc80x",
        "slash": "../../../../tmp/x",
        "dot": ".",
        "empty": ""
    }
    for name, key in cases.items():
        log = f / "log.csv"
        log.write_bytes((
            "user,item,rating,timestamp\n" +
            "".join(f"u{i},{key},5,{i}\nu{i},b{i % 3},4,{i + 9}\nu{i},c{i % 4},4,{i + 19}\nu{i},d{i % 3},4,{i + 29}\n"
                    for i in range(30))).encode("utf-8", "surrogateescape"))
        shutil.rmtree(f / "c", ignore_errors=True), shutil.rmtree(f / "r", ignore_errors=True)
        r = run(["import", log, "--format", "csv", "--out", f / "c", "--json"])
        s = run(["stats", f / "c"])
        t = run(
            ["train", "--corpus", f / "c", "--out", f / "r", "--epochs", "1", "--set", "train.max_steps=1", *SMALL],
            timeout=60)
        q = run(["recommend", f / "r", "--user", "u1", "--threads", "1", "--keep-seen"])
        ok = r.code == 0 and s.code == 0 and t.code == 0 and q.code == 0 and not any(x.crashed for x in (r, s, t, q))
        result(
            f"keys-{name}", ok,
            f"import {r.code} (bad lines {json.loads(r.out)['bad_lines'] if r.code == 0 else '?'}), stats {s.code}, "
            f"train {t.code}, recommend {q.code} {t.err[-120:] if t.code else ''!r}"
        )


def bomb(path, head, body, copies, tail=b""):
    with open(path, "wb") as out:
        if head:
            out.write(gzip.compress(head))
        member = gzip.compress(body, 9)
        for _ in range(copies):
            out.write(member)
        if tail:
            out.write(gzip.compress(tail))


def gzip_bombs():
    f = fresh("hostile/gzip")
    gig = bytes(1 << 28)
    good = b"".join(b"u%d,i%d,5,%d\n" % (i % 20, i % 13, 1400000000 + i) for i in range(400))
    bomb(f / "zeros.csv.gz", b"user,item,rating,timestamp\n" + good, gig, 40, b"\n" + good)
    bomb(f / "zeros.json.gz", b'{"reviewerID": "A", "asin": "B", "overall": 5.0, "unixReviewTime": 1400000000}\n',
         gig, 12)
    del gig  # a child's peak counts what its parent held when it forked
    bomb(f / "lines.csv.gz", b"user,item,rating,timestamp\n" + good, b"\n" * (1 << 28), 4)
    bomb(f / "bad.csv.gz", b"user,item,rating,timestamp\n" + good, b"x\n" * (1 << 24), 2)
    bomb(f / "quote.csv.gz", b"user,item,rating,timestamp\n" + good, b'"' + b"a\n" * (1 << 22), 30)
    r = run(["import", f / "zeros.csv.gz", "--format", "csv", "--out", f / "c", "--json"], timeout=300)
    compressed = (f / "zeros.csv.gz").stat().st_size
    result(
        "gzip-10g-zeros-csv", r.code == 0 and r.rss < 1 << 29,
        f"{compressed >> 20} MiB for 10 GiB: exit {r.code}, {r.seconds:.0f}s, {r.rss >> 20} MiB "
        f"{r.out[:400] if r.code else ''} {r.err[-200:]}"
    )
    r = run(["import", f / "zeros.json.gz", "--format", "amazon", "--out", f / "d"], timeout=200)
    result("gzip-3g-zeros-amazon", not r.crashed and r.code in (0, 3) and r.rss < 1 << 29,
           f"exit {r.code}, {r.seconds:.0f}s, {r.rss >> 20} MiB")
    r = run(["import", f / "lines.csv.gz", "--format", "csv", "--out", f / "e"], timeout=200)
    result("gzip-1g-empty-lines", not r.crashed and r.code in (0, 3) and r.rss < 1 << 29,
           f"exit {r.code}, {r.seconds:.0f}s, {r.rss >> 20} MiB")
    r = run(["import", f / "bad.csv.gz", "--format", "csv", "--out", f / "g"], timeout=200)
    result("gzip-32m-bad-lines", not r.crashed and r.code in (0, 3) and r.rss < 1 << 29,
           f"exit {r.code}, {r.seconds:.0f}s, {r.rss >> 20} MiB")
    r = run(["import", f / "quote.csv.gz", "--format", "csv", "--out", f / "q"], timeout=200)
    result("gzip-240m-open-quote", not r.crashed and r.code in (0, 3) and r.rss < 1 << 29,
           f"exit {r.code}, {r.seconds:.0f}s, {r.rss >> 20} MiB")
    with open(f / "members.csv.gz", "wb") as out:  # a million empty members
        out.write(gzip.compress(b"user,item,rating,timestamp\n" + good) + gzip.compress(b"") * 200000)
    r = run(["import", f / "members.csv.gz", "--format", "csv", "--out", f / "m"], timeout=100)
    result("gzip-200k-members", r.code == 0 and r.seconds < 20, f"exit {r.code}, {r.seconds:.1f}s")
    for p in f.iterdir():
        if p.is_file():
            p.unlink()


def line():
    f = fresh("hostile/line")
    for name, form, first, byte in (("csv", "csv", "user,item,rating,timestamp\nu,i,5,1\n",
                                     "a"), ("csv-quoted", "csv", 'user,item,rating,timestamp\nu,i,5,1\n"', "a"),
                                    ("json", "csv", '{"user":"u","item":"i","rating":5,"timestamp":1}\n{"user":"',
                                     "a"), ("header", "csv", "", "a"), ("commas", "csv", "", ",")):
        shell = f"(printf '%s' '{first}'; head -c 2147483648 /dev/zero | tr '\\000' '{byte}'; printf '\\nv,i,4,2\\n')"
        source = subprocess.Popen(["bash", "-c", shell], stdout=subprocess.PIPE)
        r = run(["import", "-", "--format", form, "--out", f / name], stdin=source.stdout, timeout=120)
        source.stdout.close()
        kill9(source)
        result(f"line-2g-{name}", not r.crashed and r.code in (0, 2, 3) and r.rss < 1 << 29,
               f"exit {r.code}, {r.seconds:.0f}s, {r.rss >> 20} MiB: {r.err[-150:]!r}")


def wide_csv():
    f = fresh("hostile/csv")
    for columns in (1000, 100000, 1000000):
        with open(f / "w.csv", "w") as out:
            out.write("user,item,rating,timestamp," + ",".join(f"c{i}" for i in range(columns)) + "\n")
            for i in range(20):
                out.write(f"u{i % 5},i{i % 3},{i % 5 + 1},{i}," + ",".join(["1"] * columns) + "\n")
        shutil.rmtree(f / "c", ignore_errors=True)
        r = run(["import", f / "w.csv", "--format", "csv", "--out", f / "c"], timeout=100)
        s = run(["stats", f / "c"], timeout=60)
        result(f"csv-{columns}-columns", not r.crashed and r.code in (0, 3) and r.rss < 1 << 30 and not s.crashed,
               f"import {r.code}, {r.seconds:.1f}s, {r.rss >> 20} MiB, stats {s.code} {r.err[-100:]!r}")
    with open(f / "names.csv", "w") as out:
        out.write("user,item,rating,timestamp," + ",".join(["same"] * 50000) + "\nu,i,5,1," +
                  ",".join(["x"] * 50000) + "\n")
    r = run(["import", f / "names.csv", "--format", "csv", "--out", f / "d"], timeout=60)
    result("csv-50k-equal-names", not r.crashed and r.code in (0, 2, 3), repr(r))
    # as many event types as lines
    with open(f / "events.csv", "w") as out:
        out.write("user,item,rating,timestamp,event\n" + "".join(f"u{i % 9},i{i % 7},5,{i},e{i}\n"
                                                                 for i in range(70000)))
    r = run(["import", f / "events.csv", "--format", "csv", "--event-column", "event", "--out", f / "e"], timeout=60)
    result("csv-70k-event-types", r.code == 3, repr(r))
    (f / "w.csv").unlink()


def json_bombs():
    f = fresh("hostile/json")
    for depth in (100, 1000, 2000, 1000000):
        deep = "[" * depth + "]" * depth
        braces = '{"a":' * depth + "1" + "}" * depth
        for kind, value in (("array", deep), ("object", braces)):
            (f / "x.jsonl").write_text(
                '{"user":"u","item":"i","rating":5,"timestamp":1}\n{"user":"u","item":"j","rating":5,"timestamp":2,"x":'
                + value + "}\n")
            r = run(["import", f / "x.jsonl", "--format", "csv", "--out", f / "c", "--force"], timeout=30)
            (f / "meta.json").write_text("{'asin': 'i', 'title': 'x', 'categories': " + value.replace('"', "'") +
                                         "}\n")
            (f / "reviews.json"
             ).write_text('{"reviewerID": "A", "asin": "i", "overall": 5.0, "unixReviewTime": 1400000000}\n')
            p = run(
                ["import", f / "reviews.json", f / "meta.json", "--format", "amazon", "--out", f / "c", "--force"],
                timeout=30)
            if r.crashed or p.crashed or r.code not in (0, 3) or p.code not in (0, 3) or -999 in (r.code, p.code):
                result(f"json-depth-{depth}-{kind}", False, f"jsonl {r!r}; python {p!r}")
    result("json-depth-import", True, "8 depths and kinds of 100 to 1,000,000, exceptions above")
    run_without_checksums(f / "run"), shutil.copytree(world(), f / "corpus")
    files = {
        f / "run/bundle/model/config.json": "recommend",
        f / "run/bundle/bundle.json": "recommend",
        f / "run/bundle/vocabulary/vocabulary.json": "recommend",
        f / "run/bundle/model/stars.json": "recommend",
        f / "run/run.json": "evaluate",
        f / "corpus/corpus.json": "stats",
        f / "run/checkpoint/trainer.json": "resume",
        f / "run/bundle/model/model.safetensors": "recommend",
        f / "logits.json": "logits"
    }
    asks = {
        "recommend": ["recommend", f / "run", "--user", "U0000007", "--threads", "1"],
        "evaluate": ["evaluate", f / "run", "--threads", "1"],
        "stats": ["stats", f / "corpus"],
        "resume": ["train", "--out", f / "run", "--resume", "--threads", "1"],
        "logits": ["model", "logits", f / "run/bundle/model", "--input", f / "logits.json"]
    }
    for file, verb in files.items():
        kept = file.read_bytes() if file.exists() else b""
        for kind, unit, end in (("array", "[", "]"), ("object", '{"a":', "}"), ("open", "[", ""),
                                ("in-field", '{"version":1,"d_model":[', "]}")):
            depth = 200000
            body = (unit if kind != "in-field" else '{"version":1,"d_model":') + "[" * 0
            content = (unit * depth + ("1" if kind == "object" else "") +
                       end * depth) if kind != "in-field" else '{"version":' + "[" * depth + "]" * depth + "}"
            data = content.encode()
            if file.name == "model.safetensors":
                data = struct.pack("<Q", len(data)) + data
            file.write_bytes(data)
            r = run(asks[verb], timeout=20)
            if r.crashed or r.code not in (2, 3, 4) or r.rss > 1 << 30:
                result(f"json-depth-{file.name}-{kind}", False, repr(r))
        file.write_bytes(kept) if kept else file.unlink()
    result("json-depth-own-files", True, f"{4 * len(files)} files nested 200,000 deep, exceptions above")


def toml_bombs():
    f = fresh("hostile/toml")
    run_without_checksums(f / "run")
    n = 100000
    bodies = {
        "dotted-key": ".".join(["a"] * n) + " = 1\n",
        "table-header": "[" + ".".join(["a"] * n) + "]\nx = 1\n",
        "array": "x = " + "[" * n + "]" * n + "\n",
        "inline-table": "x = " + "{a=" * n + "1" + "}" * n + "\n",
        "array-of-tables": "[[" + ".".join(["a"] * n) + "]]\nx = 1\n",
        "many-keys": "".join(f"k{i} = 1\n" for i in range(n)),
        "many-tables": "".join(f"[t{i}]\n" for i in range(n)),
        "many-prompts": "[[prompt]]\n" * 50000,
        "dotted-1000": ".".join(["a"] * 1000) + " = 1\n",
        "long-string": 'x = "' + "y" * 1000000 + '"\n',
        "open-string": 'x = """' + "y" * 1000000,
        "nested-growing": "".join("[" + ".".join(["a"] * (i + 1)) + "]\n" for i in range(600))
    }
    for name, body in bodies.items():
        file = f / "x.toml"
        file.write_text(body)
        told = []
        for verb, args in {
                "train-config": [
                    "train", "--corpus",
                    world(), "--out", f / "no", "--config", file, "--set", "train.max_steps=1", *SMALL
                ],
                "prompts": ["prompts", "check", "--prompts", file],
                "lexicon": ["explanations", world(), "--set", f"explain.lexicon={file}"]
        }.items():
            r = run(args, timeout=30)
            told.append(f"{verb}:{r.code}")
            shutil.rmtree(f / "no", ignore_errors=True)
            if r.crashed or r.code not in (0, 2, 3) or r.rss > 1 << 30:
                result(f"toml-{name}-{verb}", False, f"{r!r}")
        for inside, ask in (("bundle/prompts.toml", ["recommend", f / "run", "--user", "U0000007"]),
                            ("bundle/options.toml", ["recommend", f / "run", "--user",
                                                     "U0000007"]), ("config.toml", ["evaluate", f / "run"])):
            kept = (f / "run" / inside).read_bytes()
            (f / "run" / inside).write_text(body)
            manifest = (f / "run/run.json").read_text()
            if inside == "config.toml":
                document = json.loads(manifest)
                document["config_sha256"] = sha(f / "run" / inside)
                document.pop("checksum", None)
                (f / "run/run.json").write_text(json.dumps(document))
            r = run(ask, timeout=30)
            told.append(f"{inside}:{r.code}")
            if r.crashed or r.code not in (0, 2, 3, 4) or r.rss > 1 << 30:
                result(f"toml-{name}-{inside}", False, f"{r!r}")
            (f / "run" / inside).write_bytes(kept), (f / "run/run.json").write_text(manifest)
        result(f"toml-{name}", True, f"{told}, exceptions above")
    n = 30000  # an argument holds at most 128 KiB
    for value in ("[" * n, "[" * n + "]" * n, "{a=" * n, '"' + "x" * n):
        r = run(["train", "--corpus", world(), "--out", f / "no", "--set", "task.prompts=" + value], timeout=20)
        if r.crashed or r.code != 2:
            result("toml-set-value", False, repr(r))
    r = run(["train", "--corpus", world(), "--out", f / "no", "--set", "task.prompts=['a'\n]\nevil=1"], timeout=20)
    result("toml-set-values", r.code == 2, f"4 nested values of --set and one with a second key ({r.code})")


def options():
    f = fresh("hostile/options")
    limits = [(resource.RLIMIT_AS, 16 << 30)]
    cases = {
        "simulate-users-4e9": [
            "simulate", "--users", "4000000000", "--items", "2", "--events", "1", "--out", f / "a"
        ],
        "simulate-items-4e9": [
            "simulate", "--users", "2", "--items", "4000000000", "--events", "10", "--out", f / "b"
        ],
        "train-d-model": [
            "train", "--corpus",
            world(), "--out", f / "c", "--preset", "base", "--set", "model.d_model=65536"
        ],
        "train-batch-tokens": [
            "train", "--corpus",
            world(), "--out", f / "d", *SMALL, "--set", "task.batch_tokens=16777216", "--set", "train.max_steps=1"
        ],
        "train-samples": [
            "train", "--corpus",
            world(), "--out", f / "e", *SMALL, "--set", "task.sequential_samples=10000", "--set", "train.max_steps=1"
        ],
        "train-pieces": [
            "train", "--corpus",
            world(), "--out", f / "g", *SMALL, "--set", "text.pieces=64000", "--set", "train.max_steps=1"
        ],
        "train-whole-words": [
            "train", "--corpus",
            world(), "--out", f / "h", *SMALL, "--set", "model.whole_word_rows=1048576", "--set", "train.max_steps=1"
        ],
        "train-first-number": [
            "train", "--corpus",
            world(), "--out", f / "i", *SMALL, "--index", "random", "--set", "index.first_number=1000000000000",
            "--set", "train.max_steps=1"
        ],
        "train-candidates": [
            "train", "--corpus",
            world(), "--out", f / "j", *SMALL, "--set", "task.candidates=10000", "--set", "train.max_steps=1"
        ],
        "evaluate-negatives": ["evaluate",
                               trained(), "--threads", "1", "--set", "evaluate.negatives=100000"],
        "evaluate-batch": ["evaluate", trained(), "--threads", "1", "--set", "evaluate.batch=65536"],
        "evaluate-factors": ["evaluate", trained(), "--threads", "1", "--set", "mf.factors=4096"],
        "recommend-k": ["recommend", trained(), "--user", "U0000007", "--threads", "1", "-k", "10000"],
        "recommend-beams": [
            "recommend", trained(), "--user", "U0000007", "--threads", "1", "--set", "decode.beams=1000"
        ],
        "recommend-history-long": [
            "recommend",
            trained(), "--threads", "1", "--history",
            ",".join([(world() / "item.key.utf8").read_bytes()[:10].decode()] * 10000)
        ],
        "prompt-long": ["prompt", trained(), "word " * 20000, "--threads", "1"],
        "summarize-long": ["summarize", trained(), "--text", "word " * 20000, "--threads", "1"],
        "threads-1024": ["recommend", trained(), "--user", "U0000007", "--threads", "1024"],
        "threads-negative": ["recommend", trained(), "--user", "U0000007", "--threads", "-5"],
        "threads-huge": ["recommend", trained(), "--user", "U0000007", "--threads", "1000000"],
        "evaluate-threads-1024": ["evaluate", trained(), "--threads", "1024"],
        "bench-rank-huge": ["bench", "rank", "--users", "100000000", "--items", "100000000", "--width", "65536"],
        "bench-beam-huge": ["bench", "beam", "--layers", "256", "--d-model", "65536", "--vocab", "4000000"],
        "bench-train-huge": ["bench", "train", "--layers", "256", "--d-model", "65536", "--d-ff", "262144"],
        "model-logits-threads": [
            "model", "logits",
            trained() / "bundle/model", "--input", "/dev/null", "--threads", "-1"
        ]
    }
    for name, args in cases.items():
        r = run(args, timeout=30, limits=limits)
        clear = "error:" in r.err and "internal" not in r.err
        result(
            f"options-{name}", not r.crashed and r.code != -999 and r.rss < 4 << 30
            and (r.code == 0 or (r.code in (2, 3, 4, 5) and clear)), f"{r!r}")
        for p in f.iterdir():
            shutil.rmtree(p, ignore_errors=True)


def bundle():
    f = fresh("hostile/bundle")
    run_without_checksums(f / "run")
    ask = ["recommend", f / "run", "--user", "U0000007", "--threads", "1"]
    for name, place in (("etc", "/etc"), ("proc", "/proc/self"), ("dev", "/dev"), ("relative", "../../../../etc"),
                        ("long", "/" + "x" * 5000), ("nul", "/tmp\0/x"), ("escape", "/tmp/\x1b]0;owned\x07")):
        document = json.loads((trained() / "bundle/bundle.json").read_text())
        document["corpus"] = place
        (f / "run/bundle/bundle.json").write_text(json.dumps(document))
        r = run(ask)
        result(f"bundle-corpus-{name}", r.code in (3, 4) and not shows_escape(r.err) and "internal" not in r.err,
               f"{r!r}")
    shutil.copy(trained() / "bundle/bundle.json", f / "run/bundle/bundle.json")
    # a stranger's run that names a file of yours as its explanations
    secret = f / "secret.txt"
    secret.write_text("user,item,feature,sentence\npassword-of-mine,1,2,3\n" * 3)
    options = (trained() / "bundle/options.toml").read_text()
    lines = [f'file = "{secret}"' if line.startswith("file =") else line for line in options.splitlines()]
    (f / "run/bundle/options.toml").write_text("\n".join(lines) + "\n")
    for verb in (["recommend", f / "run", "--user",
                  "U0000007"], ["evaluate", f / "run"], ["prompts", "try", f / "run", "3-1", "--user", "U0000007"]):
        r = run(verb + ["--threads", "1"])
        result(f"bundle-explain-file-{verb[0]}", "password-of-mine" not in r.out + r.err,
               f"exit {r.code}: {(r.out + r.err)[-160:]!r}")
    # links out of the folder
    (f / "run/bundle/options.toml").write_text(options)
    (f / "run/bundle/prompts.toml").unlink(), (f / "run/bundle/prompts.toml").symlink_to("/etc/shadow")
    r = run(ask)
    secret_shown = any(word in r.err for word in ("$6$", "$y$", "root:"))
    result("bundle-link-to-shadow", not secret_shown and r.code in (3, 4), f"exit {r.code}: {r.err[-200:]!r}")
    # weights that are not numbers
    shutil.rmtree(f / "run"), run_without_checksums(f / "run")
    file = f / "run/bundle/model/model.safetensors"
    data = bytearray(file.read_bytes())
    begin = 8 + struct.unpack("<Q", data[:8])[0]
    for name, value in (("nan", float("nan")), ("inf", float("inf")), ("huge", 3e38)):
        file.write_bytes(bytes(data[:begin]) + struct.pack("<f", value) * ((len(data) - begin) // 4))
        r = run(ask + ["--json"])
        valid = True
        try:
            scores = [i["score"] for i in json.loads(r.out)["items"]] if r.code == 0 else []
            valid = all(isinstance(s, (int, float)) and s == s for s in scores)
        except ValueError:
            valid = False
        e = run(["evaluate", f / "run", "--threads", "1"], timeout=30)
        result(
            f"bundle-weights-{name}", r.code == 4 or (r.code == 0 and valid),
            f"recommend exit {r.code} with scores that are numbers {valid}, {r.out[:150]!r}; evaluate exit {e.code}")


def odd_input():
    f = fresh("hostile/input")
    fifo = f / "fifo"
    os.mkfifo(fifo)
    child = start(["import", fifo, "--format", "csv", "--out", f / "a"])
    time.sleep(1)
    child.send_signal(signal.SIGTERM)
    try:
        code = child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        code = "none within 5 s"
        kill9(child)
    result("input-fifo-sigterm", code in (143, -15),
           f"import of a pipe that nobody writes into, SIGTERM: exit {code}")
    for name, path, stop in (("zero", "/dev/zero", True), ("urandom", "/dev/urandom", True)):
        child = start(["import", path, "--format", "csv", "--out", f / "z"])
        time.sleep(4)
        rss = resident_mib(child)
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
        code = wait(child, 20)[0]
        result(f"input-{name}", code in (130, 3, 2) and rss < 512, f"exit {code}, {rss:.0f} MiB after 4 s")
    for name, path, form in (("null", "/dev/null", "csv"), ("proc-mem", "/proc/self/mem", "csv"),
                             ("folder", "/proc/self/fd", "csv"), ("empty-folder", None, "csv")):
        if path is None:
            path = f / "empty"
            path.mkdir()
        r = run(["import", path, "--format", form, "--out", f / "n"], timeout=20)
        result(f"input-{name}", not r.crashed and r.code in (2, 3, 5) and "internal" not in r.err, f"{r!r}")
    many = f / "many"
    many.mkdir()
    for i in range(3000):
        (many / f"{i}.csv").write_text("user,item,rating,timestamp\nu,i%d,5,1\n" % i)
    r = run(["import", many, "--format", "csv", "--out", f / "m"], timeout=60, limits=[(resource.RLIMIT_NOFILE, 64)])
    result("input-3000-files", r.code == 0, f"{r!r} with 64 open files allowed")
    r = run(["stats", world()], limits=[(resource.RLIMIT_NOFILE, 4)])
    result("input-few-descriptors", r.code in (0, 5), repr(r))
    r = run(["import", csv("base/log5.csv", 20000), "--format", "csv", "--out", f / "fsize"],
            limits=[(resource.RLIMIT_FSIZE, 100000)])
    result("input-file-size-limit", r.code == 5, f"{r!r} under ulimit -f (SIGXFSZ is 25)")


PARTS = {
    "text": text,
    "keys": keys,
    "gzip": gzip_bombs,
    "line": line,
    "csv": wide_csv,
    "json": json_bombs,
    "toml": toml_bombs,
    "options": options,
    "bundle": bundle,
    "input": odd_input
}
