from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from farm.domain import booking, machines
from farm.rules.limits import RequestedAllocation

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def frozen():
    """It is noon of the first of January 2030, UTC."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def machine(db: None) -> Any:
    """The original's first machine: 12 GPUs, 16 GB."""
    return machines.add_machine(actor=None, id=1, name="ferme-1", gpu_count=12, memory_gb=16)


def at(hour: float, day: int = 7) -> datetime:
    return datetime(2030, 1, day, int(hour), round(hour % 1 * 60), tzinfo=UTC)


@pytest.fixture
def take(machine: Any):
    """`take(alice, 9, 10, 6)` books GPUs (and memory) of the machine on 7 January 2030."""

    def book(owner: Any, start: float, end: float, gpus: int, memory_gb: int = 0, **values: Any) -> Any:
        line = RequestedAllocation(values.pop("machine_id", machine.pk), gpus, memory_gb)
        return booking.book(actor=None, owner=owner, start=at(start), end=at(end), allocations=[line], **values)

    return book
