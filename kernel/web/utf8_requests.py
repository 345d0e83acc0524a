"""Requests that are read as UTF-8, whatever encoding they name. config/wsgi.py and config/asgi.py use them."""

from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest


class Utf8Encoding:
    """Ignores the charset of the Content-Type header.

    Django would decode the query string and forms with any codec of Python that a caller names. `zlib`, `idna` and
    `undefined` raise errors before any middleware can catch them (500), and `punycode` takes time that grows with the
    square of the length. Our pages and the programs of both wires send UTF-8.
    """

    @property
    def encoding(self) -> str | None:
        return None  # DEFAULT_CHARSET

    @encoding.setter
    def encoding(self, value: str) -> None:
        """Keep UTF-8."""


class Utf8WSGIRequest(Utf8Encoding, WSGIRequest):
    """A request of config.wsgi."""


class Utf8ASGIRequest(Utf8Encoding, ASGIRequest):
    """A request of config.asgi."""


def read_as_utf8(handler: Any, request_class: type[Utf8Encoding]) -> Any:
    """Return Django's handler, which makes its requests of this class from now on."""
    handler.request_class = request_class
    return handler
