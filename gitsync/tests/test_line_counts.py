"""The lines of files are counted within limits of work and memory, and each file is read once."""

import gc
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from gitsync.git import history, line_counts


@pytest.fixture
def work(git_server):
    return git_server.create("bob")


def read(work, sha):
    with history.open_path(work.folder / ".git") as commit_history:
        return commit_history.read_commit(sha)


def test_the_lines_compared_for_one_commit_are_limited(work, monkeypatch):
    monkeypatch.setattr(line_counts, "MAX_COMPARED_LINES", 12)
    first = work.commit("first", a="1\n" * 3, b="1\n" * 4, c="1\n" * 5)
    second = work.commit("second", a="2\n" * 3, b="2\n" * 4, c="2\n" * 5, d="4\n" * 99)
    assert read(work, first).remarks == ()  # what only one side has is not compared
    rows = {file.path: (file.insertions, file.counts_unknown) for file in read(work, second).files}
    assert rows == {"a": (3, False), "b": (0, True), "c": (0, True), "d": (99, False)}


def test_a_large_file_that_changes_again_and_again_is_read_once_for_each_version(work, monkeypatch):
    monkeypatch.setattr(line_counts, "CACHED_BLOB", 10)
    shas = [work.commit(f"{number}", a="a line\n" * 10 + f"{number}\n", b=f"{number}\n") for number in range(4)]
    reads = []
    with history.open_path(work.folder / ".git") as commit_history:
        objects = commit_history._blobs._objects
        counting = SimpleNamespace(
            read=lambda oid: reads.append(str(oid)) or objects.read(oid), read_header=objects.read_header
        )
        monkeypatch.setattr(commit_history._blobs, "_objects", counting)
        rows = [commit_history.read_commit(sha) for sha in shas]
    assert [[(file.insertions, file.deletions) for file in row.files] for row in rows] == [
        [(11, 0), (1, 0)],
        *[[(1, 1), (1, 1)]] * 3,
    ]
    assert len(reads) == len(set(reads)) == 8


def test_a_file_that_is_too_large_to_be_counted_does_not_stay_in_memory(work, monkeypatch):
    monkeypatch.setattr(line_counts, "CACHED_BLOB", 10)
    monkeypatch.setattr(line_counts, "MAX_BLOB", 1000)
    shas = [work.commit("small", a="1\n"), work.commit("large", a="1\n" * 600)]
    with history.open_path(work.folder / ".git") as commit_history:
        rows = [commit_history.read_commit(sha) for sha in shas]
        kept = commit_history._blobs._last_large[1].content
    assert [row.files[0].counts_unknown for row in rows] == [False, True]
    assert kept == b""


def test_the_time_for_one_commit_is_limited_after_its_first_files(work, monkeypatch):
    monkeypatch.setattr(line_counts, "MAX_SECONDS", 0.0)
    sha = work.commit("many", **{f"f{number}": "1\n" * number for number in range(1, 7)})
    assert [file.counts_unknown for file in read(work, sha).files] == [False, False, False, True, True, True]


def test_objects_of_packs_are_read_also_after_the_caches_were_emptied(work, monkeypatch):
    monkeypatch.setattr(history, "CACHE_RESET", 1)
    shas = [work.commit(f"{number}", a=f"{number}\n", b=f"{number}\n") for number in range(5)]
    work.git("repack", "-adq")
    rows = []
    with history.open_path(work.folder / ".git") as commit_history:
        for sha in shas:
            files = commit_history.read_commit(sha).files
            rows.append([(file.path, file.insertions, file.deletions) for file in files])
        assert commit_history.has(shas[0])
    assert rows == [[("a", 1, 0), ("b", 1, 0)], *[[("a", 1, 1), ("b", 1, 1)]] * 4]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_closed_history_holds_no_file_of_its_store(work):
    """A store may be replaced then; and a worker that reads thousands does not keep them all in its memory."""
    sha = work.commit("one", a="1\n")
    work.git("repack", "-adq")
    gc.disable()  # it must not be left to the collector
    try:
        with history.open_path(work.folder / ".git") as commit_history:
            assert commit_history.read_commit(sha).files
            assert mapped_files(work.folder)
        assert not mapped_files(work.folder)
    finally:
        gc.enable()


def mapped_files(folder):
    return [line for line in Path("/proc/self/maps").read_text().splitlines() if str(folder) in line]
