"""Keys of users and items: texts in the engine, whole numbers or texts for the caller."""
from __future__ import annotations

import numbers
from typing import Any, Iterable, Sequence

import numpy as np

from ._errors import InvalidArgument

Key = Any  # int | str
INT64 = np.iinfo(np.int64)


def text_of_key(key: Any, argument: str) -> str:
    """A key as the engine writes it. A bool, a fraction or None is no key."""
    if isinstance(key, str):
        if key:
            return key
    elif isinstance(key, numbers.Integral) and not isinstance(key, (bool, np.bool_)):
        return str(int(key))
    raise InvalidArgument(f"{argument}: expected a key, an integer or a text that is not empty, got {key!r}")


def texts_of_keys(keys: Iterable[Any], argument: str) -> list[str]:
    if isinstance(keys, (str, bytes)) or not isinstance(keys, Iterable):
        raise InvalidArgument(f"{argument}: expected a sequence of keys, got {keys!r}")
    return [text_of_key(key, f"{argument}[{place}]") for place, key in enumerate(keys)]


def is_one_key(keys: Any) -> bool:
    return isinstance(keys, (str, numbers.Integral))


def array_of_keys(texts: Sequence[str], integers: bool) -> np.ndarray:
    """Texts of the engine as the caller's keys: int64, or objects that are texts."""
    if integers:
        return np.array([int(text) for text in texts], np.int64)
    array = np.empty(len(texts), object)
    array[:] = texts
    return array


def keys_of_column(column: Any, argument: str) -> tuple[list[str], bool]:
    """A column of a table as texts, and whether its keys are whole numbers; one kind for the whole column."""
    values = column.tolist() if hasattr(column, "tolist") else list(column)
    # Columns of millions without a fault, at the speed of C; the loop below finds the row of a fault.
    types = set(map(type, values))
    if types == {int} and INT64.min <= min(values) and max(values) <= INT64.max:
        return list(map(str, values)), True
    if types == {str} and all(values):
        return values, False
    integers = False
    texts: list[str] = []
    for row, value in enumerate(values):
        place = f"{argument}, row {row}"
        whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        if row == 0:
            integers = whole
        elif whole != integers and (whole or isinstance(value, str)):
            raise InvalidArgument(f"{place}: integers and texts in one column of keys: got {value!r}; give one kind")
        if whole and not INT64.min <= int(value) <= INT64.max:
            raise InvalidArgument(f"{place}: expected an integer of 64 bits or a text, got {value!r}")
        texts.append(text_of_key(value, place))
    return texts, integers
