"""The bookings of a timeline, as plain values: a model object for each would cost more than drawing it."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from accounts.models import name_of
from farm.models import Allocation, Machine
from farm.models.states import State, state_at
from farm.timeline.geometry import Window


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

    def state_at(self, now: datetime) -> State:
        return state_at(self.stored_state, self.start, self.end, now)


COLUMNS = (
    *("reservation_id", "machine_id", "start", "end", "gpus", "memory_gb"),
    *(f"reservation__{name}" for name in ("state", "version", "purpose", "project_id", "owner_id")),
    *(f"reservation__owner__{name}" for name in ("first_name", "last_name", "username")),
)


def read_booked(machines: Collection[Machine], window: Window) -> dict[int, list[Booked]]:
    """Return what is booked in the window by machine id, in the order of the starts, in one query."""
    by_machine: dict[int, list[Booked]] = defaultdict(list)
    rows = Allocation.objects.held().overlapping(window.start, window.end).filter(machine__in=machines)
    for row in rows.order_by("start", "pk").values_list(*COLUMNS):
        booked = Booked._make(row)
        by_machine[booked.machine_id].append(booked)
    return by_machine
