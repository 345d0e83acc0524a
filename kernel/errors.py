"""Every business "no" is one of these; each face turns it into its own answer (JSON, form error, wire error)."""

from typing import Any


class Refused(Exception):
    """A refusal that a person or a program can act on.

    `code` is a stable word for programs, `message` a sentence for people (already translated), `field` the name of
    the input at fault or "", `status` the HTTP status, `extra` further keys for the error object (JSON values).
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
        """The error shape of the wires and of the API: `{"error": {"code", "message", "field", …}}`."""
        return {"error": {"code": self.code, "message": str(self.message), "field": self.field, **self.extra}}


class Malformed(Refused):
    """Input out of shape."""

    status = 400


class NotAllowed(Refused):
    """The caller is known and may not do this."""

    status = 403


class Unknown(Refused):
    """The thing asked for does not exist, or the caller may not know that it does."""

    status = 404


class Conflict(Refused):
    """A lack of capacity, a duplicate, or a step that the present state does not allow."""

    status = 409


class Busy(Refused):
    """Nothing was done; the same request may go through in a moment."""

    status = 503
