"""Why a forge did not do something. Programs read `reason`; `detail` is the forge's own text, shortened, for people."""

from enum import StrEnum

DETAIL_CHARACTERS = 300


class Reason(StrEnum):
    """The reasons of a ForgeFailed."""

    TOKEN = "token"  # noqa: S105 - wrong or revoked
    EXPIRED = "expired"
    SCOPE = "scope"  # the token may do too little; `detail` names the scope when the forge does
    NOT_ALLOWED = "not_allowed"
    NOT_FOUND = "not_found"
    REFUSED = "refused"  # the forge read the request and did not take it
    TOO_MANY = "too_many"  # more repositories than are listed here
    LIMIT = "limit"  # too many requests for now
    UNAVAILABLE = "unavailable"  # no connection, or an error of the forge
    ADDRESS = "address"  # the server may not be contacted from here
    UNREADABLE = "unreadable"  # an answer that is not as the forge documents it


TEMPORARY = frozenset({Reason.LIMIT, Reason.UNAVAILABLE})
OF_THE_TOKEN = frozenset({Reason.TOKEN, Reason.EXPIRED, Reason.SCOPE})


class ForgeFailed(Exception):
    """A request to a forge failed. `wait` is the number of seconds that the forge asks for, 0.0 when it names none."""

    def __init__(self, reason: Reason, detail: str = "", *, wait: float = 0.0) -> None:
        self.reason = reason
        printable = "".join(character if character.isprintable() else " " for character in detail[:10_000])
        self.detail = " ".join(printable.split())[:DETAIL_CHARACTERS]
        self.wait = wait
        super().__init__(f"{reason}: {self.detail}")
