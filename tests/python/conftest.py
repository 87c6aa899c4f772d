"""What the tests share: a small corpus with integer keys, and a run trained on it, both made once.

P5_LIBRARY names libp5_c.so, P5_PROGRAM the program; ctest sets both.
"""
import json
import os
import subprocess

import numpy as np
import pytest

import p5

# Seconds: a tiny model on one thread, without what is fit after the training.
QUICK = dict(
    model__preset="nano", device__threads=1, train__max_steps=3, text__pieces=400, task__batch_tokens=2048,
    task__rating_samples=1, task__sequential_samples=2, task__direct_samples=1, hybrid__after_training=False,
    train__item_vectors="",
)  # fmt: skip


def program(*arguments):
    """What the program prints as JSON."""
    result = subprocess.run(
        [os.environ["P5_PROGRAM"], *map(str, arguments), "--json", "-q"], check=True, capture_output=True, text=True
    )
    return json.loads(result.stdout)


@pytest.fixture(scope="session")
def world():
    """Events and items of a simulated world: a DataFrame of each, with text keys."""
    corpus = p5.Corpus.simulate(simulate__users=60, simulate__items=40, simulate__events=900)
    return corpus.to_pandas(), corpus.items()


@pytest.fixture(scope="session")
def corpus(world, tmp_path_factory):
    """The same with integer users, some of them negative, and text items."""
    events, items = world
    users = {key: 10 * place - 30 for place, key in enumerate(dict.fromkeys(events.user))}
    events = events.assign(user=events.user.map(users))
    return p5.Corpus.from_pandas(events, items, out=tmp_path_factory.mktemp("corpora") / "world")


@pytest.fixture(scope="session")
def run(corpus, tmp_path_factory):
    """The folder of a run on it."""
    out = tmp_path_factory.mktemp("runs") / "run"
    p5.Recommender.fit(corpus, out, **QUICK)
    return out


@pytest.fixture
def recommender(run):
    return p5.Recommender.load(run, threads=1)


@pytest.fixture(scope="session")
def some_users(corpus):
    return corpus.user_keys[:5]


def same(left, right):
    """Equal columns, NaN and None included."""
    return np.array_equal(np.asarray(left, object), np.asarray(right, object))
