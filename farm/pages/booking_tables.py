"""Bookings as tables to export: a row for each machine of a booking. Times in the reader's zone."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from farm.models import Allocation, Machine
from farm.models.states import State
from farm.rules.permissions import ViewerPermissions
from farm.timeline.date_range import Span
from kernel.exports.table import Cell, Table, moment_column

FOREVER = datetime.max.replace(tzinfo=UTC)
AT_ONCE = 500  # rows in memory


def own_bookings_table(person: User, now: datetime) -> Table:
    """Return all bookings of a person, the latest first, in one query. A draft without a machine has no row."""
    allocations = Allocation.objects.filter(reservation__owner=person.pk).order_by("-start", "-pk")
    return _table("bookings", person.username, _("My bookings"), person, allocations, now)


def machine_table(viewer: User, machine: Machine, now: datetime) -> Table:
    """Return the running and next bookings of a machine, the soonest first. Hidden names and purposes are empty."""
    allocations = Allocation.objects.held().overlapping(now, FOREVER).filter(machine=machine).order_by("start", "pk")
    return _table("machine-bookings", machine.name, machine.name, viewer, allocations, now)


def timeline_table(viewer: User, machines: Sequence[Machine], span: Span, now: datetime) -> Table:
    """Return the bookings that hold capacity of these machines in the span. Hidden names and purposes are empty."""
    start, end = span.window()[:2]
    allocations = Allocation.objects.held().overlapping(start, end).filter(machine__in=machines)
    of = f"{span.first} {span.range.value}"
    return _table("timeline", of, _("Bookings"), viewer, allocations.order_by("start", "pk"), now)


def _table(name: str, of: str, title: str, viewer: User, allocations: QuerySet[Allocation], now: datetime) -> Table:
    columns = [
        _("Booking"),
        _("Machine"),
        _("GPUs"),
        _("Memory (GB)"),
        moment_column(_("Start")),
        moment_column(_("End")),
        _("GPU-hours"),
        _("State"),
        _("Who"),
        _("Purpose"),
        _("Project"),
    ]
    return Table(name, of, title, columns, _rows(viewer, allocations, now))


def _rows(viewer: User, allocations: QuerySet[Allocation], now: datetime) -> Iterator[list[Cell]]:
    permissions = ViewerPermissions(viewer)
    rows = allocations.select_related("machine", "reservation__owner", "reservation__project")
    for allocation in rows.iterator(chunk_size=AT_ONCE):
        reservation = allocation.reservation
        hours = (allocation.end - allocation.start).total_seconds() / 3600
        seen = permissions.sees_name(reservation)
        yield [
            reservation.pk,
            allocation.machine.name,
            allocation.gpus,
            allocation.memory_gb,
            allocation.start,
            allocation.end,
            round(allocation.gpus * hours, 2),
            State(reservation.state_at(now)).label,
            reservation.owner.display_name if seen else "",
            reservation.purpose if seen else "",
            reservation.project.name if seen and reservation.project else "",
        ]
