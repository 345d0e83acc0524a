"""The only door to Dulwich's network: what a server has, and the objects that a store lacks.

`fetch` asks for the refs and, only when they changed, for a pack. Every way to fail is one TransportFailed.
"""

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dulwich.repo import Repo

from gitsync.git import store
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.smart_http import Client, one_failure
from kernel.connection_guard import Guard

PACK_BYTES = 300_000_000
REFS = 2000
DEADLINE_SECONDS = 180.0
HEADS = b"refs/heads/"


@dataclass(frozen=True)
class Limits:
    """Of one contact: seconds in all, bytes received, refs announced."""

    seconds: float = DEADLINE_SECONDS
    max_bytes: int = PACK_BYTES
    max_refs: int = REFS


@dataclass(frozen=True)
class Place:
    """A server, and the path in the form that it is believed to answer to."""

    scheme: str
    host: str
    path: str

    def forms(self) -> tuple[str, str]:
        """Some servers know a repository with `.git` alone, some without alone: the other form is the second try."""
        return self.path, self.path.removesuffix(".git") if self.path.endswith(".git") else self.path + ".git"


@dataclass(frozen=True)
class Remote:
    """One refs answer. `heads`: branch name -> sha; `head` is "" for an empty repository. Times are epoch seconds.

    `asked_at` is the moment before the refs were asked for, `answered_at` the moment they had arrived. A HEAD that
    is on no branch is a head named "HEAD". `path` is the form that the server answered to.
    """

    heads: dict[str, str]
    branch: str
    head: str
    asked_at: int
    answered_at: int
    received: int
    path: str


def fetch(
    where: Place,
    known: dict[str, str],
    known_branch: str,
    open_store: Callable[[], Repo],
    limits: Limits | None = None,
) -> Remote:
    """Read the refs; where the heads differ from the known ones, bring what the store lacks.

    `open_store` is called only when the heads differ.
    """
    limits = limits or Limits()
    first, second = where.forms()
    try:
        return _contact(where, first, known, known_branch, open_store, limits)
    except TransportFailed as failed:
        if failed.reason not in (Reason.NOT_FOUND, Reason.REDIRECTED):
            raise
        try:
            return _contact(where, second, known, known_branch, open_store, limits)
        except TransportFailed:
            raise failed from None


def _contact(
    where: Place, path: str, known: dict[str, str], known_branch: str, open_store: Callable[[], Repo], limits: Limits
) -> Remote:
    """One conversation with the server about one path."""
    url = f"{where.scheme}://{where.host}{quote(path)}"
    with Guard(seconds=limits.seconds, max_bytes=limits.max_bytes) as guard, one_failure(guard):
        asked_at = int(time.time())
        pack = _Pack(known, open_store, limits.max_refs)
        try:
            answer = Client(url, guard).fetch_pack(
                "", pack.determine_wants, pack, pack.write, ref_prefix=[b"HEAD", HEADS]
            )
            pack.index()
        finally:
            pack.close()
        branch, head = _branch(answer.symrefs, answer.refs, pack.heads, known_branch)
        return Remote(pack.heads, branch, head, asked_at, pack.answered_at, guard.received, path)


class _Pack:
    """Decides what is wanted, tells what is there, and takes in what comes. The store is opened when it is needed."""

    shallow: frozenset[bytes] = frozenset()

    def __init__(self, known: dict[str, str], open_store: Callable[[], Repo], max_refs: int) -> None:
        self.heads: dict[str, str] = {}
        self.answered_at = 0
        self._known, self._open_store, self._max_refs = known, open_store, max_refs
        self._store: Any = None
        self._walker: Any = None
        self._file: Any = None

    def determine_wants(self, refs: Mapping[Any, Any], depth: int | None = None) -> list[Any]:
        self.answered_at = int(time.time())
        if len(refs) > self._max_refs:
            raise TransportFailed(Reason.TOO_MANY_REFS, f"{len(refs)} of at most {self._max_refs}")
        self.heads = _heads(refs)
        if self.heads == self._known:
            return []
        self._store = self._open_store()
        missing = self._missing()
        if missing:
            self._walker = self._store.get_graph_walker()
            self._file = tempfile.NamedTemporaryFile(dir=self._store.object_store.path, delete=False)  # noqa: SIM115
        return missing

    def write(self, data: bytes) -> int:
        written: int = self._file.write(data)
        return written

    def index(self) -> None:
        """Check and index what came, and that nothing announced is missing."""
        if self._file is not None and self._file.tell():
            store.take_in(self._store, self._file)
        if self._store is not None and self._missing():
            raise TransportFailed(Reason.BROKEN, "the server did not send what it announced")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            Path(self._file.name).unlink(missing_ok=True)

    def _missing(self) -> list[bytes]:
        shas = dict.fromkeys(sha.encode() for sha in self.heads.values())
        return [sha for sha in shas if sha not in self._store.object_store]

    # What Dulwich asks of a graph walker.
    def __next__(self) -> Any:
        return next(self._walker)

    def ack(self, sha: Any) -> None:
        self._walker.ack(sha)

    def nak(self) -> None:
        self._walker.nak()


def _heads(refs: Mapping[Any, Any]) -> dict[str, str]:
    found = {_text(name[len(HEADS) :]): _text(sha) for name, sha in sorted(refs.items()) if name.startswith(HEADS)}
    lone = refs.get(b"HEAD")
    if lone is not None and _text(lone) not in found.values():
        found["HEAD"] = _text(lone)
    return found


def _branch(symrefs: Mapping[Any, Any], refs: Mapping[Any, Any], heads: dict[str, str], known: str) -> tuple[str, str]:
    """Name and sha of the branch: the remote's HEAD.

    Where HEAD names a branch that is not there (it was removed): the one known so far, else a usual name, else any.
    """
    named = _text(symrefs.get(b"HEAD", b"").removeprefix(HEADS))
    if named in heads:
        return named, heads[named]
    lone = _text(refs.get(b"HEAD") or b"")
    if lone:
        return next(name for name, sha in heads.items() if sha == lone), lone
    for branch in (known, "main", "master", *heads):
        if branch in heads:
            return branch, heads[branch]
    return "", ""


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
