"""A course with students, tasks, progress and commits, as it is on its 40th day. Only benchmarks use it."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.support import plain_sql

DAY = 86_400
COMMITS_SPAN = 10_000_000  # seconds before now, in which all commits are


def new_course(atelier: Any, name: str, students: int, count: int, commits: int) -> Any:
    """Create a course on its 40th day with `count` tasks, and return it.

    It has work on time and late work, repositories that fail, deadlines of groups, and extensions.
    """
    from accounts.models import User
    from courses.domain import courses
    from courses.models import Enrolment, Extension, Group, GroupDeadline, StudentRepository, Task
    from kernel.database.text_hash import text_hash

    rng, now = random.Random(7), datetime.now(UTC)
    teacher = atelier.person("nadia", kind="teacher")
    course = courses.create_course(teacher, teacher, semester_id="H2027", course_id=name, title=name)
    for n in range(count):
        path = f"/tp{n // 6 + 1}/ex{n % 6 + 1}"
        Task.objects.create(
            course=course,
            path=path,
            path_hash=text_hash(path),
            title=f"Exercise {n + 1}",
            position=n,
            deadline=now + timedelta(days=(n - count * 2 // 3) * 60 // count),
        )
    User.objects.bulk_create(
        User(username=f"{name}{n}", first_name="Ada", last_name=f"Number{n}", kind="student") for n in range(students)
    )
    people = list(User.objects.filter(username__startswith=name).order_by("pk"))
    groups = [Group.objects.create(course=course, group_id=f"0{n}") for n in range(4)]
    Enrolment.objects.bulk_create(
        Enrolment(course=course, person=person, group=groups[n % 4]) for n, person in enumerate(people)
    )
    enrolments, tasks = list(course.enrolments.order_by("pk")), list(course.tasks.order_by("pk"))
    StudentRepository.objects.bulk_create(
        StudentRepository(
            enrolment=enrolment, repo_path="/", repo_path_hash=text_hash("/"), url=f"https://git.example/{n}.git",
            state="failing" if n % 50 == 7 else "cloned", since=now, seen_at=now,
        )
        for n, enrolment in enumerate(enrolments)
    )  # fmt: skip
    later = timedelta(days=2)
    GroupDeadline.objects.bulk_create(
        GroupDeadline(task=task, group=groups[1], deadline=task.deadline + later) for task in tasks[::6]
    )
    Extension.objects.bulk_create(
        Extension(task=task, enrolment=enrolment, deadline=task.deadline + 2 * later, reason="Ill")
        for enrolment in enrolments[::20]
        for task in rng.sample(tasks, min(2, len(tasks)))
    )
    add_progress(enrolments, tasks, rng, now)
    add_activity(enrolments, commits, now)
    plain_sql.analyze("courses_activity", "courses_progress", "courses_enrolment", "courses_repositoryclaim")
    return course


def add_progress(enrolments: Sequence[Any], tasks: Sequence[Any], rng: random.Random, now: datetime) -> None:
    """Mark half of the work as done, a quarter of it late.

    The rows are in random order, because students do not push in the order of the class.
    """
    from courses.models import Progress
    from kernel.epoch import to_epoch

    cells = [(enrolment, task) for enrolment in enrolments for task in tasks]
    rng.shuffle(cells)
    rows = []
    for enrolment, task in cells:
        state = rng.choice(["todo", "started", "done", "done"])
        done = to_epoch(task.deadline) + rng.randrange(-3 * DAY, DAY) if state == "done" else None
        rows.append(Progress(enrolment=enrolment, task=task, state=state, since=now, completed_time=done, effort=40))
    Progress.objects.bulk_create(rows, batch_size=2000)


def add_activity(enrolments: Sequence[Any], commits: int, now: datetime) -> None:
    """Spread commits evenly over the students and over the same weeks for every class size."""
    from django.db import connection

    from kernel.database.text_hash import text_hash
    from kernel.epoch import to_epoch

    first, count = enrolments[0].pk, len(enrolments)
    assert [enrolment.pk for enrolment in enrolments] == list(range(first, first + count))
    step = COMMITS_SPAN // commits  # seconds between two commits
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO courses_activity (enrolment_id, repo_path_hash, commit_id, exercise_path, exercise_path_hash, "
            "at, effort, completes, subject, outside_folder, reverts) "
            f"SELECT {first} + n % {count}, '{text_hash('/')}', "
            f"{plain_sql.hexadecimal('n')}, '/tp1/ex1', '{text_hash('/tp1/ex1')}', "
            f"{to_epoch(now)} - n * {step}, 4, 0, 'work', 0, '' FROM {plain_sql.numbers(commits)} numbers"
        )
