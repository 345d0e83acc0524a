#!/usr/bin/env python3
"""Does what is asked grow with what is over? The availability query and the timeline, beside themselves.

10,000 past bookings become 1,000,000 over the same ten years (so a hundred times as dense), 10 machines become 1,000.
The query is that of a booking decision: what is taken of one machine over the next eight hours.
"""

import sys
from datetime import UTC, datetime, timedelta

from bench.support import farm_history, figures, instance
from bench.support.figures import Figure, median_ms

SMALL, LARGE = 10_000, 1_000_000


def measure(here: instance.Atelier) -> list[Figure]:
    from django.db import connection, reset_queries
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from farm.models import Allocation, Machine
    from farm.queries import occupancy

    owner = here.person("alice", language="en").pk
    now = datetime.now(UTC)
    window = (now, now + timedelta(hours=8))
    machines = farm_history.add_machines(10)
    farm_history.add_future(owner, machines, 20)
    browser = Client()
    browser.force_login(here.person("alice"), backend="django.contrib.auth.backends.ModelBackend")

    def ask() -> None:
        occupancy.profiles([one], *window)

    def page() -> int:
        reset_queries()
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/farm/", headers={"host": "127.0.0.1"}).status_code == 200
        return len(captured.captured_queries)

    one = Machine.objects.first()
    took, queries = {}, {}
    for name, past, count in (("small", SMALL, 10), ("past", LARGE, 10), ("both", LARGE, 1000)):
        had = Allocation.objects.filter(end__lt=now).count()
        if past > had:
            farm_history.add_past(owner, past - had, machines)
        farm_history.add_machines(count)
        took[name] = min(median_ms(ask, 300) for _ in range(3))
        page()
        queries[name] = page()
        print(f"{past} past, {count} machines: {took[name]:.2f} ms, {queries[name]} queries", flush=True)
    plan = Allocation.objects.held().overlapping(*window).filter(machine=one).values_list("start", "end").explain()
    print(f"EXPLAIN: {plan}")
    ranged = "farm_allocation_resource_end" in plan
    return [
        Figure(
            f"availability query, {SMALL:,} -> {LARGE:,} past bookings",
            f"{took['past']:.2f} ms",
            f"{took['small']:.2f} ms with {SMALL:,}",
            f"{took['past'] / took['small']:.2f}x",
            "<= 1.2x, one index range",
            took["past"] <= 1.2 * took["small"] and ranged,
        ),
        Figure(
            "the same, 10 -> 1,000 machines as well",
            f"{took['both']:.2f} ms",
            f"{took['small']:.2f} ms with 10",
            f"{took['both'] / took['small']:.2f}x",
            "<= 1.2x",
            took["both"] <= 1.2 * took["small"],
        ),
        Figure(
            "timeline page, 10 -> 1,000 machines, 10,000 -> 1,000,000 past",
            f"{queries['both']} queries",
            f"{queries['small']} queries",
            "-",
            "the same number",
            queries["both"] == queries["small"] <= 15,
        ),
    ]


if __name__ == "__main__":
    sys.exit(figures.main(measure))
