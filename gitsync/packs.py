"""A pack from a server, read within bounds.

A few kilobytes can be gigabytes once inflated, and a delta can multiply what it stands on. So a first look passes over
every object without keeping it, refuses by the sizes that it names, and notes where it is; only then is each inflated
to be hashed. What is kept of delta chains meanwhile is counted too.
"""

import zlib
from collections.abc import Iterator
from typing import Any

from dulwich.pack import (
    OFS_DELTA,
    REF_DELTA,
    PackData,
    PackIndexer,
    UnpackedObject,
    _decode_delta_base_offset,
    _decode_object_header,
)

from gitsync.failures import Reason, TransportFailed

OBJECT_BYTES = 100 * 2**20  # of one object, inflated; the large forges take no larger file
INFLATED_BYTES = 4 * 2**30  # of all objects of one pack: they are only hashed, but that takes its time
HELD_BYTES = 256 * 2**20  # of the bases that wait for further deltas at one moment
OBJECTS = 1_000_000
CHUNK = 65_536
DELTA_HEADER = 20  # bytes that hold the two sizes at the start of a delta
PACK_HEADER, SHA_BYTES = 12, 20


def indexer(data: PackData, resolve: Any) -> PackIndexer:
    """What yields the index' entries of this pack. TransportFailed(too large) where an object or all are over a cap."""
    walker = BoundedIndexer(None, data.object_format.hash_func, resolve_ext_ref=resolve)
    walker.set_pack_data(data)
    with memoryview(data._buffer()) as contents:
        for found in _objects(contents, len(data)):
            walker.record(found)
    return walker


def _objects(contents: memoryview, number: int) -> Iterator[UnpackedObject]:
    """Each object's kind and place, none of them kept."""
    if number > OBJECTS:
        raise _too_large(f"{number} objects of at most {OBJECTS}")
    position, total = PACK_HEADER, 0
    for _ in range(number):
        start = position
        raw, position = _msb_bytes(contents, position)
        kind, size = _decode_object_header(raw)
        base: int | bytes | None = None
        if kind == OFS_DELTA:
            raw, position = _msb_bytes(contents, position)
            base = _decode_delta_base_offset(raw)
        elif kind == REF_DELTA:
            base = bytes(contents[position : position + SHA_BYTES])
            position += SHA_BYTES
        _check(size)
        beginning, position = _pass_over(contents, position, size)
        result = size if base is None else _result_size(beginning)
        _check(result)
        total += size if base is None else size + result
        if total > INFLATED_BYTES:
            raise _too_large(f"more than {INFLATED_BYTES} bytes, inflated")
        yield UnpackedObject(kind, delta_base=base, offset=start, hash_func=None)  # type: ignore[arg-type]


def _pass_over(contents: memoryview, position: int, size: int) -> tuple[bytes, int]:
    """(the first inflated bytes, where the object ends); zlib.error when it is not as long as it says."""
    inflater, length, beginning = zlib.decompressobj(), 0, b""
    while not inflater.eof:
        feed: Any = inflater.unconsumed_tail
        if not feed:
            feed = contents[position : position + CHUNK]
            position += len(feed)
            if not feed:
                raise zlib.error("the pack ends within an object")
        piece = inflater.decompress(feed, CHUNK)
        beginning = beginning or piece[:DELTA_HEADER]
        length += len(piece)
        if length > size:
            break
    if length != size:
        raise zlib.error("an object is not as long as it says")
    return beginning, position - len(inflater.unused_data)


def _result_size(delta: bytes) -> int:
    """What a delta says that it makes: the second of the two numbers it begins with."""
    view = memoryview(delta)
    _base, position = _number(view, 0)
    return _number(view, position)[0]


def _number(view: memoryview, position: int) -> tuple[int, int]:
    raw, position = _msb_bytes(view, position)
    return sum((byte & 0x7F) << (7 * place) for place, byte in enumerate(raw)), position


def _msb_bytes(contents: memoryview, position: int) -> tuple[list[int], int]:
    """Bytes up to the first without the highest bit."""
    found = []
    while True:
        byte = contents[position]
        position += 1
        found.append(byte)
        if not byte & 0x80:
            return found, position


def _check(size: int) -> None:
    if size > OBJECT_BYTES:
        raise _too_large(f"an object of {size} bytes of at most {OBJECT_BYTES}")


def _too_large(detail: str) -> TransportFailed:
    return TransportFailed(Reason.TOO_LARGE, detail)


class BoundedIndexer(PackIndexer):
    """Dulwich's walk along the delta chains, which keeps every base until its last delta has been read; counted."""

    def _follow_chain(self, offset: int, obj_type_num: int, base_chunks: Any) -> Iterator[Any]:
        first: list[int] = [1, 0]  # deltas still to read, bytes held for them
        todo, held = [(offset, obj_type_num, base_chunks, first)], 0
        while todo:
            offset, obj_type_num, base_chunks, family = todo.pop()
            family[0] -= 1
            held -= 0 if family[0] else family[1]
            unpacked = self._resolve_object(offset, obj_type_num, base_chunks)
            yield self._result(unpacked)
            deltas = [*self._pending_ofs.pop(offset, []), *self._pending_ref.pop(unpacked.sha(), [])]
            if not deltas:
                continue
            chunks: Any = unpacked.obj_chunks
            family = [len(deltas), sum(map(len, chunks))]
            held += family[1]
            if held > HELD_BYTES:
                raise _too_large(f"delta chains of more than {HELD_BYTES} bytes")
            todo.extend((delta, unpacked.obj_type_num or 0, chunks, family) for delta in deltas)
