"""Requests to the API of a forge: JSON through the connection guard, its pages, and its refusals as ForgeFailed.

The token goes to the server of the API alone: a redirect is refused, and so is a next page on another server.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3

from gitsync.forges.refusals import ForgeFailed, Reason
from kernel.connection_guard import ContactFailed, Fault, Guard

SECONDS, MAX_BYTES = 60.0, 64_000_000  # of all requests of one client
ANSWER_BYTES = 8_000_000
ID_CHARACTERS, TEXT_CHARACTERS = 100, 500
CHUNK = 65_536
MAX_PAGES = 200
SECONDS_OF_A_LIMIT = 60.0  # where the forge does not say how long
LONGEST_WAIT = 86_400.0
WHOLE_NUMBER = re.compile(r"[0-9]{1,12}")
NEXT_LINK = re.compile(r'<([^<>]*)>[^<>]*;\s*rel="?next"?')
EXPIRED = re.compile(r"\bexpired\b", re.IGNORECASE)
SCOPE = re.compile(r"insufficient[_ ]scope|required scope|privilege scopes|not accessible by", re.IGNORECASE)
LIMIT = re.compile(r"rate limit|abuse detection", re.IGNORECASE)


class ForgeApi:
    """The API of one forge, with the headers that hold the token. Its errors never contain a header."""

    def __init__(self, guard: Guard, root: str, headers: Mapping[str, str]) -> None:
        self.root = root
        self._guard, self._pool = guard, guard.pool()
        self._headers = {"Accept": "application/json", "User-Agent": "atelier", **headers}

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON value of a GET request."""
        return self.call("GET", path, query=query)[0]

    def call(
        self, method: str, path: str, body: Any = None, *, query: Mapping[str, Any] | None = None
    ) -> tuple[Any, Mapping[str, str]]:
        """Send one request and return its JSON value (None without one) and the headers of the answer.

        path: below the API's address; or a whole address on the same server. Raises ForgeFailed.
        """
        url = path if path.startswith(("https://", "http://")) else f"{self.root}{path}"
        if not self._is_own(url):
            raise ForgeFailed(Reason.UNREADABLE, "the forge points to another server")
        if query:
            url = f"{url}?{urlencode(query)}"
        try:
            status, headers, data = self._send(method, url, body)
        except ContactFailed as failed:
            reason = Reason.ADDRESS if failed.fault == Fault.REFUSED_ADDRESS else Reason.UNAVAILABLE
            raise ForgeFailed(reason, failed.detail) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ForgeFailed(Reason.UNAVAILABLE, _reason_of(error)) from None
        if not 200 <= status < 300:
            raise failure(status, headers, data)
        if not data.strip():
            return None, headers
        try:
            return json.loads(data), headers
        except (ValueError, RecursionError):
            raise ForgeFailed(Reason.UNREADABLE, "the answer is not JSON") from None

    def pages(self, path: str, size_parameter: str, size: int, **more: Any) -> Iterator[dict[str, Any]]:
        """Yield the objects of all pages. The forge names the next page in a `Link` header."""
        url, query = path, {size_parameter: size, **more}
        for _page in range(MAX_PAGES):
            objects, headers = self.call("GET", url, query=query)
            yield from checked_list(objects)
            url, query = next_link(headers), {}
            if not url:
                return
        raise ForgeFailed(Reason.UNREADABLE, "the list does not end")

    def _is_own(self, url: str) -> bool:
        try:
            return urlsplit(url)[:2] == urlsplit(self.root)[:2]
        except ValueError:  # no address at all
            return False

    def _send(self, method: str, url: str, body: Any) -> tuple[int, Mapping[str, str], bytes]:
        self._guard.seconds_left()
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        response = self._pool.request(
            method,
            url,
            headers=headers,
            body=None if body is None else json.dumps(body).encode(),
            preload_content=False,
            redirect=False,
        )
        try:
            data = b""
            while chunk := response.read(CHUNK, decode_content=True):
                self._guard.count_received(len(chunk))
                data += chunk
                if len(data) > ANSWER_BYTES:
                    response.close()
                    raise ForgeFailed(Reason.UNREADABLE, f"an answer of more than {ANSWER_BYTES} bytes")
        finally:
            response.release_conn()
        return response.status, response.headers, data


def next_link(headers: Mapping[str, str]) -> str:
    """Return the address of the next page, or ""."""
    link = NEXT_LINK.search(headers.get("Link", ""))
    return link[1] if link else ""


