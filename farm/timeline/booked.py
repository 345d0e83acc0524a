"""The bookings and closures of a timeline.

Bookings are plain values: a model object for each would cost more than drawing it.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import connection

from accounts.models import name_of
from farm.models import Closure, Machine, latest_end_starting_by
from farm.timeline.geometry import Window
from kernel.database.compiled import CompiledQuery, padded
from kernel.database.placeholders import placeholders

# Raw SQL, because building this query and converting its columns takes the ORM about as long as drawing all bars. Reads
# the rows of Allocation.objects.held().overlapping(start, end).
BOOKED = """
    SELECT reserved.id, allocation.resource_id, allocation.start, allocation.end, allocation.gpus, allocation.memory_gb,
           reserved.state, reserved.version, reserved.purpose, reserved.project_id, reserved.owner_id,
           person.first_name, person.last_name, person.username
    FROM farm_allocation allocation
    INNER JOIN farm_reservation reserved ON reserved.id = allocation.reservation_id
    INNER JOIN accounts_user person ON person.id = reserved.owner_id
    WHERE allocation.resource_id IN ({machines}) AND allocation.held
          AND allocation.end > %s AND allocation.end <= %s AND allocation.start < %s
    ORDER BY allocation.start, allocation.id
"""
CLOSURES: CompiledQuery[Closure] = CompiledQuery(
    lambda start, end, *machines: Closure.objects.filter(machine__in=machines, end__gt=start, start__lt=end)
)


class Booked(NamedTuple):
    """An allocation that holds capacity, with what a bar says about its reservation."""

    reservation_id: int
    machine_id: int
    start: datetime
    end: datetime
    gpus: int
    memory_gb: int
    stored_state: str
    version: int
    purpose: str
    project_id: int | None
    owner_id: int
    first_name: str
    last_name: str
    username: str

    @property
    def display_name(self) -> str:
        """The owner's name, as `User.display_name`."""
        return name_of(self.first_name, self.last_name, self.username)


def read_booked(machines: Collection[Machine], window: Window) -> dict[int, list[Booked]]:
    """Return what is booked in the window by machine id, in the order of the starts, in one query."""
    by_machine: dict[int, list[Booked]] = defaultdict(list)
    if not machines:
        return by_machine
    moments = (window.start, latest_end_starting_by(window.end), window.end)
    with connection.cursor() as cursor:
        cursor.execute(
            BOOKED.format(machines=placeholders(machines)),
            [machine.pk for machine in machines] + [connection.ops.adapt_datetimefield_value(at) for at in moments],
        )
        for reservation_id, machine_id, start, end, *values in cursor.fetchall():
            # The columns hold UTC, and both drivers return datetimes without a zone.
            times = (start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
            by_machine[machine_id].append(Booked._make((reservation_id, machine_id, *times, *values)))
    return by_machine


def read_closures(machines: Collection[Machine], start: datetime, end: datetime) -> dict[int, list[Closure]]:
    """Return the closures that overlap `[start, end)` by machine id, in the order of the starts, in one query."""
    by_machine: dict[int, list[Closure]] = defaultdict(list)
    if not machines:
        return by_machine
    for closure in CLOSURES.rows(start, end, *padded([machine.pk for machine in machines])):
        by_machine[closure.machine_id].append(closure)
    return by_machine
