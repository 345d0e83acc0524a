"""The page of one machine: what it is, when it is free, and what is booked on it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from accounts.principals import person_of
from farm.models import Machine
from farm.pages.machine_schedule import load_schedule
from farm.rules.permissions import may_manage
from farm.timeline.timeline_data import load_timeline
from farm.views import timeline_query
from kernel.exports.menu import export_links


def machine(request: HttpRequest, pk: int) -> HttpResponse:
    """`?day=&range=` name the time that is drawn. htmx fetches the page without its frame."""
    machine = get_object_or_404(Machine, pk=pk)
    now, span, viewer = timezone.now(), timeline_query.span_of(request), person_of(request)
    timeline = load_timeline(viewer, span, [machine], now)
    context = {
        "machine": machine,
        "timeline": timeline,
        "row": timeline.rows[0],
        "schedule": load_schedule(viewer, machine, now),
        "manages": may_manage(viewer),
        "exports": [export_links(_("Running and next"), "farm-machine-file", machine.pk)],
        **timeline_query.navigation(request, span),
    }
    htmx: Any = getattr(request, "htmx", False)
    response = render(request, "farm/_machine.html" if htmx else "farm/machine.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response
