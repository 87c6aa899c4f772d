"""kill -9 during p5 update: the state, the runs and the link agree, and no event is lost or learnt from twice."""
import math
import random

from kill_points import shim
from mock_kafka import RDKAFKA, MockKafka
from support import *

MOST = size(40, 400)
STRIDE = size(19, 1)
KILLS = size(4, 100)
ROUNDS = size(8, 60)
MAY_GROW_MIB = 4  # per round, after the third
FIRST_S = 1_400_100_000  # after the log
TRAIN = ["--set", "train.max_steps=2", "--set", "update.promote=always", "--set", "update.prequential=5", "--threads", "1"]
# The round that trains few weights, merges them and takes over the rest.
ADAPTER = [*TRAIN, "--adapter", "lora", "--set", "finetune.rank=2"]


def base():
    """A run on a log with plain keys."""
    path = ROOT / "base/updated"
    if not (path / "run/bundle/model/model.safetensors").exists():
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        log = csv("base/updated.csv", 500, users=30, items=25)
        for args in ([
                "import", log, "--format", "csv", "--review-column", "review", "--out", path / "corpus"
        ], ["train", "--corpus", path / "corpus", "--out", path / "run", "--set", "train.max_steps=3", *SMALL]):
            r = run(args, timeout=300)
            assert r.code == 0, r
    return path


def user_of(n):
    return n * 7 % 33  # three of them are new


def event(n):
    """An event with a number of its own: the number is the time."""
    return json.dumps({
        "id": f"e{n}",
        "user": f"u{user_of(n)}",
        "item": f"i{n * 11 % 25}",
        "event": "click",
        "timestamp": (FIRST_S + n) * 1000
    })


def events(first, count, file):
    with open(file, "w") as f:
        f.writelines(event(n) + "\n" for n in range(first, first + count))
    return file


class Store:
    """Feedback in SQLite."""
    def __init__(self, folder):
        self.folder, self.address = folder, f"sqlite:{folder / 'feedback.db'}"

    def send(self, first, count):
        assert run(["feedback", "import", self.address, events(first, count, self.folder / "events.jsonl")]).code == 0

    def close(self):
        pass


class Topic:
    """Feedback in a topic of Kafka, the events of a user in one partition. The broker is away at times."""
    def __init__(self, _):
        self.kafka = MockKafka()
        self.address = self.kafka.address

    def send(self, first, count):
        if first % 5 == 0 and first > 0:  # whoever follows meets it
            self.kafka.down()
            time.sleep(0.2)
            self.kafka.up()
        self.kafka.send([(user_of(n) % 2, event(n)) for n in range(first, first + count)])

    def close(self):
        self.kafka.close()


def learnt(live):
    """The numbers of the events of feedback that the current generation was trained on, and which generation it is."""
    state = json.loads((live / "state.json").read_text())
    current = state["current"]
    if current == 0:
        return [], 0
    out = live.parent / "exported"
    shutil.rmtree(out, ignore_errors=True)
    r = run(["export", live / f"corpus-{current:04}", out, "--to", "recbole"])
    assert r.code == 0, r
    numbers = []
    for file in out.glob("*.inter"):
        lines = file.read_text().splitlines()
        time_column = [c.split(":")[0] for c in lines[0].split("\t")].index("timestamp")
        for line in lines[1:]:
            number = round(float(line.split("\t")[time_column])) - FIRST_S
            if number >= 0:
                numbers.append(number)
    return sorted(numbers), current


def linked(live):
    """Whether the link is to a whole run that the state knows."""
    state = json.loads((live / "state.json").read_text())
    runs = [state["run"]] + [
        str(live / f"generation-{g['number']:04}") for g in state["generations"] if g["number"] and not g["removed"]
    ]
    target = str(live / os.readlink(live / "current"))
    return target in runs and (Path(target) / "run.json").exists()


def decisive(live):
    """Calls that make a generation whole, or current, each the first of its kind at this place."""
    return [("rename", live / "corpus-0001"), ("rename", live / "generation-0001/bundle"),
            ("rename", live / "generation-0001/update.json"), ("fsync", live / "state.json"),
            ("rename", live / "state.json"), ("rename", live / "current")]


