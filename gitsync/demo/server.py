"""The demonstration's Git server: read-only smart HTTP on loopback, with Dulwich's WSGI application."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from dulwich.errors import NotGitRepository
from dulwich.repo import Repo
from dulwich.server import Backend
from dulwich.web import make_wsgi_chain

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.git")


class _FolderBackend(Backend):
    """The bare repositories directly under one folder; each request opens its repository again."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def open_repository(self, path: str | bytes) -> Repo:
        name = os.fsdecode(path).strip("/")
        if not NAME.fullmatch(name):
            raise NotGitRepository(name)
        return Repo(str(self.root / name))


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def _read_only(application: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse pushes with 403; Dulwich's application would accept them."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if "git-receive-pack" in environ["PATH_INFO"] + environ.get("QUERY_STRING", ""):
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"This server is read-only.\n"]
        return application(environ, start_response)

    return answer


def serve(root: Path, host: str, port: int) -> WSGIServer:
    """Return a bound server of the bare repositories under `root`; the caller calls `serve_forever`.

    port: 0 takes a free one. Raises OSError when the port is taken.
    """
    root.mkdir(parents=True, exist_ok=True)
    application = _read_only(make_wsgi_chain(_FolderBackend(root)))
    return make_server(host, port, application, server_class=_Server, handler_class=_QuietHandler)
