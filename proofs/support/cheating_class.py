"""The class of proofs/cheating.py: a course with one exercise, real repositories over HTTP, pushes and hooks."""

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bench.support import instance
from proofs.support.from_outside import Program, check

PLACE, EXERCISE = "/depot", "/depot/ex1"
TITLE = "Exercise 1"  # also the keyword that completes it
# account -> the name that the pages show
STUDENTS = {
    "alma": ("Alma", "Roy"),
    "basile": ("Basile", "Petit"),
    "bruno": ("Bruno", "Costa"),
    "chloe": ("Chloé", "Martin"),
    "cyril": ("Cyril", "Blanc"),
    "dario": ("Dario", "Rossi"),
    "dana": ("Dana", "Weiss"),
    "elif": ("Elif", "Kaya"),
    "emil": ("Emil", "Novak"),
    "farid": ("Farid", "Haddad"),
    "gaia": ("Gaia", "Honest"),
}
TEACHER = "renata.silva"
HOUR, DAY = 3600, 86_400
IN_2037 = int(datetime(2037, 1, 1, tzinfo=UTC).timestamp())
SETTLED_AFTER = 1.0  # seconds without open work: then a hook's sync has also been asked for


class CheatingClass:
    """The course, its people and their repositories. Django is set up in this process, on the same database.

    `deadline` is in epoch seconds, 0 until `end_the_exercise` sets it. `works` has the working copies by the name of
    the repository on the Git server.
    """

    def __init__(self, here: instance.Atelier, url: str, server: Any) -> None:
        self.here, self.url, self.server = here, url, server
        self.anonymous = Program(url)
        self.works: dict[str, Any] = {}
        self.deadline = 0
        self._deliveries = 0

    def set_up(self) -> None:
        """Create the people and the course, whose exercise is due tomorrow."""
        from courses.domain import course_tasks, courses, roster
        from courses.git import git_module

        teacher = self.here.person(TEACHER, kind="teacher", first_name="Renata", last_name="Silva")
        for name, (first, last) in STUDENTS.items():
            self.here.person(name, kind="student", first_name=first, last_name=last)
        self.program = Program(self.url, self.here.bearer("git-dashboard", kind="service"))
        self.course = courses.create_course(
            teacher, teacher, semester_id="A2026", course_id="Prog1", title="Programming 1"
        )
        course_tasks.add_task(teacher, self.course, path=PLACE, title="Repository", asks_for="repository")
        tomorrow = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
        self.task = course_tasks.add_task(
            teacher, self.course, path=EXERCISE, title=TITLE, source_folder_path="/ex1", deadline=tomorrow
        )
        self.enrolments = {name: roster.enrol(teacher, self.course, username=name, group_id="01") for name in STUDENTS}
        self.hook = git_module.hook_address(self.course)
        self.wire_ids = {"teacherId": TEACHER, "semesterId": "A2026", "courseId": "Prog1", "groupId": "01"}

    def repository(self, name: str) -> Any:
        """Return a working copy of a new repository, which pushes over HTTP."""
        work = self.works[name] = self.server.create(name)
        work.git("--git-dir", str(work.bare), "config", "http.receivepack", "true")
        work.git("remote", "set-url", "origin", self.server.url(name))
        return work

    def begin(self, name: str) -> Any:
        """Create a repository with a first commit, three days old, and push it."""
        work = self.repository(name)
        work.commit("Begin", at=int(time.time()) - 3 * DAY, README_txt=f"{name}\n")
        work.push()
        return work

    def give(self, student: str, repository: str) -> None:
        """Let the student give the repository as their own."""
        program = Program(self.url, self.here.bearer(student))
        address = f"/api/v1/courses/{self.course.pk}/repositories/"
        body = {"repo_path": PLACE, "url": self.server.url(repository)}
        status, answer = program.call("PUT", address, body)
        if status != 200:
            check(False, f"{student} gives {repository}: {status} {answer}")

    def confirm_all(self) -> None:
        """Let the teacher confirm all repositories that wait for it."""
        teacher = Program(self.url, self.here.bearer(TEACHER))
        status, answer = teacher.call("POST", f"/api/v1/courses/{self.course.pk}/repositories/unconfirmed/", {})
        if status != 200:
            check(False, f"the teacher confirms: {status} {answer}")

    def name_starter(self, sha: str) -> None:
        """Let the teacher say that this commit, with all before it, was handed out."""
        teacher = Program(self.url, self.here.bearer(TEACHER))
        address = f"/api/v1/courses/{self.course.pk}/tasks/{self.task.pk}/"
        status, answer = teacher.call("PATCH", address, {"starter_commit": sha})
        if status != 200:
            check(False, f"the teacher names the starter: {status} {answer}")

    def send_hook(self, repository: str, head: str = "", *, secret: str | None = None) -> int:
        """Send a hook in GitHub's format that announces `head`, the last commit by default. Return the status.

        Without a secret it is unsigned and goes to the address for everybody. With one it goes to the course's address,
        signed with this secret.
        """
        self._deliveries += 1
        body = {
            "ref": "refs/heads/main",
            "after": head or self.works[repository].head(),
            "repository": {"clone_url": self.server.url(repository)},
        }
        headers = {"X_GitHub_Event": "push", "X_GitHub_Delivery": f"cheating-{self._deliveries}"}
        if secret is None:
            return self.anonymous.call("POST", "/_git_hook", body, **headers)[0]
        digest = hmac.new(secret.encode(), json.dumps(body).encode(), hashlib.sha256).hexdigest()
        headers["X_Hub_Signature_256"] = f"sha256={digest}"
        return self.anonymous.call("POST", urlsplit(self.hook.url).path, body, **headers)[0]

    def push(self, repository: str, *arguments: str) -> None:
        """Push, as a forge does it: with a hook of the course that is signed with its secret."""
        self.works[repository].push(*arguments)
        status = self.send_hook(repository, secret=self.hook.secret)
        if status != 202:
            check(False, f"the forge's hook for {repository}: {status}")

    def read_again(self, repositories: Sequence[str]) -> None:
        """Let Atelier look at these repositories, as it does by itself every 15 minutes. They have nothing new."""
        from gitsync.domain.repositories import find_loosely
        from gitsync.models import LocalCopy

        began = int(time.time())
        for name in repositories:
            self.send_hook(name, self.works[name].git("rev-parse", "origin/main").decode().strip())
        self.wait_until_idle()
        meant = find_loosely([self.server.url(name) for name in repositories])
        read = LocalCopy.objects.filter(repository__in=meant, refs_requested_at__gte=began).count()
        check(read == len(repositories), f"{read} of {len(repositories)} repositories are read after the deadline")

    def end_the_exercise(self) -> None:
        """Set the deadline to a second from now."""
        self.deadline = int(time.time()) + 1
        teacher = Program(self.url, self.here.bearer(TEACHER))
        moment = datetime.fromtimestamp(self.deadline, UTC).isoformat()
        address = f"/api/v1/courses/{self.course.pk}/tasks/{self.task.pk}/"
        status, answer = teacher.call("PATCH", address, {"deadline": moment})
        check(status == 200, f"the exercise is due at {moment}: {status} {answer if status != 200 else ''}")

    def wait_until_late(self, seconds: int = 61) -> None:
        """Wait until the deadline is over for so many seconds."""
        time.sleep(max(0.0, self.deadline + seconds - time.time()))

    def wait_until_idle(self, seconds: float = 60) -> None:
        """Wait until all repositories are read and all events have arrived. Ends the proof after `seconds`."""
        from courses.models import Enrolment
        from gitsync.models import LocalCopy, OutboxEvent, Request

        began = idle_since = time.monotonic()
        while time.monotonic() - idle_since < SETTLED_AFTER:
            open_work = {
                "repositories": LocalCopy.objects.filter(dirty=True, status__in=("new", "ok")),
                "events": OutboxEvent.objects.filter(delivered_at=None),
                "requests": Request.objects.filter(state="pending").exclude(error="waiting"),
                "students": Enrolment.objects.filter(commits_stale=True),
            }
            busy = [name for name, rows in open_work.items() if rows.exists()]
            if busy:
                idle_since = time.monotonic()
            if time.monotonic() - began > seconds:
                check(False, f"still busy after {seconds} s: {', '.join(busy)}")
            time.sleep(0.1)
