"""kill -9 of the worker at twelve places of a sync, from the claim to the last event: `make proof NAME=killed-sync`.

For each place a student's repository: a worker (dying_worker.py) takes it up and is killed exactly there. Then a whole
worker and its schedule are started and everything must come right by itself. Each repository has a twin with the same
commits that nobody disturbs; all rows of the Git module and of the dashboard must be the twin's. First on a first
import, then on a rewritten history. A dashboard elsewhere listens too and counts what it is sent twice.
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
from proofs.support.from_outside import RemoteDashboard
from proofs.support.rows_of_a_student import owed_elsewhere, rows_of

POINTS = {
    "claimed, nothing fetched": "after gitsync.syncing.lease.claim",
    "pack received, not indexed": "before gitsync.git.store.index_pack",
    "pack indexed, not in place": "before gitsync.git.store.IncomingStore.install",
    "store in place, no row": "after gitsync.syncing.sync._fetch_into_store",
    "commits written, not committed": "after gitsync.syncing.recording._write",
    "rows there, unannounced": "before gitsync.syncing.finish.record_success",
    "matched, in the last transaction": "after gitsync.syncing.rematch.match_commits",
    "events owed, not committed": "after gitsync.events.announce.after_success",
    "committed, no delivery queued": "before gitsync.events.outbox._start_delivery",
    "event claimed, not sent": "after gitsync.events.outbox._claim",
    "dashboard has it, not committed": "after courses.git.progress.apply_event",
    "posted elsewhere, not noted": "after gitsync.events.outbox._post",
}
PATIENCE = 240.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, nargs="*", default=list(range(1, len(POINTS) + 1)), help="which, from 1")
    parser.add_argument(
        "--lease", type=float, default=60, help="of a clone or an event, in seconds; 60 is the product's"
    )
    parser.add_argument("--rounds", nargs="*", choices=["first import", "rewritten history"], default=None)
    arguments = parser.parse_args()
    dashboard = RemoteDashboard()
    with instance.a_broker() as broker, instance.git_server() as server:
        variables = {
            "REDIS_URL": broker,
            "GIT_LOCAL_SERVERS": server.host,
            "DASHBOARD_URL": f"http://127.0.0.1:{dashboard.server_port}",
            "DASHBOARD_TOKEN": "remote-secret",
        }
        with instance.atelier(**variables) as here:
            proof = Proof(here, server, dashboard, arguments.lease)
            chosen = [list(POINTS)[number - 1] for number in arguments.points]
            rounds = arguments.rounds or ["first import", "rewritten history"]
            well = [proof.round(name, chosen, rewrite=name != rounds[0]) for name in rounds]
    print("VERDICT: " + ("the same rows, each event once" if all(well) else "something was lost or told twice"))
    return 0 if all(well) else 1


class Proof:
    def __init__(self, here: Any, server: Any, dashboard: RemoteDashboard, lease: float) -> None:
        self.here, self.server, self.dashboard, self.lease = here, server, dashboard, lease
        self.works: dict[str, Any] = {}
        self.twice: dict[str, int] = {}  # events that a student's stream elsewhere had twice in the rounds before
        from courses.domain import course_tasks, courses
        from courses.models import Task

        teacher = here.person("teacher", kind="teacher")
        self.teacher = teacher
        self.course = courses.create_course(teacher, teacher, semester_id="A2026", course_id="Killed", title="Killed")
        course_tasks.add_task(teacher, self.course, path="/depot", title="Depot", asks_for=Task.Asks.REPOSITORY)
        for number in (1, 2):
            course_tasks.add_task(teacher, self.course, path=f"/depot/ex{number}", title=f"Exercice {number}")

    def round(self, name: str, points: list[str], *, rewrite: bool) -> bool:
        """Kill at each of the points, then start a whole worker; whether all became the twins' rows."""
        print(f"{name}, a lease of {self.lease:.0f} s; seconds from the start of the new worker", flush=True)
        students = {point: f"s{list(POINTS).index(point) + 1}" for point in points}
        died = {}
        for point, student in students.items():
            self.push(student, rewrite=rewrite)
            died[point] = self.kill(point, student)
        with self.worker(), self.worker("beat"):
            started, after = time.monotonic(), dict[str, float]()
            for student in students.values():
                self.twin(student, rewrite=rewrite)
            names = [*students.values(), *(f"{student}-twin" for student in students.values())]
            while len(after) < len(names) and time.monotonic() - started < PATIENCE:
                for one in names:
                    if one not in after and self.is_well(one):
                        after[one] = time.monotonic() - started
                time.sleep(0.1)
        good = True
        for point, student in students.items():
            verdict = self.verdict(student, twice_allowed=point == "posted elsewhere, not noted")
            verdict = verdict if died[point] else "was not killed there"
            verdict = verdict if student in after else "did not come right"
            good &= verdict.startswith("same")
            print(f"  {point:34} well after {after.get(student, PATIENCE):5.1f} s; {verdict}", flush=True)
        return good

    def push(self, student: str, *, rewrite: bool) -> None:
        """New commits on the server, and the wish to look: by giving the repository, or as a hook would."""
        if not rewrite:
            work = self.works[student] = self.server.create(student)
            work.commit("Début", ex1__Main_txt="one\n", readme="x\n")
            work.commit("Exercice 1 fini", ex1__Main_txt="one\ntwo\n")
            work.commit("Exercice 2 fini", ex2__Main_txt="three\n")
            work.push()
            self.give(student)
            return
        work = self.works[student]
        work.git("reset", "-q", "--hard", "HEAD~1")
        work.commit("Exercice 1, encore", at=int(time.time()), ex1__Main_txt="one\ntwo\nthree\n")
        work.push("-f", "origin", "HEAD")
        self.look(student)

    def give(self, student: str) -> None:
        from courses.domain import roster, student_repositories

        enrolment = roster.enrol(self.teacher, self.course, username=student, group_id="01", create=True)
        student_repositories.give_repository(
            enrolment.person, enrolment, repo_path="/depot", url=self.server.url(student)
        )
        student_repositories.confirm_repositories(self.teacher, self.course)

    def look(self, student: str) -> None:
        from gitsync.domain import repositories
        from gitsync.syncing import sync_queue

        sync_queue.request_sync(repositories.find(self.server.url(student)).pk)

    def twin(self, student: str, *, rewrite: bool) -> None:
        bare = self.server.root / f"{student}-twin.git"
        shutil.rmtree(bare, ignore_errors=True)
        shutil.copytree(self.server.root / f"{student}.git", bare)
        self.look(f"{student}-twin") if rewrite else self.give(f"{student}-twin")

    def kill(self, point: str, student: str) -> bool:
        """Whether a worker that takes this up dies of signal 9 at the point."""
        with self.worker(POINT=POINTS[point], WHO=student) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(60)
            return process.returncode == -9

    @contextlib.contextmanager
    def worker(self, kind: str = "worker", **variables: str) -> Iterator[subprocess.Popen[bytes]]:
        from config.celery import QUEUES

        words = ["-m", "proofs.support.dying_worker", "-c", "1", "-Q", ",".join(QUEUES)]
        words += ["--without-gossip", "--without-mingle"]
        if kind == "beat":
            words = ["-m", "celery", "-A", "config", "-q", "beat", "-s", str(self.here.home / "beat"), "--pidfile="]
        variables = os.environ | self.here.variables | {"LEASE": str(self.lease)} | variables
        with (self.here.home / f"{kind}.log").open("ab") as log:
            command = [sys.executable, *words]
            process = subprocess.Popen(command, cwd=instance.ROOT, env=variables, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def is_well(self, student: str) -> bool:
        from courses.models import Enrolment
        from gitsync.models import LocalCopy, OutboxEvent

        clone = LocalCopy.objects.filter(
            repository__registrations__student__student_id=student, dirty=False, status="ok"
        )
        open_events = OutboxEvent.objects.filter(registration__student__student_id=student, delivered_at=None)
        stale = Enrolment.objects.filter(person__username=student, commits_stale=True)
        return clone.exists() and not open_events.exists() and not stale.exists()

    def verdict(self, student: str, *, twice_allowed: bool) -> str:
        ours, twins = rows_of(student), rows_of(f"{student}-twin")
        different = [kind for kind in twins if ours[kind] != twins[kind]]
        if different:
            kind = different[0]
            return f"other rows than the twin's: {', '.join(different)}\n    {ours[kind]}\n    {twins[kind]}"
        got = [event_id for event_id, body in self.dashboard.messages if body.get("studentId") == student]
        twice = len(got) - len(set(got)) - self.twice.get(student, 0)
        self.twice[student] = len(got) - len(set(got))
        owed = owed_elsewhere(student)
        if list(dict.fromkeys(got)) != owed:
            return f"the dashboard elsewhere did not hear the {len(owed)} events in order"
        if twice > twice_allowed:
            return f"{twice} sent twice elsewhere"
        rows = sum(len(value) for value in ours.values())
        again = f", {twice} sent twice elsewhere under its id" if twice else ""
        return f"same {rows} rows, {len(owed)} events each once in the dashboard{again}"


if __name__ == "__main__":
    sys.exit(main())
