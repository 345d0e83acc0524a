"""A pack from a server, indexed within bounds.

A few kilobytes can be gigabytes once inflated, and a delta can multiply what it stands on. So a first look inflates
one object after the other piece by piece, refuses by the sizes that they name, and hashes those that stand alone. The
second goes along the delta chains and counts what it holds of them; small objects are kept for it while there is room.
"""

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

from dulwich.pack import apply_delta

from gitsync.failures import Reason, TransportFailed
from gitsync.pack_format import CHUNK, base_distance, inflate, object_header, result_size

OBJECT_BYTES = 100 * 2**20  # of one object, inflated; the large forges take no larger file
INFLATED_BYTES = 4 * 2**30  # of all objects of one pack: they are only hashed, but that takes its time
HELD_BYTES = 256 * 2**20  # of the bases that wait for further deltas at one moment
KEPT_BYTES = 32 * 2**20  # of small objects that need not be inflated again
OBJECTS = 1_000_000
HEADER, SHA_BYTES = 12, 20
OFS_DELTA, REF_DELTA, BLOB = 6, 7, 3
NAMES = {1: b"commit", 2: b"tree", BLOB: b"blob", 4: b"tag"}

Entry = tuple[bytes, int, int]  # of the index: an object's name, its place, the checksum of its packed bytes


class _Packed(NamedTuple):
    """Where an object lies, and what it inflates to if that was kept."""

    start: int
    place: int  # of its deflated bytes
    size: int
    crc: int
    data: bytes | None


class Indexer:
    """`run` gives the entries of the index; `missing` are then the bases that only the store has (of a thin pack).

    `resolve` gives (kind, bytes) of an object of the store by its name, or KeyError.
    """

    def __init__(self, contents: memoryview, resolve: Callable[[Any], tuple[int, bytes]]) -> None:
        self.missing: set[bytes] = set()
        self._contents, self._resolve = contents, resolve
        self._entries: list[Entry] = []
        self._whole: list[tuple[int, bytes, _Packed]] = []  # kind, name
        self._deltas: defaultdict[int | bytes, list[_Packed]] = defaultdict(list)  # by their base's place or name
        self._room = KEPT_BYTES

    def run(self) -> list[Entry]:
        """TransportFailed(too large) where an object or all are over a cap; anything else where this is no pack."""
        self._look()
        while self._whole:
            kind, name, packed = self._whole.pop()
            deltas = self._deltas_on(packed.start, name)
            if deltas:
                self._follow(kind, self._inflated(packed), deltas)
        for name in [base for base in self._deltas if isinstance(base, bytes)]:
            self._follow_stored(name)
        if self._deltas:
            raise _broken("a delta stands on nothing")
        return self._entries

    def _look(self) -> None:
        """Pass over every object."""
        contents, end = self._contents, len(self._contents) - SHA_BYTES
        if end < HEADER or contents[:4] != b"PACK" or contents[4:8] not in (b"\0\0\0\2", b"\0\0\0\3"):
            raise _broken("no pack")
        if hashlib.sha1(contents[:end], usedforsecurity=False).digest() != contents[end:]:
            raise _broken("a pack and its checksum differ")
        number = int.from_bytes(contents[8:HEADER])
        if number > OBJECTS:
            raise _too_large(f"{number} objects of at most {OBJECTS}")
        position, total = HEADER, 0
        for _ in range(number):
            position, size = self._pass_over(position)
            total += size
            if total > INFLATED_BYTES:
                raise _too_large(f"more than {INFLATED_BYTES} bytes, inflated")
        if position != end:
            raise _broken("a pack and its number of objects differ")

    def _pass_over(self, start: int) -> tuple[int, int]:
        """Note the object that begins there; where it ends, and how many bytes it will have been, inflated."""
        kind, size, place = object_header(self._contents, start)
        _check(size)
        if kind in NAMES:
            sha = _sha(kind, size)
            packed, end = self._packed(start, place, size, sha.update)
            self._entries.append((sha.digest(), start, packed.crc))
            self._whole.append((kind, sha.digest(), packed))
            return end, size
        base: int | bytes
        if kind == OFS_DELTA:
            distance, place = base_distance(self._contents, place)
            base = start - distance
        elif kind == REF_DELTA:
            base, place = bytes(self._contents[place : place + SHA_BYTES]), place + SHA_BYTES
        else:
            raise _broken(f"an object of kind {kind}")
        first: list[bytes] = []

        def begin(piece: bytes) -> None:
            if not first:
                first.append(piece)

        packed, end = self._packed(start, place, size, begin)
        made = result_size(first[0])
        _check(made)
        self._deltas[base].append(packed)
        return end, size + made

    def _packed(self, start: int, place: int, size: int, take: Callable[[bytes], Any]) -> tuple[_Packed, int]:
        """Show an object to `take`, piece by piece unless it is kept."""
        data: bytes | None = None
        if size <= min(CHUNK, self._room):
            self._room -= size
            pieces: list[bytes] = []
            end = inflate(self._contents, place, size, pieces.append)
            data = b"".join(pieces)
            take(data)
        else:
            end = inflate(self._contents, place, size, take)
        return _Packed(start, place, size, zlib.crc32(self._contents[start:end]), data), end

    def _inflated(self, packed: _Packed) -> bytes:
        if packed.data is not None:
            return packed.data
        pieces: list[bytes] = []
        inflate(self._contents, packed.place, packed.size, pieces.append)
        return b"".join(pieces)

    def _deltas_on(self, start: int, name: bytes) -> list[_Packed]:
        return [*self._deltas.pop(start, ()), *self._deltas.pop(name, ())]

    def _follow_stored(self, name: bytes) -> None:
        if name not in self._deltas:  # resolved since, as part of another chain
            return
        try:
            kind, data = self._resolve(name)
        except KeyError:
            return  # it may yet come out of another chain
        self.missing.add(name)
        self._follow(kind, data, self._deltas.pop(name))

    def _follow(self, kind: int, data: bytes, deltas: list[_Packed]) -> None:
        """Whatever stands on this object, deltas on deltas too; a base is held until the last of its deltas is read."""
        todo: list[tuple[_Packed, bytes, list[int]]] = []
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
            packed, base, family = todo.pop()
            family[0] -= 1
            held -= 0 if family[0] else family[1]
            data = b"".join(apply_delta(base, self._inflated(packed)))
            if not data and kind != BLOB:
                raise _broken("a delta makes an empty object")
            sha = _sha(kind, len(data))
            sha.update(data)
            self._entries.append((sha.digest(), packed.start, packed.crc))
            deltas = self._deltas_on(packed.start, sha.digest())


def _sha(kind: int, size: int) -> Any:
    return hashlib.sha1(b"%s %d\0" % (NAMES[kind], size), usedforsecurity=False)


def _check(size: int) -> None:
    if size > OBJECT_BYTES:
        raise _too_large(f"an object of {size} bytes of at most {OBJECT_BYTES}")


def _too_large(detail: str) -> TransportFailed:
    return TransportFailed(Reason.TOO_LARGE, detail)


def _broken(detail: str) -> TransportFailed:
    return TransportFailed(Reason.BROKEN, detail)
