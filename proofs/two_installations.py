"""A Git module here, a dashboard there, against one Atelier alone: `make proof NAME=two-installations`.

Three instances are started: one alone, one that is only a Git module (it tells its events to the dashboard), and one
that is only a dashboard (it sends the contract's messages to the Git module). Whoever watches sets the same course up
on the one alone and on the dashboard, gives the same repositories, posts the same hooks: clones, pushes, a forced
push, a repository that cannot be read, another that is replaced, tasks changed, added and deleted. At the end both
dashboards must show the same: the JSON of the API and every value of the matrix, cell by cell, and the rows below it.
"""

import argparse
import contextlib
import json
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from proofs.support.from_outside import Program, claim, differing, free_port, leaves, manage, next_second, start_atelier

NAMES = ("ines", "jorg", "mei", "ada", "noa", "sam")
SETUP = """
import json
from datetime import timedelta
from accounts.models import User
from accounts.tokens import issue_bearer
User.objects.create_user("nadia", kind="teacher")
people = [User.objects.create_user(name, kind="student") for name in {names}]
print(json.dumps({{person.username: str(issue_bearer(person, timedelta(days=1))) for person in people}}))
"""
# What the dashboard holds and shows, without keys and without the moments at which it heard.
VALUES = """
import json
from datetime import datetime
from django.utils import timezone
from courses.pages.matrix import build_matrix
from courses.pages.matrix_filters import MatrixFilters
from courses.models import Activity, Course, Progress, ReceivedEvent, StudentRepository
course = Course.objects.get()
matrix = build_matrix(course, MatrixFilters(), timezone.now(), efforts=True)
cells = {f"{row.enrolment.person.username} {cell.node.task.path}":
    [cell.status.key, cell.effort, str(cell.due), cell.node.number] for row in matrix.rows for cell in row.cells}
heads = {column.node.task.path: [dict(column.counts), column.bars, column.current, column.finished]
    for column in matrix.columns}
rows = {row.enrolment.person.username: [row.name, str(row.last_push), row.spark, len(row.student.failing)]
    for row in matrix.rows}
below = {
    "activity": Activity.objects.order_by("enrolment__person__username", "commit_id", "exercise_path").values_list(
        "enrolment__person__username", "commit_id", "exercise_path", "at", "effort", "completes", "subject"),
    "progress": Progress.objects.order_by("enrolment__person__username", "task__path").values_list(
        "enrolment__person__username", "task__path", "state", "effort", "last_activity", "completed_time"),
    "repositories": StudentRepository.objects.order_by("enrolment__person__username").values_list(
        "enrolment__person__username", "repo_path", "url", "state", "reason"),
    "problems": ReceivedEvent.objects.exclude(problem="").order_by("kind").values_list("kind", "problem"),
}
whole = {"cells": cells, "heads": heads, "rows": rows, "look": [matrix.students, matrix.never_pushed, matrix.overdue]}
print(json.dumps(whole | {name: [list(row) for row in value] for name, value in below.items()}))
"""
EVENTS = """
import json
from courses.models import ReceivedEvent
said = {}
for row in ReceivedEvent.objects.order_by("pk"):
    said.setdefault(row.body.get("studentId"), []).append(row.kind)
print(json.dumps(said))
"""


@dataclass
class Instance:
    name: str
    home: Path
    port: int
    token: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def program(self) -> Program:
        return Program(self.url, self.token)

    def shell(self, code: str) -> Any:
        return json.loads(manage(self.home, "shell", "-v", "0", "-c", code).strip().splitlines()[-1])

    def busy(self) -> list[str]:
        """What still has to happen here, asked of its database from outside."""
        questions = {
            "clones": "SELECT COUNT(*) FROM gitsync_clone WHERE dirty AND status IN ('new', 'ok')",
            "events": "SELECT COUNT(*) FROM gitsync_outboxevent WHERE delivered_at IS NULL",
            "requests": "SELECT COUNT(*) FROM gitsync_request WHERE state = 'pending'",
            "messages": "SELECT COUNT(*) FROM courses_outgoingmessage WHERE sent_at IS NULL",
            "lists": "SELECT COUNT(*) FROM courses_enrolment WHERE commits_stale",
        }
        with contextlib.closing(sqlite3.connect(f"file:{self.home}/atelier.sqlite3?mode=ro", uri=True)) as database:
            return [name for name, question in questions.items() if database.execute(question).fetchone()[0]]


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    from bench.support import instance

    with (
        tempfile.TemporaryDirectory(prefix="atelier-two-", ignore_cleanup_errors=True) as folder,
        instance.git_server() as server,
        started(Path(folder), server.host) as (alone, module, dashboard),
    ):
        show(server, alone, module, dashboard)
    print("VERDICT: two instances over the wire show what one alone shows")
    return 0


