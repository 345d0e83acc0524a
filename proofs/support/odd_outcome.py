"""Compares the rows of an odd repository with git, or finds the sentence on the student's page."""

import hashlib
from typing import Any

from gitsync.git.commit_parsing import MAX_BIGINT, NAME_CHARACTERS
from gitsync.git.failures import failure_text
from gitsync.git.remarks import Remark, split_remarks
from gitsync.git.tree_diff import MAX_PATH_BYTES
from gitsync.models import Commit, FileChange, LocalCopy
from proofs.support.odd_repository import Counts, Kind, LoggedCommit, OddRepository, commits_of_git

EMPTY = "Push your first commit to its default branch."
WITHOUT_FILES = {Remark.DAMAGED.value, Remark.FILES_UNKNOWN.value}
Rows = dict[
    str, tuple[Counts, bool]
]  # of one commit: hash of the path -> counts as git's, and whether they are unknown


def outcome_of(school: Any, odd: OddRepository, kind: Kind) -> tuple[str, list[str]]:
    """Return what became of the repository, in words, and what is wrong with it."""
    local_copy = school.local_copy(odd.url)
    page, faults = school.page_text(odd.name)
    if local_copy.status != LocalCopy.Status.OK:
        sentence = failure_text(local_copy.reason)
        faults += [] if sentence in page else ["the student's page does not say why"]
        faults += [] if local_copy.reason == kind.reason else [f"expected {kind.reason or 'rows'}"]
        detail = f" ({local_copy.detail})" if local_copy.detail else ""
        return f"{local_copy.reason}: {sentence}{detail}", faults
    faults += [f"expected {kind.reason}"] if kind.reason else []
    faults += [] if local_copy.head == odd.head else [f"reads {local_copy.head}, not {odd.head}"]
    commits = {row.sha: row for row in Commit.objects.filter(repository=local_copy.repository_id, reachable=True)}
    remarks = sorted({code for commit in commits.values() for code in split_remarks(commit.remarks)})
    faults += [f"no sentence about {code}" for code in remarks if str(Remark(code).label) not in page]
    faults += [] if remarks == [kind.remark] * bool(kind.remark) else [f"remarks {remarks}, not {kind.remark or '-'}"]
    faults += [] if commits or EMPTY in page else ["the student's page does not say that it is empty"]
    files = files_of(local_copy.repository_id)
    theirs = commits_of_git(odd.bare, odd.head)
    if theirs is None:
        faults += [] if remarks else ["git cannot read it, and no commit says so"]
        words = "git itself ends without a result"
    else:
        faults += differences(commits, files, theirs, compare_words=not kind.unlike_git)
        words = "as git's" + (f", but {kind.unlike_git}" if kind.unlike_git else "")
    number = sum(map(len, files.values()))
    return "; ".join(
        [f"{len(commits):,} commits, {number:,} files: {words}", *(str(Remark(code).label) for code in remarks)]
    ), faults


def files_of(repository_id: int) -> dict[str, Rows]:
    """Return the files of the branch's commits, by sha."""
    files: dict[str, Rows] = {}
    rows = FileChange.objects.filter(commit__repository=repository_id, commit__reachable=True)
    fields = ("commit__sha", "path_hash", "insertions", "deletions", "binary", "counts_unknown")
    for sha, path_hash, insertions, deletions, binary, unknown in rows.values_list(*fields):
        files.setdefault(sha, {})[path_hash] = None if binary else (insertions, deletions), unknown
    return files


def differences(
    ours: dict[str, Commit], files: dict[str, Rows], theirs: dict[str, LoggedCommit], *, compare_words: bool
) -> list[str]:
    """Return up to three differences between our rows and git's."""
    if set(ours) != set(theirs):
        return [f"{len(set(ours) - set(theirs))} commits that git lacks, {len(set(theirs) - set(ours))} missing"]
    faults: list[str] = []
    for sha, commit in ours.items():
        faults += _different(commit, files.get(sha, {}), theirs[sha])
        faults += _different_words(commit, theirs[sha]) if compare_words else []
    return faults[:3]


def _different(commit: Commit, rows: Rows, git_commit: LoggedCommit) -> list[str]:
    """Compare the parents, the time and the files of one commit. A remark excuses what it names, and nothing else."""
    faults: list[str] = []
    if commit.parents_count != git_commit.parents:
        faults.append(f"{commit.sha}: {commit.parents_count} parents, git: {git_commit.parents}")
    if git_commit.time and commit.committer_time != min(int(git_commit.time), MAX_BIGINT):
        faults.append(f"{commit.sha}: time {commit.committer_time}, git: {git_commit.time}")
    remarks = set(split_remarks(commit.remarks))
    expected = {hashlib.sha256(path).hexdigest(): (path, counts) for path, counts in git_commit.files.items()}
    if remarks & WITHOUT_FILES:
        expected = {}
    if Remark.LONG_NAME in remarks:
        expected = {key: (path, counts) for key, (path, counts) in expected.items() if len(path) <= MAX_PATH_BYTES}
    if set(rows) != set(expected):
        faults.append(f"{commit.sha}: {len(rows)} files, git: {len(expected)}: {list(git_commit.files)[:5]}")
        return faults
    for key, (path, counts) in expected.items():
        row, unknown = rows[key]
        if row != counts and not (unknown and Remark.NOT_COUNTED in remarks):
            faults.append(f"{commit.sha}: {path[:100]!r} {row}, git: {counts}")
    return faults


def _different_words(commit: Commit, git_commit: LoggedCommit) -> list[str]:
    ours = commit.author_name, commit.author_email, commit.message.rstrip("\n")
    name, email, message = (word.decode("utf-8", "backslashreplace") for word in git_commit.words)
    theirs = name[:NAME_CHARACTERS], email[:NAME_CHARACTERS], message.rstrip("\n")
    return [] if ours == theirs else [f"{commit.sha}: {ours!r}, git: {theirs!r}"[:500]]
