"""Finds the commit that another commit reverts (`git revert`). Pure."""

import re
from collections.abc import Iterable
from typing import Protocol

NAMED = re.compile(r"This reverts commit ([0-9a-f]{40}(?:[0-9a-f]{24})?)\b")  # git's own sentence


class ChangedFile(Protocol):
    """A changed file: a FileRow or a FileChange."""

    @property
    def path_hash(self) -> str: ...
    @property
    def insertions(self) -> int: ...
    @property
    def deletions(self) -> int: ...
    @property
    def counts_unknown(self) -> bool: ...


def named_commit(message: str) -> str:
    """Return the sha of the commit that a message says it reverts; "" when it names none."""
    named = NAMED.search(message)
    return named[1] if named else ""


def takes_back(files: Iterable[ChangedFile], reverted: Iterable[ChangedFile]) -> bool:
    """Return whether the first files undo the whole effect of the others.

    Both have the same files. In each file one commit removes as many lines as the other adds, and the reverse.
    """
    undone = {file.path_hash: (file.deletions, file.insertions, file.counts_unknown) for file in files}
    done = {file.path_hash: (file.insertions, file.deletions, file.counts_unknown) for file in reverted}
    return bool(done) and undone == done and not any(unknown for _added, _removed, unknown in done.values())