@contextlib.contextmanager
def started(folder: Path, git_host: str) -> Iterator[tuple[Instance, Instance, Instance]]:
    """The three instances, each with a bearer of its own for who drives it, the two with one for each other."""
    alone, module, dashboard = (Instance(name, folder / name, free_port()) for name in ("alone", "module", "dashboard"))
    for one in (alone, module, dashboard):
        one.home.mkdir()
        manage(one.home, "prepare")
        one.token = manage(one.home, "service_token", "driver").strip()
    to_dashboard = manage(dashboard.home, "service_token", "git-module").strip()
    to_module = manage(module.home, "service_token", "dashboard").strip()
    variables = {
        "alone": {"GIT_LOCAL_SERVERS": git_host},
        "module": {"GIT_LOCAL_SERVERS": git_host, "DASHBOARD_URL": dashboard.url, "DASHBOARD_TOKEN": to_dashboard},
        "dashboard": {"GIT_LOCAL_SERVERS": git_host, "GIT_MODULE_URL": module.url, "GIT_MODULE_TOKEN": to_module},
    }
    processes = []
    try:
        for one in (alone, module, dashboard):
            processes.append(start_atelier(one.home, one.port, variables[one.name]))
        yield alone, module, dashboard
    finally:
        for process in processes:
            process.send_signal(signal.SIGINT)
        for process in processes:
            process.wait(60)


def show(server: Any, alone: Instance, module: Instance, dashboard: Instance) -> None:
    works = {name: server.create(name) for name in NAMES if name not in ("noa", "sam")}
    for number, (name, work) in enumerate(works.items()):
        work.commit("Début", depot="x\n", ex1__Main_txt="a\n" * (number + 1))
        work.commit("Exercice 1 fini", at=1_780_000_000 + number, ex1__Main_txt="b\n" * (number + 3))
        work.commit(f"Essai {name}", ex2__Main_txt="c\n", ancien__Main_txt="d\n")
        work.push()
    school = School(server, [alone, dashboard], hooks=[alone, module])
    school.set_up()
    school.quiet(alone, module, dashboard, "six students, five repositories, one that cannot be read")
    for turn in (2, 3):
        for name, work in works.items():
            next_second()
            work.commit(f"Exercice {turn} fini", at=int(time.time()), **{f"ex{turn}__{name}_txt": "e\n" * turn})
            work.push()
            school.hook(name, work.head())
        school.quiet(alone, module, dashboard, f"a push of each, Exercice {turn}")
    mei = works["mei"]
    mei.git("reset", "-q", "--hard", "HEAD~2")
    next_second()
    mei.commit("Exercice 3 fini, autrement", at=int(time.time()), ex3__Autre_txt="f\n")
    mei.push("-f", "origin", "HEAD")
    school.hook("mei", mei.head())
    school.quiet(alone, module, dashboard, "a forced push that takes Exercice 2 back")
    school.give("jorg", "ada")
    school.quiet(alone, module, dashboard, "a student's repository replaced by another")
    # One after the other: messages that wait together are followed up by one re-match, which tells of all at once.
    school.change("/depot/ex4", source_folder_path="/ancien", completion_keywords="Essai")
    school.quiet(alone, module, dashboard, "an exercise with another folder and other words: matched anew")
    school.change("/depot/ex2", completion_keywords="Rien de tel")
    school.quiet(alone, module, dashboard, "an exercise whose words nobody wrote: matched anew")
    school.add({"path": "/depot/ex7", "title": "Début", "source_folder_path": "/ex2"})
    school.quiet(alone, module, dashboard, "an exercise added: matched anew")
    school.delete("/depot/ex6")
    school.quiet(alone, module, dashboard, "an exercise deleted: matched anew")
    compare(alone, module, dashboard, school)


