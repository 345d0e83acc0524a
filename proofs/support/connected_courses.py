"""Courses that are connected with a forge, for the proof `forge`."""

import time
import tracemalloc
from itertools import pairwise
from typing import Any


def make_course(atelier: Any, course_id: str, students: int) -> Any:
    """Make a course that asks for one repository, with students s000, s001 and so on."""
    from courses.domain import course_tasks, courses, roster
    from courses.models import Task

    teacher = atelier.person("teacher", kind="teacher")
    course = courses.create_course(teacher, teacher, semester_id="A2026", course_id=course_id, title=course_id)
    course_tasks.add_task(teacher, course, path="/depot", title="Depot", asks_for=Task.Asks.REPOSITORY)
    for number in range(students):
        atelier.person(f"student{number:03}")
        roster.enrol(teacher, course, username=f"student{number:03}", group_id="01")
    return course


def connect(course: Any, forge: Any) -> Any:
    """Connect the course as its teacher does; a worker then reads the list."""
    from courses.domain import forge_connections
    from gitsync.tests.forge_server import TOKEN

    given = {"forge": forge.kind, "base_url": forge.url, "owner": "class", "token": TOKEN, "repo_path": "/depot"}
    return forge_connections.connect(course.teacher, course, **given)


def list_many(atelier: Any, forge: Any, number: int) -> bool:
    """List so many repositories in this process, and count statements and memory for each request to the forge."""
    from django.db import connection as database

    from courses.domain import forge_work
    from courses.models import ForgeConnection

    course = make_course(atelier, "many", 20)
    for thing in range(number):
        forge.add(f"class/thing-{thing}")
    connection, statements, peaks = connect(course, forge), [0], []
    respond = forge.respond

    def respond_and_note(*values: Any) -> Any:
        peaks.append((len(forge.requests), statements[0], tracemalloc.get_traced_memory()[1]))
        tracemalloc.reset_peak()
        return respond(*values)

    def count(execute: Any, *values: Any) -> Any:
        statements[0] += 1
        return execute(*values)

    forge.respond = respond_and_note
    tracemalloc.start()
    began = time.monotonic()
    with database.execute_wrapper(count):
        for _task in range(50):
            forge_work.work(connection.pk)
    tracemalloc.stop()
    connection.refresh_from_db()
    listed, pages = connection.repositories.count(), number // 100
    steps = [after[1] - before[1] for before, after in pairwise(peaks)]
    most, people = max(steps[: pages - 1]), max(steps[pages:])
    peak = max(row[2] for row in peaks) / 1e6
    print(
        f"  {listed} repositories: {pages} pages, and {len(forge.requests) - pages} requests for their people; "
        f"at most {most} statements for a page, {people} for a repository, {peak:.1f} MB at the peak, "
        f"{time.monotonic() - began:.0f} s"
    )
    ended = connection.state == ForgeConnection.State.PROPOSED
    return ended and listed == number and most <= 20 and people <= 20 and peak < 32
