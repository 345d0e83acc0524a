#!/usr/bin/env python3
"""The first synchronization of repositories by one worker, end to end.

It fetches over HTTP, reads the history, matches the files, and writes the rows and events. It is compared with the main
loop of the original program, on the same repositories, server and database, in turn with ours: `git clone` over HTTP,
then for each commit one INSERT, `commit.stats` of GitPython, one INSERT per file, and one COMMIT. The original also
matched each file and sent messages, which is left out here.

Both read one repository first, which is not counted, because a real worker has already read some. Wall time is
measured: on the MariaDB of all benchmarks, which does not write each COMMIT to the disk, on one that does, as MariaDB
does by default, and on SQLite.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from bench.support import figures, instance, repositories
from bench.support.figures import Figure
from kernel.testing import child_processes

REPOSITORIES, COMMITS = 8, 200
KINDS = {
    "memory": "MariaDB that forces nothing to the disk",
    "disk": "MariaDB that forces each COMMIT to the disk",
    "sqlite": "SQLite",
}


def measure(atelier: instance.Atelier) -> list[Figure]:
    from scripts.services import servers

    if not instance.database_name().startswith("MariaDB"):
        return [measure_database(atelier, KINDS["sqlite"])]
    in_memory = measure_database(atelier, KINDS["memory"])
    with servers(durable=True) as (_server, variables):
        on_disk = measure_elsewhere("disk", variables)
    return [in_memory, on_disk, measure_elsewhere("sqlite", {})]


def measure_elsewhere(kind: str, variables: dict[str, str]) -> Figure:
    """Measure in another process, with the database of these variables; SQLite without any."""
    with child_processes.temporary_folder("atelier-figures-") as folder:
        report = Path(folder, "figure.json")
        command = [sys.executable, "-m", "bench.index", kind]
        inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment = inherited | variables | {"FIGURES": str(report)}
        child_processes.run(command, cwd=instance.ROOT, env=environment, capture_output=True)
        return Figure(**json.loads(report.read_text())["figures"][0])


def measure_database(atelier: instance.Atelier, database: str) -> Figure:
    """Compare both programs on the database of this instance; `database` describes it in the title of the figure."""
    from config import startup
    from gitsync.models import Commit, FileChange, OutboxEvent
    from gitsync.syncing import sync, sync_queue
    from gitsync.tests import builders

    root = atelier.home / "repositories"
    for number in range(REPOSITORIES + 1):
        repositories.GeneratedRepository(root / f"r{number}.git", number).add_commits(COMMITS)
    server = repositories.start_server(root)
    for number in range(10):
        builders.exercise(f"/tp{number + 1}", keywords=f"Exercice {number + 1}")
    startup.freeze_garbage_collector()
    took = limit = 0.0
    rows = 0
    for number in range(REPOSITORIES + 1):
        student = builders.registration(server.url(f"r{number}"), f"s{number}")
        sync_queue.request_sync(student.repository_id)
        began = time.perf_counter()
        sync.sync_repository(student.repository_id)
        middle = time.perf_counter()
        rows += run_original(server.url(f"r{number}"), atelier.home / "theirs" / str(number))
        if number:
            took, limit = took + middle - began, limit + time.perf_counter() - middle
    server.close()
    same = FileChange.objects.count() == rows and Commit.objects.count() == (REPOSITORIES + 1) * COMMITS
    assert OutboxEvent.objects.count() > (REPOSITORIES + 1) * 2
    comparison = "the same rows" if same else "OTHER rows"
    return Figure(
        f"{REPOSITORIES} repositories, {REPOSITORIES * COMMITS:,} commits, {comparison}; {database}",
        f"{took:.2f} s",
        f"core loop of the original's kind: {limit:.2f} s",
        f"{limit / took:.1f}x",
        ">= 5x",
        same and limit >= 5 * took,
    )


def run_original(url: str, folder: Path) -> int:
    """Read one repository as the original program did, and return the number of file rows."""
    import git  # type: ignore[import-not-found,unused-ignore]
    from django.db import connection, transaction

    folder.parent.mkdir(exist_ok=True)
    subprocess.run(["git", "clone", "-q", url, str(folder)], env=repositories.QUIET, check=True)
    rows = 0
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS bench_commit (url VARCHAR(200), sha CHAR(40), made INTEGER, "
            "summary VARCHAR(255), message TEXT, exercise VARCHAR(255))"
        )
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS bench_file (url VARCHAR(200), sha CHAR(40), path VARCHAR(500), plus INTEGER, "
            "minus INTEGER, effort INTEGER, exercise VARCHAR(255))"
        )
        for commit in git.Repo(folder).iter_commits("main", reverse=True):
            with transaction.atomic():
                values = [url, commit.hexsha, commit.authored_date, commit.summary, commit.message, None]
                cursor.execute("INSERT INTO bench_commit VALUES (%s, %s, %s, %s, %s, %s)", values)
                for path, counts in commit.stats.files.items():
                    plus, minus = counts["insertions"], counts["deletions"]
                    values = [url, commit.hexsha, path, plus, minus, plus + minus, "/"]
                    cursor.execute("INSERT INTO bench_file VALUES (%s, %s, %s, %s, %s, %s, %s)", values)
                    rows += 1
    return rows


if __name__ == "__main__":
    sys.exit(
        figures.main(
            lambda atelier: [measure_database(atelier, KINDS[sys.argv[1]])] if sys.argv[1:] else measure(atelier)
        )
    )
