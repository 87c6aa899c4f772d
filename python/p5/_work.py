"""One call of the engine that may take long: it is heard, shows how far it is, and can be stopped."""
from __future__ import annotations

import ctypes
import dataclasses
import json
import logging
import sys
import threading
from typing import Any, Callable, Mapping, Sequence, TypeVar

from . import _native
from ._errors import InvalidArgument, StopTraining

T = TypeVar("T")

_log = logging.getLogger("p5")
_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)


@dataclasses.dataclass(frozen=True)
class Event:
    """What callbacks are called with.

    ``kind`` is "progress" or "message". Of progress, ``text`` is the part of the work ("train", "evaluate") and ``values``
    has "done", "total" (0: not known), "unit", "note", "seconds" and "ended". Of a message, ``text`` is a sentence,
    ``level`` one of "debug", "info", "warning", "error", and ``values`` what it says in numbers: training says "step",
    "epoch", "loss", "lr", "grad_norm" and "tokens_per_s" (debug) and, of validations, "metric", "value" and "best" (info).
    """

    kind: str
    text: str
    level: str
    values: Mapping[str, Any]


Callback = Callable[[Event], Any]


class _Bars:
    """A tqdm bar per part of the work, where tqdm is present and somebody watches."""

    def __init__(self, progress: bool | None) -> None:
        watched = sys.stderr is not None and (sys.stderr.isatty() or "ipykernel" in sys.modules)
        self._tqdm: Any = None
        self._bars: dict[str, Any] = {}
        if progress or (progress is None and watched):
            try:
                from tqdm.auto import tqdm
            except ImportError:
                return
            self._tqdm = tqdm

    def show(self, label: str, unit: str, note: str, done: int, total: int, ended: bool) -> None:
        if self._tqdm is None:
            return
        bar = self._bars.get(label)
        if bar is None:
            if ended:
                return  # too short to be seen
            bar = self._bars[label] = self._tqdm(desc=label, total=total or None, unit=" " + unit, leave=True)
        bar.update(done - bar.n)
        if note:
            bar.set_postfix_str(note, refresh=False)
        if ended:
            self._bars.pop(label).close()

    def close(self) -> None:
        for bar in self._bars.values():
            bar.close()
        self._bars.clear()


class Work:
    """Runs one function of the engine. Ctrl-C and callbacks can stop it; it then saves what it can and ends in order."""

    def __init__(self, callbacks: Sequence[Callback] = (), progress: bool | None = None) -> None:
        for place, callback in enumerate(callbacks):
            if not callable(callback):
                raise InvalidArgument(f"callbacks[{place}]: expected a function of an event, got {callback!r}")
        self._callbacks = tuple(callbacks)
        self._bars = _Bars(progress)
        self._lock = threading.Lock()
        self._failure: BaseException | None = None  # of a callback
        self._stop = _native.Handle(_native.engine.p5_stop_new(), _native.engine.p5_stop_free)
        self._functions = _native.PROGRESS(self._on_progress), _native.MESSAGE(self._on_message)
        self._listener = _native.Listener(*self._functions, None)
        self._work = _native.Work(self._stop.pointer, ctypes.pointer(self._listener))
        self.stopped = False  # by a callback that raised StopTraining

    def run(self, call: Callable[[Any], T]) -> T:
        """``call`` is given what the engine wants as `work`. The main thread waits for another one, so that it hears
        Ctrl-C; the engine then stops, and KeyboardInterrupt is raised when it has."""
        try:
            if threading.current_thread() is threading.main_thread():
                return self._run_aside(call)
            return self._finish(call)
        finally:
            self._bars.close()

    def _finish(self, call: Callable[[Any], T]) -> T:
        try:
            result = call(ctypes.byref(self._work))
        except BaseException:
            if self._failure is not None:
                raise self._failure  # noqa: B904 -- what the engine says then follows from it
            raise
        if self._failure is not None:
            raise self._failure
        return result

    def _run_aside(self, call: Callable[[Any], T]) -> T:
        results: list[T] = []
        errors: list[BaseException] = []
        done = threading.Event()

        def body() -> None:
            try:
                results.append(self._finish(call))
            except BaseException as error:  # raised again by the thread that waits
                errors.append(error)
            finally:
                done.set()

        thread = threading.Thread(target=body, name="p5", daemon=True)
        interrupt: KeyboardInterrupt | None = None
        while not done.is_set():
            try:
                if thread.ident is None:
                    thread.start()
                done.wait()
            except KeyboardInterrupt as error:
                if interrupt is not None:
                    raise  # the second time: without waiting for what is saved
                interrupt = error
                _native.engine.p5_stop_request(self._stop.pointer)
        thread.join()
        if interrupt is not None:
            raise interrupt
        if errors:
            raise errors[0]
        return results[0]

    def _tell(self, event: Event) -> None:
        for callback in self._callbacks:
            try:
                callback(event)
            except StopTraining:
                self.stopped = True
                _native.engine.p5_stop_request(self._stop.pointer)
            except BaseException as error:
                if self._failure is None:
                    self._failure = error
                _native.engine.p5_stop_request(self._stop.pointer)

    def _on_progress(self, _: Any, label: bytes, unit: bytes, note: bytes, done: int, total: int, seconds: float,
                     ended: int) -> None:  # fmt: skip
        with self._lock:
            self._bars.show(label.decode(), unit.decode(), note.decode(), done, total, bool(ended))
            values = {"done": done, "total": total, "unit": unit.decode(), "note": note.decode(), "seconds": seconds,
                      "ended": bool(ended)}  # fmt: skip
            self._tell(Event("progress", label.decode(), "debug", values))

    def _on_message(self, _: Any, level: int, text: bytes, values: bytes) -> None:
        with self._lock:
            _log.log(_LEVELS[level], "%s", text.decode("utf-8", "replace"))
            if not self._callbacks:
                return
            fields = json.loads(values)
            said = {name: value for name, value in fields.items() if name not in ("level", "message")}
            self._tell(Event("message", fields["message"], ("debug", "info", "warning", "error")[level], said))


def run_verb(verb: str, request: Mapping[str, Any], work: Work | None = None) -> Any:
    """A verb of the program, with its answer as Python has JSON."""
    body = json.dumps(request).encode()
    runner = work if work is not None else Work()
    return json.loads(
        runner.run(lambda given: _native.text_of(_native.engine.p5_run, verb.encode(), body, given))
    )
