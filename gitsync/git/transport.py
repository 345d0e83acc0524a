"""The only module that uses Dulwich's network: reads refs and fetches missing objects.

`fetch` requests the refs, and a pack only when they changed. Every error is one TransportFailed.
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
from gitsync.git.http_credential import HttpCredential
from gitsync.git.secrets import Secret
from gitsync.git.smart_http import Client, translated_errors
from gitsync.git.ssh import SshCredential
from gitsync.rules.ssh_servers import ssh_address
from kernel.connection_guard import Guard

PACK_BYTES = 300_000_000
REFS = 2000
DEADLINE_SECONDS = 180.0
HEADS = b"refs/heads/"
SHA_CHARACTERS = 40
REF_CHARACTERS = 200_000  # of the names of all branches: they are stored with every sync


@dataclass(frozen=True)
class Limits:
    """Limits of one contact: total seconds, bytes received, number of refs."""

    seconds: float = DEADLINE_SECONDS
    max_bytes: int = PACK_BYTES
    max_refs: int = REFS


@dataclass(frozen=True)
class RemoteUrl:
    """Where to fetch from.

    `path` is the spelling that the server answered to last, or the one that a person gave.
    """

    scheme: str
    host: str
    path: str

    def path_variants(self) -> tuple[str, str]:
        """Return the path to try first, and the one to try second.

        Some servers insist on `.git`, some on its absence.
        """
        return self.path, self.path.removesuffix(".git") if self.path.endswith(".git") else self.path + ".git"


@dataclass(frozen=True)
class RemoteRefs:
    """The refs of a server, as one answer gave them. Times are epoch seconds.

    `heads` maps branch names to shas. `head` is the sha of `branch`, "" for an empty repository; a HEAD that is on no
    branch becomes the branch "HEAD". `requested_at` is the moment before the request, `answered_at` the moment when
    the refs had arrived. `received` counts bytes. `path` is the spelling of the path that the server answered to.
    """

    heads: dict[str, str]
    branch: str
    head: str
    requested_at: int
    answered_at: int
    received: int
    path: str


def fetch(
    url: RemoteUrl,
    known_heads: dict[str, str] | None,
    known_branch: str,
    open_store: Callable[[], Repo],
    limits: Limits | None = None,
    credential: Secret | None = None,
) -> RemoteRefs:
    """Read the refs; when the heads changed, fetch the objects that the store lacks.

    `known_heads` None: fetch nothing. `open_store` is called only for a fetch. `credential` is sent to its own server
    alone. With one for SSH, a repository with an https address is read over SSH. Raises TransportFailed.
    """
    limits = limits or Limits()
    first, second = url.path_variants()
    try:
        return _contact(url, first, known_heads, known_branch, open_store, limits, credential)
    except TransportFailed as failed:
        if failed.reason not in (Reason.NOT_FOUND, Reason.REDIRECTED):
            raise
        try:
            return _contact(url, second, known_heads, known_branch, open_store, limits, credential)
        except TransportFailed:
            raise failed from None


def _contact(
    url: RemoteUrl,
    path: str,
    known_heads: dict[str, str] | None,
    known_branch: str,
    open_store: Callable[[], Repo],
    limits: Limits,
    credential: Secret | None,
) -> RemoteRefs:
    """Fetch once, under this spelling of the path."""
    with Guard(seconds=limits.seconds, max_bytes=limits.max_bytes) as guard, translated_errors(guard):
        requested_at = int(time.time())
        pack = _PackReceiver(known_heads, open_store, limits.max_refs)
        try:
            client, name = _client(url, path, guard, credential)
            answer = client.fetch_pack(name, pack.determine_wants, pack, pack.write, ref_prefix=[b"HEAD", HEADS])
            if answer.new_shallow:
                raise TransportFailed(Reason.SHALLOW)
            pack.index()
        finally:
            pack.close()
        branch, head = _branch(answer.symrefs, answer.refs, pack.heads, known_branch)
        return RemoteRefs(pack.heads, branch, head, requested_at, pack.answered_at, guard.received, path)


def _client(url: RemoteUrl, path: str, guard: Guard, credential: Secret | None) -> tuple[Any, Any]:
    """Return Dulwich's client for the contact, and the name of the repository there."""
    if isinstance(credential, SshCredential) and credential.host == url.host:
        from gitsync.git.ssh_client import Client as SshClient  # paramiko: only processes that need it load it

        server, ssh_path = ssh_address(url.host, path)
        return SshClient(server, guard, credential), ssh_path.encode()
    if url.scheme == "ssh":
        raise TransportFailed(Reason.NO_ACCESS, "there is no key for this server")
    http = credential if isinstance(credential, HttpCredential) else None
    return Client(f"{url.scheme}://{url.host}{quote(path)}", guard, http), ""


