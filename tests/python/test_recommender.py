"""A run that answers: the same as the program, with the caller's keys."""
import shutil
import threading

import numpy as np
import pandas as pd
import pytest

import p5
from conftest import QUICK, program


@pytest.mark.parametrize("source", [None, "p5", "item-knn", "popularity", "ease"])
def test_lists_are_those_of_the_program(run, recommender, some_users, source):
    lists = recommender.recommend(some_users, k=4, source=source)
    for row, user in enumerate(some_users):
        flags = ["--source", source] if source else []
        expected = program("recommend", run, f"--user={user}", "-k", 4, "--threads", 1, *flags)["items"]
        assert lists.items[row].tolist() == [item["item"] for item in expected]
        np.testing.assert_allclose(lists.scores[row], [item["score"] for item in expected], rtol=1e-6)
        np.testing.assert_allclose(lists.shares[row], [item["share"] for item in expected], rtol=1e-6)


def test_details_are_those_of_the_program(run, recommender, some_users):
    user = some_users[0]
    mine = recommender.recommend(user, k=3, source="item-knn").details(0)
    theirs = program("recommend", run, f"--user={user}", "-k", 3, "--source", "item-knn", "--threads", 1)
    assert [item["because"] for item in mine["items"]] == [item["because"] for item in theirs["items"]]
    assert [item["title"] for item in mine["items"]] == [item["title"] for item in theirs["items"]]
    assert mine["user"] == user  # an integer again, which JSON of the program has as a text


def test_explanations_are_those_of_the_program(run, recommender, some_users):
    user = some_users[1]
    mine = recommender.recommend(some_users, k=2, source="item-knn", explain=True).details(1)
    theirs = program("recommend", run, f"--user={user}", "-k", 2, "--source", "item-knn", "--explain", "--threads", 1)
    assert [item["explanation"] for item in mine["items"]] == [item["explanation"] for item in theirs["items"]]
    with pytest.raises(p5.InvalidArgument, match="row"):
        recommender.recommend(user, k=1).details(1)


def test_histories_filters_and_candidates(run, recommender, corpus):
    keys = corpus.item_keys
    history = keys[[3, 5, 8]].tolist()
    lists = recommender.recommend(histories=[history, keys[:1]], k=5, source="item-knn", filters={"price": {"max": 30}})
    expected = program("recommend", run, "--history", ",".join(history), "-k", 5, "--source", "item-knn", "--where",
                       "price<=30")["items"]  # fmt: skip
    assert lists.items[0, : lists.lengths[0]].tolist() == [item["item"] for item in expected]
    assert lists.askers is None and lists.to_pandas().row.unique().tolist() == [0, 1]
    few = recommender.recommend(histories=[history], k=5, candidates=keys[20:22])
    assert set(few.items[0, :2]) == set(keys[20:22]) and few.lengths.tolist() == [2]
    assert few.items[0, 2:].tolist() == [None] * 3 and np.isnan(few.scores[0, 2:]).all()
    none = recommender.recommend(histories=[history], k=5, exclude=keys, source="popularity")
    assert none.lengths.tolist() == [0] and len(none.to_pandas()) == 0
    assert recommender.recommend([], k=5).items.shape == (0, 5)


def test_all_users_is_the_default(recommender, corpus):
    lists = recommender.recommend(k=2, source="popularity")
    assert lists.items.shape == (len(corpus.user_keys), 2)
    assert lists.askers.tolist() == corpus.user_keys.tolist() and lists.askers.dtype == np.int64


def test_askers_are_what_was_given(recommender, some_users):
    mixed = recommender.recommend(iter([int(some_users[0]), "somebody"]), k=1, source="popularity")
    assert mixed.askers.tolist() == [int(some_users[0]), "somebody"]
    assert recommender.recommend(pd.Series(some_users), k=1, source="popularity").askers.tolist() == some_users.tolist()


def test_arrays_are_memory_of_the_engine(recommender, some_users):
    lists = recommender.recommend(some_users, k=3, source="popularity")
    scores = lists.scores
    assert not scores.flags.owndata and not scores.flags.writeable
    before = scores.copy()
    del lists, recommender
    assert np.array_equal(scores, before)


def test_integer_items(world):
    events, _ = world
    numbers = {key: 1000 + place for place, key in enumerate(dict.fromkeys(events.item))}
    corpus = p5.Corpus.from_pandas(events.assign(item=events.item.map(numbers)))
    recommender = p5.Recommender.fit(corpus, **QUICK)
    lists = recommender.recommend(events.user[:1], k=60, source="popularity")
    filled = int(lists.lengths[0])
    assert lists.items.dtype == np.int64 and lists.items[0, :filled].min() >= 1000
    assert set(lists.items[0, filled:]) == {-1}
    assert lists.askers.tolist() == events.user[:1].tolist()
    details = lists.details(0)["items"]
    assert [item["item"] for item in details] == lists.items[0, :filled].tolist()
    like = recommender.similar_items(np.array([1003, 1004]), k=2)
    assert like.askers.tolist() == [1003, 1004] and like.items.min() >= 1000


