#!/usr/bin/env python3
"""The start of a term: 140 repositories with 200 commits each are queued at once.

A Celery worker with one process reads them, then one with two processes, end to end: fetch over HTTP, history, matches,
rows and events, with MariaDB and Redis. While two processes work, a teacher opens pages of the production server again
and again, and before that also while nothing else runs. Then only the work inside the worker is measured, also with two
processes and with one: it reads the existing stores and writes the rows of commits and files (`history`, `recording`).
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.support import celery_worker, figures, instance, repositories
from bench.support.figures import Figure
from bench.support.http_calls import HttpClient, Response, percentile
from kernel.testing import child_processes

REPOSITORIES = int(os.environ.get("REPOSITORIES", "140"))
COMMITS = 200
PAGES = ("/courses/", "/farm/")
ALONE_SECONDS = 8
PAGES_RATIO = 5  # two workers and the pages' server share two cores
ORIGINAL = 4 / 60  # repositories per second of the original program


def measure(atelier: instance.Atelier) -> list[Figure]:
    root = atelier.home / "repositories"
    generated = [
        repositories.GeneratedRepository(root / "a" / f"r{number}.git", number) for number in range(REPOSITORIES)
    ]
    for repository in generated:
        repository.add_commits(COMMITS)
    for copy in "bc":
        (root / copy).symlink_to(root / "a")
    server = repositories.start_server(root)
    atelier.variables["GIT_LOCAL_SERVERS"] = server.host
    atelier.person("nadia", kind="teacher")
    synchronize_all(atelier, server, "c", 1, count=4)  # not measured: it brings tables and files into the caches
    with_one = synchronize_all(atelier, server, "a", 1)
    with atelier.production() as pages:
        cookie = atelier.cookie("nadia")
        with pages_opened(pages.url, cookie) as alone:
            time.sleep(ALONE_SECONDS)
        with pages_opened(pages.url, cookie) as meanwhile:
            with_two = synchronize_all(atelier, server, "b", 2)
    server.close()
    record_all(atelier, server, "d", 2, count=4)
    record_two, record_one = record_all(atelier, server, "e", 2), record_all(atelier, server, "f", 1)
    assert all(response.status == 200 for response in [*alone, *meanwhile])
    p95, p95_alone = (percentile([page.seconds * 1000 for page in pages], 0.95) for pages in (meanwhile, alone))
    return [
        Figure(
            f"{REPOSITORIES} repositories, two worker processes",
            f"{with_two:.1f} s",
            f"one: {with_one:.1f} s",
            f"{with_one / with_two:.2f}x",
            ">= 1.3x",
            with_one >= 1.3 * with_two,
        ),
        Figure(
            f"{REPOSITORIES} stores, two processes: index and store alone",
            f"{record_two:.1f} s",
            f"one: {record_one:.1f} s",
            f"{record_one / record_two:.2f}x",
            ">= 1.8x",
            record_one >= 1.8 * record_two,
        ),
        Figure(
            "the term's start beside the original",
            f"{REPOSITORIES / with_two:.1f} repositories a second",
            "4 tasks a minute",
            f"{REPOSITORIES / with_two / ORIGINAL:.0f}x",
            ">= 50x",
            REPOSITORIES / with_two >= 50 * ORIGINAL,
        ),
        Figure(
            f"pages meanwhile, {len(meanwhile)} opened",
            f"p95 {p95:.0f} ms",
            f"nothing else running: p95 {p95_alone:.0f} ms",
            f"{p95 / p95_alone:.1f}x",
            f"<= {PAGES_RATIO}x, <= 300 ms",
            p95 <= min(300, PAGES_RATIO * p95_alone),
        ),
    ]


def synchronize_all(
    atelier: instance.Atelier, server: Any, folder: str, processes: int, count: int = REPOSITORIES
) -> float:
    """Synchronize the first `count` repositories of a folder with a new worker.

    The worker has this number of `processes`. Returns the seconds from the first request until all are read; the worker
    has started before. Ends the program when it takes more than 400 s.
    """
    from gitsync.models import Commit, LocalCopy
    from gitsync.syncing import sync_queue
    from gitsync.tests import builders

    registrations = [
        builders.registration(f"http://{server.host}/{folder}/r{number}.git", f"{folder}{number}", course_id=folder)
        for number in range(count)
    ]
    repository_ids = [registration.repository_id for registration in registrations]
    with celery_worker.running(atelier, processes) as log:
        began = time.perf_counter()
        for repository_id in repository_ids:
            sync_queue.request_sync(repository_id, force=True)
        while LocalCopy.objects.filter(repository__in=repository_ids).exclude(status="ok", dirty=False).exists():
            if time.perf_counter() - began > 400:
                raise SystemExit(f"the worker did not finish:\n{log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.1)
        took = time.perf_counter() - began
    assert Commit.objects.filter(repository__in=repository_ids, reachable=True).count() == count * COMMITS
    return took


def record_all(atelier: instance.Atelier, server: Any, folder: str, processes: int, count: int = REPOSITORIES) -> float:
    """Read the stores of folder "a" again, and write their rows as new repositories.

    Returns the seconds until all `processes` workers (bench/support/index_worker.py) have ended. The new repositories
    have the addresses of `folder`.
    """
    from gitsync.git import store
    from gitsync.models import Commit, LocalCopy
    from gitsync.tests import builders

    jobs = []
    for number in range(count):
        source = LocalCopy.objects.get(repository__path=f"/a/r{number}")
        registration = builders.registration(
            f"http://{server.host}/{folder}/r{number}.git", f"{folder}{number}", course_id=folder
        )
        LocalCopy.objects.filter(repository=registration.repository_id).update(dirty=True)
        store.path_of(registration.repository.local_copy.folder).symlink_to(store.path_of(source.folder))
        jobs.append(f"{registration.repository_id} {source.head}\n")
    command = [sys.executable, "-m", "bench.support.index_worker"]
    workers = [
        child_processes.start(
            command, env=os.environ | atelier.variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(processes)
    ]
    for worker in workers:
        assert worker.stdout
        assert worker.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for number, worker in enumerate(workers):
        assert worker.stdin
        worker.stdin.write("".join(jobs[number::processes]))
        worker.stdin.close()
    assert not any(worker.wait(400) for worker in workers)
    took = time.perf_counter() - began
    assert Commit.objects.filter(repository__registrations__course__course_id=folder).count() == count * COMMITS
    return took


@contextmanager
def pages_opened(url: str, cookie: str) -> Iterator[list[Response]]:
    """Open two pages again and again while the block runs. The list gets their responses."""
    client, stop, responses = HttpClient(url, Cookie=cookie), threading.Event(), list[Response]()

    def open_again_and_again() -> None:
        while not stop.is_set():
            responses.extend(client.request("page", "GET", path) for path in PAGES)
            time.sleep(0.2)

    for path in PAGES:
        client.request("first", "GET", path)
    reader = threading.Thread(target=open_again_and_again)
    reader.start()
    try:
        yield responses
    finally:
        stop.set()
        reader.join()


if __name__ == "__main__":
    sys.exit(figures.main(measure))