class School:
    """The same wishes to each dashboard, the same hooks to each Git module."""

    def __init__(self, server: Any, dashboards: list[Instance], hooks: list[Instance]) -> None:
        self.server, self.dashboards, self.hooks = server, dashboards, hooks
        self.bearers: dict[str, dict[str, str]] = {}
        self.course: dict[str, int] = {}
        self.delivery = 0

    def set_up(self) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        tasks: list[dict[str, Any]] = [{"path": "/depot", "title": "Dépôt", "asks_for": "repository"}]
        for number in range(1, 7):
            deadline = datetime(2026, 5, 28, tzinfo=UTC) if number == 1 else now + timedelta(days=1)
            task = {"path": f"/depot/ex{number}", "title": f"Exercice {number}", "source_folder_path": f"/ex{number}"}
            tasks.append(task | ({"deadline": deadline.isoformat()} if number < 4 else {}))
        for one in self.dashboards:
            self.bearers[one.name] = one.shell(SETUP.format(names=NAMES))
            people = [{"username": name, "group": f"0{number % 2 + 1}"} for number, name in enumerate(NAMES)]
            body = {"teacher": "nadia", "semester_id": "A2026", "course_id": "Deux", "title": "Deux", "tasks": tasks}
            status, course = one.program.call("POST", "/api/v1/courses/", body | {"enrolments": people})
            claim(status == 201, f"{one.name}: a course of {len(tasks)} tasks and {len(people)} students: {status}")
            self.course[one.name] = course["id"]
        for name in NAMES[:-1]:
            self.give(name, name)

    def give(self, student: str, repository: str) -> None:
        for one in self.dashboards:
            program = Program(one.url, self.bearers[one.name][student])
            body = {"repo_path": "/depot", "url": self.server.url(repository)}
            status, answer = program.call("PUT", f"/api/v1/courses/{self.course[one.name]}/repositories/", body)
            claim(status == 200, f"{one.name}: {student} gives {repository}.git: {status} {answer.get('state')}")

    def hook(self, repository: str, head: str) -> None:
        self.delivery += 1
        body = {"ref": "refs/heads/main", "after": head, "repository": {"clone_url": self.server.url(repository)}}
        for one in self.hooks:
            status, _ = Program(one.url).call(
                "POST", "/_git_hook", body, X_GitHub_Event="push", X_GitHub_Delivery=f"two-{self.delivery}"
            )
            if status != 200:
                claim(False, f"{one.name}: hook {status}")

    def change(self, path: str, **fields: str) -> None:
        for one, place in self._task(path):
            status, _ = one.program.call("PATCH", place, fields)
            claim(status == 200, f"{one.name}: {path} has other {', '.join(fields)}: {status}")

    def add(self, task: dict[str, str]) -> None:
        for one in self.dashboards:
            status, _ = one.program.call("POST", f"/api/v1/courses/{self.course[one.name]}/tasks/", task)
            claim(status == 201, f"{one.name}: {task['path']} added: {status}")

    def delete(self, path: str) -> None:
        for one, place in self._task(path):
            status, _ = one.program.call("DELETE", place)
            claim(status == 204, f"{one.name}: {path} deleted: {status}")

    def _task(self, path: str) -> Iterator[tuple[Instance, str]]:
        for one in self.dashboards:
            _, answer = one.program.call("GET", f"/api/v1/courses/{self.course[one.name]}/tasks/")
            tasks = answer["results"] if isinstance(answer, dict) else answer
            found = next(task["id"] for task in tasks if task["path"] == path)
            yield one, f"/api/v1/courses/{self.course[one.name]}/tasks/{found}/"

    def matrix(self, one: Instance) -> Any:
        """Without the moment at which a repository was last read: each has its own."""
        found = one.program.call("GET", f"/api/v1/courses/{self.course[one.name]}/matrix/")[1]
        claim(bool(found.pop("seen_at")), f"{one.name}: its repositories were read")
        return found

    def quiet(self, alone: Instance, module: Instance, dashboard: Instance, after: str) -> None:
        """Until nothing is under way anywhere, twice in a row."""
        began, still = time.monotonic(), 0
        while still < 4:
            busy = {one.name: one.busy() for one in (alone, module, dashboard)}
            still = 0 if any(busy.values()) else still + 1
            if time.monotonic() - began > 180:
                claim(False, f"{after}: still busy after 180 s: {busy}")
            time.sleep(0.25)
        claim(True, f"{after}: all at rest after {time.monotonic() - began:.1f} s")


def compare(alone: Instance, module: Instance, dashboard: Instance, school: School) -> None:
    print("One alone against two over the wire")
    ours, theirs = school.matrix(alone), school.matrix(dashboard)
    equal(
        f"the API's matrix: {len(ours['rows'])} students, {sum(len(row['cells']) for row in ours['rows'])} cells",
        ours,
        theirs,
    )
    ours, theirs = alone.shell(VALUES), dashboard.shell(VALUES)
    for name in ours:
        equal(f"{name}: {len(ours[name])}", ours[name], theirs[name])
    states = sorted({cell[0] for cell in ours["cells"].values()})
    claim(len(states) >= 4, f"the cells are not all alike: {', '.join(states)}")
    ours, theirs = alone.shell(EVENTS), dashboard.shell(EVENTS)
    count = sum(len(kinds) for kinds in ours.values())
    equal(f"events received, by student in order: {count}", ours, theirs)


def equal(what: str, ours: Any, theirs: Any) -> None:
    different = [*differing(theirs, ours), *differing(ours, theirs)]
    number = sum(1 for _ in leaves(ours))
    claim(not different, f"{what} ({number} values) equal" + "".join(f"\n         {one}" for one in different[:10]))


if __name__ == "__main__":
    sys.exit(main())
