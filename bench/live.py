#!/usr/bin/env python3
"""The cost of one change while pages are open, and the time until they show it.

An open timeline of 300 machines and an open matrix of 1,000 students x 60 tasks fetch what changed: beside version
0.2.0, which fetched the whole fragment, the timeline with all parts that the reader had loaded. The CPU time is that of
the answers in this process, without that of the database; the bytes are plain and compressed (gzip).

Then the pages of a course are open on production servers. From the commit of a student's change until a page has the
row: one page alone, and each page with 100 others. 500 streams of one process show that all of them receive a change.
"""

import asyncio
import itertools
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.support import earlier, figures, instance, live_page
from bench.support.figures import Figure
from bench.support.http_calls import percentile
from bench.support.open_pages import OpenPage, open_many

SCRIPT = Path(live_page.__file__)
OTHERS, CHANGES = 100, 12
STREAMS, STREAM_CHANGES = 500, 8


def measure(atelier: instance.Atelier) -> list[Figure]:
    with earlier.checkout() as root:
        before = earlier.run(SCRIPT, root)
    now = earlier.run(SCRIPT, instance.ROOT)
    costs = [
        cost("timeline of 300 machines", before["timeline"], now["timeline"]),
        cost("matrix of 1,000 x 60", before["matrix"], now["matrix"]),
    ]
    return [*costs, *asyncio.run(pages(atelier))]


def cost(what: str, before: dict[str, float], now: dict[str, float]) -> Figure:
    ratios = {name: now[name] / before[name] for name in ("bytes", "gzip", "cpu_ms")}
    return Figure(
        f"one change seen by an open {what}",
        f"{now['bytes'] / 1000:.1f} kB, {now['gzip'] / 1000:.1f} kB compressed, {now['cpu_ms']:.1f} ms of CPU",
        f"version 0.2.0: {before['bytes'] / 1000:.0f} kB, {before['gzip'] / 1000:.0f} kB compressed, "
        f"{before['cpu_ms']:.0f} ms of CPU",
        ", ".join(f"{ratio:.1%}" for ratio in ratios.values()),
        "<= 5 % of each",
        all(ratio <= 0.05 for ratio in ratios.values()),
    )


async def pages(atelier: instance.Atelier) -> list[Figure]:
    """Measure open pages on production servers."""
    teacher = await in_own_thread(lambda: atelier.person("nadia", kind="teacher", language="en").pk)
    course, enrolments = await in_own_thread(lambda: live_page.add_course(teacher))
    cookie = await in_own_thread(lambda: atelier.cookie("nadia"))
    headers = {"Cookie": cookie, "HX-Request": "true", "Accept-Encoding": "gzip"}
    with instance.broker() as broker:
        atelier.variables["REDIS_URL"] = broker
        with atelier.production() as server, atelier.streams() as streams:
            topic = f"course:{course}"
            alone, with_others = [
                await shown_after(
                    await open_many(count, streams.url, server.url, headers, topic),
                    course,
                    itertools.cycle(enrolments),
                )
                for count in (1, 1 + OTHERS)
            ]
            arrivals, missed = await received(streams.url)
    ratio = quantile(with_others, 0.95) / quantile(alone, 0.95)
    return [
        Figure(
            f"a change visible in each of {1 + OTHERS} open pages, p95",
            f"{quantile(with_others, 0.95):.0f} ms (p50 {quantile(with_others, 0.5):.0f} ms)",
            f"one open page: {quantile(alone, 0.95):.0f} ms (p50 {quantile(alone, 0.5):.0f} ms)",
            f"{ratio:.1f}x",
            "<= 3x; one page <= 500 ms",
            ratio <= 3 and quantile(alone, 0.95) <= 500,
        ),
        Figure(
            f"{STREAMS} open pages, one change, p99 until all received it",
            f"{quantile(arrivals, 0.99):.0f} ms, {missed} missed",
            "one process",
            "–",
            "all receive, <= 300 ms",
            not missed and quantile(arrivals, 0.99) <= 300,
        ),
    ]


async def shown_after(opened: list[OpenPage], course: int, enrolments: Any) -> list[float]:
    """Change one student after the other; return the seconds from each commit until each page has the row."""
    seconds: list[float] = []
    await asyncio.sleep(1)
    for number in range(CHANGES + 2):
        changed = next(enrolments)
        address = f"/courses/{course}/_matrix/?student={changed}&layout="
        waiting = [asyncio.create_task(page.see_change(address)) for page in opened]
        await asyncio.sleep(1.1)  # a page fetches once a second
        began = await in_own_thread(lambda pk=changed: change_student(course, pk))
        at = await asyncio.wait_for(asyncio.gather(*waiting), 30)
        if number >= 2:  # the first changes read the class, once in each process
            seconds += [moment - began for moment in at]
    for page in opened:
        await page.stream.close()  # type: ignore[attr-defined]
    return seconds


def change_student(course: int, enrolment: int) -> float:
    """Save a change of one student as the commands do, and return the time of its commit by time.monotonic()."""
    from django.db import transaction

    from courses.models import Progress
    from live.publish import changed_rows, publish

    with transaction.atomic():
        progress = Progress.objects.filter(enrolment=enrolment).order_by("pk")[:1].get()
        progress.state = "done" if progress.state != "done" else "started"
        progress.save(update_fields=["state"])
        publish(changed_rows(f"course:{course}", [enrolment]))
    return time.monotonic()


async def received(site: str) -> tuple[list[float], int]:
    """Publish changes to many streams. Return the seconds until each received them, and how many did not."""
    from live import tickets
    from live.publish import publish
    from live.tests.listener import Listener
    from proofs.live import arrival_times

    streams = await asyncio.gather(*(Listener.open(site, tickets.issue(person, ["farm"])) for person in range(STREAMS)))
    await asyncio.sleep(0.5)
    seconds: list[float] = []
    missed = 0
    for _ in range(STREAM_CHANGES):
        began = time.monotonic()
        await in_own_thread(lambda: publish("farm"))
        arrivals = await arrival_times(streams, "farm")
        seconds += [at - began for at in arrivals]
        missed += len(streams) - len(arrivals)
        await asyncio.sleep(0.2)
    return seconds, missed


def quantile(seconds: list[float], share: float) -> float:
    """Return the quantile in milliseconds."""
    return percentile(seconds, share) * 1000


async def in_own_thread(function: Callable[[], Any]) -> Any:
    from proofs.live import in_own_thread as run

    return await run(function)


if __name__ == "__main__":
    sys.exit(figures.main(measure))
