"""The farm's timeline: every machine against a day, a week or a month.

It is shown as a drawing, as a table, or as the agenda of a day.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from accounts.principals import person_of
from farm.models import Machine
from farm.queries.upcoming import count_upcoming
from farm.timeline.agenda import Agenda, load_agenda
from farm.timeline.agenda_strips import strip
from farm.timeline.changed_rows import layout
from farm.timeline.groups import TimelinePart
from farm.timeline.timeline_data import load_timeline
from farm.views import timeline_query
from farm.views.timeline_rows import timeline_rows
from kernel.exports.menu import export_links
from kernel.web.query_string import encode_query, whole_number
from live.row_request import requested_rows

PART_TEMPLATES = {"agenda": "farm/_agenda_part.html", "table": "farm/_table_part.html"}


def timeline(request: HttpRequest) -> HttpResponse:
    """`?day=&range=` name the time, `view=table` the form, `model=&tag=&free=` the machines.

    htmx fetches the page without its frame, one part (`only=`), the agenda, or the rows that changed (`machine=`).
    """
    if (machine_ids := requested_rows(request, "machine")) is not None:
        return timeline_rows(request, machine_ids)
    now, span, viewer = timezone.now(), timeline_query.span_of(request), person_of(request)
    all_machines = timeline_query.LISTED_MACHINES.rows()
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
    agenda = None
    if timeline_query.wants_agenda(request):
        agenda = load_agenda(viewer, span, [machine for part in timeline.parts for machine in part.machines], now)
    shown = [part for part in timeline.parts if part.number == only] if only is not None else timeline.parts
    context: dict[str, Any] = {
        "timeline": timeline,
        "agenda": agenda,
        "parts": [_part(request, part, agenda) for part in shown],
        "table": request.GET.get("view") == "table",
    }
    if only is not None:
        return _part_alone(request, context)
    context |= timeline_query.navigation(request, span) | _filters(request, all_machines)
    if agenda:
        context["days"] = [(day, timeline_query.page_address(request, day=day.date)) for day in agenda.days]
    context["layout"] = layout(timeline, all_machines)
    context["upcoming"] = count_upcoming(viewer, now)
    template = "farm/_timeline.html" if htmx else "farm/timeline.html"
    response = render(
        request, "farm/_agenda.html" if htmx and request.GET.get("only") == "agenda" else template, context
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


def keys(request: HttpRequest) -> HttpResponse:
    """The dialog of the timeline's keys; a page fetches it when it is first opened."""
    return render(request, "farm/_keys.html")


def _part_alone(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """One part alone; 204 where there are fewer machines by now and the part is gone.

    The page is fetched again then anyway.
    """
    if not context["parts"]:
        return HttpResponse(status=204)
    template = PART_TEMPLATES.get(request.GET.get("in", ""), "farm/_drawing_part.html")
    return render(request, template, context | {"item": context["parts"][0]})


def _part(request: HttpRequest, part: TimelinePart, agenda: Agenda | None) -> dict[str, Any]:
    """Return a part with its strips for the agenda, and the addresses that fetch it if it is not sent."""
    if part.is_read:
        return {"part": part, "strips": [(row, strip(row, agenda.window)) for row in part.rows] if agenda else []}
    return {
        "part": part,
        "alone": timeline_query.page_address(request, only=part.number),
        "whole": timeline_query.page_address(request, part=part.number),
    }


def _filters(request: HttpRequest, all_machines: list[Machine]) -> dict[str, Any]:
    chosen = {name: request.GET.get(name, "") for name in ("model", "tag", "free", "day", "range")}
    least_free = timeline_query.least_free(request)
    tags = sorted({tag for machine in all_machines for tag in machine.tags})
    return {
        "chosen": chosen | {"free": least_free},
        "models": sorted({machine.gpu_model for machine in all_machines if machine.gpu_model}),
        "tags": tags,
        "has_tags": bool(tags),
        "free_choices": [
            (count, _("%(count)s or more free") % {"count": count})
            for count in sorted({1, 2, 4, 8} | ({least_free} if least_free else set()))
        ],
        "as_table": timeline_query.page_address(request, view="table"),
        "agenda_alone": timeline_query.page_address(request, only="agenda"),
        "as_agenda": timeline_query.page_address(request, view="agenda"),
        "as_drawing": timeline_query.page_address(request, view=None),
        "all_machines": timeline_query.page_address(request, model=None, tag=None, free=None),
        "nothing_at_all": not all_machines,
        "exports": [export_links(_("Bookings in this time"), "farm-timeline-file", query=_export_query(request))],
    }


def _export_query(request: HttpRequest) -> str:
    return encode_query(**{name: request.GET.get(name, "") for name in ("day", "range", "model", "tag")})
