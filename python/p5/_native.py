"""The C interface of the engine (include/p5/c_api.h) as ctypes declares it. Calls release the GIL."""
from __future__ import annotations

import ctypes
import os
import pathlib
import weakref
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int32, c_int64, c_uint64, c_void_p
from typing import Any, Callable, Sequence

import numpy as np

from ._errors import InvalidArgument, Unavailable, error_of

_API_VERSION = 2  # P5_C_API_VERSION


class Texts(ctypes.Structure):
    _fields_ = [("bytes", c_void_p), ("offsets", c_void_p), ("count", c_uint64)]


class Numbers(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("count", c_uint64), ("type", c_int32)]


PROGRESS = ctypes.CFUNCTYPE(None, c_void_p, c_char_p, c_char_p, c_char_p, c_uint64, c_uint64, c_double, c_int32)
MESSAGE = ctypes.CFUNCTYPE(None, c_void_p, c_int32, c_char_p, c_char_p)


class Listener(ctypes.Structure):
    _fields_ = [("progress", PROGRESS), ("message", MESSAGE), ("context", c_void_p)]


class Work(ctypes.Structure):
    _fields_ = [("stop", c_void_p), ("listener", POINTER(Listener))]


class Table(ctypes.Structure):
    _fields_ = [
        ("users", Texts), ("items", Texts), ("ratings", c_void_p), ("times_ms", c_void_p),
        ("types", Texts), ("reviews", Texts), ("headlines", Texts),
        ("item_keys", Texts), ("item_titles", Texts), ("item_brands", Texts), ("item_descriptions", Texts),
        ("item_prices", c_void_p), ("item_categories", Texts), ("item_category_begins", c_void_p),
        ("item_attributes", Texts), ("event_attributes", Texts),
        ("user_keys", Texts), ("user_names", Texts), ("user_attributes", Texts),
    ]  # fmt: skip


class Askers(ctypes.Structure):
    _fields_ = [("users", Texts), ("items", Texts), ("begins", c_void_p)]


class ListArrays(ctypes.Structure):
    _fields_ = [
        ("rows", c_uint64), ("k", c_uint64), ("numbers", c_void_p), ("scores", c_void_p), ("shares", c_void_p),
        ("lengths", c_void_p),
    ]  # fmt: skip


_TEXT = POINTER(c_void_p)  # a char* that the engine gives and p5_free_text() takes back
_HANDLE = POINTER(c_void_p)
_WORK = POINTER(Work)

_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "p5_c_api_version": (c_int, []),
    "p5_version": (c_char_p, []),
    "p5_last_error": (c_char_p, []),
    "p5_free_text": (None, [c_void_p]),
    "p5_stop_new": (c_void_p, []),
    "p5_stop_request": (None, [c_void_p]),
    "p5_stop_free": (None, [c_void_p]),
    "p5_run": (c_int, [c_char_p, c_char_p, _WORK, _TEXT]),
    "p5_import_table": (c_int, [POINTER(Table), c_char_p, _WORK, _TEXT]),
    "p5_corpus_open": (c_int, [c_char_p, _HANDLE]),
    "p5_corpus_texts": (c_int, [c_void_p, c_char_p, POINTER(Texts)]),
    "p5_corpus_numbers": (c_int, [c_void_p, c_char_p, POINTER(Numbers)]),
    "p5_corpus_integer_users": (c_int32, [c_void_p]),
    "p5_corpus_integer_items": (c_int32, [c_void_p]),
    "p5_corpus_free": (None, [c_void_p]),
    "p5_recommender_open": (c_int, [c_char_p, c_char_p, _WORK, _HANDLE]),
    "p5_recommender_worker": (c_int, [c_void_p, _HANDLE]),
    "p5_recommender_keys": (c_int, [c_void_p, POINTER(Texts), POINTER(Texts)]),
    "p5_recommender_integer_users": (c_int32, [c_void_p]),
    "p5_recommender_integer_items": (c_int32, [c_void_p]),
    "p5_recommender_ask": (c_int, [c_void_p, c_char_p, c_char_p, _WORK, _TEXT]),
    "p5_recommender_free": (None, [c_void_p]),
    "p5_recommend": (c_int, [c_void_p, c_char_p, POINTER(Askers), _WORK, _HANDLE]),
    "p5_lists_arrays": (None, [c_void_p, POINTER(ListArrays)]),
    "p5_lists_json": (c_int, [c_void_p, c_uint64, c_void_p, _WORK, _TEXT]),
    "p5_lists_free": (None, [c_void_p]),
    "p5_predict": (c_int, [c_void_p, POINTER(Texts), POINTER(Texts), _WORK, c_void_p]),
}


