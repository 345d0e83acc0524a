"""The encoding of Git packs and their indexes: seven-bit numbers and deflated objects.

Format: https://git-scm.com/docs/gitformat-pack. Bytes that break the format raise zlib.error, IndexError or ValueError.
"""

import hashlib
import struct
import zlib
from collections.abc import Callable
from itertools import accumulate
from typing import Any

Entry = tuple[bytes, int, int]  # of an index: the object's name, its offset, the CRC-32 of its packed bytes

CHUNK = 65_536  # bytes inflated at once
DEFLATE_OVERHEAD = 300  # bytes by which a deflated object of a CHUNK may exceed its inflated size
MORE = 0x80  # this bit says that the number goes on in the next byte
MAX_OFFSET = 2**31  # larger offsets need a second table in the index; no pack here is that large
MAX_NUMBER_BITS = 63


def object_header(contents: memoryview, position: int) -> tuple[int, int, int]:
    """Return an object's kind, its inflated size, and where its header ends."""
    byte = contents[position]
    kind, size, shift = byte >> 4 & 7, byte & 15, 4
    while byte & MORE:
        position += 1
        byte = contents[position]
        size |= (byte & 0x7F) << shift
        shift = _next_shift(shift)
    return kind, size, position + 1


def base_distance(contents: memoryview, position: int) -> tuple[int, int]:
    """Return how many bytes before a delta its base begins, and where this number ends."""
    byte = contents[position]
    distance, shift = byte & 0x7F, 0
    while byte & MORE:
        position += 1
        byte = contents[position]
        distance = (distance + 1) << 7 | byte & 0x7F
        shift = _next_shift(shift)
    return distance, position + 1


def result_size(delta: bytes) -> int:
    """Return the announced size of a delta's result: the second of its leading numbers."""
    _base_size, position = _number(delta, 0)
    return _number(delta, position)[0]


def inflate_small(contents: memoryview, position: int, size: int) -> tuple[bytes, int]:
    """Inflate an object of at most a CHUNK; return it, and where it ends.

    Raises zlib.error when its size is not the announced one.
    """
    inflater = zlib.decompressobj()
    deflated = contents[position : position + size + DEFLATE_OVERHEAD]  # zlib copies what it gets beyond the end
    data = inflater.decompress(deflated, size + 1)
    if inflater.eof and len(data) == size:
        return data, position + len(deflated) - len(inflater.unused_data)
    pieces: list[bytes] = []  # badly compressed, or not of the announced size
    end = inflate(contents, position, size, pieces.append)
    return b"".join(pieces), end


def inflate(contents: memoryview, position: int, size: int, write: Callable[[bytes], Any]) -> int:
    """Inflate an object piece by piece into `write`; return where it ends.

    Raises zlib.error when its size is not the announced one.
    """
    inflater, length = zlib.decompressobj(), 0
    deflated: Any = b""
    while not inflater.eof:
        if not deflated:
            deflated = contents[position : position + CHUNK]
            position += len(deflated)
            if not deflated:
                raise zlib.error("the pack ends within an object")
        piece = inflater.decompress(deflated, CHUNK)
        length += len(piece)
        if length > size:
            raise zlib.error("an object is longer than it says")
        write(piece)
        deflated = inflater.unconsumed_tail
    if length != size:
        raise zlib.error("an object is shorter than it says")
    return position - len(inflater.unused_data)


def build_index(entries: list[Entry], checksum: bytes) -> bytes:
    """Return the index (version 2) of a pack with these sorted entries.

    Raises ValueError for a pack of 2 GB or more.
    """
    counts = [0] * 256
    for name, offset, _crc in entries:
        counts[name[0]] += 1
        if offset >= MAX_OFFSET:
            raise ValueError("too large a pack")
    number = len(entries)
    body = [b"\xfftOc\0\0\0\2", struct.pack(">256L", *accumulate(counts)), *(name for name, _offset, _crc in entries)]
    body.append(struct.pack(f">{number}L", *(crc for _name, _offset, crc in entries)))
    body.append(struct.pack(f">{number}L", *(offset for _name, offset, _crc in entries)))
    index = b"".join([*body, checksum])
    return index + hashlib.sha1(index, usedforsecurity=False).digest()


def _number(raw: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if not byte & MORE:
            return value, position
        shift = _next_shift(shift)


def _next_shift(shift: int) -> int:
    if shift + 7 > MAX_NUMBER_BITS:
        raise ValueError("a number of more than 63 bits")
    return shift + 7
