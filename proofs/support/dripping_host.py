"""A Git host that drips: while `drips` it sends one byte now and then, otherwise it is a usual Git host."""

import socket
import socketserver
import threading
from contextlib import suppress

ADVERTISEMENT = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n\r\n"
BYTE_EVERY = 0.5  # seconds


class DrippingHost:
    """A server on loopback in front of a Git server, whose address is `target` (host:port)."""

    def __init__(self, target: str) -> None:
        self.drips = False
        self.dripped = 0  # requests that were answered in drips
        self._end = threading.Event()
        host, _colon, port = target.partition(":")
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    if outer.drips:
                        outer._drip(self.request)
                    else:
                        outer._forward(self.request, (host, int(port)))

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads, block_on_close, request_queue_size = True, False, 64

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def url(self, name: str) -> str:
        return f"http://{self.host}/{name}.git"

    def close(self) -> None:
        self._end.set()
        self._server.shutdown()
        self._server.server_close()

    def _drip(self, caller: socket.socket) -> None:
        """Answer the first request of the connection, and go on for as long as the host drips."""
        if not caller.recv(65_536):
            return
        self.dripped += 1
        caller.sendall(ADVERTISEMENT)
        while self.drips and not self._end.wait(BYTE_EVERY):
            caller.sendall(b"1")

    def _forward(self, caller: socket.socket, target: tuple[str, int]) -> None:
        with socket.create_connection(target, 30) as server:
            answers = threading.Thread(target=_copy, args=(server, caller), daemon=True)
            answers.start()
            _copy(caller, server)
            answers.join(30)


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Copy bytes until the source ends, and then end the target's side."""
    with suppress(OSError):
        while part := source.recv(65_536):
            target.sendall(part)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
