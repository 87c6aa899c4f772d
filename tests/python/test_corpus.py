"""Corpora from tables and back."""
import pathlib

import numpy as np
import pandas as pd
import pytest

import p5

DAY = pd.Timestamp("2024-03-01 10:00:00.125")


def events_of(users, items):
    count = len(users)
    return pd.DataFrame({
        "user": users, "item": items,
        "rating": np.linspace(1, 5, count).round(),
        "time": [DAY + pd.Timedelta(hours=hour) for hour in range(count)],
        "review": ["Gut & günstig, 很好 🎸"] + [""] * (count - 1),
        "event": ["view", "purchase"] * (count // 2),
    })  # fmt: skip


def sorted_events(df):
    return df.sort_values(["user", "time"], ignore_index=True)


@pytest.mark.parametrize(
    "users, items",
    [
        ([7, -3, 7, 9223372036854775807], [1, 2, 2, 0]),
        (["ann", "bob", "ann", "ümit"], [10, 10, 20, 30]),
        (["007", "7", "07", "7"], ["a b", "c,d", "e\tf", "日本"]),
    ],
)
def test_a_table_comes_back_as_it_was(users, items):
    given = events_of(users, items)
    back = p5.Corpus.from_pandas(given).to_pandas()
    pd.testing.assert_frame_equal(
        sorted_events(back)[list(given.columns)], sorted_events(given), check_dtype=False
    )
    assert back.user.dtype == (np.int64 if isinstance(users[0], int) else object)
    assert back.item.dtype == (np.int64 if isinstance(items[0], int) else object)


def test_keys_survive_in_the_folder(tmp_path):
    p5.Corpus.from_pandas(events_of([5, 6, 5, 6], ["a", "b", "b", "c"]), out=tmp_path / "corpus")
    again = p5.Corpus.open(tmp_path / "corpus")
    assert again.user_keys.tolist() == [5, 6] and again.user_keys.dtype == np.int64
    assert again.item_keys.tolist() == ["a", "b", "c"]


def test_a_temporary_corpus_goes_with_its_object():
    corpus = p5.Corpus.from_pandas(events_of([1, 2, 1, 2], [1, 2, 3, 4]))
    folder = pathlib.Path(corpus.path)
    assert folder.is_dir()
    del corpus
    assert not folder.parent.exists()


def test_columns_of_any_name_type_and_zone():
    given = pd.DataFrame({
        "uid": pd.Categorical(["x", "y", "x"]), "sku": pd.Series([1, 2, 3], dtype="Int64"),
        "stars": pd.Series([5, None, 1], dtype="Int64"),
        "at": pd.to_datetime(["2024-01-01T00:00+02:00", "2024-01-02T00:00+02:00", None], utc=True),
    })  # fmt: skip
    corpus = p5.Corpus.from_pandas(given, user="uid", item="sku", rating="stars", time="at")
    back = corpus.to_pandas().set_index("item").loc[[1, 2, 3]]
    assert back.user.tolist() == ["x", "y", "x"]
    assert back.rating.tolist()[::2] == [5, 1] and np.isnan(back.rating.tolist()[1])
    assert back.time.tolist()[0] == pd.Timestamp("2023-12-31 22:00") and back.time.isna().tolist() == [False, False, True]


@pytest.mark.parametrize("factor", [1, 1000, 1_000_000, 1_000_000_000])
def test_times_in_numbers_have_the_unit_of_their_size(factor):
    given = pd.DataFrame({"user": [1, 1], "item": [1, 2], "timestamp": [1_700_000_000 * factor, 1_700_000_060 * factor]})
    times = p5.Corpus.from_pandas(given).to_pandas().time
    assert times.tolist() == [pd.Timestamp("2023-11-14 22:13:20"), pd.Timestamp("2023-11-14 22:14:20")]


def test_without_times_the_rows_are_in_order():
    given = pd.DataFrame({"user": ["u"] * 5, "item": [3, 1, 4, 5, 9]})
    back = p5.Corpus.from_pandas(given).to_pandas()
    assert back.item.tolist() == [3, 1, 4, 5, 9]
    assert list(back.columns) == ["user", "item"]


def test_none_is_no_column():
    given = events_of([1, 2, 1, 2], [1, 2, 3, 4])
    assert "rating" not in p5.Corpus.from_pandas(given, rating=None).to_pandas()


def test_items_come_back_with_their_attributes():
    items = pd.DataFrame({
        "item": [1, 2, 3], "title": ["Eins", pd.NA, "Drei"], "price": [1.5, np.nan, 3],
        "category": [["Tools", "Saws"], None, "Tools"], "colour": ["red", pd.NA, "blue"],
        "weight": [1.25, 2, np.nan], "tags": [["a", "b"], ["c"], None],
    })  # fmt: skip
    corpus = p5.Corpus.from_pandas(events_of([1, 1, 2, 2], [1, 2, 2, 3]), items)
    back = corpus.items().set_index("item").loc[[1, 2, 3]]
    assert back.title.tolist() == ["Eins", "", "Drei"]
    assert back.price.tolist()[0] == 1.5 and np.isnan(back.price.tolist()[1])
    assert back.category.tolist() == [["Tools", "Saws"], [], ["Tools"]]
    assert back.colour.tolist() == ["red", None, "blue"]
    assert back.weight.tolist()[:2] == [1.25, 2]
    assert back.tags.tolist() == [["a", "b"], ["c"], None]


def test_users_and_facts_about_events_come_back(tmp_path):
    events = events_of([5, 6, 5, 6], ["a", "b", "b", "c"]).assign(
        device=["phone", None, "desk", "phone"], seconds=[1.5, 2, None, 4], tags=[["x", "y"], None, None, ["z"]], gift=True,
        day=[DAY, pd.NaT, DAY, DAY],
    )  # fmt: skip
    users = pd.DataFrame({"user": [6, 5, 99], "name": ["Bo", "Ann", "Nobody"], "age": [30, 41.5, 1], "town": ["Ulm", None, "X"]})
    corpus = p5.Corpus.from_pandas(events, users=users, out=tmp_path / "corpus")
    known = corpus.users().set_index("user")
    assert known.index.tolist() == [5, 6]  # without an event nobody is kept, as in `p5 import`
    assert known.name.tolist() == ["Ann", "Bo"] and known.age.tolist() == [41.5, 30]
    assert known.town.tolist() == [None, "Ulm"]
    back = corpus.to_pandas().set_index(["user", "item"])
    assert back.device.to_dict() == {(5, "a"): "phone", (5, "b"): "desk", (6, "b"): None, (6, "c"): "phone"}
    assert back.seconds.fillna(-1).to_dict() == {(5, "a"): 1.5, (5, "b"): -1, (6, "b"): 2, (6, "c"): 4}
    assert back.tags[5, "a"] == ["x", "y"] and back.gift[6, "c"] == "true" and back.day[5, "a"] == DAY.isoformat()
    # All of it again: the same corpus, by the columns that decide results and by the others.
    again = p5.Corpus.from_pandas(corpus.to_pandas(), corpus.items(), corpus.users())
    assert again.stats()["data_sha256"] == corpus.stats()["data_sha256"]
    pd.testing.assert_frame_equal(again.to_pandas(), corpus.to_pandas())
    pd.testing.assert_frame_equal(again.users(), corpus.users())
    # Only what is asked for.
    few = p5.Corpus.from_pandas(events, attributes=["device"]).to_pandas()
    assert "device" in few and "seconds" not in few
    assert "device" not in p5.Corpus.from_pandas(events, attributes=None).to_pandas()


def test_a_corpus_grows(tmp_path):
    items = pd.DataFrame({"item": ["a", "b"], "title": ["Apple", "Bread"], "price": [1.0, 2.0], "shelf": [1, 2]})
    users = pd.DataFrame({"user": [5], "name": ["Ann"]})
    first = p5.Corpus.from_pandas(events_of([5, 6, 5, 6], ["a", "b", "b", "a"]), items, users, import__weights=["view=0.5"])
    later = pd.DataFrame({"user": [6, 7], "item": ["c", "a"], "rating": [4.0, 2.0], "time": [DAY + pd.Timedelta(days=9)] * 2,
                          "event": "view", "shop": ["north", "south"]})  # fmt: skip
    grown = first.extended(
        later, pd.DataFrame({"item": ["b", "c"], "price": [2.5, 3.0], "shelf": [None, 7]}), out=tmp_path / "grown"
    )
    assert len(first) == 4 and len(grown) == 6 and grown.user_keys.tolist() == [5, 6, 7]
    table = grown.items().set_index("item")
    assert table.title.to_dict() == {"a": "Apple", "b": "Bread", "c": ""}
    assert table.price.to_dict() == {"a": 1.0, "b": 2.5, "c": 3.0} and table["shelf"].to_dict() == {"a": 1, "b": 2, "c": 7}
    assert grown.users().name.tolist() == ["Ann", "", ""]
    events = grown.to_pandas()
    assert events[events.user == 6].item.tolist() == ["b", "a", "c"] and events[events.user == 7].shop.tolist() == ["south"]
    assert sorted_events(first.to_pandas()).review.tolist() == sorted_events(events[events.time < "2024-03-05"]).review.tolist()
    # Refused before anything is written.
    with pytest.raises(p5.InvalidArgument, match="user, column 'user': expected integers as in the corpus, got '6'"):
        first.extended(later.assign(user=["6", "7"]), out=tmp_path / "bad")
    with pytest.raises(p5.InvalidArgument, match="events.times_ms: a column is missing"):
        first.extended(later.drop(columns="time"), out=tmp_path / "bad")
    assert not (tmp_path / "bad").exists()


def test_columns_are_memory_of_the_engine():
    corpus = p5.Corpus.from_pandas(events_of([1, 2, 1, 2], [1, 2, 3, 4]))
    times = corpus.arrays()["time"]
    assert not times.flags.owndata and not times.flags.writeable
    del corpus  # the array keeps the memory
    assert times.view("datetime64[ms]").astype("datetime64[s]").astype(str)[0].startswith("2024-03-01T10")


def test_options_clean_the_events():
    given = pd.DataFrame({"user": [1, 1, 2], "item": [1, 2, 1], "event": ["view", "buy", "view"]})
    corpus = p5.Corpus.from_pandas(given, import__events=["view"])
    assert len(corpus) == 2 and corpus.report["interactions"] == 2


def test_files(tmp_path):
    (tmp_path / "log.csv").write_text("uid,sku,stars,at\n1,10,5,1700000000\n1,11,4,1700000001\n2,10,x,1700000002\n")
    (tmp_path / "items.csv").write_text("sku,title\n10,Ten\n11,Eleven\n")
    corpus = p5.Corpus.from_csv(tmp_path / "log.csv", tmp_path / "items.csv", user="uid", item="sku", rating="stars",
                                time="at", import__item_key_column="sku")  # fmt: skip
    assert corpus.to_pandas().item.tolist() == ["10", "11"]  # keys of files are texts
    assert corpus.items().title.tolist() == ["Ten", "Eleven"]
    assert corpus.report["bad_lines"] == 1
    assert corpus.stats()["users"] == 1


def refused(call, *parts):
    with pytest.raises(p5.InvalidArgument) as caught:
        call()
    for part in parts:
        assert part in str(caught.value)


def test_bad_tables_name_the_column_before_anything_is_written(tmp_path):
    out = tmp_path / "corpus"

    def made(df, items=None, **more):
        return lambda: p5.Corpus.from_pandas(df, items, out=out, **more)

    good = pd.DataFrame({"user": [1, 2], "item": ["a", "b"]})
    refused(made(good.rename(columns={"item": "sku"})), "item", "no column", "sku")
    refused(made(good.assign(user=[1, "b"])), "column 'user', row 1", "integers and texts", "'b'")
    refused(made(good.assign(user=[1.0, np.nan])), "column 'user', row 0", "1.0")
    refused(made(good.assign(user=[None, "b"])), "column 'user', row 0", "None")
    refused(made(good.assign(user=[2**70, 1])), "64 bits")
    refused(made(good.assign(item=["a", ""])), "column 'item', row 1")
    refused(made(good.assign(rating=["good", "bad"])), "rating", "good")
    refused(made(good.assign(time=["soon", "late"])), "time", "soon")
    refused(made(good.assign(review=["x", 3])), "review", "row 1", "3")
    refused(made(good.assign(review=["x", np.arange(2)])), "review", "row 1", "array")
    refused(made(good, rating="stars"), "rating", "stars")
    refused(made(good, pd.DataFrame({"item": [1]})), "items, column 'item'", "texts as in the events")
    refused(made(good, pd.DataFrame({"item": ["a"], "size": [object()]})), "column 'size', row 0")
    refused(made(good.iloc[:0]), "df", "empty")
    refused(made([(1, 2)]), "df", "list")
    refused(made(good, import__user_cores=2), "import__user_cores", "import.user_core")
    refused(made(good, import__format="csv"), "import__format")
    refused(made(good, user_core=2), "user_core", "two underscores")
    assert not out.exists()


def test_missing_and_damaged_corpora(tmp_path, corpus):
    with pytest.raises(p5.NotFound, match="no such folder"):
        p5.Corpus.open(tmp_path / "none")
    corpus.save(tmp_path / "copy")
    column = tmp_path / "copy" / "interaction.item.u32"
    column.write_bytes(column.read_bytes()[:-4])
    with pytest.raises(p5.Corrupted, match="interaction.item.u32"):
        p5.Corpus.open(tmp_path / "copy")
    refused(lambda: corpus.save(tmp_path / "copy"), "folder", "exists")


def test_parquet_is_read_by_pandas(world, tmp_path, monkeypatch):
    events, items = world
    files = {str(tmp_path / "events.parquet"): events, str(tmp_path / "items.parquet"): items}
    for name in files:
        open(name, "wb").close()
    monkeypatch.setattr("pandas.read_parquet", lambda path: files[path])
    corpus = p5.Corpus.from_parquet(tmp_path / "events.parquet", tmp_path / "items.parquet")
    assert len(corpus) == len(events) and list(corpus.items().title) == list(items.title)


def test_parquet_that_cannot_be_read_is_explained(tmp_path):
    with pytest.raises(p5.NotFound, match="no.parquet"):
        p5.Corpus.from_parquet(tmp_path / "no.parquet")
    file = tmp_path / "events.parquet"
    file.write_bytes(b"PAR1 and no more")
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        with pytest.raises(p5.Unavailable, match="pip install pyarrow"):
            p5.Corpus.from_parquet(file)
    else:
        with pytest.raises(p5.Corrupted, match="expected a Parquet file"):
            p5.Corpus.from_parquet(file)
    with pytest.raises(p5.InvalidArgument, match="from_parquet"):
        p5.Corpus.import_(file)
