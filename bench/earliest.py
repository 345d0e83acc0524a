#!/usr/bin/env python3
"""The earliest slot over 200 machines with 200 bookings ahead on each, in the thirty days that the form looks at."""

import sys
from datetime import UTC, datetime, timedelta

from bench.support import farm_history, figures, instance
from bench.support.figures import Figure, median_ms

MACHINES, EACH = 200, 200


def measure(here: instance.Atelier) -> list[Figure]:
    from farm.queries import slot_search
    from farm.rules.availability import Share

    owner = here.person("alice").pk
    farm_history.add_future(owner, farm_history.add_machines(MACHINES), EACH)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    found = []
    for words, need in (
        ("a share that fits soon", Share(2, 16)),
        ("one that fits after all of them", Share(8, 16)),
    ):
        length = timedelta(hours=4)

        def ask(need: Share = need, length: timedelta = length) -> list[slot_search.FreeSlot]:
            return slot_search.earliest_slots(need, length, now, now + timedelta(days=32))

        first, took = ask()[0], median_ms(ask, 15)
        print(f"{words}: {first.start:%d %b %H:%M} on {first.machine.name}", flush=True)
        found.append(
            Figure(
                f"earliest slot over {MACHINES} machines x {EACH} bookings ahead, {words}",
                f"{took:.0f} ms",
                "-",
                "-",
                "<= 100 ms",
                took <= 100,
            )
        )
    return found


if __name__ == "__main__":
    sys.exit(figures.main(measure))