class _PackReceiver:
    """Decides what Dulwich requests, reports what the store has, and receives the pack.

    It opens the store only when it needs it.
    """

    shallow: frozenset[bytes] = frozenset()  # Dulwich reads this of a graph walker

    def __init__(self, known_heads: dict[str, str] | None, open_store: Callable[[], Repo], max_refs: int) -> None:
        self.heads: dict[str, str] = {}
        self.answered_at = 0
        self._known_heads, self._open_store, self._max_refs = known_heads, open_store, max_refs
        self._store: Any = None
        self._walker: Any = None
        self._file: Any = None

    def determine_wants(self, refs: Mapping[Any, Any], depth: int | None = None) -> list[Any]:
        """Return the shas to request; [] when the heads are the known ones, or nothing is to be fetched."""
        self.answered_at = int(time.time())
        if len(refs) > self._max_refs:
            raise TransportFailed(Reason.TOO_MANY_REFS, f"{len(refs)} of at most {self._max_refs}")
        self.heads = _heads(refs)
        if sum(map(len, self.heads)) > REF_CHARACTERS:
            raise TransportFailed(Reason.TOO_MANY_REFS, f"names of more than {REF_CHARACTERS} characters")
        if any(len(sha) != SHA_CHARACTERS for sha in self.heads.values()):
            raise TransportFailed(Reason.OBJECT_FORMAT)
        if self._known_heads is None or self.heads == self._known_heads:
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
        """Check and index the received pack.

        Raises TransportFailed when an announced commit is still missing.
        """
        if self._file is not None and self._file.tell():
            store.index_pack(self._store, self._file)
        if self._store is not None and self._missing():
            raise TransportFailed(Reason.BROKEN, "the server did not send what it announced")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            Path(self._file.name).unlink(missing_ok=True)

    def _missing(self) -> list[bytes]:
        shas = dict.fromkeys(sha.encode() for sha in self.heads.values())
        return [sha for sha in shas if sha not in self._store.object_store]

    # Dulwich calls these of a graph walker.
    def __next__(self) -> Any:
        return next(self._walker)

    def ack(self, sha: Any) -> None:
        self._walker.ack(sha)

    def nak(self) -> None:
        self._walker.nak()


def _heads(refs: Mapping[Any, Any]) -> dict[str, str]:
    heads = {_text(name[len(HEADS) :]): _text(sha) for name, sha in sorted(refs.items()) if name.startswith(HEADS)}
    detached = refs.get(b"HEAD")
    if detached is not None and _text(detached) not in heads.values():
        heads["HEAD"] = _text(detached)
    return heads


def _branch(symrefs: Mapping[Any, Any], refs: Mapping[Any, Any], heads: dict[str, str], known: str) -> tuple[str, str]:
    """Return name and sha of the branch that counts: the remote's HEAD.

    When HEAD names a removed branch: the branch known so far, else "main" or "master", else any branch.
    """
    named = _text(symrefs.get(b"HEAD", b"").removeprefix(HEADS))
    if named in heads:
        return named, heads[named]
    detached = _text(refs.get(b"HEAD") or b"")
    if detached:
        return next(name for name, sha in heads.items() if sha == detached), detached
    for branch in (known, "main", "master", *heads):
        if branch in heads:
            return branch, heads[branch]
    return "", ""


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
