"""Corpora: who did what when, in a folder that the engine maps into memory."""
from __future__ import annotations

import ctypes
import json
import os
from typing import TYPE_CHECKING, Any, Iterable, Mapping, Sequence, Union

import numpy as np

from . import _native
from ._errors import Corrupted, InvalidArgument, NotFound, Unavailable
from ._folders import Path, Place, copy_folder, path_of
from ._keys import array_of_keys
from ._settings import settings_of
from ._tables import ITEM_TEXTS, NO_TIME, EventTable, ItemTable, KeyedTable, UserTable
from ._work import Callback, Work, run_verb

if TYPE_CHECKING:
    from types import EllipsisType

    import pandas as pd
    from typing_extensions import Unpack

    from ._option_types import ImportOptions, SimulateOptions

    Column = Union[str, None, EllipsisType]


def _parquet_table(file: Path, argument: str) -> pd.DataFrame:
    path = path_of(file, argument)
    if not os.path.exists(path):
        raise NotFound(f"{path}: no such file or folder")
    try:
        import pandas as pd
    except ImportError as error:
        raise Unavailable(f"{argument}: Parquet is read by pandas: expected the package pandas, got {error}") from None
    try:
        return pd.read_parquet(path)
    except ImportError:
        raise Unavailable(
            f"{path}: Parquet is read by pyarrow: expected the package pyarrow (pip install pyarrow), got none"
        ) from None
    except Exception as error:  # each library has errors of its own
        raise Corrupted(f"{path}: expected a Parquet file, got {type(error).__name__}: {error}") from None


