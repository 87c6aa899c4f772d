#!/usr/bin/env python3
"""Trains one model in several processes and alone, and compares; ends processes and looks at what the others say.

  tests/distributed/together.py PROGRAM SOURCES

Two and three processes must have the bits of each other after every step, and, without dropout, the weights of one process
with as many batches a step to 1e-6. A lost process ends the others within 30 s with one clear error; a resumed training
goes on with another number of processes.
"""
import json, os, pathlib, shutil, signal, socket, struct, subprocess, sys, tempfile, time

PROGRAM, SOURCES = map(pathlib.Path, sys.argv[1:3])
LAUNCH = SOURCES / "scripts/launch"
SETTINGS = {"train.automatic": "off", "model.preset": "nano", "text.pieces": "300", "model.dropout": "0", "task.batch_tokens": "512",
            "task.direct_samples": "0", "hybrid.after_training": "false", "evaluate.users": "10", "evaluate.reviews": "10",
            "device.threads": "1", "train.item_vectors": ""}


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


def settings(**changed):
    merged = {**SETTINGS, **{key.replace("__", "."): str(value) for key, value in changed.items()}}
    return [word for key, value in merged.items() for word in ("--set", f'{key}={value if value else chr(34) * 2}')]


def command(*words):
    return [str(PROGRAM), *map(str, words)]


def run(words, expected=0, **keywords):
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=300, **keywords)
    if done.returncode != expected:
        sys.exit(f"{' '.join(map(str, words))} ended with {done.returncode}, expected {expected}:\n{done.stderr[-2000:]}")
    return done


def tensors(run_folder):
    """The weights of a run as bytes by name."""
    data = (run_folder / "bundle/model/model.safetensors").read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    return {name: data[8 + length + entry["data_offsets"][0]:8 + length + entry["data_offsets"][1]]
            for name, entry in header.items() if name != "__metadata__"}


def largest_difference(one, other):
    """Over all weights, relative to the largest weight of each tensor."""
    worst = 0.0
    for name, data in one.items():
        left = struct.unpack(f"<{len(data) // 4}f", data)
        right = struct.unpack(f"<{len(data) // 4}f", other[name])
        scale = max(map(abs, left)) or 1.0
        worst = max(worst, max(abs(a - b) for a, b in zip(left, right)) / scale)
    return worst


def train(folder, count, corpus, **changed):
    words = command("train", "--corpus", corpus, "--out", folder, *settings(**changed))
    if count > 1:
        words = [str(LAUNCH), "-n", str(count), "-p", str(free_port()), *words]
    return run(words)


