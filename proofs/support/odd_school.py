"""The course of proofs/odd_repositories.py: its students, its workers, and what their pages show."""

import contextlib
import html
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.test import Client

from bench.support import instance
from courses.domain import course_tasks, courses, roster, student_repositories
from courses.models import Task
from gitsync.domain import repositories
from gitsync.models import LocalCopy, OutboxEvent, Request
from gitsync.syncing import sync_queue
from kernel.testing import child_processes
from proofs.support.odd_repository import OddRepository

FETCHING = ["-n", "fetch", "-c", "2", "-Q", "sync"]
WORKING = ["-n", "work", "-c", "1", "-Q", "default,match,deliver,mail,similarity"]
SYNC = "gitsync.tasks.sync_address"
ENDING = 10.0  # seconds after the end of a sync until its task has ended, too
ODD_TASK_LOST = float("inf")  # CPU seconds of a sync whose task did not end
BAD_LINES = re.compile(r"Traceback|sync_failed|MemoryError|WorkerLost|SIGKILL|Hard time limit")


@dataclass
class Healthy:
    """The delays, in seconds, of pushes to healthy repositories while one odd repository was read."""

    delay: float = 0.0
    missed: list[str] = field(default_factory=list)


class OddSchool:
    """The course, the repositories that its students give, and the workers that read them.

    `measures` is the file of proofs/support/measured_worker.py. `delays` are the seconds from each push to a healthy
    repository until it was read.
    """

    def __init__(self, atelier: Any, server: Any, measures: Path) -> None:
        self.atelier, self.server, self.measures = atelier, server, measures
        self.teacher = atelier.person("teacher", kind="teacher")
        self.course = courses.create_course(
            self.teacher, self.teacher, semester_id="A2026", course_id="Odd", title="Odd repositories"
        )
        course_tasks.add_task(self.teacher, self.course, path="/depot", title="Depot", asks_for=Task.Asks.REPOSITORY)
        for number in range(1, 101):
            course_tasks.add_task(self.teacher, self.course, path=f"/depot/tp{number}", title=f"TP {number}")
        self._repositories: dict[str, int] = {}  # by URL
        self.healthy: list[Any] = []
        self.pending: dict[str, tuple[str, float]] = {}  # student -> the pushed commit, and when
        self.delays: list[float] = []
        self._delays_before = 0
        self.turn = self.odd_number = 0

    @contextlib.contextmanager
    def workers(self) -> Iterator[None]:
        """Run the worker that fetches, the worker for all else, and the schedule."""
        measured = ["-m", "proofs.support.measured_worker"]
        quiet = ["--without-gossip", "--without-mingle", "-l", "WARNING"]
        beat = ["-m", "celery", "-A", "config", "-q", "beat", "-s", str(self.atelier.home / "beat"), "--pidfile="]
        with contextlib.ExitStack() as held:
            for name, command in {
                "fetch": [*measured, *FETCHING, *quiet],
                "work": [*measured, *WORKING, *quiet],
                "beat": beat,
            }.items():
                held.enter_context(self._process(name, command))
            yield

    @contextlib.contextmanager
    def _process(self, name: str, command: list[str]) -> Iterator[None]:
        with (self.atelier.home / f"{name}.log").open("wb") as log:
            process = child_processes.start(
                [sys.executable, *command], cwd=instance.ROOT, env=os.environ | self.atelier.variables,
                stdout=log, stderr=log,
            )  # fmt: skip
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    # --- healthy repositories ----------------------------------------------------------------------------------------

    def add_healthy(self, number: int) -> None:
        """Give so many repositories, and wait until they are read. Ends the proof when they are not."""
        for index in range(number):
            work = self.server.create(f"healthy{index}")
            work.commit("TP1", tp1__a_txt="1\n")
            work.push()
            self.healthy.append(work)
            self._give(work.bare.stem, self.server.url(work.bare.stem))
            self.pending[work.bare.stem] = work.head(), time.monotonic()
        if missed := self.wait_for_healthy(120).missed:
            raise SystemExit(f"the healthy repositories were not read at the start: {missed}\n{self.log_tail()}")
        self.delays.clear()
        self._delays_before = 0

    def push_to_healthy(self) -> None:
        """Push to the two healthy repositories whose turn it is, and request their sync, as hooks do."""
        for _ in range(2):
            work = self.healthy[self.turn % len(self.healthy)]
            self.turn += 1
            name = work.bare.stem
            if name in self.pending:
                continue
            head = work.commit(f"TP2 {self.turn}", tp2__a_txt=f"{self.turn}\n")
            work.push()
            self.pending[name] = head, time.monotonic()
            sync_queue.request_sync(self._repository(self.server.url(name)))

    def note_healthy(self) -> None:
        """Note which pushes have been read."""
        for name, (head, since) in list(self.pending.items()):
            if self.local_copy(self.server.url(name)).head == head:
                self.delays.append(time.monotonic() - since)
                del self.pending[name]

    def wait_for_healthy(self, seconds: float) -> Healthy:
        """Wait until all pushes are read, and return what became of those since the last call."""
        while self.pending and any(time.monotonic() - since < seconds for _head, since in self.pending.values()):
            self.note_healthy()
            time.sleep(0.05)
        missed, delays = list(self.pending), self.delays[self._delays_before :]
        self.pending.clear()
        self._delays_before = len(self.delays)
        return Healthy(max(delays, default=0.0), missed)

    # --- odd repositories --------------------------------------------------------------------------------------------

    def create(self) -> OddRepository:
        self.odd_number += 1
        return OddRepository(self.server, f"odd{self.odd_number:02}")

    def give(self, odd: OddRepository) -> None:
        """Let the repository's own student give it."""
        self._give(odd.name, odd.url)

    def _give(self, student: str, url: str) -> None:
        enrolment = roster.enrol(self.teacher, self.course, username=student, group_id="01", create=True)
        student_repositories.give_repository(enrolment.person, enrolment, repo_path="/depot", url=url)
        student_repositories.confirm_repositories(self.teacher, self.course)

    def request_sync(self, odd: OddRepository) -> None:
        sync_queue.request_sync(self._repository(odd.url))

    def has_ended(self, odd: OddRepository) -> bool:
        """Whether the last sync has ended, and the student's page knows what became of it."""
        local_copy = self.local_copy(odd.url)
        if local_copy.lease_token is not None or local_copy.started_at is None:
            return False
        if local_copy.dirty and not local_copy.reason:
            return False
        return not OutboxEvent.objects.filter(
            registration__repository=local_copy.repository_id, delivered_at=None
        ).exists()

    def cpu_seconds(self, odd: OddRepository) -> float:
        """Return the CPU seconds of all syncs of this repository. Waits up to ENDING seconds until their tasks end."""
        last = time.monotonic() + ENDING
        while True:
            measures = self._measured()
            syncs = [line for line in measures if line["task"] == SYNC and line["args"] == [self._repository(odd.url)]]
            ended = {line["id"] for line in syncs if "cpu" in line}
            if ended == {line["id"] for line in syncs}:
                return sum((line["cpu"] for line in syncs if "cpu" in line), 0.0)
            if time.monotonic() > last:
                return ODD_TASK_LOST
            time.sleep(0.05)

    def page_text(self, student: str) -> tuple[str, list[str]]:
        """Return the text of the student's own pages, and those that fail."""
        client = Client(SERVER_NAME="localhost", raise_request_exception=False)
        client.force_login(self.atelier.person(student), backend="django.contrib.auth.backends.ModelBackend")
        own = f"/courses/{self.course.pk}/students/{student}/"
        text, faults = "", []
        for address in (own, f"{own}repository/?at=/depot"):
            response = client.get(address, headers={"Accept-Language": "en"})
            faults += [] if response.status_code == 200 else [f"{address} answers {response.status_code}"]
            text += html.unescape(response.content.decode())
        return text, faults

    # --- the workers' logs and measures ------------------------------------------------------------------------------

    def faults_of_logs(self) -> list[str]:
        """Return what is bad in the logs of the workers, and whether accepted messages wait for an end."""
        pending = Request.objects.filter(state=Request.State.PENDING).count()
        faults = [f"{pending} accepted messages have not ended"] if pending else []
        for log in sorted(self.atelier.home.glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()
            if bad := [line for line in lines if BAD_LINES.search(line)]:
                faults.append(f"{log.name}: {len(bad)} bad lines, such as {bad[0][:400]}")
        return faults

    def summary(self, odd: int) -> str:
        measures = [line for line in self._measured() if "cpu" in line]
        syncs = [line for line in measures if line["task"] == SYNC]
        others = [line for line in measures if line["task"] != SYNC]
        largest = max((line["memory"] for line in measures), default=0)
        delays = sorted(self.delays) or [0.0]
        return (
            f"{odd} odd repositories, {len(syncs)} syncs, {sum(line['cpu'] for line in syncs):.0f} s of CPU, the most "
            f"for one {max((line['cpu'] for line in syncs), default=0):.1f} s; the most for another task "
            f"{max((line['cpu'] for line in others), default=0):.1f} s; peak memory of a worker process {largest} MB\n"
            f"{len(delays)} pushes to healthy repositories: half read after {delays[len(delays) // 2]:.1f} s, "
            f"95 % after {delays[len(delays) * 95 // 100]:.1f} s, all after {delays[-1]:.1f} s"
        )

    def log_tail(self) -> str:
        return str((self.atelier.home / "fetch.log").read_text(errors="replace")[-2000:])

    def _measured(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.measures.read_text().splitlines()]

    def local_copy(self, url: str) -> LocalCopy:
        return LocalCopy.objects.get(repository=self._repository(url))

    def _repository(self, url: str) -> int:
        if url not in self._repositories:
            repository = repositories.find(url)
            assert repository is not None
            self._repositories[url] = repository.pk
        return self._repositories[url]
