"""How a pack and its index write things down: numbers of seven bits a byte, objects deflated one after the other.

Of bytes that say something else come zlib.error, IndexError or ValueError.
"""

import hashlib
import struct
import zlib
from collections.abc import Callable
from itertools import accumulate
from typing import Any

Entry = tuple[bytes, int, int]  # of an index: an object's name, its place, the checksum of its packed bytes

CHUNK = 65_536  # bytes inflated at once
FRAME = 300  # bytes that a deflated object of a CHUNK may be longer than what it inflates to
MORE = 0x80  # a further byte of this number follows
FAR = 2**31  # of an index with places from here on we write none: no pack here is that large
BITS = 63  # of no number are there more


def object_header(contents: memoryview, position: int) -> tuple[int, int, int]:
    """An object's kind, its size once inflated, and where its header ends."""
    byte = contents[position]
    kind, size, shift = byte >> 4 & 7, byte & 15, 4
    while byte & MORE:
        position += 1
        byte = contents[position]
        size |= (byte & 0x7F) << shift
        shift = _further(shift)
    return kind, size, position + 1


def base_distance(contents: memoryview, position: int) -> tuple[int, int]:
    """How far before this object that one lies which it is a delta of, and where the number ends."""
    byte = contents[position]
    distance, shift = byte & 0x7F, 0
    while byte & MORE:
        position += 1
        byte = contents[position]
        distance = (distance + 1) << 7 | byte & 0x7F
        shift = _further(shift)
    return distance, position + 1


def result_size(delta: bytes) -> int:
    """What a delta says that it makes: the second of the two numbers it begins with."""
    _base, position = _number(delta, 0)
    return _number(delta, position)[0]


def inflate_small(contents: memoryview, position: int, size: int) -> tuple[bytes, int]:
    """An object of at most a CHUNK, and where it ends. zlib.error when it is not as long as it says."""
    inflater = zlib.decompressobj()
    feed = contents[position : position + size + FRAME]  # what zlib is handed beyond the end it copies
    data = inflater.decompress(feed, size + 1)
    if inflater.eof and len(data) == size:
        return data, position + len(feed) - len(inflater.unused_data)
    pieces: list[bytes] = []  # packed badly, or not what it says
    end = inflate(contents, position, size, pieces.append)
    return b"".join(pieces), end


def inflate(contents: memoryview, position: int, size: int, take: Callable[[bytes], Any]) -> int:
    """Give an object to `take` piece by piece; where it ends. zlib.error when it is not as long as it says."""
    inflater, length = zlib.decompressobj(), 0
    feed: Any = b""
    while not inflater.eof:
        if not feed:
            feed = contents[position : position + CHUNK]
            position += len(feed)
            if not feed:
                raise zlib.error("the pack ends within an object")
        piece = inflater.decompress(feed, CHUNK)
        length += len(piece)
        if length > size:
            raise zlib.error("an object is longer than it says")
        take(piece)
        feed = inflater.unconsumed_tail
    if length != size:
        raise zlib.error("an object is shorter than it says")
    return position - len(inflater.unused_data)


def index_of(entries: list[Entry], checksum: bytes) -> bytes:
    """The index (version 2) of a pack of these entries, which are sorted. ValueError for a pack of 2 GB or more."""
    counts = [0] * 256
    for name, place, _crc in entries:
        counts[name[0]] += 1
        if place >= FAR:
            raise ValueError("too large a pack")
    number = len(entries)
    body = [b"\xfftOc\0\0\0\2", struct.pack(">256L", *accumulate(counts)), *(name for name, _place, _crc in entries)]
    body.append(struct.pack(f">{number}L", *(crc for _name, _place, crc in entries)))
    body.append(struct.pack(f">{number}L", *(place for _name, place, _crc in entries)))
    whole = b"".join([*body, checksum])
    return whole + hashlib.sha1(whole, usedforsecurity=False).digest()


def _number(raw: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if not byte & MORE:
            return value, position
        shift = _further(shift)


def _further(shift: int) -> int:
    if shift + 7 > BITS:
        raise ValueError("a number of more than 63 bits")
    return shift + 7