def test_similar_items_are_those_of_the_program(run, recommender, corpus):
    item = corpus.item_keys[4]
    lists = recommender.similar_items(item, k=5)
    assert lists.items[0].tolist() == [each["item"] for each in program("similar", run, "--item", item, "-k", 5)["items"]]


def test_stars_are_those_of_the_program(run, recommender, corpus, some_users):
    items = corpus.item_keys[: len(some_users)]
    stars = recommender.predict(some_users, items)
    assert stars.dtype == np.float64
    for user, item, each in zip(some_users, items, stars):
        expected = program("predict", run, f"--user={user}", "--item", item, "--threads", 1)["stars"]
        assert each == pytest.approx(expected, rel=1e-5)
    assert np.array_equal(recommender.predict(list(zip(some_users, items))), stars)
    assert np.array_equal(recommender.predict(pd.DataFrame({"user": some_users, "item": items})), stars)


def test_words(run, recommender, corpus, some_users):
    user, item = some_users[0], corpus.item_keys[0]
    told = recommender.explain(user, item)
    theirs = program("explain", run, f"--user={user}", "--item", item, "--threads", 1)
    assert told["answer"] == theirs["answer"] and told["kind"] == theirs["kind"]
    assert told["user"] == user
    assert recommender.prompt(id="1-10", user=user, item=item)["prompt"] == "1-10"
    assert recommender.prompt("Which item comes next?", max_tokens=4)["answer"] is not None
    with pytest.raises(p5.Unsupported):  # trained without reviews
        recommender.summarize("Holds its tune.")


def test_updates_are_known_at_once(recommender, corpus, some_users):
    user, bought = some_users[0], corpus.item_keys
    before = recommender.recommend(user, k=1, source="item-knn").items[0, 0]
    assert recommender.update([(user, before), ("a new one", bought[7])]) == 2
    after = recommender.recommend([user, "a new one"], k=40, source="item-knn")
    assert before not in after.items[0]
    known = recommender.recommend(histories=[[bought[7]]], k=40, source="item-knn")
    assert after.items[1].tolist() == known.items[0].tolist()
    assert recommender.update(pd.DataFrame({"user": [user], "item": ["unheard of"]})) == 1
    assert recommender.recommend(user, k=1).lengths.tolist() == [1]


def test_stars_and_explanations_know_updates(run, recommender, corpus, some_users):
    user, items = some_users[0], corpus.item_keys
    fresh = p5.Recommender.load(run, threads=1)
    pairs = [(user, items[3]), (424242, items[3]), (some_users[1], items[3])]
    before = recommender.predict(pairs)
    events = pd.DataFrame({"user": [user, 424242, 424242], "item": [items[5], items[5], "unheard of"], "rating": [1.0, 5.0, 3.0]})
    assert recommender.update(events) == 3
    after = recommender.predict(pairs)
    # As questions say it that carry what came later, or the history of somebody unknown.
    rated = [{"item": items[5], "stars": 1.0}]
    assert after[0] == pytest.approx(fresh.ask("predict", user=str(user), item=items[3], later=rated)["stars"])
    rated[0]["stars"] = 5.0
    assert after[1] == pytest.approx(fresh.ask("predict", history=rated, item=items[3])["stars"])
    assert after[0] != before[0] and after[1] != before[1] and after[2] == before[2]
    assert recommender.explain(user, items[3]) == fresh.ask("explain", user=str(user), item=items[3], later=[items[5]])


def test_a_recount_knows_new_events_users_and_items(run, recommender, corpus):
    users, items = corpus.user_keys, corpus.item_keys
    rare = recommender.recommend(histories=[[items[0]]], k=1, source="popularity").items[0, 0]
    recommender.update([(777, items[0])])  # what an earlier call told is counted, too
    new = pd.DataFrame({"item": ["brand new"], "title": ["A thing that nobody had before"]})
    count = recommender.update([(1000 + i, "brand new") for i in range(200)] + [(users[0], rare)], recount=True, items=new)
    assert count == 201
    assert 777 in recommender.user_keys and 1199 in recommender.user_keys and "brand new" in recommender.item_keys
    assert recommender.recommend(histories=[[items[0]]], k=1, source="popularity").items[0, 0] == "brand new"
    assert recommender.recommend(777, k=1, source="popularity").details(0)["items"][0]["title"].startswith("A thing")
    assert recommender.corpus.to_pandas().item.value_counts()["brand new"] == 200
    assert len(corpus) == len(recommender.corpus) - 202 and p5.Recommender.load(run).corpus.path != recommender.corpus.path
    with pytest.raises(p5.InvalidArgument, match="items: a table of items needs recount=True"):
        recommender.update([(1, "x")], items=new)
    with pytest.raises(p5.InvalidArgument, match="users: expected integers as in the corpus"):
        recommender.update([("a text", "x")], recount=True)
    assert recommender.recommend("a text", k=1).details(0)["fallback"] == "popularity"  # nothing of it was kept


