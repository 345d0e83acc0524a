"""A forge on loopback that answers as GitHub, GitLab, Gitea and Bitbucket Cloud document their APIs.

The shapes are those of the public API documentation of November 2026, with the fields that our clients could read.
"""

import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from gitsync.tests import forge_shapes, gitserver

TOKEN = "a-token-of-the-forge"
PREFIXES = {"github": "/api/v3", "gitlab": "/api/v4", "gitea": "/api/v1", "bitbucket": "/2.0"}
SIZES = {"github": "per_page", "gitlab": "per_page", "gitea": "limit", "bitbucket": "pagelen"}
LARGEST = {"github": 100, "gitlab": 100, "gitea": 50, "bitbucket": 100}
CREATED = {"github": 201, "gitlab": 201, "gitea": 201, "bitbucket": 201}


@dataclass
class StoredRepository:
    """A repository of the server. `hooks` are the objects that were sent, by their ids."""

    number: int
    full_name: str
    members: list[dict[str, str]] = field(default_factory=list)
    hooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    is_private: bool = True


@dataclass
class Answer:
    """An answer in place of the right one, for the next `times` requests whose "METHOD path" matches."""

    pattern: str
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    is_after: bool = False  # the request is carried out first, as when the connection ends before the answer
    skips: int = 0  # so many requests that match are answered rightly before


