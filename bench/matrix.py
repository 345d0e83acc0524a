#!/usr/bin/env python3
"""The matrix page of a course with 1,000 students, 60 tasks and 1,000,000 commits.

The page is requested in process, without filters. Its time is compared with the smallest SQL that a person would write
for it. This SQL is written by hand, reads only the columns that the page shows, uses index ranges and fetches every
row. The CPU time of the page has a limit of its own. A class of ordinary size is measured too.

The page of a task and the page of a student, in the large course, are compared by CPU time with their own statements
and one text of the same length, behind the same middleware. They have no bar: most of their time goes into the statuses
of 1,000 students and into the ORM, and little into drawing (docs/profiles.md).
"""

import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from bench.support import figures, instance, plain_sql
from bench.support.course_history import new_course
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
        "-",
        True,
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


if __name__ == "__main__":
    sys.exit(figures.main(measure))
