"""The week: every machine against seven days, as a drawing, as a table, and as a day's agenda on a phone."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.dateparse import parse_date

from farm import timeline as reading
from farm import week_rows
from farm.models import Reservation, Resource


def timeline(request: HttpRequest) -> HttpResponse:
    """`?day=2026-11-03` says which week (and the agenda's day), `?view=table` how; filters: model, tag, free."""
    now = timezone.now()
    day = chosen_day(request.GET.get("day", ""))
    every = list(Resource.objects.listed())
    chosen = filtered(every, request)
    read = reading.read(request.user, day, chosen, now)
    least_free = request.GET.get("free", "")
    if least_free.isascii() and least_free.isdigit():
        read = read.keeping(lambda row: row.free.gpus >= int(least_free[:9]))
    context = {
        "week": read,
        "table": request.GET.get("view") == "table",
        "models": sorted({machine.gpu_model for machine in every if machine.gpu_model}),
        "tags": sorted({tag for machine in every for tag in machine.tags}),
        "chosen": {name: request.GET.get(name, "") for name in ("model", "tag", "free")},
        "previous": query(request, day=day - timedelta(days=7)),
        "next": query(request, day=day + timedelta(days=7)),
        "today": query(request, day=None),
        "as_table": query(request, view="table"),
        "as_drawing": query(request, view=None),
        "days": [(one, query(request, day=one.date)) for one in read.days],
        "yours": yours(read),
        "strips": [(group, [(row, week_rows.strip(row, read.day)) for row in group.rows]) for group in read.groups],
        "upcoming": Reservation.objects.upcoming(request.user, now).count(),
        "nothing_at_all": not every,
        "free_choices": ["1", "2", "4", "8"],
        "day_now_x": read.day.window.x(now) if read.day.is_today else "",
    }
    htmx: Any = getattr(request, "htmx", False)
    response = render(request, "farm/_timeline.html" if htmx else "farm/timeline.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def chosen_day(text: str) -> date:
    """The day asked for, within a few years of today; else today, in the reader's zone."""
    today = timezone.localdate()
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    return day if day and abs(day.year - today.year) < 30 else today


def filtered(machines: Iterable[Resource], request: HttpRequest) -> list[Resource]:
    model, tag = request.GET.get("model"), request.GET.get("tag")
    return [
        machine
        for machine in machines
        if (not model or machine.gpu_model == model) and (not tag or tag in machine.tags)
    ]


def query(request: HttpRequest, **changes: Any) -> str:
    """The address of this page with other values; None takes one out."""
    values = request.GET.copy()
    for name, value in changes.items():
        values.pop(name, None)
        if value is not None:
            values[name] = value.isoformat() if isinstance(value, date) else value
    return f"{request.path}?{values.urlencode()}" if values else request.path


def yours(read: reading.Week) -> list[dict[str, Any]]:
    """The viewer's own bookings of the agenda's day, once each."""
    found: dict[int, dict[str, Any]] = {}
    for row in read.rows:
        for bar in row.bars:
            if bar.mine and bar.line.start < read.day.window.end and bar.line.end > read.day.window.start:
                item = found.setdefault(
                    bar.line.reservation_id, {"reservation": bar.line.reservation, "state": bar.state, "lines": []}
                )
                item["lines"].append((row.resource, bar.line))
    return sorted(found.values(), key=lambda item: item["reservation"].start)
