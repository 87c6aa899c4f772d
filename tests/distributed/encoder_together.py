#!/usr/bin/env python3
"""Trains a sequence encoder in several processes, with and without sharded items, and compares with one process.

  tests/distributed/encoder_together.py PROGRAM SOURCES

Each process reads a part of every batch, so that without dropout the weights are those of one process but for rounding. With
encoder.shard_items no process has the whole item table. A training that was interrupted goes on with another number of
processes. Mistakes are said by every process.
"""
import json, os, pathlib, re, signal, socket, struct, subprocess, sys, tempfile, time

PROGRAM, SOURCES = map(pathlib.Path, sys.argv[1:3])
LAUNCH = SOURCES / "scripts/launch"
SETTINGS = {"device.threads": 1, "encoder.width": 16, "encoder.dropout": 0, "encoder.epochs": 2, "encoder.loss": "sampled-softmax",
            "encoder.negatives": 20, "encoder.batch_targets": 200}


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return str(asked.getsockname()[1])


def command(work, count, *words, **changed):
    settings = {**SETTINGS, **{key.replace("__", "."): value for key, value in changed.items()}}
    line = [str(PROGRAM), "measure", "--corpus", str(work / "world"), *map(str, words)]
    line += [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    return line if count == 1 else [str(LAUNCH), "-n", str(count), "-p", free_port(), *line]


def run(words, expected=0):
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    if done.returncode != expected:
        sys.exit(f"{' '.join(words)} ended with {done.returncode}, expected {expected}:\n{done.stderr[-3000:]}")
    return done


def arrays(folder):
    """The float32 arrays of a kept encoder by name."""
    data = (folder / "sources/encoder.fit").read_bytes()
    at = 8 + struct.unpack("<Q", data[:8])[0]
    found = {}
    for array in json.loads(data[8:at])["arrays"]:
        size = array["count"] * {"u8": 1, "u32": 4, "f32": 4, "u64": 8, "f64": 8}[array["type"]]
        if array["type"] == "f32":
            found[array["name"]] = struct.unpack(f"<{array['count']}f", data[at:at + size])
        at += size
    return found


def largest_difference(one, other):
    worst = 0.0
    assert one.keys() == other.keys(), one.keys() ^ other.keys()
    for name, left in one.items():
        assert len(left) == len(other[name]), name
        if name.endswith("query_key_value_bias"):  # a softmax ignores a bias of keys: its gradient is rounding, which Adam divides
            continue
        scale = max(map(abs, left)) or 1.0
        worst = max(worst, max(abs(a - b) for a, b in zip(left, other[name])) / scale)
    return worst


def main():
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        run([str(PROGRAM), "simulate", "--users", "150", "--items", "90", "--events", "2000", "--out", str(work / "world"), "-q"])
        alone = json.loads(run(command(work, 1, "--source", "encoder", "--keep", work / "one", "--json")).stdout)
        for count, sharded in ((2, "false"), (2, "true"), (3, "true")):
            kept = work / f"{count}{sharded}"
            done = run(command(work, count, "--source", "encoder", "--keep", kept, "--json", encoder__shard_items=sharded))
            difference = largest_difference(arrays(work / "one"), arrays(kept))
            assert difference < 1e-5, f"{count} processes differ from one by {difference}"
            assert "rank 1 of" in done.stdout, done.stdout
            rows = [tuple(map(int, found)) for found in re.findall(r"(\d+) of (\d+) rows of the item table", done.stderr)]
            assert len(rows) == count and len({total for _, total in rows}) == 1, done.stderr
            assert sum(own for own, _ in rows) == (1 if sharded == "true" else count) * rows[0][1], rows
            result = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))  # of rank 0
            for part in ("keep", "drop"):
                for score, value in alone["rows"][0]["test"][part]["scores"].items():
                    assert abs(result["rows"][0]["test"][part]["scores"][score] - value) < 5e-3, (part, score)
            print(f"{count} processes, sharded: {sharded}: largest relative difference from one {difference:.1e}")

        # Interrupted in two processes, it goes on in three, in one and in two.
        forever = {"encoder__epochs": 100000, "encoder__patience": 0, "encoder__shard_items": "true"}
        steps = []
        for count in (2, 3, 1, 2):
            words = command(work, count, "--source", "encoder", "--keep", work / "long", **forever)
            process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            begun = time.monotonic()
            checkpoints = work / "long/sources"
            before = {path: path.stat().st_mtime_ns for path in checkpoints.glob("*/checkpoint/*")}
            while time.monotonic() < begun + 60 and all(
                    before.get(path) == path.stat().st_mtime_ns for path in list(checkpoints.glob("*/checkpoint/*"))):
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
            errors = [line for line in said.splitlines() if "error: " in line and "was interrupted" not in line]
            assert process.returncode != 0 and not errors, said[-2000:]
            steps.append(int(re.search(r"training: .* planned, (\d+) done", said).group(1)))
        assert steps[0] == 0 and steps == sorted(set(steps)), steps
        print(f"interrupted trainings went on after {', '.join(map(str, steps[1:]))} steps")

        # Mistakes.
        for words, changed, expected in (
                (("--source", "encoder"), {"encoder__loss": "softmax", "encoder__shard_items": "true"}, "encoder.shard_items"),
                (("--source", "encoder"), {"encoder__objectives": '["next-item", "contrastive=0.1"]', "encoder__shard_items": "true"},
                 "contrastive"),
                (("--source", "item-knn"), {}, "this source is fit by one process")):
            assert expected in run(command(work, 2, *words, **changed), expected=2).stderr
        for changed, expected in (("encoder__seed", "differ in their configuration"),
                                  ("encoder__shard_items", "differ in their encoder.shard_items")):
            port, processes = free_port(), []
            for rank in range(2):
                environment = {**os.environ, "RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
                value = str(bool(rank)).lower() if changed == "encoder__shard_items" else rank
                processes.append(subprocess.Popen(command(work, 1, "--source", "encoder", **{changed: value}), env=environment,
                                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
            for process in processes:
                _, said = process.communicate(timeout=60)
                assert process.returncode == 2 and expected in said, said[-2000:]
        print("mistakes are said")


main()