def main():
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        run(command("simulate", "--users", 80, "--items", 40, "--events", 900, "--out", work / "world", "-q"))
        for count in (2, 3):
            alone, together = work / f"alone{count}", work / f"together{count}"
            # SGD: Adam divides by gradients whose sums differ in their last bits, and by almost nothing where they are 0.
            common = {"train__max_steps": 6, "train__optimizer": "sgd", "train__lr": 0.1, "train__validate_every": 0}
            train(alone, 1, work / "world", train__accumulate=count, **common)
            done = train(together, count, work / "world", **common)
            assert "rank 1 of" in done.stdout + done.stderr, done.stderr
            assert not list(work.glob("*.rank-*")), "folders of other ranks are left"
            difference = largest_difference(tensors(alone), tensors(together))
            assert difference < 1e-6, f"{count} processes differ from one by {difference}"
            print(f"{count} processes and one with {count} batches a step: largest relative difference {difference:.1e}")

        # The encoder is trained by both, each with a part of its item table, and its item vectors reach both.
        alone, together = work / "encoder1", work / "encoder2"
        common = {"train__max_steps": 2, "train__optimizer": "sgd", "train__validate_every": 0, "train__item_vectors": "encoder",
                  "encoder__width": 32, "encoder__epochs": 1, "encoder__dropout": 0, "encoder__loss": "sampled-softmax",
                  "encoder__negatives": 10}
        train(alone, 1, work / "world", train__accumulate=2, **common)
        done = train(together, 2, work / "world", encoder__shard_items="true", **common)
        assert "rank 1: info: encoder: rank 1 of 2: 21 of 42 rows" in done.stderr, done.stderr
        difference = largest_difference(tensors(alone), tensors(together))
        assert difference < 1e-4, f"after an encoder's training two processes differ from one by {difference}"
        print(f"begun with the vectors of an encoder of two processes: largest relative difference {difference:.1e}")

        # Clients and private units are dealt to the processes; samples, masks and noise are the same.
        for name, changed in (("federated", {"federated__masks": "true", "federated__dropout": 0.2}),
                              ("private", {"privacy__unit": "user", "privacy__noise": 0.5, "privacy__secret_noise": "false"})):
            alone, together = work / f"{name}1", work / f"{name}2"
            by_units = {"train__optimizer": "sgd", "train__lr": 0.5, "train__max_steps": 3, "train__validate_every": 0,
                        "task__rating_samples": 0, "task__sequential_samples": 1, "privacy__batch": 20, **changed}
            if name == "federated":
                by_units |= {"federated__clients": 9, "federated__per_round": 4}
            train(alone, 1, work / "world", **by_units)
            train(together, 2, work / "world", **by_units)
            difference = largest_difference(tensors(alone), tensors(together))
            assert difference < 1e-5, f"two processes of a {name} training differ from one by {difference}"
            print(f"{name} training by two processes and by one: largest relative difference {difference:.1e}")

        # Another number of processes goes on from the checkpoint.
        words = command("train", "--out", work / "together2", "--resume", "--minutes", "0.1", "--set", "device.threads=1")
        done = run([LAUNCH, "-n", "3", "-p", free_port(), *words])
        print("resumed by three processes")

        # A report and the lists of all users are those of one process.
        made = {}
        for count in (1, 3):
            report, lists = work / f"report{count}.json", work / f"lists{count}.csv"
            for words in (command("evaluate", work / "together2", "--out", report),
                          command("recommend", work / "together2", "--source", "p5", "--all-users", "--out", lists)):
                done = run([LAUNCH, "-n", count, "-p", free_port(), *words] if count > 1 else words)
                assert count == 1 or "rank 1 of 3 has" in done.stdout, done.stdout
            document = json.loads(report.read_text())
            made[count] = document["tasks"], document["rows"], lists.read_bytes()
        assert made[1] == made[3], "several processes give another report or other lists"
        assert made[1][2].count(b"\n") > 80, "users are missing"
        print("evaluated and answered together")

        # One process is killed in the middle: the others end within 30 s and say why.
        port, lost = str(free_port()), work / "lost"
        words = command("train", "--corpus", work / "world", "--out", lost, *settings(train__max_steps=100000))
        processes = []
        for rank in range(3):
            environment = {**os.environ, "RANK": str(rank), "WORLD_SIZE": "3", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
            processes.append(subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        metrics = lost / "metrics.jsonl"
        begun = time.monotonic()
        while not (metrics.exists() and metrics.stat().st_size > 0) and time.monotonic() < begun + 120:
            time.sleep(0.2)
        processes[1].send_signal(signal.SIGKILL)
        begun = time.monotonic()
        for rank in (0, 2):
            _, said = processes[rank].communicate(timeout=35)
            assert processes[rank].returncode not in (0, None), f"rank {rank} ended as if nothing had happened"
            assert "one of the processes that work together is lost" in said, said[-2000:]
        print(f"a killed process ended the others after {time.monotonic() - begun:.1f} s")

        # Mistakes are said by every process.
        environment = {**os.environ, "RANK": "5", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
        words = command("train", "--corpus", work / "world", "--out", work / "bad", *settings(train__max_steps=2))
        assert "RANK" in run(words, expected=2, env=environment).stderr
        del environment["RANK"]
        assert "RANK" in run(words, expected=2, env=environment).stderr
        del environment["MASTER_ADDR"]
        assert "MASTER_ADDR" in run(words, expected=2, env={**environment, "RANK": "0"}).stderr
        port = str(free_port())
        processes = []
        for rank in range(2):
            environment = {**os.environ, "RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
            words = command("train", "--corpus", work / "world", "--out", work / "bad",
                            *settings(train__max_steps=2, encoder__seed=rank))
            processes.append(subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        for process in processes:
            _, said = process.communicate(timeout=60)
            assert process.returncode == 2 and "differ in their configuration" in said, said[-2000:]
        shutil.rmtree(work / "bad", ignore_errors=True)
        print("mistakes are said")


main()
