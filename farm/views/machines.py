"""One machine: what it is, its week, what is booked on it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from farm import timeline
from farm.models import Resource
from farm.views.timeline import chosen_day


def machine(request: HttpRequest, pk: int) -> HttpResponse:
    """One machine: what it is, its week, what is booked on it next."""
    resource = get_object_or_404(Resource, pk=pk)
    now = timezone.now()
    read = timeline.read(request.user, chosen_day(request.GET.get("day", "")), [resource], now)
    return render(request, "farm/machine.html", {"week": read, "row": read.rows[0], "resource": resource})