def checked_list(value: Any) -> list[dict[str, Any]]:
    """Return the value when it is a list of objects. Raises ForgeFailed otherwise."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ForgeFailed(Reason.UNREADABLE, "a list was expected")
    return value


def text_of(value: Any, *path: str) -> str:
    """Return the text or the number at a path inside JSON objects as text, or "". Control characters are left out."""
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    text = str(value)
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def required_text(value: Any, *path: str) -> str:
    """Return the text at a path. Raises ForgeFailed when there is none, or one that no forge would write."""
    text = text_of(value, *path)
    longest = ID_CHARACTERS if path[-1] in ("id", "uuid") else TEXT_CHARACTERS
    if len(text) > longest:
        raise ForgeFailed(Reason.UNREADABLE, f"{'.'.join(path)} is too long")
    if not text:
        raise ForgeFailed(Reason.UNREADABLE, f"{'.'.join(path)} is missing")
    return text


def failure(status: int, headers: Mapping[str, str], data: bytes) -> ForgeFailed:
    """Return the ForgeFailed of an answer that is no success."""
    message = _message(data)
    if status == 429 or (status == 403 and (headers.get("X-RateLimit-Remaining") == "0" or LIMIT.search(message))):
        return ForgeFailed(Reason.LIMIT, message, wait=_wait(headers) or SECONDS_OF_A_LIMIT)
    if status >= 500:
        return ForgeFailed(Reason.UNAVAILABLE, f"HTTP {status}", wait=_wait(headers))
    if status == 401:
        return ForgeFailed(Reason.EXPIRED if EXPIRED.search(message) else Reason.TOKEN, message)
    if status == 403:
        if SCOPE.search(message):
            needed = headers.get("X-Accepted-GitHub-Permissions") or headers.get("X-Accepted-OAuth-Scopes") or ""
            return ForgeFailed(Reason.SCOPE, needed or _scope(data) or message)
        return ForgeFailed(Reason.NOT_ALLOWED, message)
    if status in (404, 410):
        return ForgeFailed(Reason.NOT_FOUND, message)
    if 300 <= status < 400:
        return ForgeFailed(Reason.UNREADABLE, "the forge redirects: give the address that it redirects to")
    return ForgeFailed(Reason.REFUSED, message or f"HTTP {status}")


def _wait(headers: Mapping[str, str]) -> float:
    """Return the seconds that the forge asks to wait for: `Retry-After`, or the moment when its limit ends; else 0."""
    after = headers.get("Retry-After", "").strip()
    now = datetime.now(UTC)
    if WHOLE_NUMBER.fullmatch(after):
        return min(float(after), LONGEST_WAIT)
    if after:
        try:
            return min(max((parsedate_to_datetime(after) - now).total_seconds(), 0.0), LONGEST_WAIT)
        except (TypeError, ValueError, OverflowError):
            return 0.0
    reset = headers.get("X-RateLimit-Reset", "") or headers.get("RateLimit-Reset", "")
    return min(max(float(reset) - now.timestamp(), 1.0), LONGEST_WAIT) if WHOLE_NUMBER.fullmatch(reset) else 0.0


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _message(data: bytes) -> str:
    """Return the sentence in an answer: each forge has its own place for it."""
    value = _json(data)
    places = (("error_description",), ("message",), ("error", "message"), ("error",))
    sentence = next((text for place in places if (text := text_of(value, *place))), "")
    if not sentence and isinstance(value, dict) and isinstance(value.get("message"), dict | list):
        sentence = json.dumps(value["message"])  # GitLab names the fields at fault
    if isinstance(value, dict) and value.get("error") == "insufficient_scope":
        sentence = f"insufficient_scope {sentence}"
    errors = value.get("errors") if isinstance(value, dict) else None
    for error in errors if isinstance(errors, list) else []:
        sentence = f"{sentence} {text_of(error, 'message')}".strip()  # GitHub
    return sentence


def _scope(data: bytes) -> str:
    """Return the scope that GitLab or Bitbucket names, or ""."""
    value = _json(data)
    if scope := text_of(value, "scope"):
        return scope
    detail = value.get("error", {}).get("detail") if isinstance(value, dict) and _has_error(value) else None
    required = detail.get("required") if isinstance(detail, dict) else None
    return ", ".join(map(str, required)) if isinstance(required, list) else ""


def _has_error(value: dict[str, Any]) -> bool:
    return isinstance(value.get("error"), dict)


def _reason_of(error: Exception) -> str:
    if isinstance(error, urllib3.exceptions.SSLError):
        return "its certificate is not valid"
    if isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError):
        return "the server stopped answering"
    return "the connection broke off"
