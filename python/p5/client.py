"""The daemon `p5 serve` over HTTP (docs/serving.md), with the standard library alone."""
from __future__ import annotations

import http.client
import json
import threading
import urllib.parse
from typing import Any, Iterable, Mapping, Sequence

from ._errors import BY_NAME, Error, InvalidArgument, Unavailable

# Codes of the daemon that the engine does not have: it is busy, or late.
_LATER = ("ResourceExhausted", "DeadlineExceeded")


class Client:
    """Asks a daemon. Threads may share one: each has a connection, which stays open.

    Answers are the JSON of the API as dicts, each with "request_id" and "model". Errors of the daemon are those of this
    package, with its sentence; ``code`` is "Unauthenticated" where the key is missing or wrong.
    """

    def __init__(self, url: str, api_key: str | None = None, *, model: str | None = None, timeout: float = 30.0) -> None:
        """``url``: "http://127.0.0.1:8080". ``model``: asked where the daemon serves several. ``timeout``: seconds."""
        parts = urllib.parse.urlsplit(url if isinstance(url, str) else "")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidArgument(f"url: expected http://HOST:PORT or https://HOST:PORT, got {url!r}")
        self._kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port, self._prefix = parts.hostname, parts.port, parts.path.rstrip("/")
        self._headers = {"Content-Type": "application/json"}
        if api_key is not None:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._model, self._timeout = model, timeout
        self._own = threading.local()

    # Questions

    def recommend(self, user: Any = None, *, history: Sequence[Any] | None = None, k: int = 10,
                  **fields: Any) -> dict[str, Any]:  # fmt: skip
        """The next items of a user or of a history; ``fields`` as in docs/serving.md: candidates, exclude, available, filters,
        where, source, rerank, explore, explain, generate, strict, keep_seen, prompt, settings."""
        return self._ask("recommend", user=user, history=history, k=k, **fields)

    def recommend_batch(self, requests: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Many lists in one call, in the order of the requests; a bad request has "error" and "code" in place of items."""
        return self._ask("recommend:batch", requests=[dict(each) for each in requests])["answers"]

    def similar(self, item: Any, *, k: int = 10, **fields: Any) -> dict[str, Any]:
        """Items like one; ``fields``: source, filters, where, available, exclude."""
        return self._ask("similar", item=item, k=k, **fields)

    def predict(self, user: Any = None, item: Any = None, *, history: Sequence[Any] | None = None,
                **fields: Any) -> dict[str, Any]:  # fmt: skip
        """The stars that somebody would give an item. ``history``: keys, or {"item", "stars"}, in place of a user."""
        return self._ask("predict", user=user, item=item, history=history, **fields)

    def explain(self, user: Any = None, item: Any = None, **fields: Any) -> dict[str, Any]:
        """Why somebody would like an item; ``fields``: history, feature, prompt, generate, strict."""
        return self._ask("explain", user=user, item=item, **fields)

    def summarize(self, text: str, **fields: Any) -> dict[str, Any]:
        """A headline and stars of a review; ``fields``: user, prompt."""
        return self._ask("summarize", text=text, **fields)

    def prompt(self, text: str | None = None, *, id: str | None = None, **fields: Any) -> dict[str, Any]:
        """A text of one's own, or a prompt by its id; ``fields``: user, item, feature, max_tokens."""
        return self._ask("prompt", text=text, prompt=id, **fields)

    def feedback(self, events: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """What users did: "id", "user", "item", "type", "value", "time_ms". Answers follow at once. Events with equal ids
        count once, so the same call may be sent again."""
        return self._call("POST", "/api/v1/feedback", {"events": [dict(each) for each in events]})

    # What there is

    def users(self, prefix: str = "", limit: int = 20) -> list[dict[str, Any]]:
        """Users whose key or name begins so."""
        return self._call("GET", "/api/v1/users" + _query(prefix=prefix, limit=limit))["users"]

    def user(self, user: Any, limit: int = 100) -> dict[str, Any]:
        """Attributes and history of a user."""
        return self._call("GET", f"/api/v1/users/{_quoted(user)}" + _query(limit=limit))

    def items(self, words: str = "", limit: int = 20) -> list[dict[str, Any]]:
        """Items that have all of the words."""
        return self._call("GET", "/api/v1/items" + _query(q=words, limit=limit))["items"]

    def item(self, item: Any) -> dict[str, Any]:
        """What is known of an item."""
        return self._call("GET", f"/api/v1/items/{_quoted(item)}")

    def prompts(self) -> list[dict[str, Any]]:
        """The prompts of the run."""
        return self._call("GET", "/api/v1/prompts")["prompts"]

    def status(self) -> dict[str, Any]:
        """Traffic, latency, queue, feedback."""
        return self._call("GET", "/api/v1/status")

    def is_ready(self) -> bool:
        """Whether models are warm and the daemon takes requests; False also where nobody answers."""
        try:
            self._call("GET", "/health/ready")
        except Error:
            return False
        return True

    # Models

    def models(self) -> dict[str, Any]:
        """All versions, and which one serves."""
        return self._call("GET", "/api/v1/models")

    def load_model(self, run: str, *, name: str = "default", promote: bool = True) -> dict[str, Any]:
        """Loads a run folder of the daemon's machine as the next version."""
        return self._call("POST", f"/api/v1/models/{_quoted(name)}/load", {"run": run, "promote": promote})

    def promote_model(self, version: int, *, name: str = "default") -> dict[str, Any]:
        """Lets a version answer."""
        return self._call("POST", f"/api/v1/models/{_quoted(name)}/promote", {"version": version})

    def roll_back_model(self, *, name: str = "default") -> dict[str, Any]:
        """Lets the version before answer again."""
        return self._call("POST", f"/api/v1/models/{_quoted(name)}/rollback", {})

    def split_model(self, version: int, share: float, *, name: str = "default") -> dict[str, Any]:
        """Lets a version answer a share of the users, always the same ones."""
        return self._call("POST", f"/api/v1/models/{_quoted(name)}/split", {"version": version, "share": share})

    def label_model(self, label: str, version: int, *, name: str = "default") -> dict[str, Any]:
        """Gives a loaded version a label, which clients of TensorFlow Serving may name. Version 0 takes it away."""
        return self._call("POST", f"/api/v1/models/{_quoted(name)}/label", {"label": label, "version": version})

    def drop_model(self, version: int, *, name: str = "default") -> dict[str, Any]:
        """Drops a version that does not serve."""
        return self._call("DELETE", f"/api/v1/models/{_quoted(name)}/versions/{int(version)}")

    def report(self, *, name: str = "default") -> dict[str, Any]:
        """What `p5 evaluate` left in the run that serves."""
        return self._call("GET", f"/api/v1/models/{_quoted(name)}/report")

    def training(self, *, name: str = "default") -> dict[str, Any]:
        """What `p5 train` left in the run that serves."""
        return self._call("GET", f"/api/v1/models/{_quoted(name)}/training")

    # HTTP

    def close(self) -> None:
        """Ends this thread's connection."""
        connection = self._own.__dict__.pop("connection", None)
        if connection is not None:
            connection.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, question: str, **fields: Any) -> dict[str, Any]:
        body = {name: value for name, value in {"model": self._model, **fields}.items() if value is not None}
        return self._call("POST", f"/api/v1/{question}", body)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        try:
            data = None if body is None else json.dumps(body, default=_plain).encode()
        except TypeError as error:
            raise InvalidArgument(str(error)) from None
        status, content = self._exchange(method, self._prefix + path, data)
        try:
            answer = json.loads(content) if content.strip() else {}
        except ValueError:
            answer = {"text": content.decode("utf-8", "replace")}
        if status < 400:
            return answer
        raise _error_of(status, answer if isinstance(answer, dict) else {})

    def _exchange(self, method: str, path: str, data: bytes | None) -> tuple[int, bytes]:
        """One request. A connection that the daemon had closed meanwhile is made anew, once."""
        kept = getattr(self._own, "connection", None)
        for connection in ([kept] if kept is not None else []) + [None]:
            fresh = connection is None
            if fresh:
                connection = self._kind(self._host, self._port, timeout=self._timeout)
                self._own.connection = connection
            try:
                connection.request(method, path, data, self._headers)
                response = connection.getresponse()
                return response.status, response.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
                self.close()
                if fresh:
                    raise Unavailable(f"{self._host}:{self._port}: the connection was lost: {error}") from error
            except (OSError, http.client.HTTPException) as error:
                self.close()
                raise Unavailable(f"{self._host}:{self._port}: no answer: {error}") from error
        raise AssertionError("the last connection is a fresh one")


def _error_of(status: int, answer: Mapping[str, Any]) -> Error:
    code = str(answer.get("code", ""))
    message = str(answer.get("error") or answer.get("text") or f"HTTP status {status}")
    if code in _LATER:
        return Unavailable(message, code)
    kind = BY_NAME.get(code)
    return kind(message) if kind is not None else Error(message, code or f"HTTP {status}")


def _quoted(key: Any) -> str:
    return urllib.parse.quote(str(key), safe="")


def _query(**parameters: Any) -> str:
    given = {name: value for name, value in parameters.items() if value != ""}
    return "?" + urllib.parse.urlencode(given) if given else ""


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"expected what JSON has, got {value!r}")
