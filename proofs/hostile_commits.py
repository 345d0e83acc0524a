"""Hostile commits, each in a repository that is synced: `make proof NAME=hostile-commits` prints their seconds.

Each repository is served over smart HTTP. This process fetches it, records it and matches it against 100 exercises, and
prints the processor's seconds that it used. After each one a usual repository is synced. The exit code is 1 in three
cases: one took more than SECONDS, one was neither up to date nor over a limit, or the usual repository was not synced.
"""

import argparse
import contextlib
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.support import instance
from proofs.support.hostile_objects import COMMITS, Objects

SECONDS = 20.0
EXERCISES = 100


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=COMMITS, default=list(COMMITS), help="these commits")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as held:
        broker, server = held.enter_context(instance.broker()), held.enter_context(instance.git_server())
        held.enter_context(instance.atelier(REDIS_URL=broker, GIT_LOCAL_SERVERS=server.host))
        watch_exercises()
        bad = [name for name in arguments.only if not is_contained(server, name)]
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    print(f"VERDICT: {f'not contained: {bad}' if bad else 'all contained'}")
    return 1 if bad else 0


def watch_exercises() -> None:
    from gitsync.domain import registrations
    from gitsync.values import CourseIds

    for number in range(EXERCISES):
        path = f"/tp{number // 10}/exercice{number % 10}"
        registrations.register_exercise(
            CourseIds("t", "s", "c"), exercise_path=path, source_folder_path=path, completion_keywords=f"TP{number}"
        )


def is_contained(server: Any, name: str) -> bool:
    """Sync this repository and a usual one, and print the result."""
    from gitsync.models import FileChange

    bare = create(server.root, f"hostile{list(COMMITS).index(name)}")
    subprocess.run(["git", "update-ref", "refs/heads/main", COMMITS[name](Objects(bare))], cwd=bare, check=True)
    local_copy, seconds = sync(server, bare.stem)
    work = server.create(f"good{list(COMMITS).index(name)}")
    work.commit("TP1", a="1\n")
    work.push()
    good, _seconds = sync(server, work.bare.stem)
    files = FileChange.objects.filter(commit__repository=local_copy.repository_id).count()
    remarks = set(local_copy.repository.commits.values_list("remarks", flat=True)) - {""}
    print(
        f"{name:34} {seconds:6.2f} s  {local_copy.status:12} {local_copy.reason:10} {files:7,} files  "
        f"{', '.join(sorted(remarks))}",
        flush=True,
    )
    return seconds <= SECONDS and local_copy.status in ("ok", "quarantined") and good.status == "ok"


def create(root: Path, name: str) -> Path:
    bare = root / f"{name}.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
    return bare


def sync(server: Any, name: str) -> tuple[Any, float]:
    """Register a repository and sync it; return its LocalCopy and the processor's seconds."""
    from gitsync.domain import registrations, repositories
    from gitsync.models import LocalCopy
    from gitsync.syncing import sync as syncing
    from gitsync.values import CourseIds

    url = server.url(name)
    registrations.register_repository(CourseIds("t", "s", "c"), student_id=name, repo_url=url)
    repository = repositories.find(url)
    assert repository is not None
    began = time.process_time()
    syncing.sync_repository(repository.pk)
    return LocalCopy.objects.get(repository=repository), time.process_time() - began


if __name__ == "__main__":
    sys.exit(main())
