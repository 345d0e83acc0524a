"""Bare Git stores on disk, `GIT_STORES/<folder>`.

The folder is our own id. It never comes from anything that a person gave.

A store is a cache of the remote repository: removing it only makes the next sync fetch everything. A store has no work
tree, hooks, submodules or LFS. Its heads are refs named by their sha, so no branch name ever becomes a file name.
"""

import hashlib
import mmap
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from dulwich.pack import extend_pack
from dulwich.repo import Repo

from gitsync.git import packs
from gitsync.git.pack_format import build_index

REFS = b"refs/heads/"


def path_of(folder: uuid.UUID) -> Path:
    return Path(settings.GIT_STORES) / str(folder)


def exists(folder: uuid.UUID) -> bool:
    return path_of(folder).is_dir()


class IncomingStore:
    """The store to fetch into: the existing one, or a new one in a temporary folder.

    `install` puts a new store in its place.
    """

    def __init__(self, folder: uuid.UUID) -> None:
        self._final = path_of(folder)
        self._temporary: Path | None = None
        self._repo: Repo | None = None

    def open(self) -> Repo:
        """Open the store; create it when there is none."""
        if self._repo is None:
            if not self._final.is_dir():
                self._temporary = self._final.with_name(f"{self._final.name}.new-{uuid.uuid4().hex[:8]}")
                _create(self._temporary)
            self._repo = Repo(str(self._temporary or self._final))
        return self._repo

    def install(self, heads: Iterable[str]) -> None:
        """Write the heads as refs, and put a new store in its place.

        Without these refs the next fetch would transfer everything again.
        """
        if self._repo is None:
            return
        wanted = {sha.encode() for sha in heads if sha}
        refs: Any = self._repo.refs
        present = set(refs.as_dict(REFS))
        for sha in wanted - present:  # Dulwich would flush each of these files to the disk
            Path(self._repo.path, (REFS + sha).decode()).write_bytes(sha + b"\n")
        for sha in present - wanted:
            refs.remove_if_equals(REFS + sha, None)
        self.close()
        if self._temporary is not None:
            self._temporary.rename(self._final)
            self._temporary = None

    def close(self) -> None:
        if self._repo is not None:
            self._repo.close()
            self._repo = None

    def discard(self) -> None:
        """Close the store, and remove a new one that was not installed."""
        self.close()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)


@contextmanager
def incoming(folder: uuid.UUID) -> Iterator[IncomingStore]:
    """Give a store to fetch into. A new store that is not installed leaves nothing on disk."""
    store = IncomingStore(folder)
    try:
        yield store
    finally:
        store.discard()


def _create(folder: Path) -> None:
    """Create an empty bare store, as `git init --bare` does, without files that nothing reads.

    Nothing is flushed to the disk, unlike in Dulwich: a store that a power cut damages is fetched again.
    """
    for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (folder / name).mkdir(parents=True)
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n")


def index_pack(repo: Repo, file: BinaryIO) -> None:
    """Index a received pack, complete it if it is thin, and move it into the store.

    `file` lies in the store's own folder.

    Dulwich's own `add_thin_pack` inflates everything four times, and refuses a whole pack for one object that does not
    parse. Here each object is inflated once or twice, only to be hashed; the reader handles odd objects. Raises
    TransportFailed (too large) for a pack that is too large inside, and any error for a truncated or forged pack.
    """
    objects: Any = repo.object_store
    file.flush()
    # Left open on purpose: an exception on its way may still refer to a part of the map.
    indexer = packs.PackIndexer(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)), objects.get_raw)
    entries = indexer.run()
    missing: Any = indexer.missing
    checksum = indexer.checksum
    if missing:
        checksum, extra = extend_pack(file, missing, get_raw=objects.get_raw, object_format=repo.object_format)
        entries += extra
    entries.sort()
    file.flush()
    name = hashlib.sha1(b"".join(entry[0] for entry in entries), usedforsecurity=False).hexdigest()
    base = Path(objects.pack_dir) / f"pack-{name}"
    with tempfile.NamedTemporaryFile(dir=objects.path, delete=False) as index:
        index.write(build_index(entries, checksum))
    Path(file.name).rename(base.with_suffix(".pack"))  # the index comes last: git ignores a pack without one
    Path(index.name).rename(base.with_suffix(".idx"))


def size(folder: uuid.UUID) -> int:
    """Return the bytes of a store on disk."""
    return sum(file.stat().st_size for file in path_of(folder).rglob("*") if file.is_file())


def remove(folder: uuid.UUID) -> None:
    """Remove a store, and the temporary folders that a dead process left beside it."""
    root = path_of(folder)
    for path in (root, *root.parent.glob(f"{root.name}.new-*")):
        shutil.rmtree(path, ignore_errors=True)


def remove_named(name: str) -> None:
    """Remove the folder of this name, if it is one of `folders()`."""
    if name in folders():
        shutil.rmtree(Path(settings.GIT_STORES) / name, ignore_errors=True)


def folders() -> Iterator[str]:
    """Yield the names of everything in GIT_STORES, sorted."""
    root = Path(settings.GIT_STORES)
    if root.is_dir():
        yield from (path.name for path in sorted(root.iterdir()))
