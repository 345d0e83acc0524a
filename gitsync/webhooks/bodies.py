"""The body of a hook: a small one in memory, a large one on the disk.

Of a form, only the field with the JSON is read.
"""

import hashlib
import io
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.http import HttpRequest, UnreadablePostError
from django.utils.translation import gettext as _

from kernel.errors import Busy, Malformed
from kernel.wire import TooLarge

CHUNK = 65_536
SMALL = 1_000_000  # bytes; a larger body is on the disk
LARGE_AT_ONCE = 2  # in this process
WAIT_SECONDS = 3.0  # to wait until another large body is read; forges wait ten seconds for an answer
FORM = "application/x-www-form-urlencoded"
FIELDS, FIELD_NAME = 20, 200  # of a form: their number, bytes of a name

large_places = threading.BoundedSemaphore(LARGE_AT_ONCE)


@dataclass(frozen=True)
class HookBody:
    """A body that has arrived.

    `raw` is the body as it was sent. `json` is the part that is read: the same, or the JSON inside a form.
    """

    raw: IO[bytes]
    json: IO[bytes]
    is_large: bool

    def forms(self) -> list[Callable[[], Iterator[bytes]]]:
        """Return functions that yield the bytes that a forge may have signed: the body, or the JSON in the form."""
        return [lambda: _chunks(self.raw)] + ([] if self.json is self.raw else [lambda: _chunks(self.json)])

    def raw_hash(self) -> str:
        digest = hashlib.sha256()
        for chunk in _chunks(self.raw):
            digest.update(chunk)
        return digest.hexdigest()


@contextmanager
def received(request: HttpRequest) -> Iterator[HookBody]:
    """Read the body within HOOK_BODY_LIMIT bytes, and remove it from the disk at the end of the block.

    Raises TooLarge (413), Busy (503) while LARGE_AT_ONCE other large bodies are read, and Malformed when the body ends
    too early.
    """
    limit, length = settings.HOOK_BODY_LIMIT, request.headers.get("Content-Length", "")
    announced = int(length) if length.isdigit() else limit
    if announced > limit:
        raise _too_large()
    with ExitStack() as held:
        raw: IO[bytes] = held.enter_context(io.BytesIO() if announced <= CHUNK else _spooled())
        size = 0
        while chunk := _read(request):
            if size <= SMALL < size + len(chunk):
                if not large_places.acquire(timeout=WAIT_SECONDS):
                    raise Busy("busy", _("Too many large hooks arrive at once. Send this one again in a moment."))
                held.callback(large_places.release)
            size += len(chunk)
            if size > limit:
                raise _too_large()
            raw.write(chunk)
        json = raw
        if _is_form(request, raw):
            json = held.enter_context(_spooled())
            for piece in form_field(_chunks(raw), b"payload"):
                json.write(piece)
        yield HookBody(raw, json, size > SMALL)


def _spooled() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(SMALL)


def _too_large() -> TooLarge:
    limit = settings.HOOK_BODY_LIMIT
    return TooLarge("too_large", _("The body is larger than %(limit)s bytes.") % {"limit": limit})


def _read(request: HttpRequest) -> bytes:
    try:
        return request.read(CHUNK)
    except UnreadablePostError:
        raise Malformed("incomplete", _("The body of the request ended too early.")) from None


def _is_form(request: HttpRequest, raw: IO[bytes]) -> bool:
    if not request.headers.get("Content-Type", "").lower().startswith(FORM):
        return False
    raw.seek(0)
    return raw.read(100).lstrip()[:1] != b"{"


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk


def form_field(chunks: Iterator[bytes], wanted: bytes) -> Iterator[bytes]:
    """Yield the decoded bytes of the first field with this name of a form, without reading the form into memory."""
    rest, name, fields = b"", None, 0
    for chunk in chunks:
        rest += chunk
        while rest:
            if name is None:
                before, found, after = rest.partition(b"=")
                if not found:
                    if len(rest) > FIELD_NAME:
                        return
                    break
                name, rest, fields = before.rpartition(b"&")[2], after, fields + 1
                if fields > FIELDS:
                    return
            value, found, after = rest.partition(b"&")
            # A "%" and its two digits may be in two chunks.
            keep = b"" if found else value[-2:][value[-2:].find(b"%") :] if b"%" in value[-2:] else b""
            if name == wanted:
                yield unquote_to_bytes(value.removesuffix(keep).replace(b"+", b" "))
            rest = after if found else keep
            if not found:
                break
            if name == wanted:
                return
            name = None
    if name == wanted and rest:
        yield unquote_to_bytes(rest.replace(b"+", b" "))
