"""A class of 120 is connected with each forge, and the worker is killed (kill -9) at nine points. Nothing exists twice.

Run it with `make proof NAME=forge`. The forges are servers on loopback that answer as GitHub, GitLab, Gitea and
Bitbucket Cloud document their APIs (gitsync/tests/forge_server.py); no real forge runs here. A teacher connects a class
of 120 students. The real Celery worker (proofs/support/dying_worker.py) reads the list, registers the repositories and
installs the hooks. It is killed from inside at eight points, and once by the forge that has just made a hook and not
answered. Then a normal worker goes on, as the sweep of the schedule asks it to, and meets 429 with Retry-After, 503
before a hook is made, and 503 after. In the end each repository is registered once and has one hook.

Then an organisation of 2,000 repositories is listed: the SQL statements and the memory of a page must not grow.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bench.support import instance
from kernel.testing import child_processes
from proofs.support.connected_courses import connect, list_many, make_course

KINDS = ("github", "gitlab", "gitea", "bitbucket")
TIMEOUT = 120.0  # seconds until a worker must have come to the point, or to the end
# Name of the point -> before or after which call of which function the worker is killed. While it installs, it is
# killed in every eighth of the class.
LISTING = {
    "claimed, nothing asked": "after courses.domain.forge_leases.claim",
    "page read, not written": "before courses.domain.forge_work._keep",
    "proposed, not committed": "after courses.domain.forge_work.write_proposals",
}
INSTALLING = {
    "registered, not noted": "after courses.domain.forge_installation.place_repository",
    "registration noted, no hook": "after courses.domain.forge_installation._register",
    "hook made, not noted": "after courses.domain.forge_installation.install_hook",
    "hook noted, not committed": "after courses.domain.forge_installation.save",
    "hook to be asked for": "before courses.domain.forge_installation.install_hook",
}
BY_THE_FORGE = "hook made, not answered"
POINTS = [*LISTING, *INSTALLING, BY_THE_FORGE]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forges", nargs="*", choices=KINDS, default=KINDS)
    parser.add_argument("--students", type=int, default=120, help="24 or more")
    parser.add_argument("--many", type=int, default=2_000, help="repositories of the large organisation; 0: without it")
    parser.add_argument(
        "--lease", type=float, default=3, help="seconds of the lease of a connection; 75 in the product"
    )
    parser.add_argument(
        "--points", type=int, nargs="*", default=range(1, len(POINTS) + 1), help="their numbers, from 1"
    )
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from gitsync.tests.forge_server import serving_forge

    with contextlib.ExitStack() as running:
        forges = {kind: running.enter_context(serving_forge(kind)) for kind in arguments.forges}
        many = running.enter_context(serving_forge("gitlab"))
        servers = ",".join(forge.host for forge in (*forges.values(), many))
        broker = running.enter_context(instance.broker())
        variables = {"REDIS_URL": broker, "GIT_LOCAL_SERVERS": servers, "PUBLIC_URL": "http://127.0.0.1:8000"}
        atelier = running.enter_context(instance.atelier(**variables))
        print(f"{instance.database_name()}, {arguments.students} students, a lease of {arguments.lease:.0f} s")
        passed = [Class(atelier, forge, arguments).run() for forge in forges.values()]
        if arguments.many:
            passed.append(list_many(atelier, many, arguments.many))
    print("VERDICT: " + ("each registration and each hook once" if all(passed) else "something is wrong"))
    return 0 if all(passed) else 1


class Class:
    """A course and its forge."""

    def __init__(self, atelier: Any, forge: Any, arguments: argparse.Namespace) -> None:
        self.atelier, self.forge = atelier, forge
        self.students, self.lease = arguments.students, arguments.lease
        self.points = [POINTS[number - 1] for number in arguments.points]
        self.course = make_course(atelier, forge.kind, self.students)
        for number in range(self.students):
            forge.add(f"class/tp-student{number:03}")
        self.killed: dict[str, bool] = {}
        self.victim: subprocess.Popen[bytes] | None = None

    def run(self) -> bool:
        """Connect and install with a worker that is killed at each point. Return whether everything exists once."""
        from courses.domain import forge_connections
        from courses.models import ForgeConnection

        state, began = ForgeConnection.State, time.monotonic()
        self.connection = connect(self.course, self.forge)
        for name in (name for name in LISTING if name in self.points):
            self.killed[name] = self.kill(POINT=LISTING[name])
        with self.worker():
            proposed = self.wait_for(state.PROPOSED)
        forge_connections.install(self.course.teacher, self.connection)
        for name in (name for name in INSTALLING if name in self.points):
            self.killed[name] = self.kill(POINT=INSTALLING[name], CALL=str(self.students // 8))
        if BY_THE_FORGE in self.points:
            self.killed[BY_THE_FORGE] = self.kill_by_the_forge(self.students // 8)
        posts, few = "POST .*hooks", self.students // 24
        self.forge.answer(posts, 429, {"message": "slow down"}, Retry_After="2").skips = few
        self.forge.answer(posts, 503, "down").skips = 2 * few
        lost = self.forge.answer(posts, 503, "down")  # the hook is made, and the answer is lost
        lost.skips, lost.is_after = 3 * few, True
        with self.worker():
            installed = self.wait_for(state.INSTALLED)
        return self.report(proposed and installed, time.monotonic() - began)

    def report(self, ended: bool, seconds: float) -> bool:
        """Print the figures, and return whether they are right."""
        from courses.git import git_module
        from courses.models import StudentRepository
        from gitsync.models import Registration

        hook = git_module.hook_address(self.course).url
        once = sum(urls == [hook] for urls in self.forge.hook_urls())
        given = StudentRepository.objects.filter(enrolment__course=self.course).count()
        registered = Registration.objects.filter(repository__host=self.forge.host, confirmed=True).count()
        made = sum(line.startswith("POST") for line in self.forge.requests)
        answered = all(not answer.times for answer in self.forge.answers)
        missed = [name for name, killed in self.killed.items() if not killed]
        right = ended and answered and not missed and once == given == registered == self.students
        print(
            f"  {self.forge.kind:10} killed at {sum(self.killed.values())} of {len(self.killed)} points; "
            f"{given} given, {registered} registered, {once} with one hook; "
            f"{len(self.forge.requests)} requests, {made} of them make a hook; {seconds:.0f} s"
        )
        for fault in missed:
            print(f"    not killed: {fault}")
        return right

    def kill(self, **variables: str) -> bool:
        """Return whether a worker was killed at the point of `variables`."""
        with self.worker(**variables) as process:
            self.wait(lambda: process.poll() is not None)
            return process.returncode == -9

    def kill_by_the_forge(self, call: int) -> bool:
        """Have the forge kill the worker after it has made so many hooks, before it answers."""
        respond, calls = self.forge.respond, []

        def respond_and_kill(method: str, *values: Any) -> Any:
            answer = respond(method, *values)
            if method == "POST":
                calls.append(method)
                if len(calls) == call and self.victim:
                    os.killpg(self.victim.pid, 9)  # the worker and its pool
            return answer

        self.forge.respond = respond_and_kill
        try:
            return self.kill()
        finally:
            self.forge.respond = respond

    @contextlib.contextmanager
    def worker(self, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a worker for the queue of these tasks. `variables` are explained in dying_worker.py."""
        arguments = ["-m", "proofs.support.dying_worker", "-c", "1", "-Q", "default"]
        arguments += ["--without-gossip", "--without-mingle"]
        variables = os.environ | self.atelier.variables | {"LEASE": str(self.lease), "WHO": ""} | variables
        with (self.atelier.home / "worker.log").open("ab") as log:
            process = child_processes.start(
                [sys.executable, *arguments], cwd=instance.ROOT, env=variables, stdout=log, stderr=log
            )
        self.victim = process
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def wait_for(self, state: str) -> bool:
        """Wait until the work has come to this state, and return whether it has."""

        def has_come() -> bool:
            self.connection.refresh_from_db(fields=["state"])
            return bool(self.connection.state == state)

        return self.wait(has_come)

    def wait(self, has_come: Any) -> bool:
        """Wait for a condition, and queue what stands still, as the sweep of the schedule does."""
        from courses.domain import forge_leases

        forge_leases.LEASE = forge_leases.STALLED = timedelta(seconds=self.lease)
        last = time.monotonic() + TIMEOUT
        while not has_come():
            if time.monotonic() > last:
                return False
            forge_leases.queue_stalled()
            time.sleep(0.5)
        return True


if __name__ == "__main__":
    sys.exit(main())
