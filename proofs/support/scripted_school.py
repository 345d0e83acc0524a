"""A school whose students push, rewrite and delete, the same on each instance."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from proofs.support.from_outside import Program, claim, manage

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
            place = f"/api/v1/courses/{self.course[one.name]}/repositories/unconfirmed/"
            status, answer = one.program.call("POST", place, {})
            claim(status == 200, f"{one.name}: the teacher's program confirms it: {status} {answer}")

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
