#!/usr/bin/env python3
"""A week of the timeline: 20 machines with 200 bookings, and 300 machines in all their parts.

The CPU time of the page is compared with its own SQL, written by hand, and one text of the same length, joined from a
piece for each bar and sent through the same middleware; both are requested in process, in turn. Both ask for gzip, as
every browser does, so both read the session and the person, and both compress the same number of bytes
(bench/support/plain_week.py). Bytes, and the time of the page with all its later parts, are compared with version
0.2.0, which is measured in the same run.
"""

import gzip
import re
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.support import earlier, figures, instance
from bench.support.figures import Figure

MACHINES, ROUNDS = 20, 25
MANY, PAST = 300, 100_000
SCRIPT = instance.ROOT / "bench" / "support" / "week_sizes.py"


def measure(atelier: instance.Atelier) -> list[Figure]:
    return [drawing(), *sizes()]


def drawing() -> Figure:
    """Compare the CPU time of the page with the least that it could take."""
    from django.test import Client

    from bench.support import plain_week, week_rows

    viewer, address = week_rows.fill(MACHINES)
    client = Client(headers={"host": "127.0.0.1", "accept-encoding": "gzip"})
    client.force_login(viewer, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(address)
    assert page.status_code == 200
    text = gzip.decompress(page.content).decode()
    bars = len(re.findall('<a class="t-bar', text))
    step = -(-len(text) // bars)
    plain_week.PIECES[:] = [text[first : first + step] for first in range(0, len(text), step)]
    plain_address = address.replace("/farm/", "/plain-week")
    assert gzip.decompress(client.get(plain_address).content).decode() == text
    pairs = [(cpu_ms(lambda: client.get(address)), cpu_ms(lambda: client.get(plain_address))) for _ in range(ROUNDS)]
    took, least = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = took / least
    return Figure(
        f"week of {MACHINES} machines, {bars} bars drawn",
        f"{took:.1f} ms of CPU",
        f"its SQL by hand and one text of the same length: {least:.1f} ms",
        f"{ratio:.2f}x",
        "<= 4x",
        ratio <= 4,
    )


def sizes() -> list[Figure]:
    """Compare the bytes of both farms, and the CPU time of the large one, with the earlier version."""
    with earlier.checkout() as root:
        before, now = (earlier.run(SCRIPT, place, str(MACHINES), "0") for place in (root, instance.ROOT))
        all_before, all_now = (earlier.run(SCRIPT, place, str(MANY), str(PAST)) for place in (root, instance.ROOT))
    version = earlier.EARLIER.removeprefix("v")
    rows = [
        Figure(
            f"week of {MACHINES} machines, {words}",
            f"{now[key] / 1000:.1f} kB",
            f"version {version}: {before[key] / 1000:.1f} kB",
            f"{now[key] / before[key]:.0%}",
            "<= 50 %",
            now[key] <= before[key] / 2,
        )
        for key, words in (("page", "plain"), ("gzip", "compressed"))
    ]
    megabytes, share = all_now["all"] / 1e6, all_now["seconds"] / all_before["seconds"]
    rows.append(
        Figure(
            f"{MANY} machines, {PAST:,} past bookings: the page and its {all_now['parts']} later parts",
            f"{megabytes:.2f} MB, {all_now['seconds']:.2f} s of CPU",
            f"version {version}: {all_before['all'] / 1e6:.2f} MB, {all_before['seconds']:.2f} s",
            f"{share:.2f}x of the time",
            "<= 1.2 MB, <= 0.33x",
            megabytes <= 1.2 and share <= 1 / 3,
        )
    )
    return rows


def cpu_ms(function: Callable[[], Any]) -> float:
    began = time.process_time()
    function()
    return (time.process_time() - began) * 1000


if __name__ == "__main__":
    sys.exit(figures.main(measure))
