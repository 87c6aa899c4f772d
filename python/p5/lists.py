"""What :meth:`Recommender.recommend` gives back: a list of items for each asker, as arrays."""
from __future__ import annotations

import ctypes
import json
from typing import TYPE_CHECKING, Any, Callable, Mapping

import numpy as np

from . import _native
from ._errors import InvalidArgument
from ._work import Work

if TYPE_CHECKING:
    import pandas as pd


class Lists:
    """Lists of items, best first, a row for each asker. Places that a list does not fill have the key -1 (of integer
    keys) or None, and the score NaN; :attr:`lengths` says how many are filled.
    """

    def __init__(self, handle: _native.Handle, worker: Callable[[], _native.Handle], askers: np.ndarray | None,
                 item_keys: np.ndarray, integer_users: bool) -> None:  # fmt: skip
        """``worker`` gives the engine's recommender of the thread that asks."""
        arrays = _native.ListArrays()
        _native.engine.p5_lists_arrays(handle.pointer, ctypes.byref(arrays))
        shape = (arrays.rows, arrays.k)
        self._handle, self._worker = handle, worker
        self._integer_users, self._integer_items = integer_users, item_keys.dtype != object
        self.askers = askers
        """The keys of the users, or of the items whose like was asked for, [n]; None for histories."""
        self.numbers: np.ndarray = _native.lent_array(arrays.numbers, shape, np.int32, handle)
        """Rows of :attr:`Recommender.item_keys`, int32 [n, k], -1 for none; memory of the engine, read-only."""
        self.scores: np.ndarray = _native.lent_array(arrays.scores, shape, np.float64, handle)
        """As the source scores, float64 [n, k] (docs/recommending.md); memory of the engine, read-only."""
        self.shares: np.ndarray = _native.lent_array(arrays.shares, shape, np.float64, handle)
        """Of the whole list, float64 [n, k]; those of a list sum to 1."""
        self.lengths: np.ndarray = _native.lent_array(arrays.lengths, shape[:1], np.int32, handle)
        """How many items each list has, int32 [n]."""
        nothing = np.array([-1 if self._integer_items else None], item_keys.dtype)
        self.items: np.ndarray = np.concatenate([item_keys, nothing])[self.numbers]
        """The keys of the items, [n, k], int64 or texts."""

    def __len__(self) -> int:
        return len(self.numbers)

    def __repr__(self) -> str:
        return f"<p5.Lists {self.items.shape[0]} x {self.items.shape[1]}>"

    def details(self, row: int) -> dict[str, Any]:
        """One list as `p5 recommend --json` has it: "items" with "title", "source", "because", "why" and explanations;
        "skipped" and "fallback" where something about the request was unknown. Keys are the caller's. Arrays hold none of
        that, so the list is asked for again, with the explanations that :meth:`Recommender.recommend` was asked for."""
        if not 0 <= row < len(self):
            raise InvalidArgument(f"row: expected 0 to {len(self) - 1}, got {row!r}")
        worker = self._worker()
        answer = Work().run(
            lambda work: _native.text_of(_native.engine.p5_lists_json, self._handle.pointer, row, worker.pointer, work)
        )
        return with_own_keys(json.loads(answer), self._integer_users, self._integer_items)

    def to_pandas(self) -> pd.DataFrame:
        """A row for each item: "user" (or the number of the asker where those were histories), "rank" from 1, "item",
        "score", "share"."""
        import pandas as pd

        rows, ranks = np.nonzero(self.numbers >= 0)
        askers = np.arange(len(self)) if self.askers is None else self.askers
        name = "row" if self.askers is None else "user"
        return pd.DataFrame({
            name: askers[rows], "rank": ranks + 1, "item": self.items[rows, ranks],
            "score": self.scores[rows, ranks], "share": self.shares[rows, ranks],
        })  # fmt: skip


def with_own_keys(answer: Any, integer_users: bool, integer_items: bool) -> Any:
    """An answer in JSON with the caller's integers in place of texts: the fields "user", "item", "history", "skipped"."""
    if not (integer_users or integer_items):
        return answer

    def key(value: Any, integers: bool) -> Any:
        return int(value) if integers and isinstance(value, str) and value.lstrip("-").isdigit() else value

    def own(name: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {field: own(field, each) for field, each in value.items()}
        if isinstance(value, list):
            return [own(name, each) for each in value]
        if name == "user":
            return key(value, integer_users)
        return key(value, integer_items) if name in ("item", "history", "skipped") else value

    return own("", answer)
