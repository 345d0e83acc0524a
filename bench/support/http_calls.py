"""A program that speaks JSON over one kept connection, and what its answers come to. Python's own library alone."""

import collections
import http.client
import json
import select
import time
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Answer(NamedTuple):
    kind: str  # what was asked, in a word
    status: int  # 0: no answer at all
    seconds: float
    body: Any


class Caller:
    """Keeps its connection open, and opens another when the server ended it."""

    def __init__(self, url: str, token: str = "", timeout: float = 60, **headers: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout)
        self._headers = {"Content-Type": "application/json", **headers}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def connect(self) -> None:
        self._connection.connect()

    def ask(self, kind: str, method: str, path: str, body: object = None) -> Answer:
        """What came back, JSON read where it is JSON; a connection that broke is status 0."""
        began = time.perf_counter()
        sock = self._connection.sock
        if sock is not None and select.select([sock], [], [], 0)[0]:
            self._connection.close()  # ended since the last answer, as a server may: this request opens another
        try:
            self._connection.request(method, path, None if body is None else json.dumps(body), self._headers)
            response = self._connection.getresponse()
            status, raw = response.status, response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return Answer(kind, 0, time.perf_counter() - began, None)
        seconds = time.perf_counter() - began
        try:
            return Answer(kind, status, seconds, json.loads(raw) if raw else {})
        except ValueError:
            return Answer(kind, status, seconds, raw.decode(errors="replace"))


def by_status(answers: Iterable[Answer]) -> str:
    count = collections.Counter(answer.status for answer in answers)
    return ", ".join(f"{total} x {status or 'no answer'}" for status, total in sorted(count.items()))


def percentile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def times(answers: Iterable[Answer]) -> str:
    taken = [answer.seconds * 1000 for answer in answers]
    p50, p99 = percentile(taken, 0.5), percentile(taken, 0.99)
    return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, slowest {max(taken, default=0):.0f} ms"
