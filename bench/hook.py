#!/usr/bin/env python3
"""GitHub-shaped hooks at 200 a second to the production server, as from behind its proxy: how soon each is answered.

Each is a new push of one of 140 registered repositories; afterwards every one of them is in the database. They are
sent at their own moments and timed from these. Beside them an empty Django view behind the same server and middleware,
sent the same: what no hook can be quicker than here.
"""

import sys
from collections.abc import Iterator

from bench.support import figures, instance, open_loop
from bench.support.figures import Figure
from bench.support.http_calls import Answer, percentile
from bench.support.open_loop import Planned

RATE, SECONDS, CONNECTIONS, REPOSITORIES = 200, 10, 32, 140


def measure(here: instance.Atelier) -> list[Figure]:
    from gitsync.models import Delivery, LocalCopy, Request
    from gitsync.tests import builders

    for number in range(REPOSITORIES):
        builders.registration(f"https://github.com/school/r{number}.git", f"s{number}")
    here.variables["PROXY_COUNT"] = "1"
    floor, floor_cpu = answers(here, "bench.support.empty_view:application")
    ours, our_cpu = answers(here, "config.wsgi:application")
    p99, floor_p99 = p(ours, 0.99), p(floor, 0.99)
    refused = [one for one in ours if one.status != 200]
    sent = CONNECTIONS + RATE * SECONDS
    lost = sent - min(Delivery.objects.count(), Request.objects.count())
    lost += REPOSITORIES - LocalCopy.objects.filter(dirty=True).count()
    return [
        Figure(
            f"{len(ours):,} hooks, {RATE} a second, {len(refused)} refused, {lost} lost",
            f"p50 {p(ours, 0.5):.1f} ms, p99 {p99:.1f} ms, {our_cpu:.1f} ms of the server's CPU each",
            f"an empty view: p50 {p(floor, 0.5):.1f} ms, p99 {floor_p99:.1f} ms, {floor_cpu:.1f} ms",
            f"{p99 / floor_p99:.1f}x",
            "p99 <= 20 ms, 0 lost",
            p99 <= 20 and lost == 0 and not refused,
        )
    ]


def answers(here: instance.Atelier, application: str) -> tuple[list[Answer], float]:
    """What was answered, and milliseconds of the server's CPU for each; before that, what makes every process warm."""
    with here.production(application) as server:
        open_loop.send(server.url, hooks(-CONNECTIONS, 0), CONNECTIONS)
        before = server.cpu_seconds()
        got = open_loop.send(server.url, hooks(0, RATE * SECONDS), CONNECTIONS)
        return got, (server.cpu_seconds() - before) * 1000 / len(got)


def p(got: list[Answer], share: float) -> float:
    return percentile([one.seconds * 1000 for one in got], share)


def hooks(first: int, end: int) -> Iterator[Planned]:
    for number in range(first, end):
        headers = {
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": f"d{number}",
            "X-Forwarded-For": f"192.0.2.{number % 50}",
        }
        url = f"https://github.com/school/r{number % REPOSITORIES}.git"
        body = {"ref": "refs/heads/main", "after": f"{number + 10**6:040x}", "repository": {"clone_url": url}}
        yield Planned((number - first) / RATE, "/_git_hook", headers, body)


if __name__ == "__main__":
    sys.exit(figures.main(measure))
