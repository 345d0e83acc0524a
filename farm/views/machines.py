"""One machine: what it is, when it is free, what is booked on it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from accounts.principals import person_of
from farm.models import Machine
from farm.pages import machine_future
from farm.rules.permissions import may_manage
from farm.timeline import read_model
from farm.views import timeline_address


def machine(request: HttpRequest, pk: int) -> HttpResponse:
    """`?day=&range=` say which stretch of it is drawn."""
    machine = get_object_or_404(Machine, pk=pk)
    now, span = timezone.now(), timeline_address.span_of(request)
    found = read_model.read(request.user, span, [machine], now)
    context = {
        "machine": machine,
        "timeline": found,
        "row": found.rows[0],
        "outlook": machine_future.read(request.user, machine, now),
        "manages": may_manage(person_of(request)),
        **timeline_address.ways(request, span),
    }
    htmx: Any = getattr(request, "htmx", False)
    response = render(request, "farm/_machine.html" if htmx else "farm/machine.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response
