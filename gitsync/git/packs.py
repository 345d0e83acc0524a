"""Index a pack from a server within limits of memory and size.

A pack of a few kilobytes can inflate to gigabytes, and a delta can multiply its base. So the first pass inflates one
object after the other, piece by piece. It refuses objects by the sizes that they announce, and hashes every object that
is no delta. The second pass follows the chains of deltas and counts the bytes that it holds for them. Small objects of
the first pass are cached for the second while there is room.
"""

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from dulwich.pack import apply_delta

from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.pack_format import CHUNK, Entry, base_distance, inflate, inflate_small, object_header, result_size

OBJECT_BYTES = 100 * 2**20  # of one object, inflated; the large forges accept no larger file
INFLATED_BYTES = 4 * 2**30  # of all objects of one pack; they are only hashed, but hashing takes time
HELD_BYTES = 256 * 2**20  # of the bases that wait for further deltas at one moment
CACHE_BYTES = 16 * 2**20  # of small objects that need not be inflated again
OBJECTS = 1_000_000
HEADER, SHA_BYTES = 12, 20
OFS_DELTA, REF_DELTA, BLOB = 6, 7, 3
NAMES = {1: b"commit", 2: b"tree", BLOB: b"blob", 4: b"tag"}

Delta = tuple[int, int]  # its offset, the CRC-32 of its packed bytes


