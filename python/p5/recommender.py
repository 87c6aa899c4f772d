"""Runs: trained, opened, asked."""
from __future__ import annotations

import ctypes
import json
import os
import pathlib
import threading
import time
from typing import TYPE_CHECKING, Any, Iterable, Mapping, NamedTuple, Sequence

import numpy as np

from . import _native
from ._errors import InvalidArgument
from ._folders import Path, Place, copy_folder, path_of
from ._keys import array_of_keys, is_one_key, text_of_key, texts_of_keys
from ._settings import assignments_of, settings_of
from ._tables import NO_TIME, numbers_of_column, times_of_column
from ._work import Callback, Work, run_verb
from .corpus import Corpus
from .lists import Lists, with_own_keys
from .report import Report

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import Unpack

    from ._option_types import EvaluateOptions, RecommendOptions, TrainOptions

# Where save() keeps the corpus of a run, so that the folder has all that answers need.
_SAVED_CORPUS = "corpus"


def sources() -> dict[str, str]:
    """What ``source=`` may name, with a sentence on each: the model, the hybrid, counts, encoders."""
    return {each["source"]: each["summary"] for each in run_verb("sources", {})["sources"]}


class Recommender:
    """A trained run. Made by :meth:`fit` or opened by :meth:`load`. Threads may ask one at the same time: each gets a
    copy of the model's working memory, not of its weights.
    """

    def __init__(self, place: Place, corpus: Corpus | str | None, opening: Mapping[str, Any],
                 training: Mapping[str, Any] | None = None) -> None:  # fmt: skip
        self._place, self._corpus, self._opening = place, corpus, dict(opening)
        self.training: Mapping[str, Any] | None = training
        """What `p5 train --json` says of the training; None for a run that was opened."""
        self._later: dict[str, list[_Later]] = {}
        self._later_lock = threading.Lock()
        self._open()

    def _open(self) -> None:
        library = _native.engine
        run, options = os.fsencode(self.path), json.dumps(self._opening).encode()
        self._handle: _native.Handle = Work().run(
            lambda work: _native.Handle.made_by(
                library.p5_recommender_open, run, options, work, free=library.p5_recommender_free
            )
        )
        self._owner, self._own = threading.get_ident(), threading.local()
        users, items = _native.Texts(), _native.Texts()
        _native.check(
            library.p5_recommender_keys(self._handle.pointer, ctypes.byref(users), ctypes.byref(items))
        )
        self._integer_users = bool(library.p5_recommender_integer_users(self._handle.pointer))
        self._integer_items = bool(library.p5_recommender_integer_items(self._handle.pointer))
        self.user_keys: np.ndarray = array_of_keys(_native.texts_of(users), self._integer_users)
        """The users of the corpus, [users], int64 or texts."""
        self.item_keys: np.ndarray = array_of_keys(_native.texts_of(items), self._integer_items)
        """The items of the corpus, [items], int64 or texts."""
        self._known_users, self._known_items = set(map(str, self.user_keys)), set(map(str, self.item_keys))

    # How recommenders come to be

    @staticmethod
    def fit(
        corpus: Corpus | Path | None = None,
        out: Path | None = None,
        *,
        config: Path | None = None,
        callbacks: Sequence[Callback] = (),
        from_: Recommender | Path | None = None,
        resume: bool = False,
        force: bool = False,
        progress: bool | None = None,
        **options: Unpack[TrainOptions],
    ) -> Recommender:
        """Trains a run, as `p5 train` does: where nothing is set, the settings follow from the data.

        ``out`` is the run folder; without one, the run lives in a temporary folder as long as the object
        (:meth:`save` keeps it). ``config`` is a TOML file of settings, ``options`` are the rows of docs/options.md with
        two underscores for the dot (``train__minutes=5``), which count more. ``from_`` is a trained run to go on from with
        newer data (docs/retraining.md). ``resume=True`` goes on where the run in ``out`` was interrupted.

        ``callbacks`` are called with an :class:`Event` for every progress and message; one that raises
        :class:`StopTraining` ends the training in good order, and any other exception ends it likewise and comes out of
        this call. Ctrl-C saves the state and raises KeyboardInterrupt.

        Raises InvalidArgument before the work begins for settings that do not exist or do not fit.
        """
        if resume and (out is None or from_ is not None or force):
            raise InvalidArgument("resume: expected out, and neither from_ nor force")
        if not resume and corpus is None and from_ is None:
            raise InvalidArgument("corpus: expected a Corpus or its folder, got None")
        place = Place(out, "run")
        request: dict[str, Any] = {"out": place.path, "resume": resume, "force": force, "settings": settings_of(options)}
        if isinstance(from_, Recommender):
            corpus = from_.corpus if corpus is None else corpus
            from_ = from_.path
        elif corpus is None:
            corpus = _saved_corpus(place.path if from_ is None else path_of(from_, "from_"))
        if corpus is not None:
            request["corpus"] = corpus.path if isinstance(corpus, Corpus) else path_of(corpus, "corpus")
        if config is not None:
            request["config"] = path_of(config, "config")
        if from_ is not None:
            request["from"] = path_of(from_, "from_")
        try:
            training = run_verb("train", request, Work(callbacks, progress))
        except KeyboardInterrupt:
            if out is None:
                raise
            raise KeyboardInterrupt(
                f"stopped; what was trained is in {place.path}: Recommender.fit(out={place.path!r}, resume=True) goes on"
            ) from None
        opening = {"corpus": request["corpus"]} if "corpus" in request else {}
        return Recommender(place, corpus if isinstance(corpus, Corpus) else opening.get("corpus"), opening, training)

    @staticmethod
    def load(
        run: Path,
        *,
        corpus: Corpus | Path | None = None,
        device: str = "auto",
        threads: int = 0,
        matmul: str = "highest",
        **options: Unpack[RecommendOptions],
    ) -> Recommender:
        """Opens a run folder that :meth:`fit`, :meth:`save` or `p5 train` wrote.

        ``corpus``: where its corpus is now, or a later one; else the one saved with the run, else where it was in training.
        ``device`` is "auto", "cpu" or "cuda"; ``threads`` 0 means all cores. ``options`` are decode.* and rerank.* settings
        that differ from the run's.

        Raises NotFound, Corrupted or Unsupported.
        """
        place = Place(path_of(run, "run"), "run")
        opening: dict[str, Any] = {"device": device, "threads": threads, "matmul": matmul,
                                   "settings": assignments_of(options)}  # fmt: skip
        if corpus is None:
            corpus = _saved_corpus(place.path)
        if corpus is not None:
            opening["corpus"] = corpus.path if isinstance(corpus, Corpus) else path_of(corpus, "corpus")
        return Recommender(place, corpus if isinstance(corpus, Corpus) else opening.get("corpus"), opening)

    # What it is

    @property
    def path(self) -> str:
        """The run folder."""
        return self._place.path

    @property
    def corpus(self) -> Corpus:
        """The corpus that the run answers with."""
        if not isinstance(self._corpus, Corpus):
            self._corpus = Corpus.open(self._corpus_path())
        return self._corpus

    def _corpus_path(self) -> str:
        if isinstance(self._corpus, Corpus):
            return self._corpus.path
        if self._corpus is not None:
            return self._corpus
        manifest = json.loads((pathlib.Path(self.path) / "run.json").read_text(encoding="utf-8"))
        return str(manifest["corpus"])

    def save(self, folder: Path) -> None:
        """Copies the run with its corpus to a new folder, which :meth:`load` opens anywhere."""
        copy_folder(self.path, folder, (self._corpus_path(), _SAVED_CORPUS))

    def __repr__(self) -> str:
        return f"<p5.Recommender {self.path}: {len(self.user_keys)} users, {len(self.item_keys)} items>"

    # Questions

    def recommend(
        self,
        users: Iterable[Any] | Any = None,
        histories: Iterable[Iterable[Any]] | None = None,
        *,
        k: int = 10,
        filters: Mapping[str, Any] | None = None,
        where: str | None = None,
        candidates: Iterable[Any] | None = None,
        available: Iterable[Any] | None = None,
        exclude: Iterable[Any] | None = None,
        source: str | None = None,
        prompt: str | None = None,
        rerank: str | None = None,
        keep_seen: bool = False,
        explain: bool = False,
        generate: bool = False,
        strict: bool = False,
        progress: bool | None = None,
        **options: Unpack[RecommendOptions],
    ) -> Lists:
        """The next items, as arrays [n, k]: ``.items`` are keys, ``.scores`` float64.

        ``users``: keys, or one key; with ``histories`` instead, lists of item keys, each oldest first, of people whom the
        corpus does not know; with neither, all users of the corpus. ``candidates``: rank only these; ``available``: only
        these, of which any may be unknown; ``exclude``: not these. ``filters`` is {"category", "brand", "title",
        "price": {"min", "max"}}, ``where`` a condition as in docs/recommending.md; both must hold. ``source`` is one of
        :func:`sources`; None is the hybrid where the run has one. Items of the history come back only with ``keep_seen``.
        With ``explain``, :meth:`Lists.details` has a sentence for each item; with ``generate``, the model writes it.
        Unknown users get what is popular, and unknown items of histories are skipped, unless ``strict``.
        ``options`` are decode.* and rerank.* settings of this request.

        Raises NotFound for unknown keys, InvalidArgument for arguments that contradict each other.
        """
        request = _request_of(
            k=_whole(k, "k"), filters=filters, where=where, candidates=_keys(candidates, "candidates"),
            available=_keys(available, "available"), exclude=_keys(exclude, "exclude"), source=source, prompt=prompt,
            rerank=rerank, keep_seen=keep_seen, explain=explain, generate=generate, strict=strict,
            settings=assignments_of(options),
        )  # fmt: skip
        if users is not None and histories is not None:
            raise InvalidArgument("users and histories: expected one of them, got both")
        if histories is not None:
            rows = [texts_of_keys(each, f"histories[{row}]") for row, each in enumerate(histories)]
            for row, history in enumerate(rows):
                if not history:
                    raise InvalidArgument(f"histories[{row}]: expected an item or more, got none")
            return self._lists(request, [""] * len(rows), rows, None, progress)
        asked = _listed(self.user_keys if users is None else users, "users")
        texts = texts_of_keys(asked, "users")
        with self._later_lock:
            later = [[each.item for each in self._later.get(user, ())] for user in texts]
        return self._lists(request, texts, later, _array_of(asked), progress)

    def similar_items(
        self,
        items: Iterable[Any] | Any,
        *,
        k: int = 10,
        source: str = "item-knn",
        filters: Mapping[str, Any] | None = None,
        where: str | None = None,
        available: Iterable[Any] | None = None,
        exclude: Iterable[Any] | None = None,
        progress: bool | None = None,
    ) -> Lists:
        """Items like given ones, as arrays [n, k]: what the source recommends to somebody whose only item it is.

        Raises NotFound for an unknown item, naming keys that are spelled alike.
        """
        asked = _listed(items, "items")
        request = _request_of(k=_whole(k, "k"), source=source, filters=filters, where=where,
                              available=_keys(available, "available"), exclude=_keys(exclude, "exclude"),
                              strict=True)  # fmt: skip
        rows = [[item] for item in texts_of_keys(asked, "items")]
        return self._lists(request, [""] * len(rows), rows, _array_of(asked), progress)

    def predict(self, users: Iterable[Any], items: Iterable[Any] | None = None, *,
                progress: bool | None = None) -> np.ndarray:  # fmt: skip
        """The stars that users would give items, float64 [n], on the scale of the run.

        ``users`` and ``items`` are keys, one each; or ``users`` alone is a sequence of pairs (user, item), or a DataFrame
        with columns "user" and "item".

        Raises Unsupported for a run without ratings, NotFound for unknown items.
        """
        if items is None:
            users, items = _pairs(users)
        who, what = texts_of_keys(users, "users"), texts_of_keys(items, "items")
        if len(who) != len(what):
            raise InvalidArgument(f"items: expected {len(who)}, as many as users, got {len(what)}")
        packed = _native.PackedTexts(who, "users"), _native.PackedTexts(what, "items")
        stars = np.empty(len(who))
        worker, views = self._worker(), [each.view for each in packed]
        Work(progress=progress).run(
            lambda work: _native.check(
                _native.engine.p5_predict(worker.pointer, ctypes.byref(views[0]), ctypes.byref(views[1]), work,
                                           stars.ctypes.data)  # fmt: skip
            )
        )
        for row, (user, item) in enumerate(zip(who, what)):
            if user in self._later:  # what update() told of them
                stars[row] = self.ask("predict", user=user, item=item)["stars"]
        return stars

    def explain(self, user: Any = None, item: Any = None, *, history: Iterable[Any] | None = None,
                feature: str | None = None, prompt: str | None = None, generate: bool = False) -> dict[str, Any]:  # fmt: skip
        """Why somebody would like an item or not: "answer" is a sentence, "kind" says where it comes from
        (docs/explanations.md). ``history``: items, oldest first, in place of a user."""
        return self.ask("explain", user=_key(user, "user"), item=_key(item, "item"), history=_keys(history, "history"),
                        feature=feature, prompt=prompt, generate=generate)  # fmt: skip

    def summarize(self, text: str, *, user: Any = None, prompt: str | None = None) -> dict[str, Any]:
        """A headline for a review ("answer"), and the stars that it speaks of ("stars")."""
        return self.ask("summarize", text=text, user=_key(user, "user"), prompt=prompt)

    def prompt(self, text: str | None = None, *, id: str | None = None, user: Any = None, item: Any = None,
               feature: str | None = None, max_tokens: int = 64) -> dict[str, Any]:  # fmt: skip
        """Asks the model with a text of one's own, or with a prompt of the collection by its id (docs/prompts.md)."""
        return self.ask("prompt", text=text, prompt=id, user=_key(user, "user"), item=_key(item, "item"), feature=feature,
                        max_tokens=_whole(max_tokens, "max_tokens"))  # fmt: skip

    def ask(self, question: str, **fields: Any) -> dict[str, Any]:
        """Any question of the HTTP API (docs/serving.md) with its fields: "recommend", "similar", "predict", "explain",
        "summarize", "prompt". The answer is its JSON, with the caller's keys."""
        try:
            body = json.dumps(self._with_later(question, _request_of(**fields)), default=_plain).encode()
        except (TypeError, UnicodeEncodeError) as error:
            raise InvalidArgument(f"{question}: {error}") from None
        worker = self._worker()
        answer = Work().run(
            lambda work: _native.text_of(
                _native.engine.p5_recommender_ask, worker.pointer, question.encode(), body, work
            )
        )
        return with_own_keys(json.loads(answer), self._integer_users, self._integer_items)

    def evaluate(
        self,
        *,
        callbacks: Sequence[Callback] = (),
        progress: bool | None = None,
        changed_corpus: bool = False,
        **options: Unpack[EvaluateOptions],
    ) -> Report:
        """Measures the run next to baselines, as `p5 evaluate` does; the run keeps the report.

        ``options`` are evaluate.*, decode.* and device.* settings: ``evaluate__split="valid"``. ``changed_corpus`` measures
        on other events than the run was trained on.
        """
        request = {"run": self.path, "settings": settings_of(options), "changed_corpus": changed_corpus}
        if self._corpus is not None:
            request["corpus"] = self._corpus_path()
        return Report(run_verb("evaluate", request, Work(callbacks, progress)))

    def fuse(self, *, callbacks: Sequence[Callback] = (), progress: bool | None = None,
             **options: Unpack[TrainOptions]) -> Recommender:  # fmt: skip
        """Fits all sources of the run and the hybrid of them (`p5 fuse`), and opens the run anew, which then answers by the
        hybrid."""
        request: dict[str, Any] = {"run": self.path, "settings": settings_of(options)}
        if self._corpus is not None:
            request["corpus"] = self._corpus_path()
        run_verb("fuse", request, Work(callbacks, progress))
        opening = {} if self._corpus is None else {"corpus": self._corpus_path()}
        return Recommender(self._place, self._corpus, opening, self.training)

    def update(self, events: Any, *, recount: bool = False, items: pd.DataFrame | None = None) -> int:
        """The next answers know these events. Returns how many were taken. Lives as long as the object.

        ``events``: a DataFrame with columns "user" and "item", and perhaps "rating" and "time", or pairs of user and item,
        oldest first. Without times they happened now.

        At once, as in `p5 serve`: histories of users go on, in lists, stars, explanations and prompts of the collection.
        Users whom the corpus does not know are known by these items; items that it does not have are passed over.

        ``recount=True`` also counts anew, which takes as long as the counts do: the events, and those of earlier calls,
        become part of :attr:`corpus` (a temporary one), so that popularity, item-kNN and all other counts, alone and in the
        hybrid, know them, new users and items have keys, and ``items``, a table of items as in :meth:`Corpus.from_pandas`,
        brings new items and new facts about known ones.

        What was trained learns nothing of it: ``fit(recommender.corpus, from_=recommender)`` trains on after a recount.
        """
        users, wanted = _pairs(events)
        who, what = texts_of_keys(users, "events: users"), texts_of_keys(wanted, "events: items")
        if items is not None and not recount:
            raise InvalidArgument("items: a table of items needs recount=True")
        stars, times = _facts_of(events, len(who))
        with self._later_lock:
            taken = {user: list(rows) for user, rows in self._later.items()} if recount else self._later
            for row in zip(who, what, stars, times):
                taken.setdefault(row[0], []).append(_Later(*row[1:]))
            if recount:
                self._recount(taken, items)
        return len(who)

    def _recount(self, later: Mapping[str, Sequence[_Later]], items: pd.DataFrame | None) -> None:
        """Goes on with a corpus that has these events, and forgets them as later ones."""
        import pandas as pd

        rows = [(user, each.item, each.stars, each.time_ms) for user, known in later.items() for each in known]
        table = pd.DataFrame(rows, columns=["user", "item", "rating", "time"])
        for name, integers in (("user", self._integer_users), ("item", self._integer_items)):
            if integers:
                try:
                    table[name] = [int(key) for key in table[name]]
                except ValueError as error:
                    raise InvalidArgument(f"events: {name}s: expected integers as in the corpus: {error}") from None
        table["time"] = pd.to_datetime(table["time"], unit="ms")
        if not self.corpus.has_ratings:
            del table["rating"]
        if not self.corpus.has_times:
            del table["time"]
        self._corpus = self.corpus.extended(table, items)
        self._opening["corpus"] = self._corpus.path
        self._open()
        self._later = {}

    def _with_later(self, question: str, fields: dict[str, Any]) -> dict[str, Any]:
        """A question with what update() told of its user."""
        with self._later_lock:
            known = [each for each in self._later.get(fields.get("user", ""), ()) if each.item in self._known_items]
        if not known or "history" in fields or "text" in fields or question == "similar":
            return fields
        items: list[Any] = [each.item for each in known]
        if question == "predict":
            items = [_request_of(item=each.item, stars=each.stars) for each in known]
        if fields["user"] in self._known_users:
            return {**fields, "later": items}
        return {**{name: value for name, value in fields.items() if name != "user"}, "history": items}

    def forget(
        self,
        users: Iterable[Any] | Any,
        *,
        method: str = "retrain",
        feedback: str | None = None,
        callbacks: Sequence[Callback] = (),
        progress: bool | None = None,
        **options: Unpack[TrainOptions],
    ) -> dict[str, Any]:
        """Removes users from the corpus, the feedback and the run, as `p5 forget` does, and opens the run anew. Both folders
        are written anew in their place. Returns the report, with a membership test of before and after (docs/privacy.md).

        ``method`` is "retrain" (a new training without them), "unlearn" (their events become unlikely, without a guarantee)
        or "none" (data alone). ``feedback`` is the store of `p5 serve --feedback`.

        Raises NotFound for users whom the corpus does not know, before anything is changed.
        """
        keys = texts_of_keys(_listed(users, "users"), "users")
        request: dict[str, Any] = {"run": self.path, "users": keys, "method": method, "settings": settings_of(options)}
        if feedback is not None:
            request["feedback"] = feedback
        if self._corpus is not None:
            request["corpus"] = self._corpus_path()
        report: dict[str, Any] = run_verb("forget", request, Work(callbacks, progress))
        with self._later_lock:
            for key in keys:
                self._later.pop(key, None)
        if self._corpus is not None:
            self._corpus = self._opening["corpus"] = self._corpus_path()
        self._open()
        return report

    def _lists(self, request: Mapping[str, Any], users: list[str], items: list[list[str]],
               askers: np.ndarray | None, progress: bool | None) -> Lists:  # fmt: skip
        body = json.dumps(request, default=_plain).encode()
        packed_users = _native.PackedTexts(users, "users")
        packed_items = _native.PackedTexts([item for row in items for item in row], "histories")
        begins = np.zeros(len(items) + 1, np.uint64)
        np.cumsum([len(row) for row in items], out=begins[1:], dtype=np.uint64)
        asked = _native.Askers(packed_users.view, packed_items.view, begins.ctypes.data)
        worker, library = self._worker(), _native.engine
        handle = Work(progress=progress).run(
            lambda work: _native.Handle.made_by(
                library.p5_recommend, worker.pointer, body, ctypes.byref(asked), work, free=library.p5_lists_free
            )
        )
        return Lists(handle, self._worker, askers, self.item_keys, self._integer_users)

    def _worker(self) -> _native.Handle:
        """The engine's recommender of this thread."""
        if threading.get_ident() == self._owner:
            return self._handle
        if not hasattr(self._own, "handle"):
            library = _native.engine
            self._own.handle = _native.Handle.made_by(
                library.p5_recommender_worker, self._handle.pointer, free=library.p5_recommender_free
            )
        return self._own.handle


