"""The page "My bookings": the bookings of one person by state, and their GPU-hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from farm.models import DRAFT_LIFE, Allocation, LostTime, Reservation
from farm.models.lost_times import REMEMBERED
from farm.models.states import KEPT, State
from farm.pages.lost_times import LostTimeNotice, notice_of
from farm.rules import wording
from farm.timeline.date_range import Range, Span

PAGE = 30
AHEAD = 50  # running and coming bookings on one page
MOST_LOST = 20


@dataclass
class BookingItem:
    """One booking as the page lists it."""

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


def load_my_bookings(person: User, now: datetime, page: str = "", ahead_page: str = "") -> dict[str, Any]:
    """Return the context of the page, in a constant number of queries.

    `page` is the page number of the past bookings, `ahead_page` that of the running and coming ones.
    """
    own = Reservation.objects.filter(owner=person.pk).prefetch_related("lines__machine")
    counts = _counts(Reservation.objects.upcoming(person, now), now)
    paginator = Paginator(own.upcoming(person, now).order_by("start", "pk"), AHEAD)
    paginator.__dict__["count"] = counts["all"]  # known already
    pages_ahead = paginator.get_page(ahead_page)
    ahead = [booking_item(reservation, now) for reservation in pages_ahead]
    displaced, shortened = _lost(own, person, now)
    past = own.past(now).exclude(pk__in=[item.reservation.pk for item in displaced]).order_by("-end", "-pk")
    pages = Paginator(past, PAGE).get_page(page)
    return {
        "running": [item for item in ahead if item.state == State.ACTIVE],
        "next": [item for item in ahead if item.state == State.CONFIRMED],
        "waiting": [item for item in ahead if item.state == State.PENDING],
        "drafts": [item for item in ahead if item.state == State.DRAFT],
        "displaced": displaced,
        "shortened": shortened,
        "pages_ahead": pages_ahead,
        "pages": pages,
        "past": [booking_item(reservation, now) for reservation in pages],
        "counts": counts,
        "upcoming": pages_ahead.paginator.count - sum(item.state == State.EXPIRED for item in ahead),
        "hours": hours_of_month(person, now),
    }


def _lost(own: QuerySet[Reservation], person: User, now: datetime) -> tuple[list[BookingItem], list[LostTimeNotice]]:
    """Return the bookings that were displaced, and those that were shortened and not dismissed."""
    lost_times = list(LostTime.objects.shown_to(person.pk, now).exclude(reservation__state=State.DISPLACED)[:MOST_LOST])
    displaced = Q(state=State.DISPLACED, end__gt=now - REMEMBERED)
    rows = own.filter(displaced | Q(pk__in=[row.reservation_id for row in lost_times])).order_by("start", "pk")
    by_id = {row.pk: row for row in rows[: 2 * MOST_LOST]}
    for lost in lost_times:
        lost.reservation = by_id.get(lost.reservation_id, lost.reservation)
    items = [booking_item(row, now) for row in by_id.values() if row.state == State.DISPLACED]
    return items[:MOST_LOST], [notice_of(lost, now) for lost in lost_times]


def _counts(upcoming: QuerySet[Reservation], now: datetime) -> dict[str, int]:
    """Return how many bookings each section has, on all pages."""
    confirmed = Q(state__in=[State.CONFIRMED, State.ACTIVE])
    return upcoming.aggregate(
        running=Count("pk", filter=confirmed & Q(start__lte=now)),
        next=Count("pk", filter=confirmed & Q(start__gt=now)),
        waiting=Count("pk", filter=Q(state=State.PENDING)),
        all=Count("pk"),
    )


def booking_item(reservation: Reservation, now: datetime) -> BookingItem:
    allocations = list(reservation.lines.all())
    length = reservation.duration
    used = min(max(now - reservation.start, timedelta()), length)
    words = {"used": wording.duration(used), "all": wording.duration(length)}
    gpus_held = sum(allocation.gpus for allocation in allocations if allocation.held)
    return BookingItem(
        reservation=reservation,
        state=reservation.state_at(now),
        machines=" + ".join(
            f"{allocation.machine.shown_name} · {wording.share(allocation.gpus, allocation.memory_gb)}"
            for allocation in allocations
        ),
        when=wording.span(reservation.start, reservation.end),
        until=wording.day_and_clock(reservation.end),
        used=_("%(used)s of %(all)s") % words,
        used_share=f"{100 * (used / length):.1f}%",
        used_percent=int(100 * (used / length)),
        gpu_hours=wording.hours(gpus_held * length.total_seconds() / 3600),
        draft_until=reservation.created_at + DRAFT_LIFE,
    )


@dataclass
class MonthHours:
    """GPU-hours of the month in the person's zone: already over, and still held."""

    month: datetime
    used: str
    held: str


def hours_of_month(person: User, now: datetime) -> MonthHours:
    month_start, month_end = Span.around(timezone.localdate(now), Range.MONTH).window()[:2]
    rows = Allocation.objects.held().overlapping(month_start, month_end)
    rows = rows.filter(reservation__owner=person.pk, reservation__state__in=KEPT)
    used, held = timedelta(), timedelta()
    for start, end, gpus in rows.values_list("start", "end", "gpus"):
        begin, finish = max(start, month_start), min(end, month_end)
        used += gpus * max(timedelta(), min(finish, now) - begin)
        held += gpus * max(timedelta(), finish - max(begin, now))
    return MonthHours(
        month_start, wording.hours(used.total_seconds() / 3600), wording.hours(held.total_seconds() / 3600)
    )
