#!/usr/bin/env python3
"""The search for the earliest free slot on 200 machines, each with 200 future bookings.

It searches the next 32 days. The bookings are in the first thirty of them.
"""

import sys
from datetime import UTC, datetime, timedelta

from bench.support import farm_history, figures, instance
from bench.support.figures import Figure, median_ms

MACHINES, EACH = 200, 200


def measure(atelier: instance.Atelier) -> list[Figure]:
    from farm.queries import slot_search

    owner = atelier.person("alice").pk
    farm_history.add_future(owner, farm_history.add_machines(MACHINES), EACH)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    results = []
    for title, need in (
        ("a share that fits soon", slot_search.MachineRequest(2, 16)),
        ("one that fits after all of them", slot_search.MachineRequest(8, 16)),
    ):
        length = timedelta(hours=4)

        def search(need: slot_search.MachineRequest = need, length: timedelta = length) -> list[slot_search.FreeSlot]:
            return slot_search.earliest_slots(need, length, now, now + timedelta(days=32))

        first, took = search()[0], median_ms(search, 15)
        print(f"{title}: {first.start:%d %b %H:%M} on {first.machine.name}", flush=True)
        results.append(
            Figure(
                f"earliest slot over {MACHINES} machines x {EACH} bookings ahead, {title}",
                f"{took:.0f} ms",
                "-",
                "-",
                "<= 100 ms",
                took <= 100,
            )
        )
    return results


if __name__ == "__main__":
    sys.exit(figures.main(measure))
