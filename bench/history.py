#!/usr/bin/env python3
"""History with line counts: the new commits of a store and what each changed, beside `git log --numstat -z`.

A class of 12 repositories with 200 commits each, one with 20,000 (with the peak memory of a process that reads it), and
one new commit of a known repository, read and stored, beside `git log A..B`.
"""

import hashlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench.support import figures, instance, repositories
from bench.support.figures import Figure

LARGE = 20_000
# The peak comes from /proc: `ru_maxrss` of a child begins with the memory of the process that started it.
READ = """
import sys, time
from pathlib import Path
from bench import history
began = time.perf_counter()
rows, mark = history.read(Path(sys.argv[1]), sys.argv[2])
took = time.perf_counter() - began
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(rows, mark, took, int(status["VmHWM"].split()[0]) // 1024)
"""


def marked(rows: Iterator[tuple[str, str, tuple[int, int] | None]]) -> tuple[int, int]:
    """How many rows, and a number that is the same for the same rows in any order."""
    count = mark = 0
    for row in rows:
        count, mark = count + 1, mark ^ int.from_bytes(hashlib.sha256(repr(row).encode()).digest()[:8])
    return count, mark


def read(bare: Path, head: str) -> tuple[int, int]:
    """All that is in a history as we read it, marked."""
    from gitsync.git import history

    with history.open_path(bare) as past:
        return marked(
            (sha, one.path, None if one.binary else (one.insertions, one.deletions))
            for sha in past.commits_between([head])
            for one in past.read_commit(sha).files
        )


def said(bare: Path) -> tuple[int, int]:
    """The same, as git says it."""
    from gitsync.tests.histories import rows_of_git_text

    found = rows_of_git_text(SimpleNamespace(bare=bare))
    return marked((sha, path, counts) for sha, files in found.items() for path, counts in files.items())


def read_all(bare: Path, head: str) -> int:
    from gitsync.git import history

    with history.open_path(bare) as past:
        return sum(len(past.read_commit(sha).files) for sha in past.commits_between([head]))


def measure(here: instance.Atelier) -> list[Figure]:
    made = [repositories.Made(here.home / "class" / f"{number}.git", number) for number in range(12)]
    heads = [one.grow(200) for one in made]
    pairs = list(zip([one.bare for one in made], heads, strict=True))
    took, limit = figures.beside(
        lambda: [read_all(bare, head) for bare, head in pairs],
        lambda: [repositories.numstat(bare) for bare, _head in pairs],
        7,
    )
    same = all(read(bare, head) == said(bare) for bare, head in pairs)
    return [
        Figure(
            f"class of 12, {sum(200 for _ in made):,} commits, {'0 rows differ' if same else 'rows DIFFER'}",
            f"{took:.0f} ms",
            f"git log --numstat -z: {limit:.0f} ms",
            f"{took / limit:.2f}x",
            "<= 2.0x, 0 rows differ",
            took <= 2 * limit and same,
        ),
        large(here),
        one_new_commit(here, made[0], heads[0]),
    ]


def large(here: instance.Atelier) -> Figure:
    made = repositories.Made(here.home / "large.git", 99)
    head = made.grow(LARGE)
    began = time.perf_counter()
    repositories.numstat(made.bare)
    limit = time.perf_counter() - began
    command = [sys.executable, "-c", READ, str(made.bare), head]
    told = subprocess.run(command, cwd=instance.ROOT, capture_output=True, text=True, check=True).stdout.split()
    rows, mark, took, peak = int(told[0]), int(told[1]), float(told[2]), int(told[3])
    same = (rows, mark) == said(made.bare)
    return Figure(
        f"{LARGE:,} commits, {rows:,} rows, {'0 differ' if same else 'some DIFFER'}",
        f"{took:.1f} s, peak {peak} MB",
        f"git: {limit:.1f} s",
        f"{took / limit:.2f}x",
        "<= 5x, < 350 MB, 0 differ",
        took <= 5 * limit and peak < 350 and same,
    )


def one_new_commit(here: instance.Atelier, made: Any, head: str) -> Figure:
    """Read out of a store that is known, and written: what the sync does between the fetch and its last transaction."""
    from gitsync.git import history
    from gitsync.syncing import lease, recording, sync_queue
    from gitsync.tests import builders

    owner = builders.registration("https://git.example/one.git")
    sync_queue.request_sync(owner.repository_id, force=True)
    claim = lease.claim(owner.repository_id)
    assert claim is not None
    ours, theirs, window = [], [], recording.ReadWindow(None, int(time.time()))
    for _ in range(15):
        before, head = head, made.grow(1)
        began = time.perf_counter()
        with history.open_path(made.bare) as past:
            recording.record(claim, past, [head], [before], window)
        middle = time.perf_counter()
        repositories.numstat(made.bare, f"{before}..{head}")
        ours.append((middle - began) * 1000)
        theirs.append((time.perf_counter() - middle) * 1000)
    took, limit = statistics.median(ours), statistics.median(theirs)
    return Figure(
        "one new commit: read and stored",
        f"{took:.1f} ms",
        f"git log A..B: {limit:.1f} ms",
        f"{took / limit:.2f}x",
        "<= 3x",
        took <= 3 * limit,
    )


if __name__ == "__main__":
    sys.exit(figures.main(measure))
