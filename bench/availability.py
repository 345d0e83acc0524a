#!/usr/bin/env python3
"""Does the availability query become slower with more past bookings and machines?

The query and the timeline page are measured first with 10,000 past bookings and 10 machines, then with 1,000,000 past
bookings over the same ten years, then with 1,000 machines as well. The query is that of a booking decision: how much of
one machine is taken in the next eight hours.
"""

import sys
from datetime import UTC, datetime, timedelta

from bench.support import farm_history, figures, instance
from bench.support.figures import Figure, median_ms

SMALL, LARGE = 10_000, 1_000_000


def measure(atelier: instance.Atelier) -> list[Figure]:
    from django.db import connection, reset_queries
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from farm.models import Allocation, Machine
    from farm.queries import occupancy

    owner = atelier.person("alice", language="en").pk
    now = datetime.now(UTC)
    window = (now, now + timedelta(hours=8))
    machines = farm_history.add_machines(10)
    farm_history.add_future(owner, machines, 20)
    browser = Client()
    browser.force_login(atelier.person("alice"), backend="django.contrib.auth.backends.ModelBackend")

    def query() -> None:
        occupancy.profiles([machine], *window)

    def timeline_queries() -> int:
        reset_queries()
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/farm/", headers={"host": "127.0.0.1"}).status_code == 200
        return len(captured.captured_queries)

    machine = Machine.objects.first()
    query_ms, queries = {}, {}
    for name, past, count in (("small", SMALL, 10), ("past", LARGE, 10), ("both", LARGE, 1000)):
        existing = Allocation.objects.filter(end__lt=now).count()
        if past > existing:
            farm_history.add_past(owner, past - existing, machines)
        farm_history.add_machines(count)
        query_ms[name] = min(median_ms(query, 300) for _ in range(3))
        timeline_queries()
        queries[name] = timeline_queries()
        print(f"{past} past, {count} machines: {query_ms[name]:.2f} ms, {queries[name]} queries", flush=True)
    plan = Allocation.objects.held().overlapping(*window).filter(machine=machine).values_list("start", "end").explain()
    print(f"EXPLAIN: {plan}")
    uses_range = "farm_allocation_resource_end" in plan
    return [
        Figure(
            f"availability query, {SMALL:,} -> {LARGE:,} past bookings",
            f"{query_ms['past']:.2f} ms",
            f"{query_ms['small']:.2f} ms with {SMALL:,}",
            f"{query_ms['past'] / query_ms['small']:.2f}x",
            "<= 1.2x, one index range",
            query_ms["past"] <= 1.2 * query_ms["small"] and uses_range,
        ),
        Figure(
            "the same, 10 -> 1,000 machines as well",
            f"{query_ms['both']:.2f} ms",
            f"{query_ms['small']:.2f} ms with 10",
            f"{query_ms['both'] / query_ms['small']:.2f}x",
            "<= 1.2x",
            query_ms["both"] <= 1.2 * query_ms["small"],
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