class Corpus:
    """A corpus folder. Immutable; threads may share one.

    Made by :meth:`from_pandas`, :meth:`from_csv`, :meth:`import_` or :meth:`simulate`, or opened by :meth:`open`. Keys of
    users and items come back as they were given: whole numbers as int64, everything else as texts.
    """

    def __init__(self, place: Place, report: Mapping[str, Any] | None = None) -> None:
        self._place = place
        self.report: Mapping[str, Any] | None = report
        """What the import read, dropped and wrote (`p5 import --json`); None for a corpus that was opened."""
        library = _native.engine
        self._handle = _native.Handle.made_by(library.p5_corpus_open, os.fsencode(place.path), free=library.p5_corpus_free)
        self._integer_users = bool(library.p5_corpus_integer_users(self._handle.pointer))
        self._integer_items = bool(library.p5_corpus_integer_items(self._handle.pointer))
        self._columns: dict[str, Any] = {}

    # How corpora come to be

    @staticmethod
    def open(folder: Path) -> Corpus:
        """The corpus in a folder that the program or this package wrote.

        Raises NotFound, Corrupted or Unsupported.
        """
        return Corpus(Place(path_of(folder, "folder"), "corpus"))

    @staticmethod
    def from_pandas(
        df: pd.DataFrame,
        items: pd.DataFrame | None = None,
        users: pd.DataFrame | None = None,
        *,
        user: str = "user",
        item: str = "item",
        rating: Column = ...,
        time: Column = ...,
        review: Column = ...,
        headline: Column = ...,
        event: Column = ...,
        attributes: Iterable[str] | None | EllipsisType = ...,
        out: Path | None = None,
        callbacks: Sequence[Callback] = (),
        progress: bool | None = None,
        **options: Unpack[ImportOptions],
    ) -> Corpus:
        """A corpus of a table of events, a row each, and perhaps one of items and one of users.

        ``user``, ``item``, ``rating``, ``time``, ``review``, ``headline`` and ``event`` (the type of an event) name columns;
        of the last five, ``...`` is the usual name ("time" or "timestamp" for times) where there is such a column, and None
        is no column. Keys are integers or texts. Times are dates (without a zone: UTC), ISO texts, or numbers since 1970,
        whose size tells seconds from milli-, micro- and nanoseconds. Without times the order of the rows is that of the
        events.

        ``items`` has the keys in the column ``item`` or in its index, and "title", "brand", "description", "price",
        "category" (a text or a list from general to specific); every other column is an attribute of the item: a text, a
        number, or a list of either. ``users`` likewise has the keys in the column ``user`` or in its index, and "name".
        ``attributes`` are columns of ``df`` that are kept as facts about an event (device, shop, ...): ``...`` means all that
        have no other role, as `p5 import` does; None means none.

        ``out`` is the folder to write; without one, the corpus lives in a temporary folder as long as the object.
        ``options`` are those of `p5 import` that clean events, such as ``import__user_core=5``.

        Raises InvalidArgument that names the column, before anything is written.
        """
        table = EventTable(df, user, item)
        for name, column in {"rating": rating, "time": time, "review": review, "headline": headline,
                             "event": event}.items():  # fmt: skip
            table.take(name, column)
        table.take_attributes(attributes)
        keyed = [ItemTable(items, "items", item, table.integer_items), UserTable(users, "users", user, table.integer_users)]
        request = {"settings": settings_of(options), "user_keys": "integer" if table.integer_users else "text",
                   "item_keys": "integer" if table.integer_items else "text"}  # fmt: skip
        return Corpus._of_tables([table, *keyed], request, out, Work(callbacks, progress))

    @staticmethod
    def _of_tables(tables: Iterable[EventTable | KeyedTable], request: Mapping[str, Any], out: Path | None,
                   work: Work) -> Corpus:  # fmt: skip
        native = _native.Table()
        for table in tables:
            table.fill(native)
        place = Place(out, "corpus")
        body = json.dumps({"out": place.path, **request}).encode()
        report = work.run(
            lambda given: _native.text_of(_native.engine.p5_import_table, ctypes.byref(native), body, given)
        )
        return Corpus(place, json.loads(report))

    def extended(
        self,
        df: pd.DataFrame,
        items: pd.DataFrame | None = None,
        users: pd.DataFrame | None = None,
        *,
        out: Path | None = None,
        callbacks: Sequence[Callback] = (),
        progress: bool | None = None,
    ) -> Corpus:
        """A new corpus with the events of this one and, after them, those of ``df``, whose columns have their usual names
        ("user", "item", "rating", "time", "event", "review", "headline"; others are attributes).

        ``items`` and ``users`` bring new ones, and new facts about known ones: a column says what counts from now on, and
        facts without a column stay. Scale of ratings, weights of event types and kinds of keys are those of this corpus;
        nothing is cleaned away. Where this corpus has times, ``df`` needs them.

        Raises InvalidArgument that names the column, before anything is written.
        """
        table = EventTable(df, "user", "item")
        for name, whole, wanted in (("user", table.integer_users, self._integer_users),
                                    ("item", table.integer_items, self._integer_items)):  # fmt: skip
            if whole != wanted:
                raise InvalidArgument(
                    f"{name}, column '{name}': expected {'integers' if wanted else 'texts'} as in the corpus, got "
                    f"{df[name].tolist()[0]!r}"
                )
        for name in ("rating", "time", "review", "headline", "event"):
            table.take(name, ...)
        table.take_attributes(...)
        keyed = [ItemTable(items, "items", "item", self._integer_items), UserTable(users, "users", "user", self._integer_users)]
        return Corpus._of_tables([table, *keyed], {"onto": self.path}, out, Work(callbacks, progress))

    @staticmethod
    def from_csv(
        events: Path,
        items: Path | None = None,
        *,
        user: str = "user",
        item: str = "item",
        rating: str = "rating",
        time: str = "timestamp",
        review: str | None = None,
        out: Path | None = None,
        callbacks: Sequence[Callback] = (),
        progress: bool | None = None,
        **options: Unpack[ImportOptions],
    ) -> Corpus:
        """A corpus of a csv, tsv or JSON lines file of events, and perhaps one of items.

        ``user``, ``item``, ``rating``, ``time`` and ``review`` name columns of ``events``. Keys are texts. The files are
        streamed: memory does not grow with them. Otherwise as :meth:`import_`.
        """
        columns: dict[str, Any] = {
            "import__format": "csv", "import__user_column": user, "import__item_column": item,
            "import__rating_column": rating, "import__time_column": time,
        }  # fmt: skip
        if review is not None:
            columns["import__review_column"] = review
        if items is not None:
            columns["import__item_files"] = [path_of(items, "items")]
        return Corpus._imported([path_of(events, "events")], out, callbacks, progress, {**columns, **options})

    @staticmethod
    def from_parquet(events: Path, items: Path | None = None, **arguments: Any) -> Corpus:
        """A corpus of a Parquet file of events (or a folder of parts of one), and perhaps one of items.

        The tables are read by pandas, which needs pyarrow (or fastparquet), and are in memory as a whole. ``arguments`` are
        those of :meth:`from_pandas`.

        Raises Unavailable where neither library is installed, NotFound and Corrupted for the files.
        """
        tables = [_parquet_table(events, "events"), None if items is None else _parquet_table(items, "items")]
        return Corpus.from_pandas(*tables, **arguments)

    @staticmethod
    def import_(
        *inputs: Path,
        out: Path | None = None,
        callbacks: Sequence[Callback] = (),
        progress: bool | None = None,
        **options: Unpack[ImportOptions],
    ) -> Corpus:
        """What `p5 import` makes of files, folders and zip files of a log (docs/import.md).

        ``out`` is the folder to write; without one, the corpus lives in a temporary folder as long as the object.
        ``options`` are the rows import.* of docs/options.md: ``import__format="movielens"``.
        """
        paths = [path_of(each, f"inputs[{place}]") for place, each in enumerate(inputs)]
        for place, path in enumerate(paths):
            if path.endswith((".parquet", ".pq")):
                raise InvalidArgument(f"inputs[{place}]: expected another format, or Corpus.from_parquet({path!r}), got Parquet")
        return Corpus._imported(paths, out, callbacks, progress, options)

    @staticmethod
    def _imported(inputs: list[str], out: Path | None, callbacks: Sequence[Callback], progress: bool | None,
                  options: Mapping[str, Any]) -> Corpus:  # fmt: skip
        if not inputs:
            raise InvalidArgument("inputs: expected files or folders to import, got none")
        place = Place(out, "corpus")
        request = {"inputs": inputs, "out": place.path, "settings": settings_of(options)}
        return Corpus(place, run_verb("import", request, Work(callbacks, progress)))

    @staticmethod
    def simulate(
        *,
        out: Path | None = None,
        force: bool = False,
        callbacks: Sequence[Callback] = (),
        progress: bool | None = None,
        **options: Unpack[SimulateOptions],
    ) -> Corpus:
        """A corpus of simulated users and items, for trials: ``Corpus.simulate(simulate__users=500)``."""
        place = Place(out, "corpus")
        request = {"out": place.path, "force": force, "settings": settings_of(options)}
        return Corpus(place, run_verb("simulate", request, Work(callbacks, progress)))

    # What is in one

    @property
    def path(self) -> str:
        """The folder."""
        return self._place.path

    @property
    def user_keys(self) -> np.ndarray:
        """The keys of the users, [users], int64 or texts."""
        return self._kept("user.key", lambda: array_of_keys(self._texts("user.key"), self._integer_users))

    @property
    def item_keys(self) -> np.ndarray:
        """The keys of the items, [items], int64 or texts."""
        return self._kept("item.key", lambda: array_of_keys(self._texts("item.key"), self._integer_items))

    def arrays(self) -> dict[str, np.ndarray]:
        """The events as the engine has them, without copies: arrays [events], read-only.

        "user" and "item" are rows of :attr:`user_keys` and :attr:`item_keys` (uint32), "rating" float32 (NaN: none), "time"
        int64 in milliseconds since 1970 UTC (the least value: none). Events are sorted by user, and of a user by time.
        """
        return {name: _native.numbers_of(self._handle, f"event.{name}") for name in ("user", "item", "rating", "time")}

    def to_pandas(self) -> pd.DataFrame:
        """The events, a row each, sorted by user and time: "user", "item", and where the corpus has them "rating", "time"
        (UTC, without a zone), "event", "headline", "review" and attributes under their names."""
        import pandas as pd

        events = self.arrays()
        table: dict[str, Any] = {"user": self.user_keys[events["user"]], "item": self.item_keys[events["item"]]}
        if self.has_ratings:
            table["rating"] = events["rating"]
        if self.has_times:
            # The least value is "not a time" in NumPy, too.
            table["time"] = events["time"].view("datetime64[ms]").astype("datetime64[ns]")
        for name, column in (("event", "type"), ("headline", "headline"), ("review", "review")):
            texts = self._texts(f"event.{column}")
            if any(texts):
                table[name] = texts
        for name, values in _attributes_of(self._texts("event.attributes")).items():
            table.setdefault(name, values)
        return pd.DataFrame(table)

    def users(self) -> pd.DataFrame:
        """The users, a row each: "user", and where the corpus has them "name" and attributes under their names."""
        import pandas as pd

        table: dict[str, Any] = {"user": self.user_keys}
        names = self._texts("user.name")
        if any(names):
            table["name"] = names
        for name, values in _attributes_of(self._texts("user.attributes")).items():
            table.setdefault(name, values)
        return pd.DataFrame(table)

    def items(self) -> pd.DataFrame:
        """The items, a row each: "item", and where the corpus has them "title", "brand", "description", "price",
        "category" (a list) and attributes under their names."""
        import pandas as pd

        table: dict[str, Any] = {"item": self.item_keys}
        for name in ITEM_TEXTS:
            texts = self._texts(f"item.{name}")
            if any(texts):
                table[name] = texts
        prices = _native.numbers_of(self._handle, "item.price")
        if not np.isnan(prices).all():
            table["price"] = prices
        begins = _native.numbers_of(self._handle, "item.category_begin").tolist()
        categories = self._texts("item.category")
        if categories:
            table["category"] = [categories[begin:end] for begin, end in zip(begins, begins[1:])]
        table.update(_attributes_of(self._texts("item.attributes")))
        return pd.DataFrame(table)

    @property
    def has_ratings(self) -> bool:
        """Whether any event has stars."""
        return not bool(np.isnan(self.arrays()["rating"]).all())

    @property
    def has_times(self) -> bool:
        """Whether any event has a time."""
        return bool((self.arrays()["time"] != NO_TIME).any())

    def stats(self) -> dict[str, Any]:
        """What `p5 stats --json` says of it."""
        return run_verb("stats", {"corpus": self.path})

    def save(self, folder: Path) -> None:
        """Copies the corpus to a new folder."""
        copy_folder(self.path, folder)

    def __len__(self) -> int:
        """The number of events."""
        return len(_native.numbers_of(self._handle, "event.user"))

    def __repr__(self) -> str:
        return f"<p5.Corpus {self.path}: {len(self.user_keys)} users, {len(self.item_keys)} items, {len(self)} events>"

    def _texts(self, column: str) -> list[str]:
        texts = _native.Texts()
        _native.check(
            _native.engine.p5_corpus_texts(self._handle.pointer, column.encode(), ctypes.byref(texts))
        )
        return _native.texts_of(texts)

    def _kept(self, name: str, make: Any) -> Any:
        if name not in self._columns:
            self._columns[name] = make()
        return self._columns[name]


def _attributes_of(texts: Iterable[str]) -> dict[str, list[Any]]:
    """Attributes, one JSON list of [name, value] per item, as columns."""
    rows = [dict(json.loads(text)) if text else {} for text in texts]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}
