"""Hostile servers on loopback: they hang, drip, flood, and send malicious packs."""

import hashlib
import socketserver
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ADVERTISEMENT = "200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement"
COMMIT, TREE, BLOB, OFS_DELTA = 1, 2, 3, 6


@contextmanager
def raw_server(answer: Callable[[Any, threading.Event], None], *, at_once: bool = False) -> Iterator[str]:
    """Serve TCP and yield `host:port`.

    `answer(connection, stop)` is called after the first bytes of each request, or before them (`at_once`).
    """
    stop = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if not at_once:
                self.request.recv(65_536)
            with suppress(OSError):
                answer(self.request, stop)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads, block_on_close = True, False

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        stop.set()
        server.shutdown()


def answered(text: str, body: bytes = b"") -> Callable[[Any, threading.Event], None]:
    return lambda connection, _stop: connection.sendall(
        f"HTTP/1.1 {text}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
    )


def hang(_connection: Any, stop: threading.Event) -> None:
    stop.wait(30)


def drip(connection: Any, stop: threading.Event) -> None:
    connection.sendall(f"HTTP/1.1 {ADVERTISEMENT}\r\n\r\n".encode())
    while not stop.wait(0.1):
        connection.sendall(b"1")


def flood(connection: Any, stop: threading.Event) -> None:
    connection.sendall(f"HTTP/1.1 {ADVERTISEMENT}\r\n\r\n".encode())
    while not stop.is_set():
        connection.sendall(b"003a%s refs/heads/x\n" % (b"a" * 40) * 1000)


@contextmanager
def pack_server(pack: bytes | Callable[[], Iterator[bytes]], head: str = "a" * 40) -> Iterator[str]:
    """Serve one branch, and answer every request for objects with this pack.

    The pack is given as a whole, or as an endless stream.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            line = f"{head} refs/heads/main\0ofs-delta\n"
            first = "001e# service=git-upload-pack\n0000"
            self._answer("advertisement", f"{first}{len(line) + 4:04x}{line}0000".encode())

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with suppress(OSError):
                self._answer("result", b"0008NAK\n" + (pack if isinstance(pack, bytes) else b""))
                for piece in [] if isinstance(pack, bytes) else pack():
                    self.wfile.write(piece)

        def _answer(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", f"application/x-git-upload-pack-{kind}")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def pack_of(*entries: bytes, claims: int | None = None) -> bytes:
    """Return a pack with its checksum; `claims` is a false number of objects."""
    body = struct.pack(">4sLL", b"PACK", 2, len(entries) if claims is None else claims) + b"".join(entries)
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def entry(kind: int, content: bytes, *, size: int | None = None, back: int = 0) -> bytes:
    """Return one packed object.

    `size` is a false size; `back` is how many bytes before a delta its base begins.
    """
    return object_header(kind, len(content) if size is None else size, back) + zlib.compress(content, 9)


def zeros(size: int) -> bytes:
    """Return a packed blob of zeros, a thousandth of its inflated size.

    The zeros are never held in memory together.
    """
    compressor, pieces, left = zlib.compressobj(9), [], size
    while left:
        step = min(left, 2**20)
        pieces.append(compressor.compress(bytes(step)))
        left -= step
    return object_header(BLOB, size) + b"".join(pieces) + compressor.flush()


def doubling(base: int, times: int = 2) -> bytes:
    """Return a delta of a few bytes that copies its base, of `base` bytes, several times."""
    copies = b"".join(
        b"\xff" + struct.pack("<L", start) + struct.pack("<L", min(base - start, 0xFFFFFF))[:3]
        for _ in range(times)
        for start in range(0, base, 0xFFFFFF)
    )
    return varint(base) + varint(base * times) + copies


def object_header(kind: int, size: int, back: int = 0) -> bytes:
    first, rest = kind << 4 | size & 15, size >> 4
    head = bytes([first | (128 if rest else 0)]) + (varint(rest) if rest else b"")
    if kind != OFS_DELTA:
        return head
    offset = [back & 127]
    while back := back >> 7:
        back -= 1
        offset.append(128 | back & 127)
    return head + bytes(reversed(offset))


def varint(number: int) -> bytes:
    encoded = bytearray()
    while True:
        number, low = number >> 7, number & 127
        encoded.append(low | (128 if number else 0))
        if not number:
            return bytes(encoded)
