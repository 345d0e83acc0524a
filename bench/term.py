#!/usr/bin/env python3
"""Term start: 140 repositories of 200 commits queued at once, read by a Celery worker of two processes, and of one.

Everything end to end (HTTP clone, history, matches, rows, events), over MariaDB and Redis. While two processes work, a
teacher keeps opening pages of the production server. Then the part that is a worker's own, from stores that are there
to rows of commits and files (`history`, `recording`), with the same two and one.
"""

import os
import subprocess
import sys
import threading
import time
from typing import Any

from bench.support import figures, instance, repositories
from bench.support.figures import Figure
from bench.support.http_calls import Answer, Caller, percentile

REPOSITORIES = int(os.environ.get("REPOSITORIES", "140"))
COMMITS = 200
ORIGINAL = 4 / 60  # tasks a second


def measure(here: instance.Atelier) -> list[Figure]:
    root = here.home / "repositories"
    made = [repositories.Made(root / "a" / f"r{number}.git", number) for number in range(REPOSITORIES)]
    for one in made:
        one.grow(COMMITS)
    for again in "bc":
        (root / again).symlink_to(root / "a")
    server = repositories.server(root)
    here.variables["GIT_LOCAL_SERVERS"] = server.host
    here.person("nadia", kind="teacher")
    worked(here, server, "c", 1, few=4)  # tables and files are warm
    one = worked(here, server, "a", 1)
    with here.production() as pages:
        stop, answers = threading.Event(), list[Answer]()
        reader = threading.Thread(target=read, args=(pages.url, here.cookie("nadia"), stop, answers))
        reader.start()
        two = worked(here, server, "b", 2)
        stop.set()
        reader.join()
    server.close()
    alone(here, server, "d", 2, few=4)
    alone_two, alone_one = alone(here, server, "e", 2), alone(here, server, "f", 1)
    p95 = percentile([one.seconds * 1000 for one in answers], 0.95)
    assert all(one.status == 200 for one in answers)
    return [
        Figure(
            f"{REPOSITORIES} repositories, two worker processes",
            f"{two:.1f} s",
            f"one: {one:.1f} s",
            f"{one / two:.2f}x",
            ">= 1.3x",
            one >= 1.3 * two,
        ),
        Figure(
            f"{REPOSITORIES} stores, two processes: index and store alone",
            f"{alone_two:.1f} s",
            f"one: {alone_one:.1f} s",
            f"{alone_one / alone_two:.2f}x",
            ">= 1.8x",
            alone_one >= 1.8 * alone_two,
        ),
        Figure(
            "the term's start beside the original",
            f"{REPOSITORIES / two:.1f} repositories a second",
            "4 tasks a minute",
            f"{REPOSITORIES / two / ORIGINAL:.0f}x",
            ">= 50x",
            REPOSITORIES / two >= 50 * ORIGINAL,
        ),
        Figure(f"pages meanwhile, {len(answers)} opened", f"p95 {p95:.0f} ms", "-", "-", "<= 300 ms", p95 <= 300),
    ]


def worked(here: instance.Atelier, server: Any, folder: str, processes: int, few: int = REPOSITORIES) -> float:
    """Seconds from the first wish until every repository of the folder is read; the worker was started before."""
    from gitsync.models import Commit, LocalCopy
    from gitsync.syncing import sync_queue
    from gitsync.tests import builders

    people_of = [
        builders.registration(f"http://{server.host}/{folder}/r{number}.git", f"{folder}{number}", course_id=folder)
        for number in range(few)
    ]
    addresses = [one.repository_id for one in people_of]
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", str(processes)]
    command += [
        "--queues",
        "default,sync,match,deliver",
        "--without-gossip",
        "--without-mingle",
        "--loglevel",
        "WARNING",
    ]
    log = here.home / f"worker-{folder}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=instance.ROOT, env=os.environ | here.variables, stdout=out, stderr=out)
    try:
        warm(process)
        began = time.perf_counter()
        for address in addresses:
            sync_queue.request_sync(address, force=True)
        while LocalCopy.objects.filter(repository__in=addresses).exclude(status="ok", dirty=False).exists():
            if time.perf_counter() - began > 400:
                raise SystemExit(f"the worker does not end:\n{log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.1)
        took = time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(60)
    assert Commit.objects.filter(repository__in=addresses, reachable=True).count() == few * COMMITS
    return took


def alone(here: instance.Atelier, server: Any, folder: str, processes: int, few: int = REPOSITORIES) -> float:
    """Seconds until the stores of folder "a" are read and written once more, each under an Address of its own."""
    from gitsync.git import store
    from gitsync.models import Commit, LocalCopy
    from gitsync.tests import builders

    jobs = []
    for number in range(few):
        source = LocalCopy.objects.get(repository__path=f"/a/r{number}")
        made = builders.registration(
            f"http://{server.host}/{folder}/r{number}.git", f"{folder}{number}", course_id=folder
        )
        LocalCopy.objects.filter(repository=made.repository_id).update(dirty=True)
        store.path_of(made.repository.local_copy.folder).symlink_to(store.path_of(source.folder))
        jobs.append(f"{made.repository_id} {source.head}\n")
    command = [sys.executable, "-m", "bench.support.index_worker"]
    workers = [
        subprocess.Popen(
            command, env=os.environ | here.variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(processes)
    ]
    for one in workers:
        assert one.stdout
        assert one.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for number, one in enumerate(workers):
        assert one.stdin
        one.stdin.write("".join(jobs[number::processes]))
        one.stdin.close()
    assert not any(one.wait(400) for one in workers)
    took = time.perf_counter() - began
    assert Commit.objects.filter(repository__registrations__course__course_id=folder).count() == few * COMMITS
    return took


def warm(process: subprocess.Popen[bytes]) -> None:
    """Until the worker answers."""
    from config.celery import app

    last = time.monotonic() + 60
    while time.monotonic() < last and process.poll() is None:
        if app.control.ping(timeout=0.5):
            return
    raise SystemExit("the worker did not start")


def read(url: str, cookie: str, stop: threading.Event, answers: list[Answer]) -> None:
    client = Caller(url, Cookie=cookie)
    for path in ["/courses/", "/farm/"]:
        client.ask("warm", "GET", path)
    while not stop.is_set():
        for path in ["/courses/", "/farm/"]:
            answers.append(client.ask("page", "GET", path))
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(figures.main(measure))
