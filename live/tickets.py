"""Tickets of the event stream: signed, so that the stream needs no database.

A ticket says which person may subscribe to which topics, and until when.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.core import signing

from kernel.database.wrong_clock import LEEWAY

LIFETIME = 600  # seconds; the end of a session takes effect at the next renewal
MAX_TOPICS = 300  # in one ticket, which is part of an address
FEW_TOPICS = 4  # so many do not become shorter when they are compressed
_signer = signing.Signer(salt="live.ticket")


class BadTicket(Exception):
    """The ticket is forged, damaged, expired or of another person."""


@dataclass(frozen=True)
class Ticket:
    user_id: int
    topics: frozenset[str]
    until: float  # epoch seconds


def issue(user_id: int, topics: Iterable[str]) -> str:
    """Return a signed ticket that is valid for LIFETIME seconds."""
    listed = sorted(topics)
    values = {"u": user_id, "t": listed, "x": int(time.time()) + LIFETIME}
    return _signer.sign_object(values, compress=len(listed) > FEW_TOPICS)


def read(text: str) -> Ticket:
    """Return the ticket. Raises BadTicket when it is forged or has expired."""
    ticket = _verified(text)
    if not seconds_left(ticket):
        raise BadTicket
    return ticket


def seconds_left(ticket: Ticket) -> float:
    """Return how long a ticket is valid; 0 when it has expired.

    One that is valid for longer than LIFETIME was issued under a wrong clock: it has expired, too.
    """
    left = ticket.until - time.time()
    return left if 0 < left <= LIFETIME + LEEWAY.total_seconds() else 0


def renew(texts: Iterable[str], user_id: int) -> str:
    """Return a new ticket for the topics of all these tickets, which may have expired.

    The tabs of a browser share one stream, so it has the topics of all of them. Raises BadTicket when one ticket is
    forged or belongs to another person, and when the topics are more than MAX_TOPICS.
    """
    tickets = [_verified(text) for text in texts]
    topics = frozenset[str]().union(*(ticket.topics for ticket in tickets))
    if not tickets or any(ticket.user_id != user_id for ticket in tickets) or len(topics) > MAX_TOPICS:
        raise BadTicket
    return issue(user_id, topics)


def _verified(text: str) -> Ticket:
    try:
        value = _signer.unsign_object(text)
        return Ticket(value["u"], frozenset(value["t"]), value["x"])
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        raise BadTicket from None
