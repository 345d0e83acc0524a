"""One student has 20 repositories at a Git host that drips; 100 others push at once to a healthy one.

How late are the 100 read: with a host that is well, beside one that drips from its first answer on, and beside one that
was quick before it began to drip. The same 100 push each time.
"""

import threading
import time
from typing import NamedTuple

from bench.support.http_calls import percentile
from proofs.support.course_of_repositories import CourseOfRepositories
from proofs.support.served_school import Outcome, ServedSchool

HEALTHY, DRIPPING = 100, 20
SPACING = 2.5  # a repository is read at most once in two seconds
MOST_SECONDS = 120.0  # until all are read
FIRST_SECONDS = 10.0  # until the first drip
# The slowest repository may be so many times as late as without the dripping host, and so many seconds more.
TIMES, SECONDS_MORE = 2.0, 5.0


class Push(NamedTuple):
    """`late`: seconds from a repository's hook until it was read. `held`: the most fetches that dripped at once."""

    late: list[float]
    held: int

    def __str__(self) -> str:
        p50, p95 = percentile(self.late, 0.5), percentile(self.late, 0.95)
        held = f", {self.held} fetches dripped" if self.held else ""
        return (
            f"{len(self.late)} read after p50 {p50:.1f} s, p95 {p95:.1f} s, max {max(self.late, default=0):.1f} s{held}"
        )


def storm(school: ServedSchool, rounds: int) -> Outcome:
    """Push three times. `rounds` has no meaning here."""
    students, dripping = [f"student-{number}" for number in range(HEALTHY)], school.dripping
    course = CourseOfRepositories(school, "Dripping", [*students, "mallory"])
    healthy = [school.forge.url(name) for name in students]
    for name, url in zip(students, healthy, strict=True):
        course.give(name, name, url)
    faults = [f"{count} were not read at first" for count in [HEALTHY - len(course.wait_read(healthy, 180))] if count]
    without = _push(course, healthy, expects_drips=False)
    dripping.drips = True
    slow = [dripping.url(f"mallory-{number}") for number in range(DRIPPING)]
    for number, url in enumerate(slow):
        course.give("mallory", f"mallory-{number}", url, f"/depot-{number}")
    beside = _push(course, healthy)
    dripping.drips = False
    course.push(slow)  # so that a failing repository is tried at once
    faults += [
        f"{count} of the slow ones were not read later"
        for count in [DRIPPING - len(course.wait_read(slow, 120))]
        if count
    ]
    time.sleep(SPACING)
    dripping.drips = True
    course.push(slow)
    quick_before = _push(course, healthy)
    dripping.drips = False
    pushes = {"without it": without, "beside it": beside, "beside it, which was quick before": quick_before}
    for name, push in pushes.items():
        if len(push.late) < HEALTHY:
            faults.append(f"{name}: {HEALTHY - len(push.late)} were not read in {MOST_SECONDS:.0f} s")
        if max(push.late, default=0) > TIMES * max(without.late, default=0) + SECONDS_MORE:
            faults.append(f"{name}: {push}")
        if not push.held and push is not without:
            faults.append(f"{name}: nothing dripped, so this proves nothing")
    figures = "; ".join(f"{name}: {push}" for name, push in pushes.items())
    return Outcome(f"{HEALTHY} pushed at once, {DRIPPING} of one student at a dripping host: {figures}", faults)


def _push(course: CourseOfRepositories, healthy: list[str], *, expects_drips: bool = True) -> Push:
    """Push to all healthy repositories once the first fetch drips."""
    host, ended, held = course.school.dripping.host, threading.Event(), [0]

    def watch() -> None:
        from django.db import connection

        while not ended.wait(0.25):
            held[0] = max(held[0], course.fetches_at(host))
        connection.close()

    watcher = threading.Thread(target=watch)
    watcher.start()
    last = time.monotonic() + FIRST_SECONDS
    while expects_drips and not held[0] and time.monotonic() < last:
        time.sleep(0.1)
    time.sleep(SPACING)
    sent = course.push(healthy)
    read = course.wait_read(healthy, MOST_SECONDS)
    ended.set()
    watcher.join()
    return Push([read[url] - sent[url] for url in read], held[0])
