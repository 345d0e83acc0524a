"""A stranger who floods the hooks of a repository, in processes of their own, so that they slow down only the server.

It uses only the standard library.
"""

import collections
import http.client
import multiprocessing
import multiprocessing.synchronize
import queue
import threading
from contextlib import suppress
from typing import Any, NamedTuple

from kernel.testing import child_processes

PROCESSES, PATIENT, IMPATIENT = 2, 12, 12  # threads of each process that wait for their answers, and that do not
WAITS = 0.05  # seconds of a thread that does not wait
NOT_WAITED = -1


class FloodRequest(NamedTuple):
    kind: str
    path: str
    headers: dict[str, str]


class Flood:
    """Sends these requests with this body again and again from `address`, between `start` and `stop`.

    Half of the threads keep a connection and wait for the answers. The others open a connection for each request, and
    leave before the answer, so they send as much as they can, whatever the server can take.

    statuses: kind of request -> status -> how often. 0 is a connection without an answer, NOT_WAITED one that was left
    before. Complete after `stop`.
    """

    def __init__(self, port: int, address: str, requests: list[FloodRequest], body: bytes) -> None:
        self.statuses: dict[str, collections.Counter[int]] = collections.defaultdict(collections.Counter)
        self._stop, self._counts = child_processes.SPAWN.Event(), child_processes.SPAWN.Queue()
        arguments = (port, address, requests, body, self._stop, self._counts)
        self._processes = [
            child_processes.SPAWN.Process(target=_flood, args=arguments, daemon=True) for _ in range(PROCESSES)
        ]

    def start(self) -> None:
        for process in self._processes:
            process.start()
            child_processes.watch(process.pid or 0)

    def stop(self) -> None:
        self._stop.set()
        with suppress(queue.Empty):
            for _process in self._processes:
                for (kind, status), count in self._counts.get(timeout=60).items():
                    self.statuses[kind][status] += count
        for process in self._processes:
            process.join(10)

    @property
    def total(self) -> int:
        return sum(counts.total() for counts in self.statuses.values())


def _flood(
    port: int,
    address: str,
    requests: list[FloodRequest],
    body: bytes,
    stop: multiprocessing.synchronize.Event,
    counts: Any,
) -> None:
    """Run the threads of one process until `stop`; then put what was counted into `counts`."""
    counted: collections.Counter[tuple[str, int]] = collections.Counter()
    lock = threading.Lock()

    def send(thread: int) -> None:
        waits = thread < PATIENT
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(address, 0))
        number = thread
        while not stop.is_set():
            number += 1
            request = requests[number % len(requests)]
            headers = request.headers | {"X-GitHub-Delivery": f"flood-{address}-{thread}-{number}"}
            try:
                connection.request("POST", request.path, body, headers)
                if not waits:
                    connection.sock.settimeout(WAITS)
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            except TimeoutError:
                status = 0 if waits else NOT_WAITED
            except (OSError, http.client.HTTPException):
                status = 0
            if status <= 0 or not waits:
                connection.close()
            with lock:
                counted[request.kind, status] += 1

    threads = [threading.Thread(target=send, args=(number,)) for number in range(PATIENT + IMPATIENT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts.put(counted)
