"""How a pack writes things down: numbers of seven bits a byte, objects deflated one after the other.

Of bytes that say something else come zlib.error, IndexError or ValueError.
"""

import zlib
from collections.abc import Callable
from typing import Any

CHUNK = 65_536  # bytes inflated at once
MORE = 0x80  # a further byte of this number follows
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


def inflate(contents: memoryview, position: int, size: int, take: Callable[[bytes], Any]) -> int:
    """Give an object to `take` piece by piece; where it ends. zlib.error when it is not as long as it says."""
    inflater, length = zlib.decompressobj(), 0
    # What zlib is handed beyond the end it copies: of a small object, little more than it can need.
    feed: Any = contents[position : position + min(CHUNK, size + size // 128 + 64)]
    position += len(feed)
    while True:
        piece = inflater.decompress(feed, CHUNK)
        length += len(piece)
        if length > size:
            raise zlib.error("an object is longer than it says")
        take(piece)
        if inflater.eof:
            break
        feed = inflater.unconsumed_tail
        if not feed:
            feed = contents[position : position + CHUNK]
            position += len(feed)
            if not feed:
                raise zlib.error("the pack ends within an object")
    if length != size:
        raise zlib.error("an object is shorter than it says")
    return position - len(inflater.unused_data)


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
