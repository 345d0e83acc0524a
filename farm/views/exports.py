"""Bookings as files to download: a person's own, and the running and next ones of a machine."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.exports import send_table
from accounts.principals import person_of
from farm.models import Machine
from farm.pages.booking_tables import machine_table, own_bookings_table, timeline_table
from farm.views import timeline_query

COMMAND = "farm.export"


@require_safe
def own_bookings_file(request: HttpRequest, file_format: str) -> HttpResponseBase:
    person = person_of(request)
    table = own_bookings_table(person, timezone.now())
    return send_table(request, table, file_format, command=COMMAND, subject=f"user:{person.pk}")


@require_safe
def timeline_file(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """The bookings in the time of the address (`?day=&range=`), on the machines that its filters leave."""
    span = timeline_query.span_of(request)
    machines = timeline_query.filter_machines(timeline_query.LISTED_MACHINES.rows(), request)
    table = timeline_table(person_of(request), machines, span, timezone.now())
    day, range_ = span.first.isoformat(), span.range.value
    return send_table(request, table, file_format, command=COMMAND, subject="farm:timeline", day=day, range=range_)


@require_safe
def machine_file(request: HttpRequest, pk: int, file_format: str) -> HttpResponseBase:
    """Everybody who is signed in may see a machine; names and purposes follow FARM_NAMES."""
    machine = get_object_or_404(Machine, pk=pk)
    table = machine_table(person_of(request), machine, timezone.now())
    return send_table(request, table, file_format, command=COMMAND, subject=f"resource:{machine.pk}")