class _Later(NamedTuple):
    """An event that :meth:`Recommender.update` was told of."""

    item: str
    stars: float | None
    time_ms: int


def _saved_corpus(run: str) -> str | None:
    """The corpus that :meth:`Recommender.save` put next to a run."""
    folder = pathlib.Path(run) / _SAVED_CORPUS
    return str(folder) if folder.is_dir() else None


def _request_of(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _plain(value: Any) -> Any:
    """Numbers and arrays of NumPy, for JSON."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"expected what JSON has, got {value!r}")


def _whole(value: Any, argument: str) -> int:
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return int(value)
    raise InvalidArgument(f"{argument}: expected a whole number, got {value!r}")


def _key(key: Any, argument: str) -> str | None:
    return None if key is None else text_of_key(key, argument)


def _keys(keys: Iterable[Any] | None, argument: str) -> list[str] | None:
    return None if keys is None else texts_of_keys(keys, argument)


def _listed(keys: Any, argument: str) -> list[Any]:
    """One key or several, which may come from an iterator, as a list."""
    if is_one_key(keys):
        return [keys]
    if isinstance(keys, bytes) or not isinstance(keys, Iterable):
        raise InvalidArgument(f"{argument}: expected a key or a sequence of keys, got {keys!r}")
    return keys.tolist() if isinstance(keys, np.ndarray) else list(keys)


def _array_of(keys: list[Any]) -> np.ndarray:
    """Keys as they were given: int64 where all are integers, else objects."""
    if keys and all(isinstance(key, (int, np.integer)) for key in keys):
        return np.array(keys)
    array = np.empty(len(keys), object)
    array[:] = keys
    return array


def _facts_of(events: Any, rows: int) -> tuple[list[float | None], list[int]]:
    """The stars of events, None where there are none, and their times, in milliseconds since 1970."""
    stars: list[float | None] = [None] * rows
    times = [int(time.time() * 1000)] * rows
    for name in ("rating", "time") if hasattr(events, "columns") else ():
        if name in events.columns:
            values = (numbers_of_column if name == "rating" else times_of_column)(events[name], f"events, column '{name}'")
            if name == "rating":
                stars = [None if value != value else float(value) for value in values]
            else:
                times = [now if value == NO_TIME else int(value) for now, value in zip(times, values)]
    return stars, times


def _pairs(pairs: Any) -> tuple[list[Any], list[Any]]:
    """Users and items of a table or of a sequence of pairs."""
    if hasattr(pairs, "columns"):
        for name in ("user", "item"):
            if name not in pairs.columns:
                raise InvalidArgument(f"{name}: the table has no such column: expected one of {list(pairs.columns)}")
        return pairs["user"].tolist(), pairs["item"].tolist()
    users, items = [], []
    for row, pair in enumerate(pairs):
        if isinstance(pair, (str, bytes)) or not hasattr(pair, "__len__") or len(pair) != 2:
            raise InvalidArgument(f"row {row}: expected a pair of a user and an item, got {pair!r}")
        users.append(pair[0])
        items.append(pair[1])
    return users, items
