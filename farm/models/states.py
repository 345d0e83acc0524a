"""The states of a reservation, and the states in which each command is allowed."""

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


HOLDING = frozenset({State.PENDING, State.CONFIRMED, State.ACTIVE})  # those that hold capacity
OPEN = HOLDING | {State.DRAFT}  # those that a command can still change
MOVING = frozenset({State.CONFIRMED, State.ACTIVE})  # those that the clock alone changes
KEPT = OPEN | {State.FINISHED, State.RELEASED}  # those that count as a booking, ahead or past; the others never do

# command -> the states in which it is allowed. farm/rules/permissions.py says who may call it.
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
    """Return the state at `now`.

    A confirmed reservation runs from its start and is finished at its end.
    """
    if stored in MOVING:
        if end <= now:
            return State.FINISHED
        return State.ACTIVE if start <= now else State.CONFIRMED
    return State(stored)


def check_step(command: str, state: str) -> None:
    """Check that `command`, a key of STEPS, is allowed in this state. Raises Conflict."""
    if state not in STEPS[command]:
        raise Conflict(
            "illegal_step",
            _("This booking is “%(state)s”: this is no longer possible.") % {"state": State(state).label},
        )
