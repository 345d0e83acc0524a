"""Dulwich's smart HTTP client over guarded connections.

Every error becomes a TransportFailed.
"""

import errno
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import urllib3
from dulwich.client import HttpGitClient
from dulwich.protocol import CAPABILITY_PACKFILE_URIS

from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.http_credential import HttpCredential
from kernel.connection_guard import ContactFailed, Guard

CHUNK = 65_536
SCOPE = re.compile(r'scope="([^"]{1,200})"')  # of a Bearer challenge


class Client(HttpGitClient):
    """Dulwich's client without redirects, other servers and the dumb protocol."""

    def __init__(self, url: str, guard: Guard, credential: HttpCredential | None = None) -> None:
        super().__init__(url, pool_manager=guard.pool())
        self._guard = guard
        self._server = urlsplit(url).netloc
        self._credential = credential if credential is not None and credential.host == self._server else None
        self._fetch_capabilities.discard(CAPABILITY_PACKFILE_URIS)

    def _http_request(
        self,
        url: str,
        headers: dict[str, str] | None = None,
        data: Any = None,
        raise_for_status: bool = True,
    ) -> tuple[Any, Callable[[int], bytes]]:
        if urlsplit(url).netloc != self._server:
            raise TransportFailed(Reason.REFUSED_ADDRESS, "the server points elsewhere")
        self._guard.seconds_left()
        secret = {"Authorization": self._credential.header()} if self._credential else {}
        response: Any = self.pool_manager.request(
            "GET" if data is None else "POST",
            url,
            headers={**(headers or {}), **secret, "Pragma": "no-cache", "User-Agent": "git/atelier"},
            body=data,
            preload_content=False,
            redirect=False,
        )
        _check_response(response, has_credential=self._credential is not None)
        response.content_type = response.headers.get("Content-Type")
        response.redirect_location = ""
        return response, _Body(response, self._guard).read


class _Body:
    """Reads a response as it arrives, and counts its bytes.

    `read` returns fewer bytes than requested only at the end of the response.
    """

    def __init__(self, response: Any, guard: Guard) -> None:
        self._response, self._guard, self._buffer = response, guard, b""

    def read(self, size: int) -> bytes:
        while len(self._buffer) < size:
            chunk = self._response.read1(CHUNK, decode_content=False)
            if not chunk:
                break
            self._guard.count_received(len(chunk))
            self._buffer += chunk
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data


def _check_response(response: Any, *, has_credential: bool) -> None:
    status = response.status
    if 300 <= status < 400:
        raise TransportFailed(Reason.REDIRECTED, f"to {_redacted(response.headers.get('Location', ''))}")
    if status in (404, 410):
        raise TransportFailed(Reason.NOT_FOUND)
    if status == 401 and has_credential:
        raise TransportFailed(Reason.CREDENTIAL_REFUSED, "the server refused the token")
    if status == 403 and has_credential:
        raise TransportFailed(Reason.CREDENTIAL_SCOPE, _missing_scope(response))
    if status in (401, 403):
        raise TransportFailed(Reason.NO_ACCESS)
    if status != 200:
        raise TransportFailed(Reason.UNREACHABLE, f"HTTP {status}")
    kind = response.headers.get("Content-Type", "")
    if not kind.startswith("application/x-git-") or response.headers.get("Content-Encoding"):
        raise TransportFailed(Reason.NOT_GIT, kind)


def _missing_scope(response: Any) -> str:
    """Return what a token lacks, in the words of the server where it says so: a forge, or RFC 6750 section 3."""
    wanted = response.headers.get("X-Accepted-OAuth-Scopes", "") or response.headers.get(
        "X-Accepted-GitHub-Permissions", ""
    )
    if not wanted and (named := SCOPE.search(response.headers.get("WWW-Authenticate", ""))):
        wanted = named[1]
    return f"it needs {wanted}" if wanted else "the token may not read this repository"


def _redacted(location: str) -> str:
    """Return a redirect's target without user, password and query."""
    try:
        parts = urlsplit(location)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname}{port}{parts.path}" if parts.hostname else parts.path
    except ValueError:
        return ""


@contextmanager
def translated_errors(guard: Guard) -> Iterator[None]:
    """Turn every error in the block into a TransportFailed."""
    try:
        yield
    except TransportFailed as failed:
        if failed.reason == Reason.BROKEN and guard.expired:  # the deadline has cut what arrived
            raise TransportFailed(
                Reason.TIMEOUT, "the whole contact took too long", received=guard.received
            ) from failed
        raise
    except ContactFailed as failed:
        raise TransportFailed(Reason(failed.fault.value), failed.detail, received=guard.received) from failed
    except MemoryError:
        raise TransportFailed(Reason.TOO_LARGE, "more than the memory here") from None
    except Exception as error:
        if guard.expired:
            raise TransportFailed(Reason.TIMEOUT, "the whole contact took too long", received=guard.received) from error
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise TransportFailed(Reason.DISK_FULL) from error
        if isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError):
            raise TransportFailed(Reason.TIMEOUT, "the server stopped answering") from error
        if isinstance(error, urllib3.exceptions.SSLError):
            raise TransportFailed(Reason.UNREACHABLE, "its certificate is not valid") from error
        if isinstance(error, urllib3.exceptions.ProtocolError):
            raise TransportFailed(Reason.UNREACHABLE, "the connection broke off") from error
        raise TransportFailed(Reason.BROKEN, type(error).__name__) from error
