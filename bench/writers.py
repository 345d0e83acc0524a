#!/usr/bin/env python3
"""40 people book at once on SQLite, with all processes of `make run`.

Each of them has a bearer token and sends the next request when the last one is answered: 1 to 4 GPUs of one of ten
machines, for one or two hours in the next 30 days. Version 0.2.0 gets the same requests on the same machine. SQLite has
one writer at a time, so what counts is that nobody waits much longer than the others. At the end
bench/support/capacity_sweep.py checks for overbookings.

Then 20 people open the timeline, alone and beside 20 who book. That row has no bar: both share one Python process.
"""

import os
import random
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from bench.support import earlier, embedded, figures, instance
from bench.support.capacity_sweep import sweep
from bench.support.embedded import Embedded
from bench.support.figures import Figure
from bench.support.http_calls import HttpClient, Response, by_status, latencies, percentile

PEOPLE, MACHINES, DAYS = 40, 10, 30
SECONDS, EARLIER_SECONDS, MIX_SECONDS = 30, 10, 5
ORIGIN = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)


class Run(NamedTuple):
    """The responses to all people together, and the number of times at which a machine was overbooked."""

    responses: list[Response]
    seconds: float
    overbooked: int = 0

    @property
    def rate(self) -> float:
        return len(self.responses) / self.seconds

    def milliseconds(self, share: float) -> float:
        return percentile([response.seconds * 1000 for response in self.responses], share)


def measure(atelier: instance.Atelier) -> list[Figure]:
    with earlier.checkout() as root, embedded.with_people(root, PEOPLE, MACHINES) as older:
        before, _ = run(older, PEOPLE, 0, EARLIER_SECONDS)
    ours, alone, beside = measure_ours()
    median = ours.milliseconds(0.5)
    p99, slowest = ours.milliseconds(0.99) / median, ours.milliseconds(1) / median
    failed = [response for response in ours.responses if response.status not in (201, 409)]
    fair = p99 <= 4 and slowest <= 10 and not failed and not ours.overbooked
    p95, p95_alone = beside.milliseconds(0.95), alone.milliseconds(0.95)
    return [
        Figure(
            f"{PEOPLE} writers for {ours.seconds:.0f} s: {by_status(ours.responses)}; {ours.overbooked} overbooked",
            latencies(ours.responses),
            f"the median {median:.0f} ms",
            f"p99 {p99:.1f}x, slowest {slowest:.1f}x",
            "<= 4x, <= 10x, none refused as busy, 0 overbooked",
            fair,
        ),
        Figure(
            "the same, requests a second",
            f"{ours.rate:.0f}/s",
            f"version 0.2.0: {before.rate:.0f}/s, {latencies(before.responses)}; {by_status(before.responses)}",
            f"{ours.rate / before.rate:.1f}x",
            ">= 3x",
            ours.rate / before.rate >= 3,
        ),
        Figure(
            f"{PEOPLE // 2} readers of the timeline beside {PEOPLE // 2} writers, 95 of 100",
            f"{p95:.0f} ms",
            f"without the writers {p95_alone:.0f} ms",
            f"{p95 / p95_alone:.1f}x",
            "-",
            True,
        ),
    ]


def measure_ours() -> tuple[Run, Run, Run]:
    """Return the run of the writers, and then the readers of the timeline alone and beside writers."""
    with embedded.with_people(instance.ROOT, PEOPLE, MACHINES) as atelier:
        writers, _ = run(atelier, PEOPLE, 0, SECONDS)
        _, alone = run(atelier, 0, PEOPLE // 2, MIX_SECONDS)  # now the timeline has as many bookings as beside writers
        _, beside = run(atelier, PEOPLE // 2, PEOPLE // 2, MIX_SECONDS)
        return writers._replace(overbooked=count_overbooked(atelier.database)), alone, beside


def run(atelier: Embedded, writers: int, readers: int, seconds: float) -> tuple[Run, Run]:
    """Let the first people book and the others open the timeline for `seconds`. Return what writers and readers got."""
    booked: list[Response] = []
    read: list[Response] = []
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=book, args=(atelier, number, until, booked)) for number in range(writers)]
    threads += [
        threading.Thread(target=open_timeline, args=(atelier, number, until, read))
        for number in range(writers, writers + readers)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lasted = time.monotonic() - began
    return Run(booked, lasted), Run(read, lasted)


def book(atelier: Embedded, number: int, until: float, responses: list[Response]) -> None:
    client, rng = HttpClient(atelier.url, atelier.rows["tokens"][number]), random.Random(number)
    while time.monotonic() < until:
        start = ORIGIN + timedelta(hours=rng.randrange(24 * DAYS))
        end = start + timedelta(hours=rng.randint(1, 2))
        line = {"resource": rng.choice(atelier.rows["machines"]), "gpus": rng.randint(1, 4), "memory_gb": 4}
        body = {"start": start.isoformat(), "end": end.isoformat(), "lines": [line]}
        responses.append(client.request("book", "POST", "/api/v1/farm/reservations", body))


def open_timeline(atelier: Embedded, number: int, until: float, responses: list[Response]) -> None:
    client = HttpClient(atelier.url, Cookie=atelier.rows["cookies"][number])
    while time.monotonic() < until:
        responses.append(client.request("timeline", "GET", "/farm/"))


def count_overbooked(database: Path) -> int:
    from django.db.utils import ConnectionHandler

    handler = ConnectionHandler({"default": {"ENGINE": "kernel.database.sqlite", "NAME": str(database)}})
    with closing(handler["default"]) as connection:
        return len(sweep(connection).overbookings)


if __name__ == "__main__":
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    sys.exit(figures.main(measure))
