"""A course whose students have repositories at a Git server, for proofs that push to many of them at once."""

import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.support.repositories import GeneratedRepository
from proofs.support.from_outside import check
from proofs.support.raw_http import Caller
from proofs.support.served_school import ServedSchool

FORGE_ADDRESS = "127.0.0.2"  # of the callers of hooks
HOOKS_AT_ONCE = 10
EVERY = 0.1  # seconds between two looks at the rows


class CourseOfRepositories:
    """A course of one exercise. Its hooks are unsigned."""

    def __init__(self, school: ServedSchool, course_id: str, students: list[str]) -> None:
        from accounts.models import User

        self.school, self.program = school, school.program
        self.ids = {"teacherId": "tara", "semesterId": "A2026", "courseId": course_id}
        self.repositories: dict[str, GeneratedRepository] = {}  # address -> repository
        self.heads: dict[str, str] = {}  # address -> its last commit
        school.atelier.person("tara", kind="teacher", language="en")
        known = set(User.objects.values_list("username", flat=True))
        for name in set(students) - known:
            User.objects.create_user(name, kind="student")  # without a password
        tasks = [{"path": "/depot", "title": "Depot", "asks_for": "repository"}]
        tasks.append({"path": "/depot/ex1", "title": "Exercise 1", "source_folder_path": "/"})
        body = {"teacher": "tara", "semester_id": "A2026", "course_id": course_id, "title": course_id, "tasks": tasks}
        people = [{"username": name, "group": "01"} for name in students]
        status, answer = self.program.call("POST", "/api/v1/courses/", body | {"enrolments": people})
        check(status == 201, f"a course with {len(students)} students: {status}")
        self.pk = answer["id"]

    def give(self, student: str, name: str, url: str, repo_path: str = "/depot") -> None:
        """Create a repository with one commit at the Git server, and register it over the wire, as a program does.

        url: where the Git module finds it.
        """
        repository = GeneratedRepository(Path(self.school.forge.root, f"{name}.git"), len(self.repositories), files=4)
        self.repositories[url], self.heads[url] = repository, repository.add_commits(1)
        body = {"_C": "RegisterGitRepo", **self.ids, "groupId": "01", "studentId": student}
        status, answer = self.program.call("POST", "/_git_api", body | {"repoPath": repo_path, "repoUrl": url})
        if status != 200:
            check(False, f"{url} registered for {student}: {status} {answer}")

    def push(self, urls: list[str]) -> dict[str, float]:
        """Add a commit to each of these repositories, then send all their hooks at once.

        Returns the monotonic time of each hook by address of the repository.
        """
        bodies = {}
        for url in urls:
            head = self.heads[url] = self.repositories[url].add_commits(1)
            bodies[url] = {"ref": "refs/heads/main", "after": head, "repository": {"clone_url": url}}
        sent: dict[str, float] = {}

        def send(url: str) -> None:
            sent[url] = time.monotonic()
            headers = [("X-GitHub-Event", "push"), ("X-GitHub-Delivery", secrets.token_hex(8))]
            headers.append(("Content-Type", "application/json"))
            body = json.dumps(bodies[url]).encode()
            answer = Caller("forge", self.school.port, address=FORGE_ADDRESS).send(
                "POST", "/_git_hook", body, headers=headers
            )
            if answer.status != 200:
                check(False, f"the hook of {url} is answered {answer.status}")

        with ThreadPoolExecutor(HOOKS_AT_ONCE) as pool:
            list(pool.map(send, urls))
        return sent

    def wait_read(self, urls: list[str], seconds: float) -> dict[str, float]:
        """Wait until the last commit of each of these repositories is read, matched and announced.

        Returns the monotonic time of that by address. After `seconds` it returns those that are.
        """
        from gitsync.models import LocalCopy

        repository_ids = {self.repository_id(url): url for url in urls}
        read: dict[str, float] = {}
        last = time.monotonic() + seconds
        while len(read) < len(urls) and time.monotonic() < last:
            rows = LocalCopy.objects.filter(repository__in=repository_ids).values_list("repository_id", "head")
            now = time.monotonic()
            for repository_id, head in rows:
                url = repository_ids[repository_id]
                if head == self.heads[url]:
                    read.setdefault(url, now)
            time.sleep(EVERY)
        return read

    def repository_id(self, url: str) -> int:
        from gitsync.models import Registration

        rows = Registration.objects.filter(repo_url=url, course__course_id=self.ids["courseId"])
        return int(rows.values_list("repository_id", flat=True)[0])

    def fetches_at(self, host: str) -> int:
        """Return how many repositories at this host are being fetched now."""
        from django.utils import timezone

        from gitsync.models import LocalCopy

        return LocalCopy.objects.being_read(timezone.now()).filter(repository__host=host).count()
