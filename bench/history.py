#!/usr/bin/env python3
"""The time to read commits and their changed lines from a store.

It is compared with `git log --numstat -z` in three cases: a class of 12 repositories with 200 commits each; one
repository with 20,000 commits, with the peak memory of the process that reads it; and one new commit of a known
repository, read and stored, compared with `git log A..B`.
"""

import hashlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

from bench.support import figures, instance, repositories
from bench.support.figures import Figure

LARGE = 20_000
# The peak is read from /proc, because `ru_maxrss` of a child starts with the memory of its parent.
READ_SCRIPT = """
import sys, time
from pathlib import Path
from bench import history
began = time.perf_counter()
rows, checksum = history.our_rows(Path(sys.argv[1]), sys.argv[2])
took = time.perf_counter() - began
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(rows, checksum, took, int(status["VmHWM"].split()[0]) // 1024)
"""


def count_and_checksum(rows: Iterator[tuple[str, str, tuple[int, int] | None]]) -> tuple[int, int]:
    """Return the number of rows and a checksum that does not depend on their order.

    A row is (sha, path, (insertions, deletions)), with None instead of the counts of a binary file.
    """
    count = checksum = 0
    for row in rows:
        count, checksum = count + 1, checksum ^ int.from_bytes(hashlib.sha256(repr(row).encode()).digest()[:8])
    return count, checksum


def our_rows(bare: Path, head: str) -> tuple[int, int]:
    """Read all commits with Atelier. Return the number and the checksum of the rows."""
    from gitsync.git import history

    with history.open_path(bare) as commit_history:
        return count_and_checksum(
            (sha, file.path, None if file.binary else (file.insertions, file.deletions))
            for sha in commit_history.commits_between([head])
            for file in commit_history.read_commit(sha).files
        )


def git_rows(bare: Path) -> tuple[int, int]:
    """Read all commits with git. Return the number and the checksum of the rows."""
    from gitsync.tests.histories import rows_of_git_text

    files_by_sha = rows_of_git_text(SimpleNamespace(bare=bare))
    return count_and_checksum(
        (sha, path, counts) for sha, files in files_by_sha.items() for path, counts in files.items()
    )


def read_all(bare: Path, head: str) -> int:
    """Read all commits with Atelier, and return the number of changed files."""
    from gitsync.git import history

    with history.open_path(bare) as commit_history:
        return sum(len(commit_history.read_commit(sha).files) for sha in commit_history.commits_between([head]))


def measure(atelier: instance.Atelier) -> list[Figure]:
    generated = [
        repositories.GeneratedRepository(atelier.home / "class" / f"{number}.git", number) for number in range(12)
    ]
    heads = [repository.add_commits(200) for repository in generated]
    pairs = list(zip([repository.bare for repository in generated], heads, strict=True))
    took, limit = figures.medians_ms(
        lambda: [read_all(bare, head) for bare, head in pairs],
        lambda: [repositories.numstat(bare) for bare, _head in pairs],
        7,
    )
    same = all(our_rows(bare, head) == git_rows(bare) for bare, head in pairs)
    return [
        Figure(
            f"class of 12, {sum(200 for _ in generated):,} commits, {'0 rows differ' if same else 'rows DIFFER'}",
            f"{took:.0f} ms",
            f"git log --numstat -z: {limit:.0f} ms",
            f"{took / limit:.2f}x",
            "<= 2.0x, 0 rows differ",
            took <= 2 * limit and same,
        ),
        measure_large(atelier),
        measure_new_commit(generated[0], heads[0]),
    ]


def measure_large(atelier: instance.Atelier) -> Figure:
    """Read one large repository in a process of its own, to measure its peak memory."""
    repository = repositories.GeneratedRepository(atelier.home / "large.git", 99)
    head = repository.add_commits(LARGE)
    began = time.perf_counter()
    repositories.numstat(repository.bare)
    limit = time.perf_counter() - began
    command = [sys.executable, "-c", READ_SCRIPT, str(repository.bare), head]
    output = subprocess.run(command, cwd=instance.ROOT, capture_output=True, text=True, check=True).stdout.split()
    rows, checksum, took, peak = int(output[0]), int(output[1]), float(output[2]), int(output[3])
    same = (rows, checksum) == git_rows(repository.bare)
    return Figure(
        f"{LARGE:,} commits, {rows:,} rows, {'0 differ' if same else 'some DIFFER'}",
        f"{took:.1f} s, peak {peak} MB",
        f"git: {limit:.1f} s",
        f"{took / limit:.2f}x",
        "<= 5x, < 350 MB, 0 differ",
        took <= 5 * limit and peak < 350 and same,
    )


def measure_new_commit(repository: repositories.GeneratedRepository, head: str) -> Figure:
    """Read and store one new commit at a time, as a synchronization does after the fetch.

    `head` is the commit that is already known.
    """
    from gitsync.git import history
    from gitsync.syncing import lease, recording, sync_queue
    from gitsync.syncing.receipts import ReadWindow
    from gitsync.tests import builders

    owner = builders.registration("https://git.example/one.git")
    sync_queue.request_sync(owner.repository_id, force=True)
    claim = lease.claim(owner.repository_id)
    assert claim is not None
    ours, theirs, window = [], [], ReadWindow(None, int(time.time()), int(time.time()))
    for _ in range(15):
        before, head = head, repository.add_commits(1)
        began = time.perf_counter()
        with history.open_path(repository.bare) as commit_history:
            recording.record(claim, commit_history, [head], [before], window, time.monotonic() + 60)
        middle = time.perf_counter()
        repositories.numstat(repository.bare, f"{before}..{head}")
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
