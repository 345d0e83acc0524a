"""The card of one booking: what it says, and every change that a drag could make as a button."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from farm.forms import lines
from farm.models import MAX_SPAN, Allocation, Reservation
from farm.models.states import OPEN, State
from farm.queries.occupancy import profiles
from farm.rules import wording
from farm.rules.availability import Share, first_shortage
from farm.rules.limits import max_span
from farm.rules.permissions import ViewerPermissions
from farm.timeline.date_range import Range, Span

STEP = timedelta(minutes=30)  # of a button that moves; what a drag snaps to in a week
HOUR = timedelta(hours=1)
WEEK = 7


class Change(NamedTuple):
    """A button: its words, and the span that it asks for."""

    words: str
    start: datetime
    end: datetime


def read(viewer: Any, reservation: Reservation, now: datetime) -> dict[str, Any]:
    """Values for `farm/_card.html`, in a constant number of queries; what the viewer may not know is not in it."""
    sight = ViewerPermissions(viewer)
    rows = list(reservation.lines.select_related("machine").order_by("machine__name"))
    state = reservation.state_at(now)
    mine = sight.is_mine(reservation)
    card = {
        "reservation": reservation,
        "lines": rows,
        "state": state,
        "is_mine": mine,
        "sees_name": sight.sees_name(reservation),
        "length": wording.duration(reservation.duration),
        "counts": _counts(viewer, reservation, rows, now, mine=mine),
        "duplicate": _duplicate(reservation, rows, now) if rows and sight.sees_name(reservation) else {},
        "may_change": sight.may_change(reservation) and state in OPEN and bool(rows),
    }
    if card["may_change"]:
        card |= _changes(reservation, rows, now, running=state == State.ACTIVE)
    return card


def _changes(
    reservation: Reservation, lines: Sequence[Allocation], now: datetime, *, running: bool
) -> dict[str, list[Change]]:
    start, end = reservation.start, reservation.end
    until = _free_until(reservation, lines)
    extend = [Change(_("by 1 hour"), start, end + HOUR)] if end + HOUR - start <= max_span() else []
    if until and until > end + HOUR:
        extend.append(Change(_("to %(time)s, when the next one begins") % {"time": _moment(until)}, start, until))
    elif until and until > end:
        extend = [Change(_("to %(time)s, when the next one begins") % {"time": _moment(until)}, start, until)]
    shorter = [(_("by 1 hour"), end - HOUR), (_("to half"), _even(start + reservation.duration / 2))]
    shorten = [Change(words, start, new) for words, new in shorter if max(start, now) < new < end]
    step = {"time": wording.duration(STEP)}
    moves = [
        Change(_("%(time)s earlier") % step, start - STEP, end - STEP),
        Change(_("%(time)s later") % step, start + STEP, end + STEP),
        Change(_("start %(time)s earlier") % step, start - STEP, end),
        Change(_("start %(time)s later") % step, start + STEP, end),
    ]
    possible = [move for move in moves if not running and now <= move.start < move.end]
    return {"extend": extend, "shorten": shorten, "moves": possible}


def _free_until(reservation: Reservation, lines: Sequence[Allocation]) -> datetime | None:
    """How far the end could go before another booking or a closure is in the way; None where nothing is for long."""
    machines = [line.machine for line in lines]
    last = reservation.start + min(max_span(), MAX_SPAN)
    if last <= reservation.end:
        return None
    free = profiles(machines, reservation.end, last, excluding=[reservation.pk])
    shortages = [first_shortage(free[line.machine_id], Share(line.gpus, line.memory_gb)) for line in lines]
    starts = [shortage.start for shortage in shortages if shortage]
    return min(starts) if starts else None


def _even(moment: datetime) -> datetime:
    """To the quarter of an hour."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def _moment(moment: datetime) -> str:
    return wording.day_and_clock(moment)


def _counts(viewer: Any, reservation: Reservation, lines: Sequence[Allocation], now: datetime, *, mine: bool) -> str:
    """GPU-hours of it, and of one's own this month; nothing for a booking without GPUs."""
    own = sum(line.gpus for line in lines if line.held) * reservation.duration / HOUR
    if not own:
        return ""
    if not mine:
        return _("%(own)s GPU-hours") % {"own": wording.hours(own)}
    return _("%(own)s GPU-hours; you hold %(held)s this month") % {
        "own": wording.hours(own),
        "held": wording.hours(_held_this_month(viewer, now)),
    }


def _held_this_month(viewer: Any, now: datetime) -> float:
    month = Span.around(timezone.localdate(now), Range.MONTH).window()
    rows = Allocation.objects.held().overlapping(month.start, month.end).filter(reservation__owner=viewer.pk)
    spans = rows.values_list("start", "end", "gpus").order_by()
    return sum(gpus * (min(end, month.end) - max(start, month.start)) / HOUR for start, end, gpus in spans)


def _duplicate(reservation: Reservation, rows: Sequence[Allocation], now: datetime) -> dict[str, Any]:
    """The booking form filled with the same machines and shares, at the wall time of the first week free of it."""
    zone = timezone.get_current_timezone()
    start = reservation.start.astimezone(zone).replace(tzinfo=None)
    length = reservation.duration
    after = max(now, reservation.end)
    while start.replace(tzinfo=zone) < after:
        start += timedelta(days=WEEK)
    begin = start.replace(tzinfo=zone)
    values = {
        **lines.hidden((row.machine, (row.gpus, row.memory_gb)) for row in rows),
        "start": begin.isoformat(),
        "end": (begin + length).isoformat(),
        "purpose": reservation.purpose,
        "project": reservation.project_id or "",
    }
    return {"query": urlencode(values)}
