"""The states of a reservation, and the one table of which step leads from which to which."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.errors import Conflict


class State(models.TextChoices):
    DRAFT = "draft", gettext_lazy("Draft")
    PENDING = "pending", gettext_lazy("Pending")
    CONFIRMED = "confirmed", gettext_lazy("Confirmed")
    ACTIVE = "active", gettext_lazy("Running")
    FINISHED = "finished", gettext_lazy("Finished")
    CANCELLED = "cancelled", gettext_lazy("Cancelled")
    REJECTED = "rejected", gettext_lazy("Refused")
    RELEASED = "released", gettext_lazy("Given back")
    DISPLACED = "displaced", gettext_lazy("Displaced")
    EXPIRED = "expired", gettext_lazy("Expired")


HOLDING = frozenset({State.PENDING, State.CONFIRMED, State.ACTIVE})
OPEN = HOLDING | {State.DRAFT}
# What happened, or will: the states that still count as a booking (the others hold nothing and never did, or no more).
KEPT = OPEN | {State.FINISHED, State.RELEASED}

# step -> the states it may start from. Who may take it is farm/rules/permissions.py.
STEPS: dict[str, frozenset[State]] = {
    "add_allocation": frozenset({State.DRAFT, State.PENDING, State.CONFIRMED}),
    "remove_allocation": frozenset({State.DRAFT, State.PENDING, State.CONFIRMED}),
    "change": OPEN,
    "cancel": frozenset({State.DRAFT, State.PENDING, State.CONFIRMED}),
    "give_back": frozenset({State.CONFIRMED, State.ACTIVE}),
    "expire": frozenset({State.DRAFT}),
    "displace": HOLDING,
}


def state_at(stored: str, start: datetime, end: datetime, now: datetime) -> State:
    """The state to show: time alone makes a confirmed booking running, and a running one finished."""
    state = State(stored)
    if state in (State.CONFIRMED, State.ACTIVE):
        if end <= now:
            return State.FINISHED
        return State.ACTIVE if start <= now else State.CONFIRMED
    return state


def check_step(step: str, state: str) -> None:
    if state not in STEPS[step]:
        raise Conflict(
            "illegal_step",
            _("This booking is “%(state)s”, and that cannot be done with it any more.") % {"state": State(state).label},
        )
