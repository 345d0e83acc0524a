#!/usr/bin/env python3
"""The cost and the response time of webhooks in GitHub's format, beside an empty view.

They go to the production server, with the headers that a proxy adds. Each webhook reports a new push to one of 140
registered repositories. At the end all of them must be in the database. Each one has a planned time, and its response
time counts from then.

The empty view runs behind the same server and the same middleware as a hook, the short chain of PROGRAM_MIDDLEWARE. No
webhook can be faster than that. Its CPU time behind the middleware of pages is shown beside it: each webhook passed
that in version 0.2.0.

Both servers run all the time and get the same requests in turn, at one rate. Three programs share the cores: the
server, the program that sends, and MariaDB. At this rate the empty view, with the work of the other two for a webhook,
uses 40 % of the cores.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from bench.support import figures, instance, open_loop
from bench.support.figures import Figure
from bench.support.http_calls import Response, percentile
from bench.support.open_loop import PlannedRequest

CONNECTIONS, REPOSITORIES, CALLERS = 32, 140, 1000
ROUNDS, SECONDS = 3, 2.0  # of the comparison; each round sends for so many seconds to each server
SHARE = 0.4  # of the cores, used by the empty view and the work of the sending program and the database for a hook
FIRST_RATE, FIRST_HOOKS, CALIBRATIONS = 200.0, 400, 3
DATABASE_HOOKS_FROM = -9 * 10**6  # the first of their numbers; no other request has such numbers
OTHER_RATE = 0.25  # of the rate: for the other addresses, which are compared by their CPU time alone

Requests = Callable[[int, int, float], Iterator[PlannedRequest]]


class Sent(NamedTuple):
    """Requests to one server, with the milliseconds of the server's CPU for each."""

    responses: list[Response]
    cpu: float

    def p(self, share: float) -> float:
        """Return a percentile of the response times, in milliseconds."""
        return percentile([response.seconds * 1000 for response in self.responses], share)


def measure(atelier: instance.Atelier) -> list[Figure]:
    from gitsync.tests import builders

    for number in range(REPOSITORIES):
        builders.registration(f"https://github.com/school/r{number}.git", f"s{number}")
    token = atelier.bearer("program", kind="service")
    atelier.variables["PROXY_COUNT"] = "1"
    with (
        atelier.production("bench.support.empty_view:application") as empty,
        atelier.production("config.wsgi:application") as ours,
    ):
        send(ours, hooks, 0, CONNECTIONS, FIRST_RATE)  # so that every process has its code and data loaded
        rate = calibrate(empty, database_cpu(ours))
        number = int(rate * SECONDS)
        starts = [(turn + 1) * 10**6 for turn in range(ROUNDS)]
        first = [*range(CONNECTIONS), *range(DATABASE_HOOKS_FROM, DATABASE_HOOKS_FROM + FIRST_HOOKS)]
        numbers = first + [start + index for start in starts for index in range(number)]
        pairs = [(send(ours, hooks, at, number, rate), send(empty, hooks, at, number, rate)) for at in starts]
        reads = get("/api/v1/gitsync/repositories/?limit=1", {"Authorization": f"Bearer {token}"})
        page = send(empty, at_address("/page"), 0, number, rate)
        count = int(number * OTHER_RATE)
        livez, empty_livez, read = (
            send(server, requests, 0, count, rate * OTHER_RATE)
            for server, requests in (
                (ours, get("/livez")),
                (empty, get("/livez")),
                (ours, reads),
            )
        )
    return [
        cpu_figure(pairs, page),
        time_figure(pairs, rate, numbers),
        Figure(
            f"/livez, {count:,} requests",
            f"{livez.cpu:.2f} ms of the server's CPU each",
            f"an empty view: {empty_livez.cpu:.2f} ms",
            f"{livez.cpu / empty_livez.cpu:.1f}x",
            "-",
            all(response.status == 200 for response in livez.responses),
        ),
        Figure(
            f"one repository read with a bearer token, {count:,} requests",
            f"{read.cpu:.2f} ms of the server's CPU each",
            f"an empty view: {empty_livez.cpu:.2f} ms",
            f"{read.cpu / empty_livez.cpu:.1f}x",
            "-",
            all(response.status == 200 for response in read.responses),
        ),
    ]


