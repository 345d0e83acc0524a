"""Bare stores on disk: `GIT_STORES/<folder>`, named by our own id, never by anything a person gave.

A store is a cache of the remote: removing one costs the next sync a full fetch, nothing else. No work tree, hooks,
submodules or LFS. The heads are kept as refs named by their sha, so no branch name ever becomes a file name.
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
from gitsync.git.pack_format import index_of

REFS = b"refs/heads/"


def path_of(folder: uuid.UUID) -> Path:
    return Path(settings.GIT_STORES) / str(folder)


def exists(folder: uuid.UUID) -> bool:
    return path_of(folder).is_dir()


class Incoming:
    """The store to fetch into: the one there is, or a new one built aside that takes its place when kept."""

    def __init__(self, folder: uuid.UUID) -> None:
        self._final = path_of(folder)
        self._aside: Path | None = None
        self._repo: Repo | None = None

    def open(self) -> Repo:
        if self._repo is None:
            if not self._final.is_dir():
                self._aside = self._final.with_name(f"{self._final.name}.new-{uuid.uuid4().hex[:8]}")
                _make(self._aside)
            self._repo = Repo(str(self._aside or self._final))
        return self._repo

    def keep(self, heads: Iterable[str]) -> None:
        """Write the heads as refs (without them the next fetch would bring everything again) and put in place."""
        if self._repo is None:
            return
        wanted = {sha.encode() for sha in heads if sha}
        refs: Any = self._repo.refs
        present = set(refs.as_dict(REFS))
        for sha in wanted - present:
            refs[REFS + sha] = sha
        for sha in present - wanted:
            refs.remove_if_equals(REFS + sha, None)
        self.close()
        if self._aside is not None:
            self._aside.rename(self._final)
            self._aside = None

    def close(self) -> None:
        if self._repo is not None:
            self._repo.close()
            self._repo = None


def _make(folder: Path) -> None:
    """An empty bare store, as `git init --bare` makes it but for what nobody here reads.

    Nothing is forced to the disk as Dulwich would: after a power cut a store that is damaged is made anew.
    """
    for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (folder / name).mkdir(parents=True)
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n")


def take_in(repo: Repo, file: BinaryIO) -> None:
    """Index a pack that was received into a file of this store (thin or not), complete it and put it in its place.

    Dulwich's own `add_thin_pack` inflates everything four times and refuses a pack for one object that does not
    parse; here each is inflated once or twice, to be hashed, and what is odd is the reader's matter. Raises whatever
    comes of a truncated or forged pack, and TransportFailed(too large) for one that is too large inside.
    """
    objects: Any = repo.object_store
    file.flush()
    # Not closed but let go of: an exception on its way may still look at a part of it.
    indexer = packs.Indexer(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)), objects.get_raw)
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
        index.write(index_of(entries, checksum))
    Path(file.name).rename(base.with_suffix(".pack"))  # the index comes last: a pack without one is not there
    Path(index.name).rename(base.with_suffix(".idx"))


@contextmanager
def incoming(folder: uuid.UUID) -> Iterator[Incoming]:
    """A store to fetch into; what was not kept leaves no trace."""
    store = Incoming(folder)
    try:
        yield store
    finally:
        store.close()
        if store._aside is not None:
            shutil.rmtree(store._aside, ignore_errors=True)


def size(folder: uuid.UUID) -> int:
    """Bytes on disk."""
    return sum(file.stat().st_size for file in path_of(folder).rglob("*") if file.is_file())


def remove(folder: uuid.UUID) -> None:
    """Remove the store and anything left aside of it by a process that died."""
    root = path_of(folder)
    for path in (root, *root.parent.glob(f"{root.name}.new-*")):
        shutil.rmtree(path, ignore_errors=True)


def remove_named(name: str) -> None:
    """Remove one of `folders()`."""
    if name in folders():
        shutil.rmtree(Path(settings.GIT_STORES) / name, ignore_errors=True)


def folders() -> Iterator[str]:
    """Names of all that is in the place of the stores."""
    root = Path(settings.GIT_STORES)
    if root.is_dir():
        yield from (path.name for path in sorted(root.iterdir()))
