#!/usr/bin/env python3
"""GitHub-shaped hooks at 200 a second to the production server, as from behind its proxy: how soon each is answered.

Each is a new push of one of 140 registered repositories; afterwards every one of them is in the database.
"""

import sys
import threading
import time
from typing import Any

import figures
import place
from calls import Answer, Caller, percentile
from figures import Figure

RATE, SECONDS, CALLERS, REPOSITORIES = 200, 10, 16, 140


def measure(here: place.Atelier) -> list[Figure]:
    from gitsync.models import Clone, Delivery
    from gitsync.tests import people

    for number in range(REPOSITORIES):
        people.registration(f"https://github.com/school/r{number}.git", f"s{number}")
    here.variables["PROXY_COUNT"] = "1"
    answers: list[Answer] = []
    with here.production() as server:
        for number in range(CALLERS):  # both processes are warm
            post(Caller(server.url), -number - 1)
        first = time.perf_counter() + 0.5
        threads = [threading.Thread(target=send, args=(server.url, n, first, answers)) for n in range(CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    p50, p99 = (percentile([one.seconds * 1000 for one in answers], share) for share in (0.5, 0.99))
    refused = [one for one in answers if one.status != 200]
    kept = Delivery.objects.count() - CALLERS
    dirty = Clone.objects.filter(dirty=True).count()
    lost = RATE * SECONDS - kept + REPOSITORIES - dirty
    return [
        Figure(
            f"{len(answers):,} hooks, {RATE} a second, {len(refused)} refused, {lost} lost",
            f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
            "-",
            "-",
            "p99 <= 20 ms, 0 lost",
            p99 <= 20 and lost == 0 and not refused,
        )
    ]


def send(url: str, caller: int, first: float, answers: list[Answer]) -> None:
    """This caller's share of the hooks, each at its own moment, whether the one before was quick or not."""
    client = Caller(url)
    client.connect()
    for number in range(caller, RATE * SECONDS, CALLERS):
        time.sleep(max(0.0, first + number / RATE - time.perf_counter()))
        answers.append(post(client, number))


def post(client: Caller, number: int) -> Answer:
    url = f"https://github.com/school/r{number % REPOSITORIES}.git"
    body: dict[str, Any] = {"ref": "refs/heads/main", "after": f"{number + 10**6:040x}"}
    client._headers |= {
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": f"d{number}",
        "X-Forwarded-For": f"192.0.2.{number % 50}",
    }
    return client.ask("hook", "POST", "/_git_hook", body | {"repository": {"clone_url": url}})


if __name__ == "__main__":
    sys.exit(figures.main(measure))
