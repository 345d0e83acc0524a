"""The stream's ticket: who may listen to which topics until when, signed, so that the stream asks no database."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.core import signing

LIFETIME = 600  # seconds; a session that ended is noticed at the next renewal
_signer = signing.Signer(salt="live.ticket")


class BadTicket(Exception):
    """Not a ticket of ours, or one that has run out."""


@dataclass(frozen=True)
class Ticket:
    user_id: int
    topics: frozenset[str]
    until: float  # epoch seconds


def issue(user_id: int, topics: Iterable[str]) -> str:
    return _signer.sign_object({"u": user_id, "t": sorted(topics), "x": int(time.time()) + LIFETIME}, compress=True)


def read(text: str) -> Ticket:
    """The ticket, if it is ours and not over; BadTicket otherwise."""
    ticket = _opened(text)
    if ticket.until <= time.time():
        raise BadTicket
    return ticket


def renew(text: str, user_id: int) -> str:
    """A new ticket for the same topics, also out of one that has run out: for the person it was made for alone."""
    ticket = _opened(text)
    if ticket.user_id != user_id:
        raise BadTicket
    return issue(user_id, ticket.topics)


def _opened(text: str) -> Ticket:
    try:
        value = _signer.unsign_object(text)
        return Ticket(value["u"], frozenset(value["t"]), value["x"])
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        raise BadTicket from None
