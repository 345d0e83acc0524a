"""HTTP over a bare socket: the bytes of the attack are sent unchanged."""

import contextlib
import json as json_text
import socket
from typing import Any, NamedTuple
from urllib.parse import urlencode

SECONDS = 15.0  # how long an answer may take
QUIET = 0.4  # seconds of silence after which the answer on an open connection counts as complete
Headers = list[tuple[str, str]]


class Answer(NamedTuple):
    """`status` 0: the connection was closed, or stayed silent, without an answer."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def head(self) -> str:
        return "\n".join(f"{key}: {value}" for key, value in self.headers)

    @property
    def json(self) -> Any:
        """The value in the body; None when it is not JSON."""
        try:
            return json_text.loads(self.body)
        except ValueError:
            return None


NO_ANSWER = Answer(0, [], b"")


def exchange(port: int, raw: bytes, *, quiet: float = SECONDS, address: str = "127.0.0.1") -> bytes:
    """Send these bytes on a new connection; return everything that comes until it is closed or silent for `quiet`.

    address: that of the caller, in 127.0.0.0/8.
    """
    received = bytearray()
    with socket.create_connection(("127.0.0.1", port), SECONDS, (address, 0)) as connection:
        with contextlib.suppress(OSError):  # the server has closed its side, but may have answered before
            connection.sendall(raw)
        connection.settimeout(quiet)
        try:
            while part := connection.recv(65_536):
                received += part
        except OSError:  # a reset, or silence
            pass
    return bytes(received)


def answers(received: bytes, method: str = "GET") -> list[Answer]:
    """Every answer in these bytes, in their order."""
    found = []
    while received.startswith(b"HTTP/1."):
        head, _blank, rest = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        status = int(first.split()[1])
        pairs = [line.partition(":") for line in lines]
        answer = Answer(status, [(name.strip(), value.strip()) for name, _colon, value in pairs], b"")
        if status < 200:
            received = rest
            continue
        body, received = _body(answer, rest, empty=method == "HEAD" or status in (204, 304))
        found.append(answer._replace(body=body))
    return found


def _body(answer: Answer, rest: bytes, *, empty: bool) -> tuple[bytes, bytes]:
    """The body of this answer, and the bytes after it."""
    if empty:
        return b"", rest
    if "chunked" in answer.header("Transfer-Encoding").lower():
        body = b""
        while rest:
            size, _end, rest = rest.partition(b"\r\n")
            length = int(size.split(b";")[0] or b"0", 16)
            body, rest = body + rest[:length], rest[length + 2 :]
            if not length:
                break
        return body, rest
    length = int(answer.header("Content-Length") or len(rest))
    return rest[:length], rest[length:]


class Caller:
    """A client of the server: a browser with cookies, a program with a bearer token, or a stranger."""

    def __init__(self, name: str, port: int, *, bearer: str = "", address: str = "127.0.0.1") -> None:
        self.name, self.port, self.bearer, self.address = name, port, bearer, address
        self.cookies: dict[str, str] = {}

    def at(self, port: int) -> "Caller":
        """The same caller at another server."""
        other = Caller(self.name, port, bearer=self.bearer, address=self.address)
        other.cookies = dict(self.cookies)
        return other

    def raw(self, method: str, target: str, body: bytes = b"", headers: Headers | None = None) -> bytes:
        """The bytes of a request; `headers` come last and are written as they are."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Connection: close"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if self.bearer:
            lines.append(f"Authorization: Bearer {self.bearer}")
        if body or method not in ("GET", "HEAD"):
            lines.append(f"Content-Length: {len(body)}")
        lines += [f"{name}: {value}" for name, value in headers or []]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    def send(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        json: Any = None,
        form: dict[str, Any] | None = None,
        headers: Headers | None = None,
        csrf: bool = True,
    ) -> Answer:
        """Send one request. `csrf`: with the token of the cookie, as our pages send it."""
        headers = list(headers or [])
        if json is not None:
            body, kind = json_text.dumps(json).encode(), "application/json"
            headers.append(("Content-Type", kind))
        if form is not None:
            body = urlencode(form, doseq=True).encode()
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        if csrf and "csrftoken" in self.cookies and method not in ("GET", "HEAD"):
            headers.append(("X-CSRFToken", self.cookies["csrftoken"]))
        received = answers(exchange(self.port, self.raw(method, target, body, headers), address=self.address), method)
        answer = received[0] if received else NO_ANSWER
        self._keep_cookies(answer)
        return answer

    def sign_in(self, password: str) -> Answer:
        self.send("GET", "/sign-in/")
        return self.send("POST", "/sign-in/", form={"username": self.name, "password": password})

    def upload(self, target: str, field: str, name: str, content: bytes) -> Answer:
        """Send a file as a browser's form does."""
        mark = "----attack-mark"
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
        body = (
            f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + content + f"\r\n--{mark}--\r\n".encode()
        )
        return self.send("POST", target, body, headers=[("Content-Type", f"multipart/form-data; boundary={mark}")])

    def _keep_cookies(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                key, _equals, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0].strip('"')
                if not self.cookies[key]:
                    del self.cookies[key]
