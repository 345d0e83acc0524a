"""Kills the broker and workers during synchronizations. Nothing may be lost.

Run it with `make proof NAME=crash`; ARGS="--tasks 6" makes it short. An instance (`manage.py up`) synchronizes
repositories from a slow Git server on this machine. Each round registers a batch of repositories, waits until two of
them are being read, and kills (-9) nothing, the broker, one of the two processes of the worker, the whole worker, or
the broker and the worker. It prints how many seconds after the kill the first and the last repository were done. The
exit code is 1 when a repository was never done, or when its OnClone event was written more than once.
"""

import argparse
import logging
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from kernel.testing import child_processes

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT = 240.0  # seconds for a batch
REQUEST_DELAY = 0.4  # seconds that the Git server delays each request


class SlowRequestList(list):
    """A list of requests for the Git server. Each entry takes REQUEST_DELAY to be added."""

    def append(self, item: object) -> None:
        super().append(item)
        time.sleep(REQUEST_DELAY)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=102, help="repositories of each round; two are read at a time")
    parser.add_argument("--kill", nargs="*", choices=KILLS, default=list(KILLS), help="the rounds")
    parser.add_argument("--log", help="copy the log of the instance to this file")
    arguments = parser.parse_args()
    with child_processes.temporary_folder("atelier-bench-") as temporary:
        folder = Path(temporary)
        os.environ.update(ATELIER_HOME=str(folder / "home"), DJANGO_SETTINGS_MODULE="config.settings")
        import django

        from gitsync.tests.gitserver import serving

        (folder / "git").mkdir()
        with serving(folder / "git") as server:
            os.environ["GIT_LOCAL_SERVERS"] = server.host
            django.setup()
            logging.disable(logging.INFO)
            from kernel.testing.processes import Instance

            instance = Instance(folder / "home", GIT_LOCAL_SERVERS=server.host)
            try:
                instance.wait_ready()
                work = server.create("pattern")
                for number in range(3):
                    work.commit(f"step {number}", tp1__Main_txt=f"line {number}\n" * 20)
                work.push()
                server.requests = SlowRequestList()
                server._http.handle_error = lambda *_: None  # killed clients break their connections
                rounds = [run_round(instance, server, name, arguments.tasks) for name in arguments.kill]
            finally:
                if arguments.log:
                    shutil.copy(instance.log, arguments.log)
                instance.end()
            return 0 if all(rounds) else 1


def broker_pid(instance) -> int:
    """Return the pid of the instance's broker."""
    import redis

    from config.data_folder import broker_url

    return redis.Redis.from_url(broker_url(instance.home)).info("server")["process_id"]


def worker_pid(instance) -> int:
    """Return the pid of the instance's worker, after waiting until it runs."""
    from kernel.testing.processes import wait_until

    return wait_until(lambda: instance.pid_of("fetch"))


def pool_pid(instance) -> int:
    """Return the pid of one of the processes of the worker that fetches."""
    from kernel.testing.processes import parent_pid

    parent = worker_pid(instance)
    return next(pid for pid in instance.processes() if parent_pid(pid) == parent)


KILLS = {
    "nothing": [],
    "broker": [broker_pid],
    "pool": [pool_pid],
    "worker": [worker_pid],
    "both": [broker_pid, worker_pid],
}


def run_round(instance, server, name: str, count: int) -> bool:
    """Run one round with `count` repositories, and return whether each was done exactly once.

    `name` is a key of KILLS.
    """
    from django.db import transaction

    from gitsync.domain import registrations
    from gitsync.models import FetchHost, LocalCopy, Registration
    from kernel.testing.processes import wait_until

    FetchHost.objects.update_or_create(host=server.host, defaults={"quick_contacts": FetchHost.QUICK_AFTER})
    for number in range(count):
        shutil.copytree(server.root / "pattern.git", server.root / f"{name}-{number}.git")
    course = registrations.CourseIds("teacher", "A2026", name)
    worker_pid(instance)  # waits until the worker runs
    with transaction.atomic():  # so that all are queued at the same time
        for number in range(count):
            registrations.register_repository(course, student_id=f"s{number}", repo_url=server.url(f"{name}-{number}"))
    copies = LocalCopy.objects.filter(repository__registrations__course__course_id=name)
    running = wait_until(lambda: max(copies.exclude(lease_until=None).count() - 1, 0), 60) + 1
    waiting = copies.filter(dirty=True).count() - running
    pids = [find_pid(instance) for find_pid in KILLS[name]]
    began = time.monotonic()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    done_before = copies.filter(status=LocalCopy.Status.OK).count()
    done_after: dict[int, float] = {}  # number of the repository -> seconds after the kill
    while len(done_after) < count - done_before and time.monotonic() - began < TIMEOUT:
        done = copies.filter(status=LocalCopy.Status.OK, dirty=False).count()
        for number in range(len(done_after), done - done_before):
            done_after[number] = time.monotonic() - began
        time.sleep(0.05)
    done = copies.filter(status=LocalCopy.Status.OK, dirty=False).count()
    commits = sum(
        registration.repository.commits.count() for registration in Registration.objects.filter(course__course_id=name)
    )
    repeated = count_repeated_events(name)
    times = sorted(done_after.values()) or [0.0]
    first, all_but_two, last = times[0], times[max(len(times) - 3, 0)], times[-1]
    print(
        f"kill -9 of {name:8} with {waiting} queued and {running} running: {done} of {count} done, {commits} commits; "
        f"the next after {first:.1f} s, all but two after {all_but_two:.1f} s, all after {last:.1f} s"
        f"{'' if not repeated else f'; with a repeated event: {repeated}'}",
        flush=True,
    )
    return done == count and commits == 3 * count and not repeated


def count_repeated_events(course: str) -> int:
    """Return how many repositories of this course have more than one OnClone event."""
    from collections import Counter

    from gitsync.models import OutboxEvent

    events = OutboxEvent.objects.filter(kind="OnClone", registration__course__course_id=course)
    return sum(number > 1 for number in Counter(events.values_list("registration", "target")).values())


if __name__ == "__main__":
    sys.exit(main())
