#!/usr/bin/env python3
"""The cost of pages, queries, bookings, synchronizations and live changes, when one thing grows ten times at each step.

Each point is the fastest of several runs, in milliseconds of wall time, the database included. A line that rises as
steeply as the number of things means that each of them costs the same. A flat line means that more of them cost
nothing. `python -m bench.curves --only students` measures one curve.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import questions
from bench.support import course_history, farm_history, instance, plots, repositories, stream_costs
from bench.support.plots import Curve

IMAGES = instance.ROOT / "docs" / "images"
HOST = {"host": "127.0.0.1"}
UNIT = "milliseconds"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=CURVES, default=list(CURVES))
    options = parser.parse_args()
    curves = []
    with instance.atelier() as atelier:
        database = instance.database_name()
        for name in options.only:
            began = time.monotonic()
            curve = CURVES[name](atelier)
            plots.draw(curve, IMAGES)
            curves.append(curve)
            print(f"{curve.title}, {time.monotonic() - began:.0f} s")
            for line, points in curve.series.items():
                print(f"  {line:45}" + "".join(f"{count:>10,}: {cost:9.2f} ms" for count, cost in points), flush=True)
    if os.environ.get("FIGURES"):
        report = {"database": database, "figures": [], "curves": [asdict(curve) for curve in curves]}
        Path(os.environ["FIGURES"]).write_text(json.dumps(report))
    return 0


def machines(atelier: instance.Atelier) -> Curve:
    from farm.models import Machine
    from farm.queries import occupancy, slot_search

    curve = Curve("The cost of more machines", "machines, each with 20 reservations ahead", UNIT, "cost-machines.svg")
    owner, now = atelier.person("alice", language="en"), datetime.now(UTC)
    need, length = slot_search.MachineRequest(8, 16), timedelta(hours=4)
    before: list[int] = []
    for count in (1, 10, 100, 1000):
        everything = farm_history.add_machines(count)
        farm_history.add_future(owner.pk, [pk for pk in everything if pk not in before], 20, hours=24 * 7)
        before = everything
        curve.add("timeline page, a week", count, page(owner, "/farm/"))
        curve.add("earliest slot on all machines", count, fastest(lambda: search(need, length, now)))
        query = [Machine.objects.get(pk=everything[0])]
        window = (now, now + timedelta(hours=8))
        curve.add("what is free on one machine", count, fastest(lambda: occupancy.profiles(query, *window)))  # noqa: B023

    return curve


def search(need: Any, length: timedelta, now: datetime) -> Any:
    from farm.queries import slot_search

    return slot_search.earliest_slots(need, length, now, now + timedelta(days=32))


def reservations(atelier: instance.Atelier) -> Curve:
    from bench.booking import book
    from farm.models import Machine

    curve = Curve(
        "The cost of more past reservations",
        "past reservations of ten years, on 10 machines",
        UNIT,
        "cost-reservations.svg",
    )
    owner = atelier.person("alice", language="en")
    Machine.objects.update(state=Machine.State.RETIRED)  # those of another curve are not on the page
    new = [Machine(name=f"past-{number}", gpu_count=8, memory_gb=512) for number in range(10)]
    Machine.objects.bulk_create(new)
    machine_ids = list(Machine.objects.filter(name__startswith="past-").order_by("pk").values_list("pk", flat=True))
    machine = Machine.objects.create(name="measured", gpu_count=64, memory_gb=4096).pk
    have = hours = 0
    for count in (100, 1000, 10_000, 100_000, 1_000_000):
        farm_history.add_past(owner.pk, count - have, machine_ids)
        have = count
        decide = book(owner.pk, machine)
        starts = iter(datetime.now(UTC) + timedelta(days=1, hours=hours + number) for number in range(100))
        hours += 100
        curve.add("timeline page, a week", count, page(owner, "/farm/"))
        curve.add("one booking", count, fastest(lambda: decide(start := next(starts), start + timedelta(hours=1), 1)))  # noqa: B023
    return curve


def students(atelier: instance.Atelier) -> Curve:
    curve = Curve("The cost of more students", "students of a course with 20 tasks", UNIT, "cost-students.svg")
    for count in (1, 10, 100, 1000):
        course = course_history.new_course(atelier, f"Students{count}", count, 20, count * 100)
        for name, address in course_pages(course).items():
            curve.add(name, count, page(course.teacher, address))
    return curve


def tasks(atelier: instance.Atelier) -> Curve:
    curve = Curve("The cost of more tasks", "tasks of a course with 100 students", UNIT, "cost-tasks.svg")
    for count in (1, 10, 100):
        course = course_history.new_course(atelier, f"Tasks{count}", 100, count, 10_000)
        for name, address in course_pages(course).items():
            curve.add(name, count, page(course.teacher, address))
    return curve


def course_pages(course: Any) -> dict[str, str]:
    """Return the addresses of the matrix, of a task and of a student."""
    student, task = course.enrolments.filter(role="student").first().person, course.tasks.first()
    return {
        "matrix": f"/courses/{course.pk}/",
        "task page": f"/courses/{course.pk}/tasks/{task.pk}/",
        "student page": f"/courses/{course.pk}/students/{student.username}/",
    }


def commits(atelier: instance.Atelier) -> Curve:
    from gitsync.models import LocalCopy
    from gitsync.queries import commit_lists
    from gitsync.syncing import sync, sync_queue
    from gitsync.tests import builders
    from gitsync.values import CommitsRequest, CourseIds
    from kernel.database.text_hash import text_hash

    curve = Curve("The cost of more commits", "commits of a repository", UNIT, "cost-commits.svg")
    builders.exercise("/tp1", keywords="TP1")
    server = repositories.start_server(atelier.home / "repositories")
    for count in (1, 10, 100, 1000, 10_000):
        repository = repositories.GeneratedRepository(atelier.home / "repositories" / f"c{count}.git", count)
        repository.add_commits(count)
        registration = builders.registration(server.url(f"c{count}"), f"c{count}")

        def synchronize(pk: int = registration.repository_id) -> None:
            sync_queue.request_sync(pk, force=True)
            sync.sync_repository(pk)

        curve.add("first synchronization", count, fastest(synchronize, 1))

        def one_more(repository: Any = repository, synchronize: Callable[[], None] = synchronize) -> float:
            head = repository.add_commits(1)
            took = fastest(synchronize, 1)
            assert LocalCopy.objects.get(repository__path=f"/{repository.bare.stem}").head == head
            return took

        curve.add("one new commit", count, min(one_more() for _ in range(3)))
        student = builders.registration(f"https://git.example/{count}.git", f"q{count}")
        questions.add_commits(student.pk, 1, count, text_hash("/tp1"))
        request = CommitsRequest(
            CourseIds("ada", "H2027", "StruDon"), "", f"q{count}", "exercisePath", "/tp1", recursive=True
        )
        curve.add("GetCommitsForExercise", count, fastest(lambda: commit_lists.commits_for_exercise(request)))  # noqa: B023
    server.close()
    return curve


def pages(atelier: instance.Atelier) -> Curve:
    curve = Curve("The cost of more open pages", "open pages", UNIT, "cost-open-pages.svg")
    with atelier.streams() as server:
        for count in (1, 10, 100, 500):
            reached, cpu = asyncio.run(stream_costs.measure(server, count))
            curve.add("one change until the last page has it", count, reached)
            curve.add("CPU of the server for one change", count, cpu)
    return curve


CURVES: dict[str, Callable[[instance.Atelier], Curve]] = {
    "machines": machines,
    "reservations": reservations,
    "students": students,
    "tasks": tasks,
    "commits": commits,
    "pages": pages,
}


def page(user: Any, address: str) -> float:
    """Return the milliseconds of one request for this page."""
    from django.test import Client

    client = Client(headers=HOST)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    def get() -> None:
        assert client.get(address).status_code == 200, address

    return fastest(get)


def fastest(function: Callable[[], Any], times: int = 4) -> float:
    """Return the milliseconds of the fastest of several calls."""
    milliseconds = []
    for _ in range(times):
        began = time.perf_counter()
        function()
        milliseconds.append((time.perf_counter() - began) * 1000)
    return min(milliseconds)


if __name__ == "__main__":
    sys.exit(main())
