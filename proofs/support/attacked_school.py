"""The school that is attacked: its people, a course with work in it, bookings, and two servers in front of them."""

import contextlib
import json
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from bench.support import instance
from kernel.testing.ports import free_port
from proofs.support.from_outside import start_atelier
from proofs.support.raw_http import Caller

PASSWORD = "a-proof-of-the-farm"  # of `Atelier.person`
STRANGERS_ADDRESS = "127.0.0.66"
# Words that only some people may read. An attack that finds one of them in an answer was successful.
SECRETS = {
    "essay": "Bobs-own-words-about-recursion",
    "reason": "Bobs-broken-arm",
    "note": "Kept-apart-for-the-jury",
    "hidden": "Theos-unfinished-exam",
}
# name -> the fields of the account
PEOPLE: dict[str, dict[str, Any]] = {
    "alice": {"kind": "student"},
    "bob": {"kind": "student"},
    "rhea": {"kind": "student", "first_name": "Rhea", "last_name": "Researcher"},
    "tara": {"kind": "teacher"},
    "theo": {"kind": "teacher"},
    "sam": {"kind": "teacher", "is_staff": True},
    "vic": {"kind": "teacher", "is_staff": True},
    "mara": {"kind": "teacher", "is_staff": True},
    "root": {"kind": "teacher", "is_staff": True, "is_superuser": True},
    "gone": {"kind": "student"},
    "robot": {"kind": "service"},
}
ROLES = {
    "sam": "staff without rights",
    "vic": "staff who may only look",
    "mara": "staff who may change people",
    "root": "superuser",
    "gone": "deactivated person",
    "robot": "program",
    "rhea": "researcher",
    "tara": "teacher",
    "theo": "second teacher",
    "alice": "student",
    "bob": "second student",
}


class School:
    """`people` by name; `course`, `tasks` and so on are rows of the database that both servers use."""

    def __init__(self, here: instance.Atelier, fronts: dict[str, int], git: Any) -> None:
        self.here, self.fronts, self.git = here, fronts, git
        self.port = fronts["uvicorn"]
        self.rows = SimpleNamespace()
        self.people: dict[str, Any] = {}
        self._browsers: dict[str, Caller] = {}

    def browser(self, name: str) -> Caller:
        """The browser of a signed-in person; a copy, so that an attack on its cookies harms no other."""
        if name not in self._browsers:
            caller = Caller(name, self.port)
            answer = caller.sign_in(PASSWORD)
            if answer.status != 302:
                raise SystemExit(f"{name} could not sign in: {answer.status} {answer.text[:500]}")
            self._browsers[name] = caller
        return self._browsers[name].at(self.port)

    def program(self, name: str) -> Caller:
        """A program with a bearer of this account."""
        return Caller(f"{name}'s bearer", self.port, bearer=self.here.bearer(name))

    def stranger(self) -> Caller:
        """A caller with an address of its own, whose wrong guesses must lock out nobody else."""
        return Caller("stranger", self.port, address=STRANGERS_ADDRESS)

    def newcomer(self, name: str, **values: Any) -> Any:
        """Create a person for one attack, which may change or deactivate the account."""
        self.people[name] = self.here.person(name, **values)
        return self.people[name]