class ForgeServer:
    """One forge. `requests` are the "METHOD path" of all requests, without the prefix of the API.

    With `git`, the repositories of that server are at the clone addresses.
    """

    def __init__(self, kind: str) -> None:
        self.kind, self.host = kind, ""
        self.repositories: list[StoredRepository] = []
        self.system_hooks: dict[str, dict[str, Any]] = {}
        self.answers: list[Answer] = []
        self.requests: list[str] = []
        self.tokens: list[str] = []
        self.git: gitserver.GitServer | None = None
        self.lock = threading.Lock()
        self._last_id = 1000

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def add(self, full_name: str, *members: str, is_private: bool = True) -> StoredRepository:
        """Add a repository; members are `login` or `login|Name|e-mail`."""
        people = [dict(zip(("login", "name", "email"), f"{text}||".split("|"), strict=False)) for text in members]
        stored = StoredRepository(len(self.repositories) + 1, full_name, people, is_private=is_private)
        self.repositories.append(stored)
        return stored

    def answer(self, pattern: str, status: int, body: Any = None, times: int = 1, **headers: str) -> Answer:
        answer = Answer(pattern, status, body, {key.replace("_", "-"): text for key, text in headers.items()}, times)
        self.answers.append(answer)
        return answer

    def hook_urls(self) -> list[list[str]]:
        """Return the addresses of the hooks of each repository."""
        return [[forge_shapes.hook_url(self.kind, hook) for hook in row.hooks.values()] for row in self.repositories]

    def new_id(self) -> str:
        self._last_id += 1
        return f"{{hook-{self._last_id}}}" if self.kind == "bitbucket" else str(self._last_id)

    def take_answer(self, line: str) -> Answer | None:
        for answer in self.answers:
            if answer.times and re.search(answer.pattern, line):
                if answer.skips:
                    answer.skips -= 1
                    continue
                answer.times -= 1
                return answer
        return None

    def respond(self, method: str, target: str, token: str, body: Any) -> tuple[int, Any, dict[str, str]]:
        """Return the status, the JSON value and the headers for one request."""
        path = target.partition("?")[0].removeprefix(PREFIXES[self.kind])
        query = {key: values[0] for key, values in parse_qs(target.partition("?")[2]).items()}
        line = f"{method} {path}"
        self.requests.append(line)
        self.tokens.append(token)
        instead = self.take_answer(line)
        if instead and not instead.is_after:
            return instead.status, instead.body, instead.headers
        if token != TOKEN:
            return 401, forge_shapes.WRONG_TOKEN[self.kind], {}
        result = self._act(method, path, query, body)
        return (instead.status, instead.body, instead.headers) if instead else result

    def _act(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any, dict[str, str]]:
        if path in ("/hooks", "/admin/hooks") or path.startswith(("/hooks/", "/admin/hooks/")):
            tail = path.split("hooks")[1].strip("/")
            return self._collection(method, path, tail, self.system_hooks, query, body)
        if found := re.fullmatch(forge_shapes.LISTS[self.kind], path):
            owner = unquote(found[1])
            rows = [row for row in self.repositories if row.full_name.startswith(f"{owner}/")]
            if not rows:
                return 404, forge_shapes.MISSING[self.kind], {}
            return self._page(path, query, [forge_shapes.repository(self.kind, self.url, row) for row in rows])
        repository, rest = self._find(path)
        if repository is None:
            return 404, forge_shapes.MISSING[self.kind], {}
        if rest in forge_shapes.MEMBERS:
            return self._page(path, query, [forge_shapes.member(self.kind, person) for person in repository.members])
        name, _slash, tail = rest.partition("/")
        if name == "hooks":
            return self._collection(method, path, unquote(tail), repository.hooks, query, body)
        return 404, forge_shapes.MISSING[self.kind], {}

    def _find(self, path: str) -> tuple[StoredRepository | None, str]:
        parts = path.strip("/").split("/")
        if self.kind == "gitlab":
            number, rest = parts[1], parts[2:]
            return next((row for row in self.repositories if str(row.number) == number), None), "/".join(rest)
        name = unquote("/".join(parts[1:3]))
        return next((row for row in self.repositories if row.full_name == name), None), "/".join(parts[3:])

    def _collection(
        self,
        method: str,
        path: str,
        tail: str,
        stored: dict[str, dict[str, Any]],
        query: dict[str, str],
        body: Any,
    ) -> tuple[int, Any, dict[str, str]]:
        if method == "GET" and not tail:
            values = [forge_shapes.stored_hook(self.kind, pk, value) for pk, value in stored.items()]
            return self._page(path, query, values)
        if method == "POST" and not tail:
            if self.kind == "github" and body in stored.values():
                return 422, forge_shapes.HOOK_EXISTS, {}
            pk = self.new_id()
            stored[pk] = body
            return CREATED[self.kind], forge_shapes.stored_hook(self.kind, pk, body), {}
        if tail not in stored:
            return 404, forge_shapes.MISSING[self.kind], {}
        if method == "DELETE":
            del stored[tail]
            return 204, None, {}
        stored[tail] = {**stored[tail], **body}
        return 200, forge_shapes.stored_hook(self.kind, tail, stored[tail]), {}

    def _page(self, path: str, query: dict[str, str], values: list[Any]) -> tuple[int, Any, dict[str, str]]:
        size_name = SIZES[self.kind]
        size = min(int(query.get(size_name, 20)), LARGEST[self.kind])
        number = int(query.get("page", 1))
        part = values[(number - 1) * size : number * size]
        more = number * size < len(values)
        link = f"{self.url}{PREFIXES[self.kind]}{quote(path, safe='/%')}?{size_name}={size}&page={number + 1}"
        if self.kind == "bitbucket":
            page = {"values": part, "page": number, "pagelen": size, "size": len(values)}
            return 200, page | ({"next": link} if more else {}), {}
        return 200, part, {"Link": f'<{link}>; rel="next", <{link}>; rel="last"'} if more else {}


@contextmanager
def serving_forge(kind: str) -> Iterator[ForgeServer]:
    """Run a forge until the block ends."""
    forge = ForgeServer(kind)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_request(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if forge.git and not self.path.startswith(PREFIXES[kind]):
                gitserver.answer(forge.git, self, data)
                return
            token = self.headers.get("PRIVATE-TOKEN") or self.headers.get("Authorization", "").partition(" ")[2]
            with forge.lock:
                body = json.loads(data) if data else None
                status, value, headers = forge.respond(self.command, self.path, token, body)
            raw = b"" if value is None else value.encode() if isinstance(value, str) else json.dumps(value).encode()
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request  # noqa: N815 - names of http.server

        def log_message(self, *_arguments: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *arguments: Any) -> None:
            if not isinstance(sys.exception(), ConnectionError):  # a client that was killed
                super().handle_error(*arguments)

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    forge.host = f"127.0.0.1:{server.server_port}"
    assert urlsplit(forge.url).port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield forge
    finally:
        server.shutdown()
        server.server_close()
