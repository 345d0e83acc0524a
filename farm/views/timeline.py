"""The farm's timeline: every machine against a day, a week or a month.

It is shown as a drawing, as a table, or as the agenda of a day.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from accounts.principals import person_of
from farm.models import Machine, Reservation
from farm.timeline.agenda import Agenda, load_agenda
from farm.timeline.agenda_strips import strip
from farm.timeline.changed_rows import layout
from farm.timeline.timeline_data import Timeline, load_timeline
from farm.views import timeline_query
from farm.views.timeline_rows import timeline_rows
from kernel.web.query_string import whole_number
from live.row_request import requested_rows

PART_TEMPLATES = {"agenda": "farm/_agenda_part.html", "table": "farm/_table_part.html"}


def timeline(request: HttpRequest) -> HttpResponse:
    """`?day=&range=` name the time, `view=table` the form, `model=&tag=&free=` the machines.

    htmx fetches the page without its frame, one part (`only=`), or the rows that changed (`machine=`).
    """
    if (machine_ids := requested_rows(request, "machine")) is not None:
        return timeline_rows(request, machine_ids)
    now, span, viewer = timezone.now(), timeline_query.span_of(request), person_of(request)
    all_machines = list(Machine.objects.listed())
    htmx: Any = getattr(request, "htmx", False)
    only = whole_number(request.GET.get("only", "")) if htmx else None
    timeline = load_timeline(
        viewer,
        span,
        timeline_query.filter_machines(all_machines, request),
        now,
        at_least=timeline_query.least_free(request),
        parts=timeline_query.part_numbers(request),
        only=only,
    )
    agenda = load_agenda(viewer, span, [machine for part in timeline.parts for machine in part.machines], now)
    context = {
        "timeline": timeline,
        "agenda": agenda,
        "parts": _parts(request, timeline, agenda),
        "table": request.GET.get("view") == "table",
    }
    if only is not None:
        return _part(request, context, only)
    context |= timeline_query.navigation(request, span) | _filters(request, all_machines)
    context["days"] = [(day, timeline_query.page_address(request, day=day.date)) for day in agenda.days]
    context["layout"] = layout(timeline, all_machines)
    context["upcoming"] = Reservation.objects.upcoming(viewer, now).count()
    response = render(request, "farm/_timeline.html" if htmx else "farm/timeline.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _part(request: HttpRequest, context: dict[str, Any], only: int) -> HttpResponse:
    """One part alone; 204 where there are fewer machines by now and the part is gone.

    The page is fetched again then anyway.
    """
    item = next((item for item in context["parts"] if item["part"].number == only), None)
    if item is None:
        return HttpResponse(status=204)
    template = PART_TEMPLATES.get(request.GET.get("in", ""), "farm/_drawing_part.html")
    return render(request, template, context | {"item": item})


def _parts(request: HttpRequest, timeline: Timeline, agenda: Agenda) -> list[dict[str, Any]]:
    """Return each part with its strips for the agenda, and the addresses that fetch it."""
    return [
        {
            "part": part,
            "strips": [(row, strip(row, agenda.window)) for row in part.rows],
            "alone": timeline_query.page_address(request, only=part.number),
            "whole": timeline_query.page_address(request, part=part.number),
        }
        for part in timeline.parts
    ]


def _filters(request: HttpRequest, all_machines: list[Machine]) -> dict[str, Any]:
    chosen = {name: request.GET.get(name, "") for name in ("model", "tag", "free", "day", "range")}
    least_free = timeline_query.least_free(request)
    return {
        "chosen": chosen | {"free": least_free},
        "models": sorted({machine.gpu_model for machine in all_machines if machine.gpu_model}),
        "tags": sorted({tag for machine in all_machines for tag in machine.tags}),
        "free_choices": sorted({1, 2, 4, 8} | ({least_free} if least_free else set())),
        "as_table": timeline_query.page_address(request, view="table"),
        "as_drawing": timeline_query.page_address(request, view=None),
        "all_machines": timeline_query.page_address(request, model=None, tag=None, free=None),
        "nothing_at_all": not all_machines,
    }
