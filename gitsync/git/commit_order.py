"""The commits that some heads reach, and that known commits do not reach, parents first."""

from collections.abc import Callable, Iterator
from itertools import islice

import pygit2
from pygit2.enums import SortMode

from gitsync.git.commit_parsing import CommitRow
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.line_counts import UNREADABLE

MAX_COMMITS = 100_000
CHAIN = 1_000  # commits; a longer history is left to libgit2, because `read_header` keeps no more


class CommitOrder:
    """Walks over the commits of one store.

    read_header: returns a commit without its files, and the sha of its tree; it keeps the last ones.
    is_readable: whether the store has this object undamaged.
    """

    def __init__(
        self,
        repository: pygit2.Repository,
        read_header: Callable[[str], tuple[CommitRow, str]],
        is_readable: Callable[[str], bool],
    ) -> None:
        self._repository, self._read_header, self._is_readable = repository, read_header, is_readable

    def walk(self, heads: list[str], known: list[str]) -> list[str]:
        """Return the commits reachable from `heads` and not from `known`, which the store has.

        Raises TransportFailed for more than MAX_COMMITS, and for a missing or damaged commit.
        """
        chain = self._chain(heads, known)
        if chain is not None:
            return chain
        try:
            walker = self._repository.walk(None, SortMode.TOPOLOGICAL | SortMode.REVERSE)
            for sha in heads:
                walker.push(sha)
            for sha in known:
                walker.hide(sha)
            shas = [str(commit.id) for commit in islice(walker, MAX_COMMITS + 1)]
        except UNREADABLE:
            shas = self._slow_walk(heads, known)
        if len(shas) > MAX_COMMITS:
            raise TransportFailed(Reason.TOO_MANY_COMMITS, f"more than {MAX_COMMITS}")
        return shas

    def _chain(self, heads: list[str], known: list[str]) -> list[str] | None:
        """Walk from one head to the one known commit, or to the first commit when none is known.

        Return None for a history that is long, has a merge or a damaged commit, or does not reach the known commit.
        libgit2 finds the same commits, but reads each of them twice more.
        """
        if len(heads) > 1 or len(known) > 1:
            return None
        last = known[0] if known else ""
        shas, sha = [], heads[0]
        while sha != last:
            row = self._read_header(sha)[0]
            shas.append(sha)
            if row.broken or len(row.parents) > 1 or (last and not row.parents) or len(shas) > min(CHAIN, MAX_COMMITS):
                return None
            sha = row.parents[0] if row.parents else ""
        return shas[::-1]

    def _slow_walk(self, heads: list[str], known: list[str]) -> list[str]:
        """Walk over raw bytes, for histories with a commit that libgit2 cannot parse."""
        seen = set(self._ancestors(known, set()))
        return list(islice(self._ancestors(heads, seen), MAX_COMMITS + 1))

    def _ancestors(self, tips: list[str], seen: set[str]) -> Iterator[str]:
        """Yield unseen ancestors depth first, each commit after its parents."""
        stack = [(tip, False) for tip in reversed(tips)]
        while stack:
            sha, done = stack.pop()
            if done:
                yield sha
            elif sha not in seen:
                if not self._is_readable(sha):
                    raise TransportFailed(Reason.BROKEN, f"commit {sha} is missing or damaged")
                seen.add(sha)
                stack.append((sha, True))
                parents = self._read_header(sha)[0].parents
                stack.extend((parent, False) for parent in reversed(parents) if parent not in seen)
