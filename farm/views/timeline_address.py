"""What the address of a timeline asks for, and the addresses of its neighbours: all its state is in there."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date

from farm.models import Machine
from farm.timeline.date_range import Range, Span, local
from kernel.web.query_string import whole_number

PASSING = ("part", "only", "in")  # what is fetched of the page, not which page it is


def span_of(request: HttpRequest) -> Span:
    """`?day=2026-11-03&range=month`: that day if it is within some years of today; else today, in the reader's zone."""
    today = timezone.localdate()
    try:
        day = parse_date(request.GET.get("day", ""))
    except ValueError:
        day = None
    ranges = {one.value: one for one in Range}
    asked = ranges.get(request.GET.get("range", ""), Range.WEEK)
    day = day if day and abs(day.year - today.year) < 30 else today
    after = day + timedelta(days=1)
    return Span.around(day if local(day) < local(after) else after, asked)  # Samoa had no 30 December 2011


def filtered(machines: Iterable[Machine], request: HttpRequest) -> list[Machine]:
    model, tag = request.GET.get("model"), request.GET.get("tag")
    return [
        machine
        for machine in machines
        if (not model or machine.gpu_model == model) and (not tag or tag in machine.tags)
    ]


def least_free(request: HttpRequest) -> int:
    return whole_number(request.GET.get("free", "")) or 0


def parts(request: HttpRequest) -> set[int]:
    """`?part=3&part=4`: the parts to fill, where they are not the first ones."""
    return {found for text in request.GET.getlist("part")[:100] if (found := whole_number(text))}


def address(request: HttpRequest, **changes: Any) -> str:
    """The address of this page with other values; None takes one out."""
    values = request.GET.copy()
    for name, value in {**dict.fromkeys(PASSING), **changes}.items():
        values.pop(name, None)
        if value is not None:
            values[name] = value.isoformat() if isinstance(value, date) else str(value)
    return f"{request.path}?{values.urlencode()}" if values else request.path


def ways(request: HttpRequest, span: Span) -> dict[str, Any]:
    """Where the range control leads."""
    return {
        "here": address(request),
        "previous": address(request, day=span.previous),
        "next": address(request, day=span.next),
        "today": address(request, day=None),
        "week_before": address(request, day=span.week.previous),
        "week_after": address(request, day=span.week.next),
        "ranges": [(one.value, address(request, range=None if one == Range.WEEK else one.value)) for one in Range],
    }
