"""A configuration, a log, one line."""
from __future__ import annotations

import os
import pathlib
from typing import TYPE_CHECKING, Any, NamedTuple, Sequence

from ._errors import InvalidArgument
from ._folders import Path
from ._work import Callback
from .corpus import Corpus
from .recommender import Recommender
from .report import Report

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._option_types import ImportOptions, TrainOptions

    class RunOptions(TrainOptions, ImportOptions, total=False):
        pass


class Result(NamedTuple):
    """What :func:`run` gives back."""

    recommender: Recommender
    report: Report


def run(
    config: Path | None,
    data: Any,
    *,
    out: Path | None = None,
    callbacks: Sequence[Callback] = (),
    progress: bool | None = None,
    **overrides: Unpack[RunOptions],
) -> Result:
    """Imports, trains and evaluates: ``p5.run("shop.toml", "events.csv", train__minutes=5)``.

    ``config`` is a TOML file of settings, or None. ``data`` is a Corpus, a DataFrame of events, a corpus folder, or files and
    folders of a log. ``out`` is the run folder, else a temporary one. ``overrides`` are options of docs/options.md with two
    underscores for the dot; those of import__* count for the import, the others for the training.
    """
    importing: Any = {name: value for name, value in overrides.items() if name.startswith("import__")}
    training: Any = {name: value for name, value in overrides.items() if name not in importing}
    corpus = _corpus_of(data, callbacks, progress, importing)
    recommender = Recommender.fit(corpus, out, config=config, callbacks=callbacks, progress=progress, **training)
    return Result(recommender, recommender.evaluate(callbacks=callbacks, progress=progress))


def _corpus_of(data: Any, callbacks: Sequence[Callback], progress: bool | None, options: dict[str, Any]) -> Corpus:
    inputs = list(data) if isinstance(data, (list, tuple)) else [data]
    made = isinstance(data, Corpus) or (
        len(inputs) == 1 and isinstance(inputs[0], (str, os.PathLike)) and (pathlib.Path(inputs[0]) / "corpus.json").is_file()
    )
    if made and options:
        raise InvalidArgument(f"{next(iter(options))}: expected a log to import, got a corpus")
    if isinstance(data, Corpus):
        return data
    if made:
        return Corpus.open(inputs[0])
    if hasattr(data, "columns"):
        return Corpus.from_pandas(data, callbacks=callbacks, progress=progress, **options)
    return Corpus.import_(*inputs, callbacks=callbacks, progress=progress, **options)
