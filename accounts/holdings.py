"""The holdings of an account: bookings, courses, places in courses. Closing an account names them first.

settings.ACCOUNT_HOLDINGS names functions `person -> list[Holding]` of the apps above.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User
from accounts.principals import Principal
from kernel.database.text_hash import text_hash

Settle: TypeAlias = Callable[[Principal, User, str, User | None], None]
"""Command `(actor, person, way, heir)`: does what the way says to all things of a kind, in the caller's transaction."""


class HeldThing(NamedTuple):
    """One thing that a person holds: its title, some facts, and the address of its page ("" without one)."""

    title: str
    facts: str = ""
    href: str = ""


@dataclass(frozen=True)
class Holding:
    """The things of one kind that a person holds, and the ways to settle them; the first way is proposed.

    name: of the kind, such as "farm.bookings". title: above the list. question: the label of the ways.
    ways: labels by their name. hands_over: the ways that need an heir. refresh: notifies the open pages that show the
    person, after the account was closed or opened again, in the same transaction.
    """

    name: str
    title: str
    question: str
    things: Sequence[HeldThing]
    ways: dict[str, str]
    settle: Settle
    hands_over: frozenset[str] = frozenset()
    refresh: Callable[[User], None] | None = None


def holdings_of(person: User) -> list[Holding]:
    """Return what this person holds, without kinds of which there is nothing."""
    found = [holding for name in settings.ACCOUNT_HOLDINGS for holding in import_string(name)(person)]
    return [holding for holding in found if holding.things]


def refresh_pages(person: User, holdings: Sequence[Holding]) -> None:
    """Notify the open pages that show this person."""
    for holding in holdings:
        if holding.refresh:
            holding.refresh(person)


def mark_of(holdings: Sequence[Holding]) -> str:
    """Return a text that changes when the holdings change."""
    return text_hash(repr([(holding.name, list(holding.things)) for holding in holdings]))
