"""The exceptions that refuse a request. Views turn them into JSON, a form error or an error of the wire."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Refused(Exception):
    """A request that is refused, with a reason that a person or a program can act on.

    `code` is a stable code for programs. `message` is a translated sentence for people. `field` is the name of the
    input with the error, or "". `status` is the HTTP status. `extra` are further keys of the error object (JSON
    values).
    """

    status = 400

    def __init__(self, code: str, message: str, *, field: str = "", status: int | None = None, **extra: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.extra = extra
        if status is not None:
            self.status = status

    def as_json(self) -> dict[str, Any]:
        """Return the error object of the wires and of the API: `{"error": {"code", "message", "field", …}}`."""
        return {"error": {"code": self.code, "message": str(self.message), "field": self.field, **self.extra}}


class Malformed(Refused):
    """An input is not valid."""

    status = 400


class NotAllowed(Refused):
    """The caller is known, but may not do this."""

    status = 403


class Unknown(Refused):
    """The object does not exist, or the caller may not know that it exists."""

    status = 404


class Conflict(Refused):
    """Capacity is missing, the object exists already, or its state does not allow this."""

    status = 409


class Busy(Refused):
    """Nothing was changed. The same request may succeed in a moment."""

    status = 503


@contextmanager
def errors_below(part: str) -> Iterator[None]:
    """Put `part` before the field of a refusal: inside `errors_below("lines.1")`, `gpus` becomes `lines.1.gpus`."""
    try:
        yield
    except Refused as refusal:
        if refusal.field:
            refusal.field = f"{part}.{refusal.field}"
        raise
