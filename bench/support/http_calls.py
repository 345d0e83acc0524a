"""An HTTP client for JSON that keeps its connection open, and summaries of its responses.

It uses only the standard library, so that many processes of it fit into the memory of one machine.
"""

import collections
import http.client
import json
import select
import time
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Response(NamedTuple):
    """A response, or a request without one: then the status is 0."""

    kind: str  # a short name of the request
    status: int
    seconds: float  # from the request to the end of the response
    body: Any  # parsed JSON; text when it is not JSON; {} when it is empty; None without a response


class HttpClient:
    """Keep one connection open, and open another one when the server has closed it.

    `timeout` is in seconds. `headers` are sent with every request.
    """

    def __init__(self, url: str, token: str = "", timeout: float = 60, **headers: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout)
        self._headers = {"Content-Type": "application/json", **headers}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def connect(self) -> None:
        self._connection.connect()

    def request(self, kind: str, method: str, path: str, body: object = None, text: str | None = None) -> Response:
        """Send a request with this JSON body, or with `text` as its body, and return the response.

        A broken connection gives status 0.
        """
        began = time.perf_counter()
        sock = self._connection.sock
        if sock is not None and select.select([sock], [], [], 0)[0]:
            self._connection.close()  # the server has closed it since the last response; this request opens another
        try:
            text = text if body is None else json.dumps(body)
            self._connection.request(method, path, text, self._headers)
            response = self._connection.getresponse()
            status, raw = response.status, response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return Response(kind, 0, time.perf_counter() - began, None)
        seconds = time.perf_counter() - began
        try:
            return Response(kind, status, seconds, json.loads(raw) if raw else {})
        except ValueError:
            return Response(kind, status, seconds, raw.decode(errors="replace"))


def by_status(responses: Iterable[Response]) -> str:
    """Return how often each status came, such as `3 x 201, 1 x 409`."""
    count = collections.Counter(response.status for response in responses)
    return ", ".join(f"{total} x {status or 'no response'}" for status, total in sorted(count.items()))


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of the values lie, or NaN for no values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def latencies(responses: Iterable[Response]) -> str:
    """Return median, 99th percentile and maximum of the response times, as text in ms."""
    milliseconds = [response.seconds * 1000 for response in responses]
    p50, p99 = percentile(milliseconds, 0.5), percentile(milliseconds, 0.99)
    return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, slowest {max(milliseconds, default=0):.0f} ms"