def points(train=TRAIN, name="update-kill-points"):
    folder = fresh(f"update/{name}")
    store = f"sqlite:{folder / 'feedback.db'}"
    assert run(["feedback", "import", store, events(0, 40, folder / "events.jsonl")]).code == 0
    begin = folder / "begin"
    r = run(["update", begin, "--run", base() / "run", "--from", store, "--set", "update.min_events=1000"])
    assert r.code == 0, r
    live = folder / "live"
    args = ["update", live, "--from", store, "--set", "update.min_events=10", *train]

    def kill_at(kind, n, place):
        """None where the call is not made; else what is wrong."""
        shutil.rmtree(live, ignore_errors=True)
        shutil.copytree(begin, live, symlinks=True)
        env, log = shim(kind, n, place)
        if run(args, env=env, timeout=120).code != -9:
            return None
        bad = []
        if not linked(live) or run(["update", live, "--show"]).code != 0:
            bad.append((kind, n, "after the kill", log.read_text()))
        end = run(args, timeout=120)
        numbers, current = learnt(live)
        if end.code != 0 or numbers != list(range(40)) or current != 1 or not linked(live):
            bad.append((kind, n, end, current, len(numbers)))
        if leftovers(live) or (live / "generation-0002").exists():
            bad.append((kind, n, "left over", leftovers(live)))
        return bad

    found = [kill_at(kind, 1, place) for kind, place in decisive(live)]
    result(f"{name}-decisive", all(bad == [] for bad in found), f"{len(found)} kills, bad {found}")
    for kind in ("rename", "write") if settings.short else ("rename", "fsync", "mkdir", "write"):
        tried, bad = 0, []
        for n in range(1, MOST + 1, STRIDE):
            wrong = kill_at(kind, n, live)
            if wrong is None:
                break
            tried += 1
            bad += wrong
        result(f"{name}-{kind}", tried > 0 and not bad, f"{tried} kills, bad {bad[:2]}")


def prepared(source, train, name):
    """Feedback of one event, the folder of generations that waits for more, and the words of a round."""
    folder = fresh(f"update/{name}")
    feedback, live = source(folder), folder / "live"
    feedback.send(0, 1)
    words = ["update", live, "--from", feedback.address, *train]
    r = run([*words, "--run", base() / "run", "--set", "update.min_events=1000"])
    assert r.code == 0, r
    return feedback, live, words


FOLLOW = ["--follow", "--set", "update.min_events=5", "--set", "update.keep=2"]


def follow(source=Store, train=TRAIN, name="update-kill-follow"):
    rng = random.Random(2)
    feedback, live, first = prepared(source, train, name)
    args = [*first, *FOLLOW]
    begun = time.monotonic()
    r = run([*first, "--set", "update.min_events=1"], timeout=120)
    assert r.code == 0, r
    seconds = time.monotonic() - begun
    count, kills, ended, bad = 1, 0, [], []
    while kills < KILLS:
        child = start(args)
        feedback.send(count, 7)
        count += 7
        try:
            ended.append(child.wait(timeout=rng.uniform(0.05, 1.5 * seconds)))  # it never ends by itself
        except subprocess.TimeoutExpired:
            kill9(child)
            kills += 1
        if not linked(live):
            bad.append((kills, "link"))
        numbers, _ = learnt(live)
        if source is Store and numbers != list(range(len(numbers))):  # partitions are read one after the other
            bad.append((kills, "events", len(numbers), count))
        if len(set(numbers)) != len(numbers):
            bad.append((kills, "twice", len(numbers)))
        if ended:
            break
    child = start(args)
    wait_for = time.monotonic() + 20 * seconds + 60
    while len(learnt(live)[0]) + 5 <= count and time.monotonic() < wait_for:
        time.sleep(0.2)
    child.send_signal(signal.SIGINT)
    code = child.wait(timeout=60)
    end = run([*first, "--set", "update.min_events=1"], timeout=120)
    numbers, generation = learnt(live)
    feedback.close()
    result(
        name, not bad and not ended and code == 130 and end.code == 0 and numbers == list(range(count)) and linked(live)
        and not leftovers(live), f"{kills} kills, {count} events, {len(numbers)} learnt from in generation {generation}, "
        f"bad {bad[:2]}, ended {ended}, after SIGINT {code}, at the end {end.code}, left over {leftovers(live)}")


def adapter():
    points(ADAPTER, "update-kill-adapter-points")
    if not settings.short:
        follow(Store, ADAPTER, "update-kill-adapter-follow")


def memory():
    """One program that follows, through many rounds: its memory stays."""
    feedback, live, first = prepared(Store, ADAPTER, "update-memory")
    child = start([*first, *FOLLOW])
    sizes, count = [], 1
    for round_number in range(1, ROUNDS + 1):
        feedback.send(count, 5)
        count += 5
        deadline = time.monotonic() + 120
        while learnt(live)[1] < round_number and time.monotonic() < deadline and child.poll() is None:
            time.sleep(0.2)
        if child.poll() is not None or learnt(live)[1] < round_number:
            break
        sizes.append(resident_mib(child))
    child.send_signal(signal.SIGINT)
    code = child.wait(timeout=60)
    grown = sizes[-1] - sizes[2] if len(sizes) == ROUNDS else math.inf
    result("update-memory", code == 130 and grown < MAY_GROW_MIB * (ROUNDS - 3),
           f"{len(sizes)} rounds, MiB {' '.join(f'{s:.0f}' for s in sizes[::max(1, len(sizes) // 10)])}, SIGINT {code}")


def kafka():
    if RDKAFKA is None:
        result("update-kill-kafka", True, "skipped: no librdkafka")
        return
    follow(Topic, TRAIN, "update-kill-kafka")


PARTS = {"points": points, "follow": follow, "adapter": adapter, "memory": memory, "kafka": kafka}
