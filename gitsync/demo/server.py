"""The demonstration's Git server: read-only smart HTTP on loopback, by Dulwich's WSGI application."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from dulwich.errors import NotGitRepository
from dulwich.repo import Repo
from dulwich.server import Backend, UploadPackHandler
from dulwich.web import make_wsgi_chain

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.git")


class _Folder(Backend):
    """The bare repositories directly under one folder, opened anew for each request."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def open_repository(self, path: str | bytes) -> Repo:
        name = os.fsdecode(path).strip("/")
        if not NAME.fullmatch(name):
            raise NotGitRepository(name)
        return Repo(str(self.root / name))


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def serve(root: Path, host: str, port: int) -> WSGIServer:
    """A bound server of the bare repositories under `root` (port 0: a free one); call `serve_forever`.

    Raises OSError when the port is taken.
    """
    root.mkdir(parents=True, exist_ok=True)
    # Fetching only: nobody pushes to the demonstration from outside.
    handlers: dict[bytes, Callable[..., Any]] = {b"git-upload-pack": UploadPackHandler}
    application = make_wsgi_chain(_Folder(root), handlers=handlers)
    return make_server(host, port, application, server_class=_Server, handler_class=_Quiet)
