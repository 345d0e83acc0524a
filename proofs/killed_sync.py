"""A worker is killed (kill -9) at twelve points of a synchronization. Nothing may be lost.

Run it with `make proof NAME=killed-sync`. For each point there is one student repository. A worker (dying_worker.py)
claims it and is killed exactly at this point, from the claim to the last event. Then a normal worker and its schedule
start, and must complete everything without help. Each repository has a twin with the same commits, which is
synchronized without a kill. All rows of the Git module and of the dashboard must be the same as those of the twin. The
first round is a first import, the second one a rewritten history. A remote dashboard receives the events, too, and
counts those that it gets twice.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from bench.support import instance
from kernel.testing import child_processes
from proofs.support.from_outside import RemoteDashboard
from proofs.support.rows_of_a_student import remote_event_ids, rows_of

# Name of the point -> the function of the product, before or after which the worker is killed.
POINTS = {
    "claimed, nothing fetched": "after gitsync.syncing.lease.claim",
    "pack received, not indexed": "before gitsync.git.store.index_pack",
    "pack indexed, not in place": "before gitsync.git.store.IncomingStore.install",
    "store in place, no row": "after gitsync.syncing.sync._fetch_into_store",
    "commits written, not committed": "after gitsync.syncing.recording._write",
    "rows written, not announced": "before gitsync.syncing.finish.record_success",
    "matched, in the last transaction": "after gitsync.syncing.derived_rows.match_commits",
    "events written, not committed": "after gitsync.events.announce.after_success",
    "committed, no delivery queued": "before gitsync.events.outbox._start_delivery",
    "event claimed, not sent": "after gitsync.events.outbox._claim",
    "dashboard has it, not committed": "after courses.git.receiver.apply_event",
    "posted remotely, not recorded": "after gitsync.events.outbox._post",
}
TIMEOUT = 240.0  # seconds until all synchronizations must have ended


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--points",
        type=int,
        nargs="*",
        default=list(range(1, len(POINTS) + 1)),
        help="the numbers of the points, from 1",
    )
    parser.add_argument(
        "--lease", type=float, default=60, help="seconds of the lease of a repository or an event; 60 in the product"
    )
    parser.add_argument("--rounds", nargs="*", choices=["first import", "rewritten history"], default=None)
    arguments = parser.parse_args()
    dashboard = RemoteDashboard()
    with instance.broker() as broker, instance.git_server() as server:
        variables = {
            "REDIS_URL": broker,
            "GIT_LOCAL_SERVERS": server.host,
            "DASHBOARD_URL": f"http://127.0.0.1:{dashboard.server_port}",
            "DASHBOARD_TOKEN": "remote-secret",
        }
        with instance.atelier(**variables) as atelier:
            proof = Proof(atelier, server, dashboard, arguments.lease)
            chosen = [list(POINTS)[number - 1] for number in arguments.points]
            rounds = arguments.rounds or ["first import", "rewritten history"]
            passed = [proof.run_round(name, chosen, rewrite=name != rounds[0]) for name in rounds]
    print("VERDICT: " + ("the same rows, each event once" if all(passed) else "something was lost or sent twice"))
    return 0 if all(passed) else 1


class Proof:
    """The course, its students and the remote dashboard, used in all rounds.

    `lease` is in seconds.
    """

    def __init__(self, atelier: Any, server: Any, dashboard: RemoteDashboard, lease: float) -> None:
        self.atelier, self.server, self.dashboard, self.lease = atelier, server, dashboard, lease
        self.works: dict[str, Any] = {}
        self.repeated: dict[str, int] = {}  # student -> events that were sent twice in the rounds so far
        from courses.domain import course_tasks, courses
        from courses.models import Task

        teacher = atelier.person("teacher", kind="teacher")
        self.teacher = teacher
        self.course = courses.create_course(teacher, teacher, semester_id="A2026", course_id="Killed", title="Killed")
        course_tasks.add_task(teacher, self.course, path="/depot", title="Depot", asks_for=Task.Asks.REPOSITORY)
        for number in (1, 2):
            course_tasks.add_task(teacher, self.course, path=f"/depot/ex{number}", title=f"Exercice {number}")

    def run_round(self, name: str, points: list[str], *, rewrite: bool) -> bool:
        """Kill a worker at each point, then start a normal one.

        Returns whether the rows of every student are those of the twin.
        """
        print(f"{name}, a lease of {self.lease:.0f} s; seconds from the start of the new worker", flush=True)
        students = {point: f"s{list(POINTS).index(point) + 1}" for point in points}
        killed = {}
        for point, student in students.items():
            self.push(student, rewrite=rewrite)
            killed[point] = self.kill(point, student)
        with self.worker(), self.worker("beat"):
            started, after = time.monotonic(), dict[str, float]()
            for student in students.values():
                self.synchronize_twin(student, rewrite=rewrite)
            names = [*students.values(), *(f"{student}-twin" for student in students.values())]
            while len(after) < len(names) and time.monotonic() - started < TIMEOUT:
                for name_of_student in names:
                    if name_of_student not in after and self.is_complete(name_of_student):
                        after[name_of_student] = time.monotonic() - started
                time.sleep(0.1)
        passed = True
        for point, student in students.items():
            verdict = self.verdict(student, repeat_allowed=point == "posted remotely, not recorded")
            verdict = verdict if killed[point] else "was not killed there"
            verdict = verdict if student in after else "did not end"
            passed &= verdict.startswith("same")
            print(f"  {point:34} complete after {after.get(student, TIMEOUT):5.1f} s; {verdict}", flush=True)
        return passed

    def push(self, student: str, *, rewrite: bool) -> None:
        """Push new commits and cause a synchronization.

        In the first round the student gives the repository. Later the history is rewritten, and a synchronization is
        requested.
        """
        if not rewrite:
            work = self.works[student] = self.server.create(student)
            work.commit("Début", ex1__Main_txt="one\n", readme="x\n")
            work.commit("Exercice 1 fini", ex1__Main_txt="one\ntwo\n")
            work.commit("Exercice 2 fini", ex2__Main_txt="three\n")
            work.push()
            self.give_repository(student)
            return
        work = self.works[student]
        work.git("reset", "-q", "--hard", "HEAD~1")
        work.commit("Exercice 1, encore", at=int(time.time()), ex1__Main_txt="one\ntwo\nthree\n")
        work.push("-f", "origin", "HEAD")
        self.request_sync(student)

    def give_repository(self, student: str) -> None:
        """Enrol the student, who then gives the repository."""
        from courses.domain import roster, student_repositories

        enrolment = roster.enrol(self.teacher, self.course, username=student, group_id="01", create=True)
        student_repositories.give_repository(
            enrolment.person, enrolment, repo_path="/depot", url=self.server.url(student)
        )
        student_repositories.confirm_repositories(self.teacher, self.course)

    def request_sync(self, student: str) -> None:
        """Request a synchronization, as a webhook does."""
        from gitsync.domain import repositories
        from gitsync.syncing import sync_queue

        sync_queue.request_sync(repositories.find(self.server.url(student)).pk)

    def synchronize_twin(self, student: str, *, rewrite: bool) -> None:
        """Copy the repository for the twin and cause the same synchronization."""
        bare = self.server.root / f"{student}-twin.git"
        shutil.rmtree(bare, ignore_errors=True)
        shutil.copytree(self.server.root / f"{student}.git", bare)
        self.request_sync(f"{student}-twin") if rewrite else self.give_repository(f"{student}-twin")

    def kill(self, point: str, student: str) -> bool:
        """Return whether a worker that claims this repository is killed at the point."""
        with self.worker(POINT=POINTS[point], WHO=student) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(60)
            return process.returncode == -9

    @contextlib.contextmanager
    def worker(self, kind: str = "worker", **variables: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a worker, or with kind "beat" the schedule.

        `variables` are added to its environment; POINT and WHO are explained in dying_worker.py.
        """
        from config.queue_names import QUEUES

        arguments = ["-m", "proofs.support.dying_worker", "-c", "1", "-Q", ",".join(QUEUES)]
        arguments += ["--without-gossip", "--without-mingle"]
        if kind == "beat":
            arguments = [
                "-m",
                "celery",
                "-A",
                "config",
                "-q",
                "beat",
                "-s",
                str(self.atelier.home / "beat"),
                "--pidfile=",
            ]
        variables = os.environ | self.atelier.variables | {"LEASE": str(self.lease)} | variables
        with (self.atelier.home / f"{kind}.log").open("ab") as log:
            command = [sys.executable, *arguments]
            process = child_processes.start(command, cwd=instance.ROOT, env=variables, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def is_complete(self, student: str) -> bool:
        """Return whether its repository, its events and its list of commits are complete."""
        from courses.models import Enrolment
        from gitsync.models import LocalCopy, OutboxEvent

        local_copy = LocalCopy.objects.filter(
            repository__registrations__student__student_id=student, dirty=False, status="ok"
        )
        open_events = OutboxEvent.objects.filter(registration__student__student_id=student, delivered_at=None)
        stale_enrolments = Enrolment.objects.filter(person__username=student, commits_stale=True)
        return local_copy.exists() and not open_events.exists() and not stale_enrolments.exists()

    def verdict(self, student: str, *, repeat_allowed: bool) -> str:
        """Compare the student with the twin, and return a sentence about it.

        The sentence starts with "same" when all is right. `repeat_allowed` allows that one event was sent twice to the
        remote dashboard.
        """
        ours, twins = rows_of(student), rows_of(f"{student}-twin")
        different = [kind for kind in twins if ours[kind] != twins[kind]]
        if different:
            kind = different[0]
            return f"other rows than the twin's: {', '.join(different)}\n    {ours[kind]}\n    {twins[kind]}"
        received = [event_id for event_id, body in self.dashboard.messages if body.get("studentId") == student]
        repeated = len(received) - len(set(received)) - self.repeated.get(student, 0)
        self.repeated[student] = len(received) - len(set(received))
        expected = remote_event_ids(student)
        if list(dict.fromkeys(received)) != expected:
            return f"the remote dashboard did not receive the {len(expected)} events in order"
        if repeated > repeat_allowed:
            return f"{repeated} sent twice to the remote dashboard"
        rows = sum(len(value) for value in ours.values())
        remark = f", {repeated} sent twice to the remote dashboard with the same id" if repeated else ""
        return f"same {rows} rows, {len(expected)} events each once in the dashboard{remark}"


if __name__ == "__main__":
    sys.exit(main())
