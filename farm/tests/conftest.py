"""Fixtures of the farm's tests: a frozen clock, a machine, and bookings of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from farm.domain import booking, machines, undo
from farm.rules.limits import RequestedAllocation

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def frozen():
    """Freeze the clock at noon of 1 January 2030, UTC."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def machine(db: None) -> Any:
    """The first machine of the original system: 12 GPUs, 16 GB."""
    return machines.add_machine(actor=None, id=1, name="ferme-1", gpu_count=12, memory_gb=16)


def at(hour: float, day: int = 7) -> datetime:
    return datetime(2030, 1, day, int(hour), round(hour % 1 * 60), tzinfo=UTC)


@pytest.fixture
def take(machine: Any):
    """`take(alice, 9, 10, 6)` books GPUs (and memory) of the machine on 7 January 2030."""

    def book(owner: Any, start: float, end: float, gpus: int, memory_gb: int = 0, **values: Any) -> Any:
        allocation = RequestedAllocation(values.pop("machine_id", machine.pk), gpus, memory_gb)
        return booking.book(actor=None, owner=owner, start=at(start), end=at(end), allocations=[allocation], **values)

    return book


@pytest.fixture
def book(machine: Any):
    """`book(staff, alice)`: staff books four GPUs for alice, on 7 January from 9 to 12."""

    def call(actor: Any, owner: Any, **values: Any) -> Any:
        allocations = [RequestedAllocation(machine.pk, 4, 2)]
        return booking.book(
            **{"actor": actor, "owner": owner, "start": at(9), "end": at(12), "allocations": allocations} | values
        )

    return call


@pytest.fixture
def undo_ticket():
    """`undo_ticket(alice, reservation, booking.cancel)` returns the ticket for its undo.

    It runs the command first.
    """

    def run(actor: Any, reservation: Any, command: Any, **values: Any) -> str:
        reservation.refresh_from_db()
        before = undo.snapshot(reservation)
        after = command(actor=actor, reservation_id=reservation.pk, version=reservation.version, **values)
        return undo.make_ticket(actor, after, before)

    return run


@pytest.fixture
def book_in_french(api_of: Any, alice: Any):
    """`book_in_french(9, 10, 6, 0)` books 6 GPUs from 9 to 10 as alice.

    One request over the French wire.
    """
    api = api_of(alice)

    def post(start: float, end: float, gpus: Any, memory: Any = 0, **values: Any) -> Any:
        line = {"idRessource": 1, "nbGPU": gpus, "nbMemoire": memory}
        span = {"date_debut": f"{at(start):%Y-%m-%d %H:%M:%S}", "date_fin": f"{at(end):%Y-%m-%d %H:%M:%S}"}
        return api.post("/Reservation", {**span, "lignes": [line], **values})

    return post


@pytest.fixture
def varied_farm(frozen: Any, take: Any, alice: Any, bob: Any, staff: Any, machine: Any) -> Any:
    """A farm made by commands, with a reservation in each kind of state.

    Its machines are full, back to back, given back, displaced, cancelled, closed, draining and retired. Returns the
    reservation of the whole first machine from 9 to 10.
    """
    full = take(alice, 9, 10, 12, 16)
    take(bob, 10, 11, 12, 16)
    booking.cancel(actor=alice, reservation_id=take(alice, 12, 13, 12).pk)
    for name in ("draining", "retired", "closed"):
        other = machines.add_machine(actor=None, name=name, gpu_count=4, memory_gb=0)
        take(alice, 9, 10, 4, machine_id=other.pk)
        allocations = [RequestedAllocation(other.pk, 4, 0)]
        running = booking.book(actor=None, owner=bob, start=NOW, end=NOW + timedelta(hours=5), allocations=allocations)
        frozen.shift(timedelta(minutes=1))
        if name == "draining":
            machines.change_machine(actor=staff, machine_id=other.pk, state="draining")
            booking.give_back(actor=bob, reservation_id=running.pk)
        elif name == "retired":
            machines.retire(actor=staff, machine_id=other.pk, confirm=True)
        else:
            for gpus in (1, 3, None):
                machines.close(actor=staff, machine_id=other.pk, start=at(8), end=at(12), gpus=gpus, confirm=True)
    booking.book(actor=alice, owner=alice, start=at(9), end=at(10))  # a draft
    return full