def build(school: School) -> None:
    """Make the people and what belongs to them, with the commands of the product."""
    from django.contrib.auth.models import Permission
    from django.utils import timezone

    from courses.domain import answers, course_tasks, courses, extensions, roster
    from courses.git import git_module
    from farm.domain import booking, machines
    from farm.models import Project
    from farm.rules.limits import RequestedAllocation

    for name, values in PEOPLE.items():
        school.people[name] = school.here.person(name, language="en", **values)
    people, rows = school.people, school.rows
    people["vic"].user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    people["mara"].user_permissions.set(
        Permission.objects.filter(codename__in=("view_user", "change_user", "add_user"))
    )

    soon = timezone.now().replace(microsecond=0) + timedelta(days=3)
    rows.course = courses.create_course(
        people["tara"], people["tara"], semester_id="A2026", course_id="Attacked", title="Attacked"
    )

    def task(path: str, asks_for: str, **values: Any) -> Any:
        return course_tasks.add_task(people["tara"], rows.course, path=path, asks_for=asks_for, **values)

    rows.depot = task("/depot", "repository")
    rows.exercise = task("/depot/ex1", "exercise", source_folder_path="/ex1", deadline=soon)
    rows.essay, rows.tick = task("/essay", "text", deadline=soon), task("/rules", "tick")
    rows.alice = roster.enrol(people["tara"], rows.course, username="alice", group_id="G1")
    rows.bob = roster.enrol(people["tara"], rows.course, username="bob", group_id="G2")
    rows.answer = answers.give_answer(people["bob"], rows.bob, rows.essay, text=SECRETS["essay"])
    rows.extension = extensions.grant_extension(
        people["tara"], rows.essay, rows.bob, deadline=soon + timedelta(days=2), reason=SECRETS["reason"]
    )
    rows.hook = git_module.hook_address(rows.course)
    rows.hook_path = urlsplit(rows.hook.url).path
    rows.hidden = courses.create_course(
        people["theo"], people["theo"], semester_id="A2026", course_id="Hidden", title=SECRETS["hidden"]
    )
    rows.hidden_task = course_tasks.add_task(people["theo"], rows.hidden, path="/exam", title="Exam", asks_for="text")

    rows.machine = machines.add_machine(actor=people["root"], name="dgx-1", gpu_count=8, memory_gb=640)
    rows.project = Project.objects.create(name="Proteins")
    rows.project.members.add(people["rhea"])

    def book(name: str, days: int, **values: Any) -> Any:
        start = soon + timedelta(days=days)
        parts = [RequestedAllocation(rows.machine.pk, 1, 8)]
        person = people[name]
        return booking.book(
            actor=person, owner=person, start=start, end=start + timedelta(hours=4), allocations=parts, **values
        )

    rows.alice_booking = book("alice", 0, purpose="Alice trains")
    rows.bob_booking = book("bob", 1, purpose="Bob trains")
    rows.rhea_booking = book("rhea", 2, purpose="Rhea folds", project=rows.project)


@contextlib.contextmanager
def attacked_school(database: dict[str, str]) -> Iterator[School]:
    """Start `manage.py up` and beside it granian, as docker-compose.yml starts it, on one data folder.

    `database`: DATABASE_URL and REDIS_URL of servers that run already, or nothing for the embedded set-up.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with instance.git_server() as git:
        variables = {"GIT_LOCAL_SERVERS": git.host, "DEMO": "0", "PUBLIC_URL": url, "LOG_FORMAT": "json", **database}
        with instance.atelier(**variables) as here:
            up = start_atelier(here.home, port, variables)
            try:
                with here.production() as granian:
                    fronts = {"uvicorn": port, "granian": urlsplit(granian.url).port or 0}
                    school = School(here, fronts, git)
                    build(school)
                    yield school
            finally:
                up.send_signal(signal.SIGINT)
                up.wait(60)


def wait_until(is_so: Any, seconds: float = 30) -> bool:
    """Call `is_so` until it returns True or `seconds` are over; return whether it did."""
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        if is_so():
            return True
        time.sleep(0.1)
    return bool(is_so())


def tracebacks(home: Path) -> list[str]:
    """The last line of each traceback in the logs of the servers, which are JSON."""
    found = []
    for log in (home / "up.log", *home.glob("server-*.log")):
        for line in log.read_text(errors="replace").splitlines():
            if "Traceback (most recent call last)" not in line:
                continue
            try:
                entry = json.loads(line[line.index("{") :])
            except ValueError:
                found.append(f"{log.name}: {line[-200:]}")
            else:
                found.append(f"{log.name}: {str(entry.get('exception', line)).strip().splitlines()[-1]}")
    return found
