#!/usr/bin/env python3
"""The response time of webhooks in GitHub's format, 200 per second.

They go to the production server, with the headers that a proxy adds. Each webhook reports a new push to one of 140
registered repositories. At the end all of them must be in the database. Each one has a planned time, and its response
time counts from then. For comparison, the same requests go to an empty Django view behind the same server and
middleware. No webhook can be faster than that.
"""

import sys
from collections.abc import Iterator

from bench.support import figures, instance, open_loop
from bench.support.figures import Figure
from bench.support.http_calls import Response, percentile
from bench.support.open_loop import PlannedRequest

RATE, SECONDS, CONNECTIONS, REPOSITORIES = 200, 10, 32, 140


def measure(atelier: instance.Atelier) -> list[Figure]:
    from gitsync.models import Delivery, LocalCopy, Request
    from gitsync.tests import builders

    for number in range(REPOSITORIES):
        builders.registration(f"https://github.com/school/r{number}.git", f"s{number}")
    atelier.variables["PROXY_COUNT"] = "1"
    empty, empty_cpu = send_hooks(atelier, "bench.support.empty_view:application")
    ours, our_cpu = send_hooks(atelier, "config.wsgi:application")
    p99, empty_p99 = percentile_ms(ours, 0.99), percentile_ms(empty, 0.99)
    refused = [response for response in ours if response.status != 200]
    sent = CONNECTIONS + RATE * SECONDS
    lost = sent - min(Delivery.objects.count(), Request.objects.count())
    lost += REPOSITORIES - LocalCopy.objects.filter(dirty=True).count()
    return [
        Figure(
            f"{len(ours):,} hooks, {RATE} a second, {len(refused)} refused, {lost} lost",
            f"p50 {percentile_ms(ours, 0.5):.1f} ms, p99 {p99:.1f} ms, {our_cpu:.1f} ms of the server's CPU each",
            f"an empty view: p50 {percentile_ms(empty, 0.5):.1f} ms, p99 {empty_p99:.1f} ms, {empty_cpu:.1f} ms",
            f"{p99 / empty_p99:.1f}x",
            "p99 <= 20 ms, 0 lost",
            p99 <= 20 and lost == 0 and not refused,
        )
    ]


def send_hooks(atelier: instance.Atelier, application: str) -> tuple[list[Response], float]:
    """Return the responses, and the milliseconds of the server's CPU per response.

    One webhook per connection goes before them, so that every process of the server has its code and data loaded.
    """
    with atelier.production(application) as server:
        open_loop.send(server.url, hooks(-CONNECTIONS, 0), CONNECTIONS)
        before = server.cpu_seconds()
        responses = open_loop.send(server.url, hooks(0, RATE * SECONDS), CONNECTIONS)
        return responses, (server.cpu_seconds() - before) * 1000 / len(responses)


def percentile_ms(responses: list[Response], share: float) -> float:
    return percentile([response.seconds * 1000 for response in responses], share)


def hooks(first: int, end: int) -> Iterator[PlannedRequest]:
    """Yield the webhooks with the numbers from `first` to `end` - 1.

    Their numbers make the deliveries different.
    """
    for number in range(first, end):
        headers = {
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": f"d{number}",
            "X-Forwarded-For": f"192.0.2.{number % 50}",
        }
        url = f"https://github.com/school/r{number % REPOSITORIES}.git"
        body = {"ref": "refs/heads/main", "after": f"{number + 10**6:040x}", "repository": {"clone_url": url}}
        yield PlannedRequest((number - first) / RATE, "/_git_hook", headers, body)


if __name__ == "__main__":
    sys.exit(figures.main(measure))
