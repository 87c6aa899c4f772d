"""Tables of pandas in the memory layout of the engine, checked before anything is written."""
from __future__ import annotations

import json
from typing import Any

import numpy as np

from . import _native
from ._errors import InvalidArgument
from ._keys import keys_of_column

NO_TIME = np.iinfo(np.int64).min

# Columns that a table may have, by the names that are looked for where none is given.
_USUAL = {
    "rating": ("rating",),
    "time": ("time", "timestamp"),
    "review": ("review",),
    "headline": ("headline",),
    "event": ("event",),
}
ITEM_TEXTS = ("title", "brand", "description")
# Numbers without a unit: seconds, milliseconds, microseconds or nanoseconds since 1970, by their size.
_TIME_UNITS = ((1e11, 1000.0), (1e14, 1.0), (1e17, 1e-3), (np.inf, 1e-6))


def _require_table(table: Any, argument: str) -> None:
    if not hasattr(table, "columns") or not hasattr(table, "iloc"):
        raise InvalidArgument(f"{argument}: expected a DataFrame, got {type(table).__name__}")


def _is_missing(value: Any) -> bool:
    """None, NaN, NaT and pandas' NA."""
    missing = value is None or type(value).__name__ in ("NAType", "NaTType")
    return missing or (isinstance(value, float) and value != value)


def _texts_of_column(column: Any, argument: str) -> list[str]:
    texts = []
    for row, value in enumerate(column.tolist()):
        if isinstance(value, str):
            texts.append(value)
        elif _is_missing(value):
            texts.append("")
        else:
            raise InvalidArgument(f"{argument}, row {row}: expected a text, got {value!r}")
    return texts


def numbers_of_column(column: Any, argument: str) -> np.ndarray:
    """[rows] float64, NaN for what is missing."""
    import pandas as pd

    try:
        return np.ascontiguousarray(pd.to_numeric(column).to_numpy(np.float64, na_value=np.nan))
    except (TypeError, ValueError) as error:
        raise InvalidArgument(f"{argument}: expected numbers: {error}") from None