class PackIndexer:
    """Computes the index entries of one pack; call `run` once.

    Afterwards `missing` holds the names of the bases that are in the store and not in the pack (a thin pack).
    `resolve` returns (kind, bytes) of an object of the store by its name, or raises KeyError.
    """

    def __init__(self, contents: memoryview, resolve: Callable[[Any], tuple[int, bytes]]) -> None:
        self.missing: set[bytes] = set()
        self.checksum = bytes(contents[-SHA_BYTES:])
        self._contents, self._resolve = contents, resolve
        self._entries: list[Entry] = []
        self._deltas: defaultdict[int | bytes, list[Delta]] = defaultdict(list)  # by the offset or name of their base
        self._cache: dict[int, tuple[int, bytes]] = {}  # by offset: the kind and the inflated bytes
        self._cache_left = CACHE_BYTES

    def run(self) -> list[Entry]:
        """Return the entries, unsorted.

        Raises TransportFailed (too large) when one object, or all together, are over a limit. Bytes that are no valid
        pack raise TransportFailed (broken) or any error of the decoding.
        """
        self._scan()
        for name, offset, _crc in self._entries[:]:
            deltas = self._deltas_on(offset, name)
            if deltas:
                kind, data = self._inflated(offset)
                self._resolve_deltas(kind, data, deltas)
        for base in [base for base in self._deltas if isinstance(base, bytes)]:
            self._resolve_on_stored(base)
        if self._deltas:
            raise _broken("the base of a delta is missing")
        return self._entries

    def _scan(self) -> None:
        """First pass: check the pack's frame and scan every object."""
        contents, end = self._contents, len(self._contents) - SHA_BYTES
        head = bytes(contents[:HEADER])
        if end < HEADER or head[:4] != b"PACK" or head[4:8] not in (b"\0\0\0\2", b"\0\0\0\3"):
            raise _broken("no pack")
        if hashlib.sha1(contents[:end], usedforsecurity=False).digest() != self.checksum:
            raise _broken("a pack and its checksum differ")
        number = int.from_bytes(head[8:])
        if number > OBJECTS:
            raise _too_large(f"{number} objects of at most {OBJECTS}")
        position, total = HEADER, 0
        for _ in range(number):
            position, size = self._scan_object(position)
            total += size
            if total > INFLATED_BYTES:
                raise _too_large(f"more than {INFLATED_BYTES} bytes, inflated")
        if position != end:
            raise _broken("a pack and its number of objects differ")

    def _scan_object(self, offset: int) -> tuple[int, int]:
        """Record the object at this offset; return where it ends, and its inflated size."""
        contents = self._contents
        kind, size, position = object_header(contents, offset)
        _check_size(size)
        if kind in NAMES:
            sha = _object_hash(kind, size)
            if size <= CHUNK and size <= self._cache_left:
                data, end = self._inflate_and_keep(kind, offset, position, size)
                sha.update(data)
            else:
                end = inflate(contents, position, size, sha.update)
            self._entries.append((sha.digest(), offset, zlib.crc32(contents[offset:end])))
            return end, size
        base, position = _base(contents, kind, offset, position)
        if size <= CHUNK and size <= self._cache_left:
            beginning, end = self._inflate_and_keep(kind, offset, position, size)
        else:
            beginning = b""

            def keep_first(piece: bytes) -> None:
                nonlocal beginning
                beginning = beginning or piece

            end = inflate(contents, position, size, keep_first)
        made = result_size(beginning)
        _check_size(made)
        self._deltas[base].append((offset, zlib.crc32(contents[offset:end])))
        return end, size + made

    def _inflate_and_keep(self, kind: int, offset: int, position: int, size: int) -> tuple[bytes, int]:
        """Inflate an object that fits into the cache; return it, and where it ends."""
        data, end = inflate_small(self._contents, position, size)
        self._cache_left -= size
        self._cache[offset] = kind, data
        return data, end

    def _inflated(self, offset: int) -> tuple[int, bytes]:
        """Return the kind and the inflated bytes of an object; of a delta, its instructions."""
        cached = self._cache.pop(offset, None)
        if cached is not None:
            return cached
        kind, size, position = object_header(self._contents, offset)
        if kind not in NAMES:
            _name, position = _base(self._contents, kind, offset, position)
        if size <= CHUNK:
            return kind, inflate_small(self._contents, position, size)[0]
        pieces: list[bytes] = []
        inflate(self._contents, position, size, pieces.append)
        return kind, b"".join(pieces)

    def _deltas_on(self, offset: int, name: bytes) -> list[Delta]:
        return [*self._deltas.pop(offset, ()), *self._deltas.pop(name, ())]

    def _resolve_on_stored(self, name: bytes) -> None:
        if name not in self._deltas:  # resolved meanwhile, as part of another chain
            return
        try:
            kind, data = self._resolve(name)
        except KeyError:
            return  # another chain may still produce it
        self.missing.add(name)
        self._resolve_deltas(kind, data, self._deltas.pop(name))

    def _resolve_deltas(self, kind: int, data: bytes, deltas: list[Delta]) -> None:
        """Resolve these deltas of an object, and the deltas on their results.

        A base is held until the last of its deltas is read; the bytes held at one moment are limited.
        """
        todo: list[tuple[Delta, bytes, list[int]]] = []
        held = 0
        while True:
            if deltas:
                family = [len(deltas), len(data)]  # deltas still to read, bytes held for them
                held += len(data)
                if held > HELD_BYTES:
                    raise _too_large(f"delta chains of more than {HELD_BYTES} bytes")
                todo.extend((delta, data, family) for delta in deltas)
            if not todo:
                return
            (offset, crc), base, family = todo.pop()
            family[0] -= 1
            held -= 0 if family[0] else family[1]
            data = b"".join(apply_delta(base, self._inflated(offset)[1]))
            if not data and kind != BLOB:
                raise _broken("a delta makes an empty object")
            sha = _object_hash(kind, len(data))
            sha.update(data)
            self._entries.append((sha.digest(), offset, crc))
            deltas = self._deltas_on(offset, sha.digest())


def _base(contents: memoryview, kind: int, offset: int, position: int) -> tuple[int | bytes, int]:
    """Return the offset or the name of a delta's base, and where the deflated bytes begin."""
    if kind == OFS_DELTA:
        distance, position = base_distance(contents, position)
        return offset - distance, position
    if kind == REF_DELTA:
        return bytes(contents[position : position + SHA_BYTES]), position + SHA_BYTES
    raise _broken(f"an object of kind {kind}")


def _object_hash(kind: int, size: int) -> Any:
    return hashlib.sha1(b"%s %d\0" % (NAMES[kind], size), usedforsecurity=False)


def _check_size(size: int) -> None:
    if size > OBJECT_BYTES:
        raise _too_large(f"an object of {size} bytes of at most {OBJECT_BYTES}")


def _too_large(detail: str) -> TransportFailed:
    return TransportFailed(Reason.TOO_LARGE, detail)


def _broken(detail: str) -> TransportFailed:
    return TransportFailed(Reason.BROKEN, detail)
