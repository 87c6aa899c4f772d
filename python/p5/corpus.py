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
from ._tables import ITEM_TEXTS, NO_TIME, EventTable, ItemTable
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
        *,
        user: str = "user",
        item: str = "item",
        rating: Column = ...,
        time: Column = ...,
        review: Column = ...,
        headline: Column = ...,
        event: Column = ...,
        out: Path | None = None,
        callbacks: Sequence[Callback] = (),
        progress: bool | None = None,
        **options: Unpack[ImportOptions],
    ) -> Corpus:
        """A corpus of a table of events, a row each, and perhaps one of items.

        ``user``, ``item``, ``rating``, ``time``, ``review``, ``headline`` and ``event`` (the type of an event) name columns;
        of the last five, ``...`` is the usual name ("time" or "timestamp" for times) where there is such a column, and None
        is no column. Keys are integers or texts. Times are dates (without a zone: UTC), ISO texts, or numbers since 1970,
        whose size tells seconds from milli-, micro- and nanoseconds. Without times the order of the rows is that of the
        events.

        ``items`` has the keys in the column ``item`` or in its index, and "title", "brand", "description", "price",
        "category" (a text or a list from general to specific); every other column is an attribute of the item: a text, a
        number, or a list of either.

        ``out`` is the folder to write; without one, the corpus lives in a temporary folder as long as the object.
        ``options`` are those of `p5 import` that clean events, such as ``import__user_core=5``.

        Raises InvalidArgument that names the column, before anything is written.
        """
        table = EventTable(df, user, item)
        for name, column in {"rating": rating, "time": time, "review": review, "headline": headline,
                             "event": event}.items():  # fmt: skip
            table.take(name, column)
        item_table = ItemTable(items, item, table.integer_items)
        place = Place(out, "corpus")
        request = {"out": place.path, "settings": settings_of(options),
                   "user_keys": "integer" if table.integer_users else "text",
                   "item_keys": "integer" if table.integer_items else "text"}  # fmt: skip
        native = _native.Table()
        table.fill(native)
        item_table.fill(native)
        body = json.dumps(request).encode()
        report = Work(callbacks, progress).run(
            lambda work: _native.text_of(_native.engine.p5_import_table, ctypes.byref(native), body, work)
        )
        return Corpus(place, json.loads(report))

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
        (UTC, without a zone), "event", "headline", "review"."""
        import pandas as pd

        events = self.arrays()
        table: dict[str, Any] = {"user": self.user_keys[events["user"]], "item": self.item_keys[events["item"]]}
        if not np.isnan(events["rating"]).all():
            table["rating"] = events["rating"]
        if (events["time"] != NO_TIME).any():
            # The least value is "not a time" in NumPy, too.
            table["time"] = events["time"].view("datetime64[ms]").astype("datetime64[ns]")
        for name, column in (("event", "type"), ("headline", "headline"), ("review", "review")):
            texts = self._texts(f"event.{column}")
            if any(texts):
                table[name] = texts
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