def times_of_column(column: Any, argument: str) -> np.ndarray:
    """[rows] int64 milliseconds since 1970 UTC."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        numbers = numbers_of_column(column, argument)
        known = ~np.isnan(numbers)
        largest = float(np.abs(numbers[known]).max(initial=0))
        factor = next(factor for limit, factor in _TIME_UNITS if largest < limit)
        times = np.full(len(numbers), NO_TIME, np.int64)
        times[known] = np.rint(numbers[known] * factor).astype(np.int64)
        return times
    try:
        moments = pd.to_datetime(column, utc=True)
    except (TypeError, ValueError) as error:
        raise InvalidArgument(f"{argument}: expected dates, or numbers since 1970: {error}") from None
    return moments.dt.tz_localize(None).to_numpy("datetime64[ms]").astype(np.int64)


class EventTable:
    """The columns of a table of events, checked and in the memory layout of the engine."""

    def __init__(self, df: Any, user: str, item: str) -> None:
        _require_table(df, "df")
        self._df = df
        self._taken = {user, item}
        if len(df) == 0:
            raise InvalidArgument("df: expected a row or more, got an empty table")
        users, self.integer_users = keys_of_column(self._column(user, "user"), f"user, column '{user}'")
        items, self.integer_items = keys_of_column(self._column(item, "item"), f"item, column '{item}'")
        self._texts = {"users": _native.PackedTexts(users, "user"), "items": _native.PackedTexts(items, "item")}
        self._numbers: dict[str, np.ndarray] = {}

    def _column(self, name: Any, argument: str) -> Any:
        if name not in self._df.columns:
            raise InvalidArgument(f"{argument}: the table has no column {name!r}: expected one of {list(self._df.columns)}")
        return self._df[name]

    def take_attributes(self, wanted: Any) -> None:
        """Columns that are kept as attributes: those named, or all (...) that no other role took."""
        if wanted is None:
            return
        if wanted is ...:
            names = [name for name in self._df.columns if name not in self._taken]
        elif isinstance(wanted, str):
            raise InvalidArgument(f"attributes: expected names of columns, got {wanted!r}")
        else:
            names = list(wanted)
        columns = {str(name): _attribute_column(self._column(name, "attributes"), f"df, column '{name}'") for name in names}
        if columns:
            self._texts["event_attributes"] = _packed_attributes(columns, len(self._df), "df")

    def take(self, name: str, column: Any) -> None:
        if column is None:
            self._taken.update(_USUAL[name])  # not as an attribute, either
            return
        if column is ...:
            column = next((usual for usual in _USUAL[name] if usual in self._df.columns), None)
            if column is None:
                return
        values, place = self._column(column, name), f"{name}, column '{column}'"
        self._taken.add(column)
        if name == "rating":
            self._numbers["ratings"] = numbers_of_column(values, place)
        elif name == "time":
            self._numbers["times_ms"] = times_of_column(values, place)
        else:
            field = {"review": "reviews", "headline": "headlines", "event": "types"}[name]
            self._texts[field] = _native.PackedTexts(_texts_of_column(values, place), name)

    def fill(self, table: _native.Table) -> None:
        for field, texts in self._texts.items():
            setattr(table, field, texts.view)
        for field, numbers in self._numbers.items():
            setattr(table, field, numbers.ctypes.data)


class KeyedTable:
    """The same of a table with a row per key, of items or users: ``argument`` is its name; of None it is empty."""

    def __init__(self, df: Any, argument: str, key: str, integers: bool) -> None:
        self._texts: dict[str, _native.PackedTexts] = {}
        self._numbers: dict[str, np.ndarray] = {}
        self._argument = argument
        if df is None:
            return
        _require_table(df, argument)
        if len(df) == 0:
            return
        if key in df.columns:
            keys = df[key]
        elif df.index.name == key:
            keys = df.index
        else:
            raise InvalidArgument(f"{argument}: expected a column or an index {key!r}, got columns {list(df.columns)}")
        texts, whole = keys_of_column(keys, f"{argument}, column '{key}'")
        if whole != integers:
            raise InvalidArgument(
                f"{argument}, column '{key}': expected {'integers' if integers else 'texts'} as in the events, got "
                f"{keys.tolist()[0]!r}"
            )
        kind = argument[:-1]
        self._texts[f"{kind}_keys"] = _native.PackedTexts(texts, argument)
        attributes: dict[str, list[Any]] = {}
        for name in df.columns:
            place = f"{argument}, column '{name}'"
            if name != key and not self._take(name, df[name], place):
                attributes[str(name)] = _attribute_column(df[name], place)
        if attributes:
            self._texts[f"{kind}_attributes"] = _packed_attributes(attributes, len(df), argument)

    def _take(self, name: Any, column: Any, place: str) -> bool:
        """Whether a column has a meaning of its own; the others are attributes."""
        raise NotImplementedError

    def fill(self, table: _native.Table) -> None:
        for field, texts in self._texts.items():
            setattr(table, field, texts.view)
        for field, numbers in self._numbers.items():
            setattr(table, field, numbers.ctypes.data)


class UserTable(KeyedTable):
    def _take(self, name: Any, column: Any, place: str) -> bool:
        if name == "name":
            self._texts["user_names"] = _native.PackedTexts(_texts_of_column(column, place), place)
        return bool(name == "name")


class ItemTable(KeyedTable):
    def _take(self, name: Any, column: Any, place: str) -> bool:
        if name in ITEM_TEXTS:
            self._texts[f"item_{name}s"] = _native.PackedTexts(_texts_of_column(column, place), place)
        elif name == "price":
            self._numbers["item_prices"] = numbers_of_column(column, place)
        elif name == "category":
            self._take_categories(column.tolist(), place)
        else:
            return False
        return True

    def _take_categories(self, values: list[Any], place: str) -> None:
        flat: list[str] = []
        begins = [0]
        for row, value in enumerate(values):
            if isinstance(value, str):
                flat.append(value)
            elif isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value):
                flat.extend(value)
            elif not _is_missing(value):
                raise InvalidArgument(f"{place}, row {row}: expected a text or a list of texts, got {value!r}")
            begins.append(len(flat))
        self._texts["item_categories"] = _native.PackedTexts(flat, place)
        self._numbers["item_category_begins"] = np.array(begins, np.uint64)


def _attribute_column(column: Any, place: str) -> list[Any]:
    return [_attribute_of(value, f"{place}, row {row}") for row, value in enumerate(column.tolist())]


def _packed_attributes(columns: dict[str, list[Any]], rows: int, argument: str) -> _native.PackedTexts:
    """Of each row a JSON list of [name, value], or nothing."""
    known = [[[name, column[row]] for name, column in columns.items() if column[row] is not None] for row in range(rows)]
    return _native.PackedTexts([json.dumps(row, ensure_ascii=False) if row else "" for row in known], argument)


def _attribute_of(value: Any, place: str) -> Any:
    """A text, a number or a list of either, as JSON has them; None for what is missing."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple, np.ndarray)):
        parts = [_attribute_of(each, place) for each in value]
        if all(isinstance(each, str) for each in parts) or all(isinstance(each, (int, float)) for each in parts):
            return parts
    elif _is_missing(value):
        return None
    elif isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    elif isinstance(value, (int, float, np.number)):
        return float(value)
    elif hasattr(value, "isoformat"):
        return value.isoformat()
    raise InvalidArgument(f"{place}: expected a text, a number, a date or a list of texts or numbers, got {value!r}")
