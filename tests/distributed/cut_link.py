#!/usr/bin/env python3
"""Two processes in two network namespaces train one model until the link between them is cut, without a word on the wire.

  tests/distributed/cut_link.py PROGRAM

Both must end with one clear error once train.rank_timeout is over, and go on with --resume when the link is back. Needs root
and iproute2; without them it exits with 77 (skipped).
"""
import os, pathlib, shutil, signal, subprocess, sys, tempfile, time

PROGRAM = pathlib.Path(sys.argv[1])
SKIPPED = 77
TIMEOUT = 4
SETTINGS = {"train.automatic": "off", "model.preset": "nano", "text.pieces": 300, "task.batch_tokens": 512, "task.direct_samples": 0,
            "hybrid.after_training": "false", "device.threads": 1, "train.item_vectors": '""', "train.validate_every": 0,
            "train.rank_timeout": TIMEOUT}
SPACES = [f"p5-{os.getpid()}-{rank}" for rank in range(2)]
LINKS = [f"p5v{os.getpid() % 100000}{rank}" for rank in "ab"]
ADDRESSES = ["10.231.17.1", "10.231.17.2"]


def ip(*words):
    return subprocess.run(["ip", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def joined_spaces():
    """Whether there are two namespaces with a link between them."""
    made = all(ip("netns", "add", space) for space in SPACES)
    made = made and ip("link", "add", LINKS[0], "type", "veth", "peer", "name", LINKS[1])
    for space, link, address in zip(SPACES, LINKS, ADDRESSES):
        made = made and ip("link", "set", link, "netns", space) and ip("-n", space, "addr", "add", f"{address}/24", "dev", link)
        made = made and ip("-n", space, "link", "set", link, "up") and ip("-n", space, "link", "set", "lo", "up")
    return made


def start(*words):
    processes = []
    for rank, (space, link) in enumerate(zip(SPACES, LINKS)):
        environment = {**os.environ, "RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": ADDRESSES[0], "MASTER_PORT": "29533",
                       "GLOO_SOCKET_IFNAME": link}
        processes.append(subprocess.Popen(["ip", "netns", "exec", space, PROGRAM, *map(str, words)], env=environment,
                                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    return processes


def cut(how):
    """Drops what is sent, so that no process hears that the other is gone; or the opposite."""
    for space, link in zip(SPACES, LINKS):
        assert ip("-n", space, "link", "set", link, "arp", how) and ip("-n", space, "neigh", "flush", "all"), "the link stays"


def main(work):
    world, run = work / "world", work / "run"
    subprocess.run([PROGRAM, "simulate", "--users", "80", "--items", "40", "--events", "900", "--out", world, "-q"], check=True,
                   stdout=subprocess.DEVNULL)
    settings = [word for key, value in SETTINGS.items() for word in ("--set", f"{key}={value}")]
    processes = start("train", "--corpus", world, "--out", run, *settings, "--set", "train.max_steps=100000")
    metrics = run / "metrics.jsonl"
    begun = time.monotonic()
    while not (metrics.exists() and metrics.stat().st_size > 0) and time.monotonic() < begun + 120:
        time.sleep(0.2)
    assert all(process.poll() is None for process in processes), processes[0].communicate()[1][-2000:]
    cut("off")
    begun = time.monotonic()
    for process in processes:
        _, said = process.communicate(timeout=TIMEOUT + 30)
        assert process.returncode not in (0, None) and "one of the processes that work together is lost" in said, said[-2000:]
    print(f"both processes ended {time.monotonic() - begun:.1f} s after the link was cut (train.rank_timeout = {TIMEOUT})")
    cut("on")
    processes = start("train", "--out", run, "--resume", "--set", "device.threads=1")
    time.sleep(3)
    for process in processes:
        process.send_signal(signal.SIGINT)
    for process in processes:
        _, said = process.communicate(timeout=60)
        assert "is lost" not in said, said[-2000:]
    print("the training went on when the link was back")


if __name__ == "__main__":
    if os.geteuid() != 0 or shutil.which("ip") is None:
        sys.exit(SKIPPED)
    try:
        if not joined_spaces():
            sys.exit(SKIPPED)
        with tempfile.TemporaryDirectory() as folder:
            main(pathlib.Path(folder))
    finally:
        for space in SPACES:
            ip("netns", "del", space)
