"""Dashboards for the tests: a function and an HTTP server that keep events in order."""

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from gitsync.events import outbox
from gitsync.models import Registration

URL = "https://git.school.example/bob"
received: list[tuple[str, dict[str, Any]]] = []  # events of the local receiver
refusals: list[int] = []  # the local receiver fails once for each item


def receive(event_id: object, body: dict[str, Any]) -> None:
    if refusals:
        refusals.pop()
        raise RuntimeError("not now")
    received.append((str(event_id), body))


class Remote:
    """A remote dashboard.

    got: (event id, body, authorization) of each received event, in order.
    statuses: the statuses to answer before it takes an event.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.got: list[tuple[str, dict[str, Any], str]] = []
        self.statuses: list[int] = []
        self.posts = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def remote_dashboard() -> Iterator[Remote]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            remote.posts += 1
            status = remote.statuses.pop(0) if remote.statuses else 200
            if status == 200:
                assert self.path == "/_http/messages/"
                event = (self.headers["X-Event-Id"], json.loads(body), self.headers.get("Authorization", ""))
                remote.got.append(event)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    remote = Remote(server.server_port)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield remote
    finally:
        server.shutdown()
        server.server_close()


def emit_numbers(registration: Registration, *numbers: int) -> None:
    """Emit an OnPull for each number."""
    for number in numbers:
        outbox.emit(registration, {"_C": "OnPull", "n": number})


def numbers(events: Iterable[tuple[Any, ...]]) -> list[int]:
    """Return the numbers of received events, in order."""
    return [body["n"] for _id, body, *_ in events]
