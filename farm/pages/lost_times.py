"""The times that closures took from a person's bookings, with the times that can be booked instead."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import User
from farm.models import LostTime, Reservation
from farm.models.states import State
from farm.pages import refusal_card
from farm.pages.book_again import alternatives_for
from farm.rules import wording

MOST = 5  # notices on the home page
WITH_ALTERNATIVES = 2  # the other notices link to the booking's page, which searches alternatives for it


@dataclass
class LostTimeNotice:
    """One booking that lost time."""

    lost: LostTime
    reservation: Reservation
    machines: str
    is_displaced: bool
    when: str  # the time that is lost
    until: str  # the end that is left, of a shortened booking
    is_over: bool  # whether there is nothing left to book instead
    searched: bool = False
    alternatives: list[dict[str, Any]] = field(default_factory=list)


def load_notices(person: User, now: datetime) -> list[LostTimeNotice]:
    """Return the notices that the person has not dismissed, the next first.

    The number of queries is constant.
    """
    rows = LostTime.objects.shown_to(person.pk, now).select_related("reservation")
    rows = rows.prefetch_related("reservation__lines__machine")
    notices = [notice_of(row, now) for row in rows[:MOST]]
    for notice in [notice for notice in notices if not notice.is_over][:WITH_ALTERNATIVES]:
        add_alternatives(notice, now)
    return notices


def notice_of(row: LostTime, now: datetime) -> LostTimeNotice:
    reservation = row.reservation
    return LostTimeNotice(
        lost=row,
        reservation=reservation,
        machines=", ".join(line.machine.shown_name for line in reservation.lines.all()),
        is_displaced=reservation.state == State.DISPLACED,
        when=wording.span(row.start, row.end),
        until=wording.day_and_clock(row.start),
        is_over=row.end <= now,
    )


def add_alternatives(notice: LostTimeNotice, now: datetime) -> None:
    """Add alternatives to the lost time. Booking one of them dismisses the notice."""
    reservation = notice.reservation
    fields = {
        "purpose": reservation.purpose,
        "project": reservation.project_id or "",
        "lost": notice.lost.pk,
    }
    notice.searched = True
    notice.alternatives = [
        refusal_card.alternative_card(alternative, fields)
        for alternative in alternatives_for(reservation, notice.lost.start, notice.lost.end, now)
    ]
