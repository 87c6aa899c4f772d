"""Experiment trackers: callbacks of trainings that tell Weights & Biases or MLflow what happens.

>>> with p5.trackers.WandbTracker(project="shop", settings=settings) as tracker:
...     recommender = p5.Recommender.fit(corpus, "run", callbacks=[tracker], **settings)
...     tracker.report(recommender.evaluate())

The libraries are imported when a tracker begins; p5 needs neither. TensorBoard and Prometheus need no callback: see
docs/tracking.md.
"""
from __future__ import annotations

import importlib
import re
from types import TracebackType
from typing import Any, Mapping

from ._errors import InvalidArgument, Unavailable
from ._work import Event
from .report import Report, _scores

# What training says of a step, and what trackers call it.
_OF_STEPS = {"loss": "train/loss", "lr": "train/lr", "grad_norm": "train/grad_norm", "tokens_per_s": "train/tokens_per_second",
             "epoch": "train/epoch"}  # fmt: skip


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Unavailable(f"{name} could not be imported: expected the package {name} (pip install {name}), got {error}") from None


class Tracker:
    """What trackers share. A callback of :meth:`Recommender.fit`, and a context that ends the tracker's run: as failed where
    an exception leaves it.
    """

    def __init__(self) -> None:
        self._ended = False

    def __call__(self, event: Event) -> None:
        values = event.values
        step = values.get("step")
        if event.kind != "message" or step is None:
            return
        if "lr" in values:
            self._log({name: values[key] for key, name in _OF_STEPS.items() if values.get(key) is not None}, int(step))
        elif "metric" in values and "value" in values:
            self._log({f"validation/{values['metric']}": values["value"]}, int(step))

    def report(self, report: Report) -> None:
        """The scores of a report of the run as its summary: "test/sequential.drop/ndcg@10"."""
        if not isinstance(report, Report):
            raise InvalidArgument(f"report: expected what Recommender.evaluate() gives, got {type(report).__name__}")
        split = report["split"]
        scores = {f"{split}/{part}/{metric}": value for task, result in report["tasks"].items()
                  for part, metric, value in _scores(task, result)}  # fmt: skip
        self._summarize(scores)

    def finish(self, failed: bool = False) -> None:
        """Ends the tracker's run, once."""
        if not self._ended:
            self._ended = True
            self._end(failed)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.finish(failed=kind is not None)

    def _log(self, values: Mapping[str, float], step: int) -> None:
        raise NotImplementedError

    def _summarize(self, scores: Mapping[str, float]) -> None:
        raise NotImplementedError

    def _end(self, failed: bool) -> None:
        raise NotImplementedError


class WandbTracker(Tracker):
    """Tells Weights & Biases. ``settings`` are shown as the run's configuration; every other keyword goes to
    ``wandb.init`` (project, name, tags, mode="offline", ...).

    Raises Unavailable where wandb is not installed.
    """

    def __init__(self, *, settings: Mapping[str, Any] | None = None, **init: Any) -> None:
        super().__init__()
        self._run = _library("wandb").init(config=dict(settings or {}), **init)

    def _log(self, values: Mapping[str, float], step: int) -> None:
        self._run.log(dict(values), step=step)

    def _summarize(self, scores: Mapping[str, float]) -> None:
        self._run.summary.update(dict(scores))

    def _end(self, failed: bool) -> None:
        self._run.finish(exit_code=1 if failed else 0)


class MlflowTracker(Tracker):
    """Tells MLflow. ``settings`` become the run's parameters, ``experiment`` and ``tracking_uri`` say where it belongs;
    every other keyword goes to ``mlflow.start_run`` (run_name, tags, nested, ...).

    MLflow allows no "@" in names, so "ndcg@10" is "ndcg_at_10" there. Raises Unavailable where mlflow is not installed.
    """

    _PARAMETERS = 100  # that MLflow takes in one call
    _LONGEST = 500  # letters of a parameter's value, in every version

    def __init__(self, *, experiment: str | None = None, tracking_uri: str | None = None,
                 settings: Mapping[str, Any] | None = None, **start: Any) -> None:  # fmt: skip
        super().__init__()
        self._mlflow = _library("mlflow")
        if tracking_uri is not None:
            self._mlflow.set_tracking_uri(tracking_uri)
        if experiment is not None:
            self._mlflow.set_experiment(experiment)
        self._mlflow.start_run(**start)
        parameters = [(self._name(key), str(value)[: self._LONGEST]) for key, value in (settings or {}).items()]
        for begin in range(0, len(parameters), self._PARAMETERS):
            self._mlflow.log_params(dict(parameters[begin : begin + self._PARAMETERS]))

    @staticmethod
    def _name(name: str) -> str:
        return re.sub(r"[^\w\-./ ]", "_", name.replace("@", "_at_"))

    def _log(self, values: Mapping[str, float], step: int) -> None:
        self._mlflow.log_metrics({self._name(name): value for name, value in values.items()}, step=step)

    def _summarize(self, scores: Mapping[str, float]) -> None:
        self._mlflow.log_metrics({self._name(name): value for name, value in scores.items()})

    def _end(self, failed: bool) -> None:
        self._mlflow.end_run(status="FAILED" if failed else "FINISHED")
