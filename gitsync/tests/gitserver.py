"""A smart-HTTP Git server on loopback (`git http-backend`), and real repositories."""

import os
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

START = 1_770_000_000  # epoch seconds: a scripted commit is dated a minute after the one before, from here on
QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
}


def git(*arguments: str | bytes, cwd: Path, data: bytes | None = None, **variables: str) -> bytes:
    """Run git and return its output; raise an AssertionError with git's message when it fails."""
    done = subprocess.run(
        ["git", *arguments], cwd=cwd, input=data, capture_output=True, env={**QUIET, **variables}, check=False
    )
    if done.returncode:
        raise AssertionError(f"git {arguments}: {done.stderr.decode(errors='replace')}")
    return done.stdout


class Work:
    """A working copy. Its pushes go to the server's bare repository of the same name."""

    def __init__(self, folder: Path, bare: Path) -> None:
        self.folder, self.bare = folder, bare
        self.clock = START
        git("init", "-q", "-b", "main", str(folder), cwd=folder.parent)
        git("remote", "add", "origin", str(bare), cwd=folder)

    def git(self, *arguments: str | bytes, data: bytes | None = None, **variables: str) -> bytes:
        return git(*arguments, cwd=self.folder, data=data, **self._who(), **variables)

    def write(self, path: str | bytes, content: str | bytes) -> None:
        target = os.path.join(os.fsencode(self.folder), os.fsencode(path))  # noqa: PTH118 - any bytes
        os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120
        with open(target, "wb") as file:  # noqa: PTH123
            file.write(content.encode() if isinstance(content, str) else content)

    def commit(self, message: str | bytes = "work", *, at: int | None = None, **files: str | bytes) -> str:
        """Write the given files, commit everything, and return the sha.

        The commit is dated `at`, or a minute after the one before. In a file's name, `__` stands for a slash and
        `_txt` for `.txt`.
        """
        for path, content in files.items():
            self.write(path.replace("__", "/").replace("_txt", ".txt"), content)
        self.clock = at if at is not None else self.clock + 60
        self.git("add", "-A")
        raw = message.encode() if isinstance(message, str) else message
        self.git("commit", "-q", "--allow-empty", "--allow-empty-message", "-F", "-", data=raw)
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD").decode().strip()

    def push(self, *arguments: str) -> None:
        self.git("push", "-q", *(arguments or ("origin", "HEAD")))

    def _who(self) -> dict[str, str]:
        date = f"{self.clock} +0100"
        return {
            "GIT_AUTHOR_NAME": "Bob",
            "GIT_AUTHOR_EMAIL": "bob@example.org",
            "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_NAME": "Bob",
            "GIT_COMMITTER_EMAIL": "bob@example.org",
            "GIT_COMMITTER_DATE": date,
        }


class GitServer:
    """The server: `url(name)` is served from `root/name.git`.

    `requests` lists (method, path); `bytes_sent` counts the bytes of bodies.
    """

    def __init__(self, root: Path, tls: ssl.SSLContext | None = None) -> None:
        self.root = root
        self.requests: list[tuple[str, str]] = []
        self.bytes_sent = 0
        self.status_without_suffix = 0  # for paths without `.git`; 0: serve them, as git does
        self.accepted: dict[str, int] = {}  # status for each header Authorization; empty: everybody reads
        self.moved: dict[str, str] = {}  # names that redirect to other names, or to other addresses
        self.speaks_old_protocol: set[str] = set()  # names of repositories that are served as before protocol 2
        self.speaks_dumb_protocol: set[str] = set()  # names of repositories whose files are served, and nothing more
        self.cut_fetch_at: int | None = None  # end the answer to a fetch at this byte
        self.corrupts_packs = False  # change one byte of each pack
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        if tls is not None:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._http.server_port}"

    def url(self, name: str) -> str:
        return f"http://{self.host}/{name}.git"

    def create(self, name: str) -> Work:
        """Create an empty repository on the server, and return a working copy of it."""
        bare = self.root / f"{name}.git"
        git("init", "-q", "--bare", "-b", "main", str(bare), cwd=self.root)
        return Work(self.root / f"{name}.work", bare)

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def serving(root: Path, tls: ssl.SSLContext | None = None) -> Iterator[GitServer]:
    server = GitServer(root, tls)
    try:
        yield server
    finally:
        server.close()


def answer(server: GitServer, request: BaseHTTPRequestHandler, body: bytes) -> None:
    """Answer one request as the server does, to this handler of any HTTP server."""
    parts = urlsplit(request.path)
    server.requests.append((request.command, request.path))
    status = server.accepted.get(request.headers.get("Authorization", ""), 401) if server.accepted else 200
    if status != 200:
        request.send_response(status)
        request.send_header("Content-Length", "0")
        request.end_headers()
        return
    if server.status_without_suffix and ".git/" not in request.path:
        request.send_response(server.status_without_suffix)
        request.send_header("Location", request.path.replace("/info", ".git/info"))
        request.send_header("Content-Length", "0")
        request.end_headers()
        return
    name, _dot, rest = parts.path.lstrip("/").partition(".git")
    if target := server.moved.get(name):
        request.send_response(301)
        request.send_header("Location", f"{target}.git{rest}" if ":" in target else f"/{target}.git{rest}")
        request.send_header("Content-Length", "0")
        request.end_headers()
        return
    if name in server.speaks_dumb_protocol:
        parts = parts._replace(query="")  # git then sends the file
    done = subprocess.run(
        ["git", "http-backend"],
        input=body,
        capture_output=True,
        check=False,
        env={
            **QUIET,
            "GIT_PROJECT_ROOT": str(server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": request.command,
            "PATH_INFO": unquote(parts.path),
            "QUERY_STRING": parts.query,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": "" if name in server.speaks_old_protocol else request.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
        },
    )
    head, _blank, content = done.stdout.partition(b"\r\n\r\n")
    if b"command=fetch" in body:
        content = content[: server.cut_fetch_at]
        if server.corrupts_packs:
            middle = content.index(b"PACK") + 30
            content = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    lines = [line.split(b": ", 1) for line in head.split(b"\r\n") if b": " in line]
    headers = {key.decode(): value.decode() for key, value in lines}
    status = int(headers.pop("Status", "200").split()[0])
    answer = [f"HTTP/1.1 {status} -", *(f"{key}: {value}" for key, value in headers.items())]
    answer.append(f"Content-Length: {len(content)}")
    server.bytes_sent += len(content)
    request.wfile.write("\r\n".join([*answer, "", ""]).encode() + content)  # one write: no delayed ACK


def _handler(server: GitServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(server, self, b"")

        def do_POST(self) -> None:
            answer(server, self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler
