"""The client against a real daemon."""
import os
import subprocess
import threading

import pytest

import p5


def started(run, *flags, port=0, **environment):
    daemon = subprocess.Popen(
        [os.environ["P5_PROGRAM"], "serve", str(run), "--port", str(port), "--workers", "2", "--log-level", "warning", "--set",
         "serve.access_log=off", *flags],
        stdout=subprocess.PIPE, text=True, env={**os.environ, **environment},
    )  # fmt: skip
    line = daemon.stdout.readline()
    return daemon, "http://127.0.0.1:" + line.strip().rsplit(":", 1)[1].rstrip("/")


@pytest.fixture(scope="module")
def url(run, tmp_path_factory):
    store = tmp_path_factory.mktemp("feedback") / "feedback.db"
    daemon, url = started(run, "--feedback", f"sqlite:{store}")
    yield url
    daemon.terminate()
    assert daemon.wait(30) == 0


@pytest.fixture
def client(url):
    with p5.Client(url) as client:
        yield client


def test_answers_are_those_of_the_package(client, recommender, some_users, corpus):
    user, item = int(some_users[1]), corpus.item_keys[2]
    served = client.recommend(user, k=4, source="item-knn")
    assert [each["item"] for each in served["items"]] == recommender.recommend(user, k=4, source="item-knn").items[0].tolist()
    assert served["request_id"] and served["model"]["version"] == 1
    history = corpus.item_keys[:2].tolist()
    assert len(client.recommend(history=history, k=2, filters={"price": {"max": 1000}})["items"]) == 2
    assert client.similar(item, k=3)["items"][0]["item"] == recommender.similar_items(item, k=3).items[0, 0]
    assert client.predict(user, item)["stars"] == pytest.approx(recommender.predict([user], [item])[0], rel=1e-4)
    assert client.explain(user, item)["answer"] == recommender.explain(user, item)["answer"]
    assert client.prompt(id="1-10", user=user, item=item)["prompt"] == "1-10"
    both = client.recommend_batch([{"user": user, "k": 1}, {"user": user, "candidates": ["nope"]}])
    assert len(both[0]["items"]) == 1 and both[1]["code"] == "NotFound"


def test_what_there_is(client, corpus, some_users):
    user, item = int(some_users[0]), corpus.item_keys[0]
    assert client.is_ready()
    assert client.user(user, limit=3)["user"] == str(user) and len(client.user(user, limit=3)["history"]) == 3
    assert client.item(item)["item"] == item
    assert any(each["user"] == str(user) for each in client.users(str(user)))
    assert client.items(client.item(item)["title"], limit=1)
    assert any(prompt["id"] == "1-10" for prompt in client.prompts())
    assert client.status() and client.models()
    assert client.training()
    assert client.label_model("beta", 1)["models"][0]["labels"] == ["stable", "beta"]
    assert client.label_model("beta", 0)["models"][0]["labels"] == ["stable"]


def test_feedback_is_known_at_once(client, some_users):
    user = int(some_users[2])
    bought = client.recommend(user, k=1, source="item-knn")["items"][0]["item"]
    event = {"id": "e1", "user": user, "item": bought, "type": "purchase"}
    assert client.feedback([event])["accepted"] == 1
    assert client.feedback([event])["duplicates"] == 1
    assert bought not in [each["item"] for each in client.recommend(user, k=40, source="item-knn")["items"]]


def test_errors_are_those_of_the_package(client):
    with pytest.raises(p5.InvalidArgument, match="usr.*user"):
        client.recommend(usr=1)
    with pytest.raises(p5.NotFound, match="nope"):
        client.similar("nope")
    with pytest.raises(p5.NotFound):
        client.user("no/such user?")
    with pytest.raises(p5.InvalidArgument, match="url"):
        p5.Client("localhost:8080")
    with pytest.raises(p5.Unavailable, match="127.0.0.1:9"):
        p5.Client("http://127.0.0.1:9", timeout=2).status()
    assert not p5.Client("http://127.0.0.1:9", timeout=2).is_ready()


def test_threads_share_a_client(client, some_users):
    user, failures = int(some_users[0]), []

    def ask():
        try:
            for _ in range(5):
                assert len(client.recommend(user, k=2)["items"]) == 2
        except Exception as error:
            failures.append(error)
        finally:
            client.close()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_keys_and_a_daemon_that_was_started_anew(run):
    daemon, url = started(run, P5_SERVE_KEYS="secret")
    with pytest.raises(p5.Error) as refused:
        p5.Client(url).recommend(1)
    assert refused.value.code == "Unauthenticated"
    client = p5.Client(url, "secret")
    assert client.recommend(1, k=1)["items"]
    daemon.terminate()
    assert daemon.wait(30) == 0
    again, same = started(run, port=int(url.rsplit(":", 1)[1]), P5_SERVE_KEYS="secret")
    assert same == url
    assert client.recommend(1, k=1)["items"]  # over a new connection
    again.terminate()
    assert again.wait(30) == 0
    with pytest.raises(p5.Unavailable):
        client.recommend(1)
