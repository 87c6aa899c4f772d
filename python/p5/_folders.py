"""Folders of corpora and runs: the caller's, or temporary ones that go with the object that needs them."""
from __future__ import annotations

import os
import pathlib
import shutil
import tempfile
import weakref
from typing import Union

from ._errors import InvalidArgument, NotFound, Unavailable

Path = Union[str, "os.PathLike[str]"]


def path_of(value: Path, argument: str) -> str:
    try:
        text = os.fspath(value)
    except TypeError:
        raise InvalidArgument(f"{argument}: expected a path, got {value!r}") from None
    if not isinstance(text, str) or not text:
        raise InvalidArgument(f"{argument}: expected a path, got {value!r}")
    return text


class Place:
    """Where something is written: ``out``, or a temporary folder that lives as long as this."""

    def __init__(self, out: Path | None, name: str) -> None:
        if out is None:
            folder = tempfile.mkdtemp(prefix="p5-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)  # also at the end of the process
            self.path = os.path.join(folder, name)
        else:
            self.path = path_of(out, "out")


def copy_folder(source: str, target: Path, extra: tuple[str, str] | None = None) -> None:
    """A copy that appears when it is whole. ``extra``: a further folder, and its name in the copy."""
    place = pathlib.Path(path_of(target, "folder"))
    if place.exists():
        raise InvalidArgument(f"folder: {place} exists: expected a new folder")
    if not place.absolute().parent.is_dir():
        raise NotFound(f"folder: there is no folder {place.absolute().parent}")
    try:
        with tempfile.TemporaryDirectory(prefix=f".{place.name}-", dir=place.absolute().parent) as unfinished:
            whole = pathlib.Path(unfinished) / place.name
            shutil.copytree(source, whole)
            if extra is not None:
                shutil.rmtree(whole / extra[1], ignore_errors=True)
                shutil.copytree(extra[0], whole / extra[1])
            whole.rename(place)
    except OSError as error:
        raise Unavailable(f"folder: {place} could not be written: {error}") from error
