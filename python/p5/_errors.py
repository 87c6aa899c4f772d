"""What goes wrong, by the codes of the engine."""
from __future__ import annotations

import re


class Error(Exception):
    """Anything that p5 refuses or fails to do; the text is the sentence that the program prints.

    ``code`` is the engine's name of the kind: "InvalidArgument", "NotFound", ...
    """

    code = "Internal"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class InvalidArgument(Error, ValueError):
    """An argument, option, file of settings or request that cannot be meant."""

    code = "InvalidArgument"


class NotFound(Error, LookupError):
    """No such user, item, file, folder, source, prompt or column."""

    code = "NotFound"


class Corrupted(Error):
    """A damaged or unreadable corpus, log, run or weight file."""

    code = "Corrupted"


class Unsupported(Error):
    """The run was not trained for this, or the files are of another version."""

    code = "Unsupported"


class Unavailable(Error):
    """Disk, memory, device, library or network does not give what is needed now."""

    code = "Unavailable"


class Internal(Error):
    """A fault of p5 itself."""

    code = "Internal"


class StopTraining(Exception):
    """Raised by a callback: the work ends in good order, and the call returns what there is."""


# In the order of the codes of include/p5/c_api.h, from 1.
BY_CODE: tuple[type[Error], ...] = (InvalidArgument, NotFound, Corrupted, Unsupported, Unavailable, Internal)
BY_NAME: dict[str, type[Error]] = {kind.code: kind for kind in BY_CODE}


def error_of(status: int, message: str) -> Error:
    """The exception for a status of the C interface. Fields of requests are arguments here."""
    kind = BY_CODE[status - 1] if 1 <= status <= len(BY_CODE) else Internal
    return kind(re.sub(r"\brequest\.(\w+)", r"\1", message))
