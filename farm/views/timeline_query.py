"""The query string of a timeline, and the addresses of other days, ranges and parts.

It holds the whole state of the page, so that every view of it has an address.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date

from farm.models import Machine
from farm.timeline.date_range import Range, Span, local
from kernel.database.compiled import CompiledQuery
from kernel.web.query_string import whole_number
from live import row_request

LISTED_MACHINES: CompiledQuery[Machine] = CompiledQuery(Machine.objects.listed)
# These name the fragment that is fetched. They are no part of the page's address.
FRAGMENT_PARAMETERS = ("part", "only", "in", "with", "machine", *row_request.PARAMETERS)


def span_of(request: HttpRequest) -> Span:
    """Return the span of `?day=2026-11-03&range=month`.

    Without a day, or with one more than 30 years away, it is the span of today. Days are in the reader's zone. Without
    a known range it is a week.
    """
    today = timezone.localdate()
    try:
        day = parse_date(request.GET.get("day", ""))
    except ValueError:
        day = None
    ranges = {range_.value: range_ for range_ in Range}
    chosen_range = ranges.get(request.GET.get("range", ""), Range.WEEK)
    day = day if day and abs(day.year - today.year) < 30 else today
    next_day = day + timedelta(days=1)
    exists = local(day) < local(next_day)  # Samoa had no 30 December 2011
    return Span.around(day if exists else next_day, chosen_range)


def filter_machines(machines: Iterable[Machine], request: HttpRequest) -> list[Machine]:
    """Return the machines of `?model=` and with the tag of `?tag=`."""
    model, tag = request.GET.get("model"), request.GET.get("tag")
    return [
        machine
        for machine in machines
        if (not model or machine.gpu_model == model) and (not tag or tag in machine.tags)
    ]


def least_free(request: HttpRequest) -> int:
    """Return `?free=`: machines are shown that have so many GPUs free now."""
    return whole_number(request.GET.get("free", "")) or 0


def part_numbers(request: HttpRequest) -> set[int]:
    """Return the numbers of `?part=3&part=4`: parts to send, besides the first ones."""
    return {number for text in request.GET.getlist("part")[:100] if (number := whole_number(text))}


def wants_agenda(request: HttpRequest) -> bool:
    """Whether the agenda is sent.

    Only narrow screens show it, and fetch it then: `only=agenda`. A page that has it asks for it again with
    `with=agenda`. `view=agenda` is the link for readers without scripts.
    """
    values = request.GET
    return "agenda" in (values.get("view"), values.get("with"), values.get("only"), values.get("in"))


def page_address(request: HttpRequest, **changes: Any) -> str:
    """Return the address of this page with other values; None removes one."""
    # A plain dictionary: copies of a QueryDict are slow, and a page has a dozen addresses.
    values = {
        name: texts for name, texts in request.GET.lists() if name not in FRAGMENT_PARAMETERS and name not in changes
    }
    for name, value in changes.items():
        if value is not None:
            values[name] = [value.isoformat() if isinstance(value, date) else str(value)]
    return f"{request.path}?{urlencode(values, doseq=True)}" if values else request.path


def navigation(request: HttpRequest, span: Span) -> dict[str, Any]:
    """Return the title of the span, and the addresses of the page, the spans around it, today and each range."""
    return {
        "here": page_address(request),
        "previous": page_address(request, day=span.previous),
        "next": page_address(request, day=span.next),
        "today": page_address(request, day=None),
        "week_before": page_address(request, day=span.week.previous),
        "week_after": page_address(request, day=span.week.next),
        "title": span.title,
        **{
            f"{range_.value}_range": page_address(request, range=None if range_ == Range.WEEK else range_.value)
            for range_ in Range
        },
    }
