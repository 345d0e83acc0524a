"""The card of one booking: its facts, and a button for every change a drag can make."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from farm.forms import allocations as allocation_forms
from farm.models import MAX_SPAN, Allocation, Reservation
from farm.models.states import OPEN, State
from farm.queries.occupancy import profiles
from farm.rules import wording
from farm.rules.availability import Share, first_shortage
from farm.rules.limits import max_span
from farm.rules.permissions import ViewerPermissions
from farm.timeline.date_range import Range, Span

STEP = timedelta(minutes=30)  # of a button that moves a booking; a drag on the week's timeline has the same
HOUR = timedelta(hours=1)
WEEK = 7  # days


class SpanChange(NamedTuple):
    """A button: its words, and the span that it asks for."""

    words: str
    start: datetime
    end: datetime


def load_card(viewer: User, reservation: Reservation, now: datetime) -> dict[str, Any]:
    """Return the context of `farm/_card.html`, in a constant number of queries.

    What the viewer may not know is not in it.
    """
    sight = ViewerPermissions(viewer)
    allocations = list(reservation.lines.select_related("machine").order_by("machine__name"))
    state = reservation.state_at(now)
    mine = sight.is_mine(reservation)
    sees_name = sight.sees_name(reservation)
    card = {
        "reservation": reservation,
        "allocations": allocations,
        "state": state,
        "is_mine": mine,
        "sees_name": sees_name,
        "length": wording.duration(reservation.duration),
        "counts": _gpu_hours(viewer, reservation, allocations, now, mine=mine),
        "duplicate": _duplicate(reservation, allocations, now) if allocations and sees_name else {},
        "may_change": sight.may_change(reservation) and state in OPEN and bool(allocations),
    }
    if card["may_change"]:
        card |= _changes(reservation, allocations, now, running=state == State.ACTIVE)
    return card


def _changes(
    reservation: Reservation, allocations: Sequence[Allocation], now: datetime, *, running: bool
) -> dict[str, list[SpanChange]]:
    """Return the buttons that extend, shorten and move a booking.

    A running one cannot be moved.
    """
    start, end = reservation.start, reservation.end
    until = _free_until(reservation, allocations)
    extend = [SpanChange(_("by 1 hour"), start, end + HOUR)] if end + HOUR - start <= max_span() else []
    if until and until > end + HOUR:
        extend.append(SpanChange(_("to %(time)s, when the next one begins") % {"time": _moment(until)}, start, until))
    elif until and until > end:
        extend = [SpanChange(_("to %(time)s, when the next one begins") % {"time": _moment(until)}, start, until)]
    shorter = [(_("by 1 hour"), end - HOUR), (_("to half"), _to_quarter_hour(start + reservation.duration / 2))]
    shorten = [SpanChange(words, start, new_end) for words, new_end in shorter if max(start, now) < new_end < end]
    step = {"time": wording.duration(STEP)}
    moves = [
        SpanChange(_("%(time)s earlier") % step, start - STEP, end - STEP),
        SpanChange(_("%(time)s later") % step, start + STEP, end + STEP),
        SpanChange(_("start %(time)s earlier") % step, start - STEP, end),
        SpanChange(_("start %(time)s later") % step, start + STEP, end),
    ]
    possible = [move for move in moves if not running and now <= move.start < move.end]
    return {"extend": extend, "shorten": shorten, "moves": possible}


def _free_until(reservation: Reservation, allocations: Sequence[Allocation]) -> datetime | None:
    """Return when the next booking or closure prevents a later end.

    Return None where nothing does, up to the longest booking.
    """
    machines = [allocation.machine for allocation in allocations]
    last = reservation.start + min(max_span(), MAX_SPAN)
    if last <= reservation.end:
        return None
    free = profiles(machines, reservation.end, last, excluding=[reservation.pk])
    shortages = [
        first_shortage(free[allocation.machine_id], Share(allocation.gpus, allocation.memory_gb))
        for allocation in allocations
    ]
    starts = [shortage.start for shortage in shortages if shortage]
    return min(starts) if starts else None


def _to_quarter_hour(moment: datetime) -> datetime:
    """Round down to a quarter of an hour."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def _moment(moment: datetime) -> str:
    return wording.day_and_clock(moment)


def _gpu_hours(
    viewer: User, reservation: Reservation, allocations: Sequence[Allocation], now: datetime, *, mine: bool
) -> str:
    """Say how many GPU-hours the booking has and, to its owner, how many they hold this month.

    Return "" for a booking without GPUs.
    """
    own = sum(allocation.gpus for allocation in allocations if allocation.held) * reservation.duration / HOUR
    if not own:
        return ""
    if not mine:
        return _("%(own)s GPU-hours") % {"own": wording.hours(own)}
    return _("%(own)s GPU-hours; you hold %(held)s this month") % {
        "own": wording.hours(own),
        "held": wording.hours(_held_this_month(viewer, now)),
    }


def _held_this_month(viewer: User, now: datetime) -> float:
    month = Span.around(timezone.localdate(now), Range.MONTH).window()
    rows = Allocation.objects.held().overlapping(month.start, month.end).filter(reservation__owner=viewer.pk)
    spans = rows.values_list("start", "end", "gpus").order_by()
    return sum(gpus * (min(end, month.end) - max(start, month.start)) / HOUR for start, end, gpus in spans)


def _duplicate(reservation: Reservation, allocations: Sequence[Allocation], now: datetime) -> dict[str, Any]:
    """Return the query that fills the booking form with the same machines and shares.

    The time is the same local time, some weeks later: the first week whose start lies after now and after this booking.
    """
    zone = timezone.get_current_timezone()
    start = reservation.start.astimezone(zone).replace(tzinfo=None)
    length = reservation.duration
    after = max(now, reservation.end)
    while start.replace(tzinfo=zone) < after:
        start += timedelta(days=WEEK)
    begin = start.replace(tzinfo=zone)
    shares = ((allocation.machine, (allocation.gpus, allocation.memory_gb)) for allocation in allocations)
    values = {
        **allocation_forms.hidden_fields(shares),
        "start": begin.isoformat(),
        "end": (begin + length).isoformat(),
        "purpose": reservation.purpose,
        "project": reservation.project_id or "",
    }
    return {"query": urlencode(values)}
