#!/usr/bin/env python3
"""The matrix of a course of 1,000 students and 60 tasks over 1,000,000 commits: the default page, in process.

CPU of the server for the whole page, beside the same SQL by hand (every row of every statement fetched).
"""

import hashlib
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import by_hand
import figures
import place
from figures import Figure

STUDENTS, TASKS, COMMITS = 1000, 60, 1_000_000


def measure(here: place.Atelier) -> list[Figure]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    course = school(here)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(course.teacher, backend="django.contrib.auth.backends.ModelBackend")

    def page() -> Any:
        answer = client.get(f"/courses/{course.pk}/")
        assert answer.status_code == 200
        return answer

    page()
    with CaptureQueriesContext(connection) as captured:
        page()
    queries = len(captured)  # before the next request forgets them
    replay = by_hand.replay([one["sql"] for one in captured.captured_queries if one["sql"].startswith("SELECT")])
    limit = figures.median_ms(replay, 3)
    pages = [timed(page) for _ in range(3)]
    took, cpu = (statistics.median(one[part] for one in pages) for part in (0, 1))
    ratio = took / limit
    return [
        Figure(
            f"matrix, {STUDENTS:,} students x {TASKS} tasks, {COMMITS:,} commits, {queries} queries",
            f"{took:.0f} ms, {cpu:.0f} ms of CPU",
            f"the same SQL by hand: {limit:.0f} ms",
            f"{ratio:.2f}x",
            "<= 3x, <= 12 queries, <= 150 ms of CPU",
            ratio <= 3 and queries <= 12 and cpu <= 150,
        )
    ]


def timed(act: Callable[[], Any]) -> tuple[float, float]:
    """Milliseconds by the clock, and of this process's CPU."""
    clock, cpu = time.perf_counter(), time.process_time()
    act()
    return (time.perf_counter() - clock) * 1000, (time.process_time() - cpu) * 1000


def school(here: place.Atelier) -> Any:
    from django.db import connection

    from accounts.models import User
    from courses import calendar
    from courses.models import Enrolment, Group, Progress, RepositoryClaim, Task, text_hash

    teacher = here.person("nadia", kind="teacher")
    course = calendar.create_course(teacher, teacher, semester_id="H2027", course_id="Big", title="Big")
    now = datetime.now(UTC)
    Task.objects.bulk_create(
        Task(
            course=course,
            path=f"/tp{n // 6 + 1}/ex{n % 6 + 1}",
            path_hash=text_hash(f"/tp{n // 6 + 1}/ex{n % 6 + 1}"),
            title=f"Exercise {n + 1}",
            position=n,
            deadline=now + timedelta(days=n - 40),
        )
        for n in range(TASKS)
    )
    User.objects.bulk_create(
        User(username=f"student{n}", first_name="Ada", last_name=f"Number{n}", kind="student") for n in range(STUDENTS)
    )
    people = list(User.objects.filter(username__startswith="student").order_by("pk"))
    groups = [Group.objects.create(course=course, group_id=f"0{n}") for n in range(4)]
    Enrolment.objects.bulk_create(
        Enrolment(course=course, person=one, group=groups[n % 4]) for n, one in enumerate(people)
    )
    enrolments = list(course.enrolments.filter(role="student").order_by("pk"))
    RepositoryClaim.objects.bulk_create(
        RepositoryClaim(
            enrolment=one, repo_path="/", repo_path_hash=text_hash("/"), url=f"https://git.example/{n}.git",
            state="cloned", since=now, seen_at=now,
        )
        for n, one in enumerate(enrolments)
    )  # fmt: skip
    tasks = list(course.tasks.order_by("pk"))
    states = ["todo", "started", "done", "done"]
    Progress.objects.bulk_create(
        (
            Progress(
                enrolment=one, task=task, state=states[(n + t) % 4], since=now, effort=n % 90, last_activity=10**9 + n,
                completed_time=10**9 if (n + t) % 4 > 1 else None,
            )
            for n, one in enumerate(enrolments)
            for t, task in enumerate(tasks)
        ),
        batch_size=2000,
    )  # fmt: skip
    first = enrolments[0].pk
    assert [one.pk for one in enrolments] == list(range(first, first + STUDENTS))
    path = hashlib.sha256(b"/tp1/ex1").hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO courses_activity (enrolment_id, repo_path_hash, commit_id, exercise_path, exercise_path_hash, "
            f"at, effort, completes, subject) SELECT {first} + n % {STUDENTS}, '{text_hash('/')}', "
            f"{by_hand.hexadecimal('n')}, '/tp1/ex1', '{path}', {int(now.timestamp())} - n * 10, 4, 0, 'work' "
            f"FROM {by_hand.numbers(COMMITS)} numbers"
        )
    by_hand.analyze("courses_activity", "courses_progress", "courses_enrolment")
    return course


if __name__ == "__main__":
    sys.exit(figures.main(measure))
