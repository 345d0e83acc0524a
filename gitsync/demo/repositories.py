"""Create and change the demonstration's bare repositories. The same changes give the same commit ids."""

import re
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
    """One commit to create. `files` maps a path to its whole content; other files keep theirs.

    mailbox: the part before the @ of the author's e-mail address, by default from their name.
    """

    at: datetime
    author: str
    message: str
    files: Mapping[str, str] = field(default_factory=dict)
    mailbox: str = ""


def create(folder: Path, changes: Sequence[Change]) -> None:
    """Create a bare repository with these commits, oldest first. An existing repository stays as it is."""
    if folder.exists():
        return
    unfinished = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    repository = pygit2.init_repository(str(unfinished), bare=True, initial_head="main")
    for change in changes:
        _commit(repository, change)
    unfinished.rename(folder)


def commit_ids(folder: Path) -> list[str]:
    """Return the ids of the branch's commits, oldest first."""
    repository = pygit2.Repository(str(folder))
    order = pygit2.enums.SortMode.TOPOLOGICAL | pygit2.enums.SortMode.REVERSE
    return [str(commit.id) for commit in repository.walk(repository.references[BRANCH].target, order)]


def add_commit(folder: Path, change: Change) -> str:
    """Add a commit to the branch, as a push does; return its id."""
    return _commit(pygit2.Repository(str(folder)), change)


def squash(folder: Path, count: int) -> str:
    """Replace the branch's last commits by one, as a rebase and a forced push do.

    Returns the new commit's id, or "" when the branch has too few commits.
    """
    repository = pygit2.Repository(str(folder))
    head = repository[repository.references[BRANCH].target].peel(pygit2.Commit)
    base = head
    for _step in range(count):
        if not base.parents:
            return ""
        base = base.parents[0]
    squashed = repository.create_commit(None, head.author, head.committer, head.message, head.tree_id, [base.id])
    repository.references[BRANCH].set_target(squashed)
    return str(squashed)


def read_file(folder: Path, path: str) -> str:
    """Return the text of a file on the branch, or "" when there is none."""
    repository = pygit2.Repository(str(folder))
    if repository.head_is_unborn:
        return ""
    tree = repository[repository.references[BRANCH].target].peel(pygit2.Tree)
    return blob.data.decode() if path in tree and isinstance(blob := tree[path], pygit2.Blob) else ""


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
    address = f"{change.mailbox or _mailbox(change.author)}@school.example"
    author = pygit2.Signature(_git_name(change.author), address, to_epoch(change.at), minutes)
    return str(repository.create_commit(BRANCH, author, author, change.message, index.write_tree(repository), parents))


def _git_name(name: str) -> str:
    """Return a name as Git writes it: without the characters that enclose the mailbox."""
    return re.sub(r"[<>\n\0]", "", name).strip(" .,:;\"'\\") or "student"


def _mailbox(name: str) -> str:
    return "".join(letter for letter in name.lower().replace(" ", ".") if letter.isalnum() or letter == ".")
