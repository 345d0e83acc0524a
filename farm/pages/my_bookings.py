"""The read model of one person's bookings: running, next, waiting, drafts, displaced, past; and their GPU-hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.translation import gettext as _

from farm.models import DRAFT_LIFE, Allocation, Reservation
from farm.models.states import KEPT, State
from farm.rules import wording
from farm.timeline.date_range import Range, Span

PAGE = 30
AHEAD = 50  # running and coming bookings on one page
REMEMBERED = timedelta(days=7)  # a displaced booking is put before its owner for so long after its end
MOST_DISPLACED = 20


@dataclass
class Item:
    reservation: Reservation
    state: State
    machines: str
    when: str
    until: str
    used: str  # `4 h 20 of 34 h`
    used_share: str  # `12.7%`
    used_percent: int
    gpu_hours: str
    draft_until: datetime


def read(person: Any, now: datetime, page: str = "", ahead_page: str = "") -> dict[str, Any]:
    """In a number of queries that is constant; `page` is the page of the past, `ahead_page` that of all before it."""
    own = Reservation.objects.filter(owner=person.pk).prefetch_related("lines__machine")
    pages_ahead = Paginator(own.upcoming(person, now).order_by("start", "pk"), AHEAD).get_page(ahead_page)
    ahead = [item(row, now) for row in pages_ahead]
    lost = own.filter(state=State.DISPLACED, end__gt=now - REMEMBERED).order_by("start", "pk")[:MOST_DISPLACED]
    displaced = [item(row, now) for row in lost]
    past = own.past(now).exclude(pk__in=[one.reservation.pk for one in displaced]).order_by("-end", "-pk")
    pages = Paginator(past, PAGE).get_page(page)
    return {
        "running": [one for one in ahead if one.state == State.ACTIVE],
        "next": [one for one in ahead if one.state == State.CONFIRMED],
        "waiting": [one for one in ahead if one.state == State.PENDING],
        "drafts": [one for one in ahead if one.state == State.DRAFT],
        "displaced": displaced,
        "pages_ahead": pages_ahead,
        "pages": pages,
        "past": [item(row, now) for row in pages],
        "upcoming": pages_ahead.paginator.count - sum(one.state == State.EXPIRED for one in ahead),
        "hours": hours_of_month(person, now),
    }


def item(reservation: Reservation, now: datetime) -> Item:
    lines = list(reservation.lines.all())
    length = reservation.duration
    used = min(max(now - reservation.start, timedelta()), length)
    words = {"used": wording.duration(used), "all": wording.duration(length)}
    return Item(
        reservation=reservation,
        state=reservation.state_at(now),
        machines=" + ".join(f"{row.machine.name} · {wording.share(row.gpus, row.memory_gb)}" for row in lines),
        when=wording.span(reservation.start, reservation.end),
        until=wording.day_and_clock(reservation.end),
        used=_("%(used)s of %(all)s") % words,
        used_share=f"{100 * (used / length):.1f}%",
        used_percent=int(100 * (used / length)),
        gpu_hours=wording.hours(sum(row.gpus for row in lines if row.held) * length.total_seconds() / 3600),
        draft_until=reservation.created_at + DRAFT_LIFE,
    )


@dataclass
class Hours:
    """GPU-hours of the month in the person's zone: behind us, and still held."""

    month: datetime
    used: str
    held: str


def hours_of_month(person: Any, now: datetime) -> Hours:
    first, after = Span.around(timezone.localdate(now), Range.MONTH).window()[:2]
    rows = Allocation.objects.held().overlapping(first, after)
    lines = rows.filter(reservation__owner=person.pk, reservation__state__in=KEPT).values_list("start", "end", "gpus")
    behind, ahead = timedelta(), timedelta()
    for start, end, gpus in lines:
        begin, finish = max(start, first), min(end, after)
        behind += gpus * max(timedelta(), min(finish, now) - begin)
        ahead += gpus * max(timedelta(), finish - max(begin, now))
    return Hours(first, wording.hours(behind.total_seconds() / 3600), wording.hours(ahead.total_seconds() / 3600))
