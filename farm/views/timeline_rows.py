"""The rows of the timeline that changed, for an open page: its machines, and the counts of the farm.

The page has all the rest already. It fetches everything when machines came, went or moved, and after an hour.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.principals import person_of
from farm.queries.upcoming import count_upcoming
from farm.timeline.agenda import load_agenda
from farm.timeline.agenda_strips import strip
from farm.timeline.changed_rows import changed_by_time, layout
from farm.timeline.timeline_data import load_timeline
from farm.views import timeline_query
from live import row_request

MAX_AGE = timedelta(hours=1)  # of a page that fetches rows; an older one fetches everything


def timeline_rows(request: HttpRequest, machine_ids: Collection[int]) -> HttpResponse:
    """Answer the rows of these machines, and of those that changed since the page was drawn because time passed."""
    now, span, viewer = timezone.now(), timeline_query.span_of(request), person_of(request)
    since = row_request.drawn_at(request)
    if row_request.too_many(machine_ids) or not now - MAX_AGE < since <= now:
        return row_request.fetch_whole()
    all_machines = timeline_query.LISTED_MACHINES.rows()
    machines = timeline_query.filter_machines(all_machines, request)
    ids = {*machine_ids, *changed_by_time(machines, since, now)}
    timeline = load_timeline(viewer, span, machines, now, at_least=timeline_query.least_free(request), rows_of=ids)
    if request.GET.get("layout") != layout(timeline, all_machines):
        return row_request.fetch_whole()
    context: dict[str, Any] = {
        "timeline": timeline,
        "upcoming": count_upcoming(viewer, now),
        "tab": "timeline",
        "oob": True,
    }
    if timeline_query.wants_agenda(request):
        agenda = load_agenda(viewer, span, [machine for part in timeline.parts for machine in part.machines], now)
        context |= {
            "agenda": agenda,
            "strips": [(row, strip(row, agenda.window)) for row in timeline.rows],
            "days": [(day, timeline_query.page_address(request, day=day.date)) for day in agenda.days],
        }
    return render(request, "farm/_timeline_rows.html", context)
