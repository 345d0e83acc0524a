#!/usr/bin/env python3
"""The search for the earliest free slot on 200 machines, each with 200 future bookings.

It searches the next 32 days. The bookings are in the first thirty of them. It is compared with the same SQL sent by
hand, with every row fetched: what a search in any language must wait for.
"""

import sys
from datetime import UTC, datetime, timedelta

from bench.support import farm_history, figures, instance, plain_sql
from bench.support.figures import Figure

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

        first = search()[0]
        took, limit = figures.medians_ms(search, plain_sql.replay(plain_sql.statements(search)), 15)
        print(f"{title}: {first.start:%d %b %H:%M} on {first.machine.name}", flush=True)
        results.append(
            Figure(
                f"earliest slot over {MACHINES} machines x {EACH} bookings ahead, {title}",
                f"{took:.0f} ms",
                f"the same SQL by hand: {limit:.0f} ms",
                f"{took / limit:.2f}x",
                "<= 3x",
                took <= 3 * limit,
            )
        )
    return results


if __name__ == "__main__":
    sys.exit(figures.main(measure))
