"""Bookings as files to download: a person's own, the running and next ones of a machine, one for a calendar."""

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.exports import send_table
from accounts.principals import person_of
from calendars.downloads import send_events
from farm.models import Machine, Reservation
from farm.pages import calendar_events
from farm.pages.booking_tables import machine_table, own_bookings_table, timeline_table
from farm.rules.permissions import ViewerPermissions
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


@require_safe
def booking_calendar(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One booking, to add to a calendar. Names and purposes follow FARM_NAMES; a cancelled booking has no file."""
    rows = Reservation.objects.select_related("owner", "project").prefetch_related("lines__machine")
    reservation = get_object_or_404(rows, pk=pk)
    if reservation.state not in calendar_events.SHOWN:
        raise Http404
    event = calendar_events.booking_event(reservation, ViewerPermissions(person_of(request)))
    return send_events([event], event.title)
