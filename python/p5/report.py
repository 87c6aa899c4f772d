"""What :meth:`Recommender.evaluate` measures."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator, Mapping

if TYPE_CHECKING:
    import pandas as pd


class Report:
    """A report of `p5 evaluate`. :meth:`to_dict` has all of it, :meth:`to_pandas` the scores."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content

    def to_dict(self) -> dict[str, Any]:
        """The report as `p5 evaluate --json` prints it (docs/protocol.md)."""
        return self._content

    def to_pandas(self) -> pd.DataFrame:
        """A row for each score: "method" (the run is "p5"), "task", "metric" as `p5 compare` names them
        ("sequential.drop", "ndcg@10"), "value"."""
        import pandas as pd

        methods = {"p5": self._content["tasks"], **self._content["rows"]}
        rows = [
            (method, *score)
            for method, tasks in methods.items()
            for task, result in tasks.items()
            for score in _scores(task, result)
        ]
        return pd.DataFrame(rows, columns=["method", "task", "metric", "value"])

    def __getitem__(self, name: str) -> Any:
        return self._content[name]

    def __repr__(self) -> str:
        return f"<p5.Report of {self._content.get('run')}: {', '.join(self._content['tasks'])}>"


def _scores(task: str, result: Mapping[str, Any]) -> Iterator[tuple[str, str, float]]:
    """Scores are fractions; counts are whole numbers. Rankings are measured with seen items kept and dropped."""
    for name, value in result.items():
        if isinstance(value, float):
            yield task, name, value
        elif name in ("keep", "drop"):
            yield from _scores(f"{task}.{name}", value)
