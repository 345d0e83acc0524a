#!/usr/bin/env python3
"""The matrix page of a course with 1,000 students, 60 tasks and 1,000,000 commits.

The page is requested in process, without filters. Its time is compared with the smallest SQL that a person would write
for it. This SQL is written by hand, reads only the columns that the page shows, uses index ranges and fetches every
row. The CPU time of the page has a limit of its own. A class of ordinary size is measured too.

The page of a task and the page of a student, in the large course, are compared by CPU time with their own statements
and one text of the same length, behind the same middleware.
"""

import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.support import figures, instance, plain_sql
from bench.support.figures import Figure

STUDENTS, TASKS, COMMITS = 1000, 60, 1_000_000
FORTNIGHT, DAY = 14, 86_400
PROGRESS = -2  # the index of the statement that reads the progress


def measure(atelier: instance.Atelier) -> list[Figure]:
    big = new_course(atelier, "Big", STUDENTS, TASKS, COMMITS)
    task, student = list(big.tasks.all())[TASKS // 2], f"Big{STUDENTS // 2}"
    return [
        compare(big, "<= 3x, <= 12 queries, <= 150 ms of CPU", most=3),
        compare(new_course(atelier, "Small", 40, 20, 4000), "<= 12 queries, <= 50 ms of CPU", cpu_ms=50),
        compare_drawing(big, f"a task, {STUDENTS:,} students", f"tasks/{task.pk}/"),
        compare_drawing(big, f"a student, {TASKS} tasks", f"students/{student}/"),
    ]


def compare(course: Any, bar: str, *, most: float = float("inf"), cpu_ms: float = 150) -> Figure:
    """Measure the page of this course.

    `most` is the largest ratio to the SQL, `cpu_ms` the largest CPU time.
    """
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from courses.pages.matrix import build_matrix
    from courses.pages.matrix_filters import MatrixFilters

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(course.teacher, backend="django.contrib.auth.backends.ModelBackend")

    def page() -> Any:
        answer = client.get(f"/courses/{course.pk}/")
        assert answer.status_code == 200
        return answer

    page()
    with CaptureQueriesContext(connection) as captured:
        page()
    queries = len(captured)  # counted now, because the next request resets them
    # The session, the user and the course are read by their keys: these three statements are used unchanged.
    sql = [query["sql"] for query in captured.captured_queries[:3]]
    matrix = build_matrix(course, MatrixFilters(), datetime.now(UTC))
    sql += statements(course.pk, [row.enrolment.pk for row in matrix.rows])
    with connection.cursor() as cursor:  # the SQL must give the same numbers as the page
        cursor.execute(sql[PROGRESS])
        done = Counter(task for _student, task, state, _time in cursor.fetchall() if state == "done")
    assert done == {column.node.task.pk: column.finished for column in matrix.columns}
    run_sql = plain_sql.replay(sql)
    run_sql()
    rounds = [(*timed(page), timed(run_sql)[0]) for _ in range(7)]  # in turn: other work slows both equally
    took, cpu, limit = (statistics.median(times[part] for times in rounds) for part in range(3))
    ratio = took / limit
    students, tasks = course.enrolments.filter(role="student").count(), course.tasks.count()
    return Figure(
        f"matrix, {students:,} students x {tasks} tasks, {queries} queries",
        f"{took:.0f} ms, {cpu:.0f} ms of CPU",
        f"the least SQL by hand, {len(sql)} statements: {limit:.0f} ms",
        f"{ratio:.2f}x",
        bar,
        ratio <= most and queries <= 12 and cpu <= cpu_ms,
    )


def compare_drawing(course: Any, what: str, address: str) -> Figure:
    """Measure the CPU time of a page of this course beside that of its statements and a text of its length."""
    from django.test import Client

    from bench.support import plain_page

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(course.teacher, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/courses/{course.pk}/{address}"
    text = client.get(address).content.decode()
    sql = plain_sql.statements(lambda: client.get(address))
    plain_page.imitate(sql, text)
    assert client.get(plain_page.ADDRESS).content.decode() == text
    rounds = [
        (timed(lambda: client.get(address))[1], timed(lambda: client.get(plain_page.ADDRESS))[1]) for _ in range(25)
    ]
    took, least = (statistics.median(times) for times in zip(*rounds, strict=True))
    return Figure(
        f"page of {what}, {len(sql)} queries",
        f"{took:.1f} ms of CPU",
        f"its statements and one text of {len(text) / 1000:.0f} kB: {least:.1f} ms",
        f"{took / least:.2f}x",
        "<= 4x",
        took <= 4 * least,
    )


def statements(course: int, enrolments: Sequence[int]) -> list[str]:
    """Return the statements by hand for the page without filters.

    `enrolments` are the ids of its students.
    """
    shown = ", ".join(map(str, enrolments))
    since = int(time.time()) // DAY * DAY - (FORTNIGHT - 1) * DAY
    enrolled = f"e.course_id = {course} AND e.role = 'student'"
    return [
        "SELECT id, path, title, position, asks_for, repo_path, deadline FROM courses_task "
        f"WHERE course_id = {course} ORDER BY position, id",
        f"SELECT id, group_id, title FROM courses_group WHERE course_id = {course} ORDER BY group_id",
        "SELECT d.task_id, d.group_id, d.deadline FROM courses_groupdeadline d "
        f"JOIN courses_group g ON g.id = d.group_id WHERE g.course_id = {course}",
        "SELECT x.task_id, x.enrolment_id, x.deadline FROM courses_extension x "
        f"JOIN courses_task t ON t.id = x.task_id WHERE t.course_id = {course}",
        # The last push is read with one index lookup per student.
        "SELECT e.id, e.group_id, u.username, u.first_name, u.last_name, (SELECT a.at FROM courses_activity a "
        "WHERE a.enrolment_id = e.id ORDER BY a.at DESC LIMIT 1) "
        f"FROM courses_enrolment e JOIN accounts_user u ON u.id = e.person_id WHERE {enrolled}",
        "SELECT c.enrolment_id, c.repo_path, c.state, c.since, c.seen_at FROM courses_repositoryclaim c "
        f"JOIN courses_enrolment e ON e.id = c.enrolment_id WHERE e.course_id = {course}",
        # The heads of the columns are counted from these rows. The database would need several times as long for it,
        # because each status needs the deadlines, the extensions and the repositories in the same query.
        "SELECT p.enrolment_id, p.task_id, p.state, p.completed_time FROM courses_progress p "
        f"JOIN courses_enrolment e ON e.id = p.enrolment_id WHERE {enrolled} AND p.state IN ('started', 'done')",
        f"SELECT enrolment_id, at - at % {DAY} AS day, COUNT(DISTINCT commit_id) FROM courses_activity "
        f"WHERE enrolment_id IN ({shown}) AND at >= {since} GROUP BY enrolment_id, day",
    ]


def timed(function: Callable[[], Any]) -> tuple[float, float]:
    """Return the wall time and the CPU time of a call, both in milliseconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    function()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


def new_course(atelier: instance.Atelier, name: str, students: int, count: int, commits: int) -> Any:
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
    step = 10 * STUDENTS // count * COMMITS // STUDENTS // (commits // count)  # seconds between two commits
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO courses_activity (enrolment_id, repo_path_hash, commit_id, exercise_path, exercise_path_hash, "
            "at, effort, completes, subject, outside_folder, reverts) "
            f"SELECT {first} + n % {count}, '{text_hash('/')}', "
            f"{plain_sql.hexadecimal('n')}, '/tp1/ex1', '{text_hash('/tp1/ex1')}', "
            f"{to_epoch(now)} - n * {step}, 4, 0, 'work', 0, '' FROM {plain_sql.numbers(commits)} numbers"
        )


if __name__ == "__main__":
    sys.exit(figures.main(measure))
