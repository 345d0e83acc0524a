"""A pack from a server, indexed within bounds.

A few kilobytes can be gigabytes once inflated, and a delta can multiply what it stands on. So a first look inflates
one object after the other piece by piece, refuses by the sizes that they name, and hashes those that stand alone. The
second goes along the delta chains and counts what it holds of them; small objects are kept for it while there is room.
"""

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from dulwich.pack import apply_delta

from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.pack_format import CHUNK, Entry, base_distance, inflate, inflate_small, object_header, result_size

OBJECT_BYTES = 100 * 2**20  # of one object, inflated; the large forges take no larger file
INFLATED_BYTES = 4 * 2**30  # of all objects of one pack: they are only hashed, but that takes its time
HELD_BYTES = 256 * 2**20  # of the bases that wait for further deltas at one moment
KEPT_BYTES = 16 * 2**20  # of small objects that need not be inflated again
OBJECTS = 1_000_000
HEADER, SHA_BYTES = 12, 20
OFS_DELTA, REF_DELTA, BLOB = 6, 7, 3
NAMES = {1: b"commit", 2: b"tree", BLOB: b"blob", 4: b"tag"}

Delta = tuple[int, int]  # its place, the checksum of its packed bytes


class Indexer:
    """`run` gives the entries of the index; `missing` are then the bases that only the store has (of a thin pack).

    `resolve` gives (kind, bytes) of an object of the store by its name, or KeyError.
    """

    def __init__(self, contents: memoryview, resolve: Callable[[Any], tuple[int, bytes]]) -> None:
        self.missing: set[bytes] = set()
        self.checksum = bytes(contents[-SHA_BYTES:])
        self._contents, self._resolve = contents, resolve
        self._entries: list[Entry] = []
        self._deltas: defaultdict[int | bytes, list[Delta]] = defaultdict(list)  # by their base's place or name
        self._kept: dict[int, bytes] = {}  # by place
        self._room = KEPT_BYTES

    def run(self) -> list[Entry]:
        """TransportFailed(too large) where an object or all are over a cap; anything else where this is no pack."""
        self._look()
        for name, place, _crc in self._entries[:]:
            deltas = self._deltas_on(place, name)
            if deltas:
                kind, data = self._inflated(place)
                self._follow(kind, data, deltas)
        for base in [base for base in self._deltas if isinstance(base, bytes)]:
            self._follow_stored(base)
        if self._deltas:
            raise _broken("a delta stands on nothing")
        return self._entries

    def _look(self) -> None:
        """Pass over every object."""
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
            position, size = self._pass_over(position)
            total += size
            if total > INFLATED_BYTES:
                raise _too_large(f"more than {INFLATED_BYTES} bytes, inflated")
        if position != end:
            raise _broken("a pack and its number of objects differ")

    def _pass_over(self, place: int) -> tuple[int, int]:
        """Note the object that begins there; where it ends, and how many bytes it will have been, inflated."""
        kind, size, position = object_header(self._contents, place)
        _check(size)
        if kind in NAMES:
            sha = _sha(kind, size)
            end = self._show(place, position, size, sha.update)
            self._entries.append((sha.digest(), place, zlib.crc32(self._contents[place:end])))
            return end, size
        base, position = _base(self._contents, kind, place, position)
        first: list[bytes] = []

        def begin(piece: bytes) -> None:
            if not first:
                first.append(piece)

        end = self._show(place, position, size, begin)
        made = result_size(first[0])
        _check(made)
        self._deltas[base].append((place, zlib.crc32(self._contents[place:end])))
        return end, size + made

    def _show(self, place: int, position: int, size: int, take: Callable[[bytes], Any]) -> int:
        """Show an object to `take`, piece by piece unless it is kept; where it ends."""
        if size > min(CHUNK, self._room):
            return inflate(self._contents, position, size, take)
        data, end = inflate_small(self._contents, position, size)
        self._room -= size
        self._kept[place] = data
        take(data)
        return end

    def _inflated(self, place: int) -> tuple[int, bytes]:
        """The kind of an object, and what it is or, of a delta, how it is made."""
        kind, size, position = object_header(self._contents, place)
        kept = self._kept.pop(place, None)
        if kept is not None:
            return kind, kept
        if kind not in NAMES:
            _name, position = _base(self._contents, kind, place, position)
        if size <= CHUNK:
            return kind, inflate_small(self._contents, position, size)[0]
        pieces: list[bytes] = []
        inflate(self._contents, position, size, pieces.append)
        return kind, b"".join(pieces)

    def _deltas_on(self, place: int, name: bytes) -> list[Delta]:
        return [*self._deltas.pop(place, ()), *self._deltas.pop(name, ())]

    def _follow_stored(self, name: bytes) -> None:
        if name not in self._deltas:  # resolved since, as part of another chain
            return
        try:
            kind, data = self._resolve(name)
        except KeyError:
            return  # it may yet come out of another chain
        self.missing.add(name)
        self._follow(kind, data, self._deltas.pop(name))

    def _follow(self, kind: int, data: bytes, deltas: list[Delta]) -> None:
        """Whatever stands on this object, deltas on deltas too; a base is held until the last of its deltas is read."""
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
            (place, crc), base, family = todo.pop()
            family[0] -= 1
            held -= 0 if family[0] else family[1]
            data = b"".join(apply_delta(base, self._inflated(place)[1]))
            if not data and kind != BLOB:
                raise _broken("a delta makes an empty object")
            sha = _sha(kind, len(data))
            sha.update(data)
            self._entries.append((sha.digest(), place, crc))
            deltas = self._deltas_on(place, sha.digest())


def _base(contents: memoryview, kind: int, place: int, position: int) -> tuple[int | bytes, int]:
    """The place or the name of what a delta stands on, and where its deflated bytes begin."""
    if kind == OFS_DELTA:
        distance, position = base_distance(contents, position)
        return place - distance, position
    if kind == REF_DELTA:
        return bytes(contents[position : position + SHA_BYTES]), position + SHA_BYTES
    raise _broken(f"an object of kind {kind}")


def _sha(kind: int, size: int) -> Any:
    return hashlib.sha1(b"%s %d\0" % (NAMES[kind], size), usedforsecurity=False)


def _check(size: int) -> None:
    if size > OBJECT_BYTES:
        raise _too_large(f"an object of {size} bytes of at most {OBJECT_BYTES}")


def _too_large(detail: str) -> TransportFailed:
    return TransportFailed(Reason.TOO_LARGE, detail)


def _broken(detail: str) -> TransportFailed:
    return TransportFailed(Reason.BROKEN, detail)
