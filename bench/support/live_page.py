"""Measures an open timeline and an open matrix after one change. bench/live.py runs it with two versions of Atelier.

It creates its rows, changes one of them, sends the requests that the open page of that version sends, and prints one
line of JSON: for each page the CPU time in milliseconds, and the bytes of the answers, plain and compressed.
"""

import gzip
import json
import random
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import django

MACHINES, PAST = 300, 20_000
STUDENTS, TASKS, COMMITS_EACH = 1000, 60, 30
CHANGED_MACHINE = 8
ROUNDS = 5
HEADERS = {"host": "127.0.0.1", "hx-request": "true"}


def main() -> None:
    django.setup()
    import logging

    logging.disable(logging.WARNING)
    import week_rows  # the module beside this script: the earlier version has none
    from django.test import Client

    from accounts.models import User

    teacher = User.objects.create_user("nadia", password="a-bench-of-the-farm", kind="teacher", language="en")
    client = Client()
    client.force_login(teacher, backend="django.contrib.auth.backends.ModelBackend")
    _viewer, week = week_rows.fill(MACHINES, PAST)
    course, enrolments = add_course(teacher.pk)
    everywhere = "&".join(f"part={number}" for number in range(1, 100))
    answers = {
        "timeline": fetch(client, week, everywhere, "machine", CHANGED_MACHINE, "farm"),
        "matrix": fetch(client, f"/courses/{course}/_matrix/", "", "student", enrolments[7], f"course:{course}"),
    }
    print(json.dumps(answers))


def fetch(client: Any, address: str, everywhere: str, name: str, changed: int, topic: str) -> dict[str, float]:
    """Measure what the page fetches when the row with the id `changed` has changed.

    A page of a version without rows fetches its fragment again; `everywhere` asks for all parts that it has loaded.
    """
    text = unescape(client.get(address.replace("_matrix/", ""), headers={"host": HEADERS["host"]}).content.decode())
    asks_for_rows = f'data-rows="{name}' in text
    layout = re.search(r'data-layout="([^"]*)"', text)
    times = []
    for _ in range(ROUNDS):
        since = int(time.time())
        time.sleep(1.1)
        query = f"{name}={changed}&layout={layout[1] if layout else ''}&since={since}" if asks_for_rows else everywhere
        notification = {"topic": topic, "at": datetime.now(UTC)} | ({"rows": str(changed)} if asks_for_rows else {})
        change(topic, changed)
        insert("live_change", [notification])
        began = time.process_time()
        content = answer_of(client, f"{address}{'&' if '?' in address else '?'}{query}")
        times.append((time.process_time() - began) * 1000)
    return {"cpu_ms": min(times), "bytes": len(content), "gzip": len(gzip.compress(content, 6))}


def change(topic: str, changed: int) -> None:
    """Change what the row shows: the state of a student's task, or the GPUs of a booking of the week shown."""
    from django.db import connection

    with connection.cursor() as cursor:
        if topic == "farm":
            cursor.execute("SELECT MIN(id) FROM farm_allocation WHERE resource_id = %s", [changed])
            cursor.execute("UPDATE farm_allocation SET gpus = 5 - gpus WHERE id = %s", [cursor.fetchone()[0]])
            return
        cursor.execute("SELECT MIN(id) FROM courses_progress WHERE enrolment_id = %s", [changed])
        states = "CASE WHEN state = 'done' THEN 'started' ELSE 'done' END"
        cursor.execute(f"UPDATE courses_progress SET state = {states} WHERE id = %s", [cursor.fetchone()[0]])


def answer_of(client: Any, address: str) -> bytes:
    answer = client.get(address, headers=HEADERS)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return bytes(answer.content)


# --- rows: by table and column, which have the same names in both versions


def insert(table: str, rows: Iterable[dict[str, Any]]) -> list[int]:
    """Insert rows by the names of their columns, and return all ids of the table. Other columns get their defaults."""
    from django.apps import apps

    model = next(model for model in apps.get_models() if model._meta.db_table == table)
    names = {field.column: field.attname for field in model._meta.concrete_fields}
    model._default_manager.bulk_create(
        [model(**{names[column]: value for column, value in row.items()}) for row in rows], batch_size=2000
    )
    return list(model._default_manager.order_by("pk").values_list("pk", flat=True))


def add_course(teacher: int) -> tuple[int, list[int]]:
    """Add a course on its 40th day. Return its id, and the ids of its students' enrolments."""
    rng, now = random.Random(7), datetime.now(UTC)
    start = (now - timedelta(days=40)).date()
    (semester,) = insert("courses_semester", [{"teacher_id": teacher, "semester_id": "H2027", "starts_on": start}])
    (course,) = insert("courses_course", [{"semester_id": semester, "course_id": "Big", "title": "Big"}])
    tasks = insert(
        "courses_task",
        ({"course_id": course, "path": f"/tp{n // 6 + 1}/ex{n % 6 + 1}", "path_hash": f"{n:064}", "position": n,
          "title": f"Exercise {n + 1}", "deadline": now + timedelta(days=n - TASKS * 2 // 3)} for n in range(TASKS)),
    )  # fmt: skip
    groups = insert("courses_group", ({"course_id": course, "group_id": f"0{n}"} for n in range(4)))
    people = insert(
        "accounts_user",
        ({"username": f"s{n}", "first_name": "Ada", "last_name": f"Number{n}", "kind": "student"}
         for n in range(STUDENTS)),
    )[-STUDENTS:]  # fmt: skip
    enrolments = insert(
        "courses_enrolment",
        ({"course_id": course, "person_id": person, "group_id": groups[n % 4]} for n, person in enumerate(people)),
    )
    cells = [(enrolment, n) for enrolment in enrolments for n in range(TASKS)]
    rng.shuffle(cells)
    due = [int((now + timedelta(days=n - TASKS * 2 // 3)).timestamp()) for n in range(TASKS)]
    insert(
        "courses_progress",
        ({"enrolment_id": enrolment, "task_id": tasks[n], "state": state, "since": now, "effort": 40,
          "completed_time": due[n] - rng.randrange(-86_400, 3 * 86_400) if state == "done" else None}
         for enrolment, n in cells for state in [rng.choice(["todo", "started", "done", "done"])]),
    )  # fmt: skip
    epoch = int(now.timestamp())
    insert(
        "courses_activity",
        ({"enrolment_id": enrolment, "repo_path_hash": "0" * 64, "commit_id": f"{n:020x}{enrolment:020x}",
          "exercise_path": "/tp1/ex1", "exercise_path_hash": "1" * 64, "at": epoch - n * 30_000 - enrolment,
          "effort": 4, "subject": "work"}
         for n in range(COMMITS_EACH) for enrolment in enrolments),
    )  # fmt: skip
    return course, enrolments


if __name__ == "__main__":
    main()
