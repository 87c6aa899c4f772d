"""p5: recommenders that learn every task as text. docs/python.md begins with an example.

>>> corpus = p5.Corpus.from_pandas(events)          # columns "user", "item", and perhaps "rating", "time"
>>> recommender = p5.Recommender.fit(corpus)
>>> recommender.recommend(["ann", "bob"], k=3).items
"""
from . import _native, trackers
from ._errors import (
    Corrupted,
    Error,
    Internal,
    InvalidArgument,
    NotFound,
    StopTraining,
    Unavailable,
    Unsupported,
)
from ._run import Result, run
from ._work import Event
from .client import Client
from .corpus import Corpus
from .lists import Lists
from .recommender import Recommender, sources
from .report import Report

__version__ = _native.version

__all__ = [
    "Client",
    "Corpus",
    "Corrupted",
    "Error",
    "Event",
    "Internal",
    "InvalidArgument",
    "Lists",
    "NotFound",
    "Recommender",
    "Report",
    "Result",
    "StopTraining",
    "Unavailable",
    "Unsupported",
    "run",
    "sources",
    "trackers",
]
