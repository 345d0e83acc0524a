#!/usr/bin/env python3
"""First index end to end by one worker: clone over HTTP, history, matches, rows, events.

Beside the core loop of the original's kind: `git clone`, then for every commit `commit.stats` of GitPython and one
INSERT, committed, for every row; no matches, no events. Both with the wall clock.
"""

import subprocess
import sys
import time
from pathlib import Path

import figures
import place
import repositories
from figures import Figure

REPOSITORIES, COMMITS = 4, 200


def measure(here: place.Atelier) -> list[Figure]:
    from gitsync.models import Commit, FileChange, OutboxEvent
    from gitsync.tests import people

    root = here.home / "repositories"
    for number in range(REPOSITORIES):
        repositories.Made(root / f"r{number}.git", number).grow(COMMITS)
    server = repositories.server(root)
    for number in range(10):
        people.exercise(f"/tp{number + 1}", keywords=f"Exercice {number + 1}")
    students = [people.registration(server.url(f"r{number}"), f"s{number}") for number in range(REPOSITORIES)]
    began = time.perf_counter()
    for student in students:
        people.look(student)
    took = time.perf_counter() - began
    began = time.perf_counter()
    rows = sum(original(server.url(f"r{number}"), here.home / "theirs" / str(number)) for number in range(REPOSITORIES))
    limit = time.perf_counter() - began
    server.close()
    same = FileChange.objects.count() == rows and Commit.objects.count() == REPOSITORIES * COMMITS
    assert OutboxEvent.objects.count() > REPOSITORIES * 2
    return [
        Figure(
            f"{REPOSITORIES} repositories, {REPOSITORIES * COMMITS} commits, {rows:,} rows in both",
            f"{took:.1f} s",
            f"core loop of the original's kind: {limit:.1f} s",
            f"{limit / took:.1f}x",
            ">= 5x",
            same and limit >= 5 * took,
        )
    ]


def original(url: str, folder: Path) -> int:
    """The rows of one repository, one by one."""
    import git  # type: ignore[import-not-found,unused-ignore]
    from django.db import connection

    folder.parent.mkdir(exist_ok=True)
    subprocess.run(["git", "clone", "-q", "--bare", url, str(folder)], env=repositories.QUIET, check=True)
    rows = 0
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS bench_row (sha CHAR(40), path VARCHAR(500), plus INTEGER, minus INTEGER)"
        )
        for commit in git.Repo(folder).iter_commits("main", reverse=True):
            for path, counts in commit.stats.files.items():
                values = [commit.hexsha, path, counts["insertions"], counts["deletions"]]
                cursor.execute("INSERT INTO bench_row VALUES (%s, %s, %s, %s)", values)
                rows += 1
    return rows


if __name__ == "__main__":
    sys.exit(figures.main(measure))