def database_cpu(ours: instance.Server) -> float:
    """Return the milliseconds of MariaDB's CPU for a hook. 0 with SQLite, which works in the server."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@pid_file")
        pid = int(Path(cursor.fetchone()[0]).read_text())
    database = instance.Server("", Path(), pid)
    before = database.cpu_seconds()
    send(ours, hooks, DATABASE_HOOKS_FROM, FIRST_HOOKS, FIRST_RATE)
    return (database.cpu_seconds() - before) * 1000 / FIRST_HOOKS


def calibrate(empty: instance.Server, database: float) -> float:
    """Return the hooks per second at which the empty view and the work around a hook use SHARE of the cores.

    database: the milliseconds of its CPU for each hook.
    """
    rate, cores = FIRST_RATE, os.cpu_count() or 1
    for turn in range(CALIBRATIONS):
        before = time.process_time()
        sent = send(empty, hooks, -(turn + 1) * 10**6, int(rate), rate)
        mine = (time.process_time() - before) * 1000 / len(sent.responses)
        rate = SHARE * cores * 1000 / (sent.cpu + mine + database)
    return rate


def send(server: instance.Server, requests: Requests, first: int, number: int, rate: float) -> Sent:
    """Send so many requests, `rate` per second."""
    before = server.cpu_seconds()
    responses = open_loop.send(server.url, requests(first, number, rate), CONNECTIONS)
    return Sent(responses, (server.cpu_seconds() - before) * 1000 / number)


def cpu_figure(pairs: list[tuple[Sent, Sent]], page: Sent) -> Figure:
    our_cpu, empty_cpu = (statistics.median(sent.cpu for sent in column) for column in zip(*pairs, strict=True))
    return Figure(
        "a hook answered, CPU of the server",
        f"{our_cpu:.2f} ms",
        f"an empty view: {empty_cpu:.2f} ms; behind that of pages: {page.cpu:.2f} ms, {our_cpu / page.cpu:.1f}x",
        f"{our_cpu / empty_cpu:.1f}x",
        "<= 2.0x",
        our_cpu <= 2.0 * empty_cpu,
    )


def time_figure(pairs: list[tuple[Sent, Sent]], rate: float, numbers: list[int]) -> Figure:
    """Compare the response times: medians of the rounds. All hooks with these numbers were sent to us."""
    ours, empty = zip(*pairs, strict=True)
    p50, p99, empty_p50, empty_p99 = (
        statistics.median(sent.p(share) for sent in column) for column in (ours, empty) for share in (0.5, 0.99)
    )
    refused = sum(response.status != 200 for sent in ours for response in sent.responses)
    lost = lost_hooks(numbers)
    return Figure(
        f"{len(numbers) - CONNECTIONS - FIRST_HOOKS:,} hooks, {rate:.0f} a second, {refused} refused, {lost} lost",
        f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
        f"an empty view: p50 {empty_p50:.1f} ms, p99 {empty_p99:.1f} ms",
        f"{p99 / empty_p99:.1f}x",
        "p99 <= 5x, none refused, none lost",
        p99 <= 5 * empty_p99 and not refused and not lost,
    )


def lost_hooks(numbers: list[int]) -> int:
    """Return how many of these hooks are not in the database, with the repositories that nobody will read."""
    from gitsync.models import Delivery, LocalCopy, Request
    from gitsync.syncing import deliveries

    deliveries.save_pending(Request.objects.all())
    kept = set(Delivery.objects.values_list("after", flat=True))
    unread = REPOSITORIES - LocalCopy.objects.filter(dirty=True).count()
    return unread + sum(after(number) not in kept for number in numbers)


def after(number: int) -> str:
    """Return the commit of a hook."""
    return f"{number + 10**8:040x}"


def hooks(first: int, number: int, rate: float, path: str = "/_git_hook") -> Iterator[PlannedRequest]:
    """Yield so many webhooks, `rate` per second. Their numbers, from `first` on, make the deliveries different.

    They come from so many addresses that no limit for one address is reached.
    """
    for index in range(number):
        caller, delivery = index % CALLERS, first + index
        headers = {
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": f"d{delivery}",
            "X-Forwarded-For": f"198.51.{caller // 250}.{caller % 250}",
        }
        url = f"https://github.com/school/r{index % REPOSITORIES}.git"
        body = {"ref": "refs/heads/main", "after": after(delivery), "repository": {"clone_url": url}}
        yield PlannedRequest(index / rate, path, headers, body)


def at_address(path: str) -> Requests:
    return lambda first, number, rate: hooks(first, number, rate, path)


def get(path: str, headers: dict[str, str] | None = None) -> Requests:
    return lambda _first, number, rate: (PlannedRequest(n / rate, path, headers or {}) for n in range(number))


if __name__ == "__main__":
    sys.exit(figures.main(measure))
