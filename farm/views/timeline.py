"""The farm's timeline: every machine against a day, a week or a month, as a drawing, a table, or a day's agenda."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from farm.models import Machine, Reservation
from farm.timeline import agenda, agenda_strips
from farm.timeline import read_model as reading
from farm.views import timeline_address
from kernel.web.query_string import whole_number

PARTS = {"agenda": "farm/_agenda_part.html", "table": "farm/_table_part.html"}


def timeline(request: HttpRequest) -> HttpResponse:
    """`?day=&range=` say when, `view=table` how, `model=&tag=&free=` which machines; htmx fetches all or a part."""
    now, span = timezone.now(), timeline_address.span_of(request)
    every = list(Machine.objects.listed())
    chosen = timeline_address.filtered(every, request)
    htmx: Any = getattr(request, "htmx", False)
    only = whole_number(request.GET.get("only", "")) if htmx else None
    wanted: dict[str, Any] = {
        "at_least": timeline_address.least_free(request),
        "parts": timeline_address.parts(request),
        "only": only,
    }
    found = reading.read(request.user, span, chosen, now, **wanted)
    day = agenda.read(request.user, span, [machine for part in found.parts for machine in part.machines], now)
    context = {"timeline": found, "agenda": day, "parts": _parts(request, found, day), "table": _is_table(request)}
    if only is not None:
        return _part(request, context, only)
    context |= timeline_address.ways(request, span) | _filters(request, every)
    context["days"] = [(one, timeline_address.address(request, day=one.date)) for one in day.days]
    context["upcoming"] = Reservation.objects.upcoming(request.user, now).count()
    response = render(request, "farm/_timeline.html" if htmx else "farm/timeline.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _part(request: HttpRequest, context: dict[str, Any], only: int) -> HttpResponse:
    """One part alone; nothing, where the machines have become fewer: then the whole is on its way."""
    item = next((item for item in context["parts"] if item["part"].number == only), None)
    if item is None:
        return HttpResponse(status=204)
    return render(request, PARTS.get(request.GET.get("in", ""), "farm/_drawing_part.html"), context | {"item": item})


def _is_table(request: HttpRequest) -> bool:
    return request.GET.get("view") == "table"


def _parts(request: HttpRequest, found: reading.Timeline, day: agenda.Agenda) -> list[dict[str, Any]]:
    """Each part with its strips for the agenda, and where to get it."""
    return [
        {
            "part": part,
            "strips": [(row, agenda_strips.strip(row, day.window)) for row in part.rows],
            "alone": timeline_address.address(request, only=part.number),
            "whole": timeline_address.address(request, part=part.number),
        }
        for part in found.parts
    ]


def _filters(request: HttpRequest, every: list[Machine]) -> dict[str, Any]:
    chosen = {name: request.GET.get(name, "") for name in ("model", "tag", "free", "day", "range")}
    least = timeline_address.least_free(request)
    return {
        "chosen": chosen | {"free": least},
        "models": sorted({machine.gpu_model for machine in every if machine.gpu_model}),
        "tags": sorted({tag for machine in every for tag in machine.tags}),
        "free_choices": sorted({1, 2, 4, 8} | ({least} if least else set())),
        "as_table": timeline_address.address(request, view="table"),
        "as_drawing": timeline_address.address(request, view=None),
        "all_machines": timeline_address.address(request, model=None, tag=None, free=None),
        "nothing_at_all": not every,
    }