def _library_file() -> pathlib.Path:
    """P5_LIBRARY, or the library that came with the package, or that of the same installation, or of the system."""
    named = os.environ.get("P5_LIBRARY")
    if named:
        return pathlib.Path(named)
    here = pathlib.Path(__file__).resolve().parent
    candidates = [here / "lib" / "libp5_c.so"] + [folder / "libp5_c.so" for folder in here.parents if folder.name == "lib"]
    return next((file for file in candidates if file.exists()), pathlib.Path("libp5_c.so"))


def _load() -> ctypes.CDLL:
    file = _library_file()
    try:
        library = ctypes.CDLL(str(file))
    except OSError as error:
        raise Unavailable(
            f"{file}: the engine could not be loaded: expected a wheel of scripts/wheel with the Debian packages that "
            f"docs/python.md names, or P5_LIBRARY, got {error}"
        ) from None
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    if library.p5_c_api_version() != _API_VERSION:
        raise Unavailable(
            f"{file}: another version of the C interface: expected {_API_VERSION}, got {library.p5_c_api_version()}"
        )
    return library


engine = _load()
version: str = engine.p5_version().decode()


def check(status: int) -> None:
    """Raises the error of a call that this thread made."""
    if status != 0:
        raise error_of(status, engine.p5_last_error().decode("utf-8", "replace"))


def text_of(function: Callable[..., int], *arguments: Any) -> str:
    """Calls a function whose last argument receives a text."""
    result = c_void_p()
    check(function(*arguments, byref(result)))
    try:
        return ctypes.string_at(result.value or 0).decode("utf-8")
    finally:
        engine.p5_free_text(result)


class Handle:
    """Something of the engine, freed with its last reference."""

    def __init__(self, pointer: int | None, free: Callable[[int], None]) -> None:
        if not pointer:
            raise Unavailable("out of memory")
        self.pointer = pointer
        # Not at the end of the process, when a thread may still work with it.
        weakref.finalize(self, free, pointer).atexit = False

    @staticmethod
    def made_by(function: Callable[..., int], *arguments: Any, free: Callable[[int], None]) -> Handle:
        result = c_void_p()
        check(function(*arguments, byref(result)))
        return Handle(result.value, free)


_CTYPES: dict[Any, Any] = {np.dtype(np.uint32): ctypes.c_uint32, np.dtype(np.int32): c_int32, np.dtype(np.int64): c_int64,
           np.dtype(np.uint64): c_uint64, np.dtype(np.float32): ctypes.c_float, np.dtype(np.float64): c_double}  # fmt: skip
_BY_NUMBER = (np.uint32, np.int64, np.uint64, np.float32, np.float64)  # P5_UINT32, ...


def lent_array(address: int | None, shape: tuple[int, ...], dtype: Any, owner: Any) -> np.ndarray:
    """Memory of the engine as a read-only array [shape], without a copy; it keeps its owner alive."""
    count = int(np.prod(shape))
    if not address or count == 0:
        return np.empty(shape, dtype)
    block = (_CTYPES[np.dtype(dtype)] * count).from_address(address)
    block._owner = owner  # the array refers to the block, and the block to the owner
    array = np.frombuffer(block, dtype=dtype).reshape(shape)
    array.flags.writeable = False
    return array


def numbers_of(corpus: Handle, column: str) -> np.ndarray:
    numbers = Numbers()
    check(engine.p5_corpus_numbers(corpus.pointer, column.encode(), byref(numbers)))
    return lent_array(numbers.data, (numbers.count,), _BY_NUMBER[numbers.type], corpus)


def texts_of(texts: Texts) -> list[str]:
    """Texts of the engine as Python's."""
    if texts.count == 0:
        return []
    offsets = np.ctypeslib.as_array(ctypes.cast(texts.offsets, POINTER(c_uint64)), (texts.count + 1,)).tolist()
    data = ctypes.string_at(texts.bytes or 0, offsets[-1]) if offsets[-1] else b""
    if data.isascii():
        text = data.decode("ascii")
        return [text[begin:end] for begin, end in zip(offsets, offsets[1:])]
    return [data[begin:end].decode("utf-8") for begin, end in zip(offsets, offsets[1:])]


class PackedTexts:
    """Python's texts in one piece of memory, as the C interface takes them. Keep it while the engine works."""

    def __init__(self, texts: Sequence[str], argument: str) -> None:
        try:
            encoded = [text.encode("utf-8") for text in texts]
        except UnicodeEncodeError as error:
            raise InvalidArgument(f"{argument}: not a text in Unicode: {error}") from None
        self.offsets = np.zeros(len(encoded) + 1, np.uint64)
        np.cumsum([len(text) for text in encoded], out=self.offsets[1:], dtype=np.uint64)
        self.bytes = b"".join(encoded)

    @property
    def view(self) -> Texts:
        return Texts(ctypes.cast(c_char_p(self.bytes), c_void_p), self.offsets.ctypes.data, len(self.offsets) - 1)