def test_users_are_forgotten(recommender, corpus, tmp_path):
    shutil.copytree(recommender.path, tmp_path / "run")
    shutil.copytree(corpus.path, tmp_path / "corpus")
    own = p5.Recommender.load(tmp_path / "run", corpus=tmp_path / "corpus", threads=1)
    gone, kept = own.user_keys[:2]
    own.update([(gone, own.item_keys[0])])
    with pytest.raises(p5.NotFound, match="424242"):
        own.forget([424242])
    report = own.forget(gone, method="none")
    assert report["users"] == 1 and (tmp_path / "run" / "report.forget.json").is_file()
    assert gone not in own.user_keys and kept in own.user_keys and gone in recommender.user_keys
    assert gone not in p5.Corpus.open(tmp_path / "corpus").user_keys
    assert own.recommend(gone, k=1).details(0)["fallback"] == "popularity"


def test_unknown_users_get_what_is_popular(recommender):
    lists = recommender.recommend([123456], k=3)
    assert lists.details(0)["fallback"] == "popularity"
    with pytest.raises(p5.NotFound, match="123456"):
        recommender.recommend([123456], strict=True)


def test_threads_answer_at_once(recommender, corpus):
    expected = recommender.recommend(k=5, source="p5").items
    results, errors, workers = {}, [], {recommender._worker().pointer}

    def ask(number):
        try:
            workers.add(recommender._worker().pointer)
            results[number] = [recommender.recommend(corpus.user_keys[number::2], k=5, source="p5").items for _ in range(3)]
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(workers) == 3  # working memory of its own for each, or they would only seldom disturb each other
    for number in range(2):
        for items in results[number]:
            assert items.tolist() == expected[number::2].tolist()


def test_the_report_is_that_of_the_program(run, recommender):
    report = recommender.evaluate(evaluate__rows=["popularity", "item-knn"], device__threads=1)
    table = report.to_pandas()
    theirs = program("evaluate", run, "--set", 'evaluate.rows=["popularity", "item-knn"]', "--threads", 1)
    assert report.to_dict()["tasks"] == theirs["tasks"]
    row = table[(table.method == "item-knn") & (table.task == "sequential.drop") & (table.metric == "ndcg@10")]
    assert row.value.tolist() == [theirs["rows"]["item-knn"]["sequential"]["drop"]["ndcg@10"]]
    assert set(table.method) >= {"p5", "popularity", "item-knn"}


def test_a_saved_run_answers_elsewhere(world, tmp_path):
    events, items = world
    corpus = p5.Corpus.from_pandas(events, items)  # both in temporary folders
    recommender = p5.Recommender.fit(corpus, **QUICK)
    expected = recommender.recommend(k=3, source="item-knn").items
    recommender.save(tmp_path / "kept")
    del recommender, corpus
    again = p5.Recommender.load(tmp_path / "kept")
    assert again.recommend(k=3, source="item-knn").items.tolist() == expected.tolist()
    assert len(again.corpus) == len(events)
    with pytest.raises(p5.InvalidArgument, match="exists"):
        again.save(tmp_path / "kept")


def test_sources():
    assert {"p5", "item-knn", "hybrid", "sasrec"} <= set(p5.sources())


@pytest.mark.parametrize(
    "arguments, error, said",
    [
        (dict(users=[True]), p5.InvalidArgument, r"users\[0\].*True"),
        (dict(users=["a", 1.5]), p5.InvalidArgument, r"users\[1\].*1\.5"),
        (dict(users=None, histories=[[]]), p5.InvalidArgument, r"histories\[0\]"),
        (dict(users=[1], histories=[["a"]]), p5.InvalidArgument, "users and histories"),
        (dict(k=0), p5.InvalidArgument, "^k: .*1 to 10000"),
        (dict(k=2.0), p5.InvalidArgument, "^k: .*2.0"),
        (dict(source="knn"), p5.NotFound, "item-knn"),
        (dict(candidates=["nope"]), p5.NotFound, "nope"),
        (dict(candidates="nope"), p5.InvalidArgument, "candidates"),
        (dict(filters={"colour": 1}), p5.InvalidArgument, "filters.colour"),
        (dict(where="price<cheap"), p5.InvalidArgument, "cheap"),
        (dict(decode__beam=3), p5.InvalidArgument, "decode.beams"),
        (dict(beams=3), p5.InvalidArgument, "beams"),
        (dict(prompt="2-3", source="ease"), p5.InvalidArgument, "prompt"),
    ],
)
def test_bad_arguments_are_named(recommender, arguments, error, said):
    with pytest.raises(error, match=said):
        recommender.recommend(**{"users": [1], **arguments} if "users" not in arguments else arguments)


def test_missing_and_damaged_runs(tmp_path, run):
    with pytest.raises(p5.NotFound):
        p5.Recommender.load(tmp_path / "none")
    p5.Recommender.load(run).save(tmp_path / "copy")
    weights = next((tmp_path / "copy" / "bundle" / "model").glob("*.safetensors"))
    damaged = bytearray(weights.read_bytes())
    damaged[-1] ^= 1
    weights.write_bytes(damaged)
    with pytest.raises(p5.Corrupted, match=weights.name):
        p5.Recommender.load(tmp_path / "copy")
