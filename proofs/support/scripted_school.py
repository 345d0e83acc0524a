"""A school for proofs/two_installations.py that does the same in each installation."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from proofs.support.from_outside import Program, check, manage

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
    """A running instance with its data folder, its port and a bearer token for the proof."""

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
        """Run the code in `manage.py shell`, and return its last line, which is JSON."""
        return json.loads(manage(self.home, "shell", "-v", "0", "-c", code).strip().splitlines()[-1])

    def busy(self) -> list[str]:
        """Return the kinds of work that its database still lists as open."""
        queries = {
            "clones": "SELECT COUNT(*) FROM gitsync_clone WHERE dirty AND status IN ('new', 'ok')",
            "events": "SELECT COUNT(*) FROM gitsync_outboxevent WHERE delivered_at IS NULL",
            "requests": "SELECT COUNT(*) FROM gitsync_request WHERE state = 'pending'",
            "messages": "SELECT COUNT(*) FROM courses_outgoingmessage WHERE sent_at IS NULL",
            "lists": "SELECT COUNT(*) FROM courses_enrolment WHERE commits_stale",
        }
        with contextlib.closing(sqlite3.connect(f"file:{self.home}/atelier.sqlite3?mode=ro", uri=True)) as database:
            return [name for name, query in queries.items() if database.execute(query).fetchone()[0]]


class School:
    """Sends the same requests to each dashboard, and the same webhooks to each Git module.

    `server` is the Git server. A method ends the proof when a response has an unexpected status.
    """

    def __init__(self, server: Any, dashboards: list[Instance], git_modules: list[Instance]) -> None:
        self.server, self.dashboards, self.git_modules = server, dashboards, git_modules
        self.tokens: dict[str, dict[str, str]] = {}  # instance -> student -> bearer token
        self.course: dict[str, int] = {}  # instance -> id of the course
        self.delivery = 0  # the number of the last webhook

    def set_up(self) -> None:
        """Create the teacher, the students, the course and its tasks, and give five repositories."""
        now = datetime.now(UTC).replace(microsecond=0)
        tasks: list[dict[str, Any]] = [{"path": "/depot", "title": "Dépôt", "asks_for": "repository"}]
        for number in range(1, 7):
            deadline = datetime(2026, 5, 28, tzinfo=UTC) if number == 1 else now + timedelta(days=1)
            task = {"path": f"/depot/ex{number}", "title": f"Exercice {number}", "source_folder_path": f"/ex{number}"}
            tasks.append(task | ({"deadline": deadline.isoformat()} if number < 4 else {}))
        for instance in self.dashboards:
            self.tokens[instance.name] = instance.shell(SETUP.format(names=NAMES))
            people = [{"username": name, "group": f"0{number % 2 + 1}"} for number, name in enumerate(NAMES)]
            body = {"teacher": "nadia", "semester_id": "A2026", "course_id": "Deux", "title": "Deux", "tasks": tasks}
            status, course = instance.program.call("POST", "/api/v1/courses/", body | {"enrolments": people})
            check(
                status == 201, f"{instance.name}: a course of {len(tasks)} tasks and {len(people)} students: {status}"
            )
            self.course[instance.name] = course["id"]
        for name in NAMES[:-1]:
            self.give_repository(name, name)

    def give_repository(self, student: str, repository: str) -> None:
        """Give a repository of the Git server with the student's token, and let the teacher's program confirm it."""
        for instance in self.dashboards:
            program = Program(instance.url, self.tokens[instance.name][student])
            body = {"repo_path": "/depot", "url": self.server.url(repository)}
            course = f"/api/v1/courses/{self.course[instance.name]}"
            status, answer = program.call("PUT", f"{course}/repositories/", body)
            check(status == 200, f"{instance.name}: {student} gives {repository}.git: {status} {answer.get('state')}")
            status, answer = instance.program.call("POST", f"{course}/repositories/unconfirmed/", {})
            check(status == 200, f"{instance.name}: the teacher's program confirms it: {status} {answer}")

    def send_hook(self, repository: str, head: str) -> None:
        """Send a webhook in GitHub's format about a push. `head` is the new commit."""
        self.delivery += 1
        body = {"ref": "refs/heads/main", "after": head, "repository": {"clone_url": self.server.url(repository)}}
        for instance in self.git_modules:
            status, _ = Program(instance.url).call(
                "POST", "/_git_hook", body, X_GitHub_Event="push", X_GitHub_Delivery=f"two-{self.delivery}"
            )
            if status != 200:
                check(False, f"{instance.name}: webhook {status}")

    def change_task(self, path: str, **fields: str) -> None:
        """Change these fields of the task at this path."""
        for instance, address in self._task(path):
            status, _ = instance.program.call("PATCH", address, fields)
            check(status == 200, f"{instance.name}: {path} has new {', '.join(fields)}: {status}")

    def add_task(self, task: dict[str, str]) -> None:
        for instance in self.dashboards:
            status, _ = instance.program.call("POST", f"/api/v1/courses/{self.course[instance.name]}/tasks/", task)
            check(status == 201, f"{instance.name}: {task['path']} added: {status}")

    def delete_task(self, path: str) -> None:
        for instance, address in self._task(path):
            status, _ = instance.program.call("DELETE", address)
            check(status == 204, f"{instance.name}: {path} deleted: {status}")

    def _task(self, path: str) -> Iterator[tuple[Instance, str]]:
        """Yield each dashboard with the address of the task in its API."""
        for instance in self.dashboards:
            _, answer = instance.program.call("GET", f"/api/v1/courses/{self.course[instance.name]}/tasks/")
            tasks = answer["results"] if isinstance(answer, dict) else answer
            task_id = next(task["id"] for task in tasks if task["path"] == path)
            yield instance, f"/api/v1/courses/{self.course[instance.name]}/tasks/{task_id}/"

    def matrix(self, instance: Instance) -> Any:
        """Return the JSON of the matrix.

        The time of the last reading is left out, because each instance has its own.
        """
        matrix = instance.program.call("GET", f"/api/v1/courses/{self.course[instance.name]}/matrix/")[1]
        check(bool(matrix.pop("seen_at")), f"{instance.name}: its repositories were read")
        return matrix

    def wait_until_idle(self, instances: list[Instance], step: str) -> None:
        """Wait until these instances have no open work, at four checks in a row.

        Ends the proof after 180 s. `step` is the title of the step, for the output.
        """
        began, idle_checks = time.monotonic(), 0
        while idle_checks < 4:
            busy = {instance.name: instance.busy() for instance in instances}
            idle_checks = 0 if any(busy.values()) else idle_checks + 1
            if time.monotonic() - began > 180:
                check(False, f"{step}: still busy after 180 s: {busy}")
            time.sleep(0.25)
        check(True, f"{step}: all idle after {time.monotonic() - began:.1f} s")
