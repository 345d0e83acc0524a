"""Repositories that cost much: long chains of deltas, files that grow when they are unpacked, many large versions.

The packs are written here with their indexes, so that git need not unpack on the server what is to be unpacked by us.
"""

import hashlib
import struct
import zlib

import pygit2

from gitsync.git.pack_format import build_index
from gitsync.tests.hostile import BLOB, OFS_DELTA, entry, object_header, varint
from proofs.support.hostile_objects import FILE, MEGABYTE
from proofs.support.odd_repository import Kind, Maker, OddRepository

SHA1_BYTES = 20
LARGEST_COPY = 0xFFFFFF


def _versions(content: bytes, number: int, *, in_one_commit: bool = False) -> Maker:
    """So many versions of a file, which differ in a last line; each is a delta on the one before.

    They are the file `a.txt` of so many commits, or so many files of one commit, the ends of the chain first.
    """

    def make(odd: OddRepository) -> None:
        blobs = [pygit2.Oid(raw=sha) for sha in _write_pack(odd, content, number)]
        odd.git("config", "pack.depth", "4095")  # git sends longer chains than 50 only when it is told to
        if in_one_commit:
            odd.main(odd.add(odd.tree(*((FILE, b"f%05d" % index, blob) for index, blob in enumerate(reversed(blobs))))))
            return
        sha = ""
        for blob in blobs:
            sha = odd.add(odd.tree((FILE, b"a.txt", blob)), *([sha] if sha else []))
        odd.main(sha)

    return make


def _write_pack(odd: OddRepository, content: bytes, number: int) -> list[bytes]:
    """Write a pack with the versions, and return their raw names."""
    tails = [b"version %08d\n" % version for version in range(number)]
    size = len(content) + len(tails[0])
    beginning = hashlib.sha1(b"blob %d\0" % size + content, usedforsecurity=False)
    copies = b"".join(
        b"\xff" + struct.pack("<L", start) + struct.pack("<L", min(len(content) - start, LARGEST_COPY))[:3]
        for start in range(0, len(content), LARGEST_COPY)
    )
    pack = bytearray(struct.pack(">4sLL", b"PACK", 2, number))
    entries, before = [], 0
    for tail in tails:
        sha, offset = beginning.copy(), len(pack)
        sha.update(tail)
        if before:
            delta = varint(size) * 2 + copies + bytes([len(tail)]) + tail
            packed = entry(OFS_DELTA, delta, back=offset - before)
        else:
            packed = object_header(BLOB, size) + zlib.compress(content + tail, 1)
        pack += packed
        entries.append((sha.digest(), offset, zlib.crc32(packed)))
        before = offset
    checksum = hashlib.sha1(pack, usedforsecurity=False).digest()
    base = odd.bare / "objects" / "pack" / f"pack-{checksum.hex()}"
    base.with_suffix(".pack").write_bytes(pack + checksum)
    base.with_suffix(".idx").write_bytes(build_index(sorted(entries), checksum))
    return [sha for sha, _offset, _crc in entries]


LINES = b"a line of a file, a hundred letters long %s\n" % (b"x" * 58)
PACKS: dict[str, Kind] = {
    "deltas 4,095 deep": Kind(_versions(LINES * 50, 4096)),
    "40 versions of 10 MB": Kind(_versions(LINES * (10 * MEGABYTE // len(LINES)), 40)),
    "40 versions of 45 MB": Kind(_versions(LINES * (45 * MEGABYTE // len(LINES)), 40), reason="too_slow"),
    "80 files of 45 MB, as deltas": Kind(
        _versions(LINES * (45 * MEGABYTE // len(LINES)), 80, in_one_commit=True), remark="not_counted"
    ),
    "2,000 files of 1 MB, as deltas": Kind(
        _versions(LINES * (MEGABYTE // len(LINES)), 2000, in_one_commit=True), remark="not_counted"
    ),
    "a file of 101 MB": Kind(_versions(bytes(101 * MEGABYTE), 1), reason="too_large"),
    "48 versions of 90 MB of zeros": Kind(_versions(bytes(90 * MEGABYTE), 48), reason="too_large"),
}
