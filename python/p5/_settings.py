"""Keywords that are options of the engine: ``train__lr=3e-4`` sets the option train.lr."""
from __future__ import annotations

import json
import numbers
from typing import Any, Mapping

from ._errors import InvalidArgument


def key_of(keyword: str) -> str:
    """"train__lr" is "train.lr"."""
    return keyword.replace("__", ".", 1)


def as_toml(value: Any, keyword: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        return repr(float(value))
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value):
        return "[" + ", ".join(json.dumps(each, ensure_ascii=False) for each in value) + "]"
    raise InvalidArgument(f"{keyword}: expected a bool, a number, a text or a list of texts, got {value!r}")


def settings_of(options: Mapping[str, Any]) -> list[list[str]]:
    """Settings of a request. The engine checks keys and values before the work begins, and names the keyword."""
    for keyword in options:
        if "__" not in keyword:
            raise InvalidArgument(
                f"{keyword}: no such argument: options of docs/options.md are written with two underscores, as train__lr"
            )
    return [[key_of(keyword), as_toml(value, keyword), keyword] for keyword, value in options.items()]


def assignments_of(options: Mapping[str, Any]) -> list[str]:
    """The same as after --set: "decode.beams=40"."""
    return [f"{key}={value}" for key, value, _ in settings_of(options)]
