"""Repositories out of a script: what was committed, when, by whom. The same script gives the same ids."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pygit2

from kernel.epoch import to_epoch

BRANCH = "refs/heads/main"


@dataclass(frozen=True)
class Change:
    """One commit to make. `files`: path -> whole content; what is not named stays as it was."""

    at: datetime
    author: str
    message: str
    files: Mapping[str, str] = field(default_factory=dict)


def make(folder: Path, changes: Sequence[Change]) -> None:
    """A bare repository at `folder` holding these commits, oldest first; an existing one is left as it is."""
    if folder.exists():
        return
    unfinished = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    repository = pygit2.init_repository(str(unfinished), bare=True, initial_head="main")
    for change in changes:
        _commit(repository, change)
    unfinished.rename(folder)


def add(folder: Path, change: Change) -> str:
    """One more commit on the branch, as a push would leave it; returns its id."""
    return _commit(pygit2.Repository(str(folder)), change)


def squash(folder: Path, last: int) -> str:
    """Make one commit of the branch's last ones, as a rebase and a forced push would; its id, or "" with too few."""
    repository = pygit2.Repository(str(folder))
    head = repository[repository.references[BRANCH].target].peel(pygit2.Commit)
    base = head
    for _step in range(last):
        if not base.parents:
            return ""
        base = base.parents[0]
    made = repository.create_commit(None, head.author, head.committer, head.message, head.tree_id, [base.id])
    repository.references[BRANCH].set_target(made)
    return str(made)


def read(folder: Path, path: str) -> str:
    """The text of a file as it stands on the branch, "" where there is none."""
    repository = pygit2.Repository(str(folder))
    if repository.head_is_unborn:
        return ""
    tree = repository[repository.references[BRANCH].target].peel(pygit2.Tree)
    return found.data.decode() if path in tree and isinstance(found := tree[path], pygit2.Blob) else ""


def _commit(repository: pygit2.Repository, change: Change) -> str:
    index = pygit2.Index()
    parents = []
    if not repository.head_is_unborn:
        parents = [repository.references[BRANCH].target]
        index.read_tree(repository[parents[0]].peel(pygit2.Tree))
    for path, text in change.files.items():
        blob = repository.create_blob(text.encode())
        index.add(pygit2.IndexEntry(path, blob, pygit2.enums.FileMode.BLOB))
    offset = change.at.utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    who = pygit2.Signature(change.author, f"{_mailbox(change.author)}@school.example", to_epoch(change.at), minutes)
    return str(repository.create_commit(BRANCH, who, who, change.message, index.write_tree(repository), parents))


def _mailbox(name: str) -> str:
    return "".join(letter for letter in name.lower().replace(" ", ".") if letter.isalnum() or letter == ".")
