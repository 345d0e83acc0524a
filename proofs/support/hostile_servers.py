"""Hostile Git servers, each with the reason for which it must be refused.

The servers come from gitsync/tests/hostile.py. It is imported late, after the environment is set.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

MEGABYTE = 2**20


def _raw(function: str) -> Callable[[], AbstractContextManager[str]]:
    """Return a function that starts a server; `function` of the module is its answer."""

    def serve() -> AbstractContextManager[str]:
        from gitsync.tests import hostile

        return hostile.raw_server(getattr(hostile, function))

    return serve


def _status(text: str) -> Callable[[], AbstractContextManager[str]]:
    """Return a function that starts a server with this status line and these headers."""

    def serve() -> AbstractContextManager[str]:
        from gitsync.tests import hostile

        return hostile.raw_server(hostile.answered(text))

    return serve


def _pack(make_pack: Callable[[Any], Any]) -> Callable[[], AbstractContextManager[str]]:
    """Return a function that starts a server that sends this pack."""

    def serve() -> AbstractContextManager[str]:
        from gitsync.tests import hostile

        return hostile.pack_server(make_pack(hostile))

    return serve


def _large_delta(hostile: Any) -> bytes:
    """Return a pack with a blob of 64 MB and a delta that makes 4 GB of it."""
    blob = hostile.zeros(64 * MEGABYTE)
    return bytes(
        hostile.pack_of(blob, hostile.entry(hostile.OFS_DELTA, hostile.doubling(64 * MEGABYTE, 64), back=len(blob)))
    )


def _waiting_bases(hostile: Any) -> bytes:
    """Return a pack with a chain of twenty bases, the first of 64 MB.

    Each base has a second delta, which waits while the first one is followed.
    """
    entries, end, base, size = [hostile.zeros(64 * MEGABYTE)], 0, 0, 64 * MEGABYTE
    end = len(entries[0])
    for _depth in range(20):
        for _sibling in range(2):
            entries.append(hostile.entry(hostile.OFS_DELTA, hostile.doubling(size, 1), back=end - base))
            last, end = end, end + len(entries[-1])
        base = last
    return bytes(hostile.pack_of(*entries))


def _endless_pack(hostile: Any) -> Callable[[], Iterator[bytes]]:
    """Return a function that yields the start of a pack and then random bytes without end."""

    def stream() -> Iterator[bytes]:
        yield hostile.pack_of()[:12]
        while True:
            yield os.urandom(MEGABYTE)

    return stream


# Name of the server -> a function that starts it and yields `host:port`, and the expected reason of the refusal.
SERVERS: dict[str, tuple[Callable[[], AbstractContextManager[str]], str]] = {
    "hangs": (_raw("hang"), "timeout"),
    "drips a byte each 0.1 s": (_raw("drip"), "timeout"),
    "endless refs": (_raw("flood"), "too_large"),
    "endless pack": (_pack(_endless_pack), "too_large"),
    "redirects to metadata": (_status("302 Found\r\nLocation: http://169.254.169.254/latest/"), "redirected"),
    "redirects to loopback": (_status("301 Moved\r\nLocation: https://127.0.0.1/a"), "redirected"),
    "redirects to a file": (_status("307 Moved\r\nLocation: file:///etc/passwd"), "redirected"),
    "blob of 2 GB in 2 MB": (_pack(lambda hostile: hostile.pack_of(hostile.zeros(2048 * MEGABYTE))), "too_large"),
    "blobs of 90 MB, 60 times": (
        _pack(lambda hostile: hostile.pack_of(*[hostile.zeros(90 * MEGABYTE)] * 60)),
        "too_large",
    ),
    "delta of 4 GB in 2 kB": (_pack(_large_delta), "too_large"),
    "20 bases of 64 MB that wait": (_pack(_waiting_bases), "too_large"),
    "claims 4 billion objects": (_pack(lambda hostile: hostile.pack_of(claims=2**32 - 1)), "too_large"),
}
