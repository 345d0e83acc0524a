"""Nothing is lost: `make proof NAME=crash`, or with --tasks 6 for a short look.

An instance of its own (`manage.py up`) clones repositories from a Git server on loopback that takes its time. Each
round registers a batch, waits until two clones run, and kills (-9) nothing, the broker, one of the worker's two
processes, the whole worker, or broker and worker. It prints when the first and the last of the batch were done, counted
from the kill; the exit code is 1 when one never was, or was told of twice.
"""

import argparse
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 240.0  # seconds for a batch
HOLD = 0.4  # seconds that the Git server keeps each request waiting


class Slow(list):
    """The server's list of requests, in which each takes a moment to be written down."""

    def append(self, item: object) -> None:
        super().append(item)
        time.sleep(HOLD)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=102, help="of each round; two of them run")
    parser.add_argument("--kill", nargs="*", choices=KILLS, default=list(KILLS), help="the rounds")
    parser.add_argument("--log", help="where to keep the instance's log")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="atelier-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
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
                server.requests = Slow()
                server._http.handle_error = lambda *_: None  # killed clients hang up in the middle
                rounds = [show(instance, server, kills, arguments.tasks) for kills in arguments.kill]
            finally:
                if arguments.log:
                    shutil.copy(instance.log, arguments.log)
                instance.end()
            return 0 if all(rounds) else 1


def broker(instance) -> int:
    import redis

    from config.data_folder import broker_url

    return redis.Redis.from_url(broker_url(instance.home)).info("server")["process_id"]


def worker(instance) -> int:
    from kernel.testing.processes import wait_until

    return wait_until(lambda: instance.pid_of("celery -A config -q worker -n fetch"))


def pool(instance) -> int:
    """One of the processes of the worker that fetches."""
    from kernel.testing.processes import parent_pid

    main = worker(instance)
    return next(pid for pid in instance.processes() if parent_pid(pid) == main)


KILLS = {"nothing": [], "broker": [broker], "pool": [pool], "worker": [worker], "both": [broker, worker]}


def show(instance, server, name: str, count: int) -> bool:
    """One round; whether everything was done, once."""
    from django.db import transaction

    from gitsync.domain import registrations
    from gitsync.models import FetchHost, LocalCopy, Registration
    from kernel.testing.processes import wait_until

    FetchHost.objects.update_or_create(host=server.host, defaults={"quick_contacts": FetchHost.QUICK_AFTER})
    for number in range(count):
        shutil.copytree(server.root / "pattern.git", server.root / f"{name}-{number}.git")
    course = registrations.CourseIds("teacher", "A2026", name)
    worker(instance)
    with transaction.atomic():  # all are queued at once
        for number in range(count):
            registrations.register_repository(course, student_id=f"s{number}", repo_url=server.url(f"{name}-{number}"))
    ours = LocalCopy.objects.filter(repository__registrations__course__course_id=name)
    running = wait_until(lambda: max(ours.exclude(lease_until=None).count() - 1, 0), 60) + 1
    waiting = ours.filter(dirty=True).count() - running
    killed = [find(instance) for find in KILLS[name]]
    began = time.monotonic()
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    before = ours.filter(status=LocalCopy.Status.OK).count()
    done: dict[int, float] = {}
    while len(done) < count - before and time.monotonic() - began < PATIENCE:
        good = ours.filter(status=LocalCopy.Status.OK, dirty=False).count()
        for place in range(len(done), good - before):
            done[place] = time.monotonic() - began
        time.sleep(0.05)
    good = ours.filter(status=LocalCopy.Status.OK, dirty=False).count()
    commits = sum(r.repository.commits.count() for r in Registration.objects.filter(course__course_id=name))
    told = told_twice(name)
    times = sorted(done.values()) or [0.0]
    first, most, last = times[0], times[max(len(times) - 3, 0)], times[-1]
    print(
        f"kill -9 of {name:8} with {waiting} queued and {running} running: {good} of {count} done, {commits} commits; "
        f"the next after {first:.1f} s, all but two after {most:.1f} s, all after {last:.1f} s"
        f"{'' if not told else f'; told twice: {told}'}",
        flush=True,
    )
    return good == count and commits == 3 * count and not told


def told_twice(course: str) -> int:
    """How many repositories had another number of OnClone events than one."""
    from collections import Counter

    from gitsync.models import OutboxEvent

    told = OutboxEvent.objects.filter(kind="OnClone", registration__course__course_id=course)
    return sum(number > 1 for number in Counter(told.values_list("registration", "target")).values())


if __name__ == "__main__":
    sys.exit(main())
