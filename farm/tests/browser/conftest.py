"""A week of the timeline in Chromium, with two machines and bookings of it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from farm.domain import booking, machines
from farm.rules.limits import RequestedAllocation
from kernel.testing.browser import visit_live

ZONE = ZoneInfo("Europe/Paris")


@pytest.fixture
def monday():
    """Midnight of the Monday after next, in the readers' zone: nothing of that week has begun, whenever this runs."""
    today = timezone.now().astimezone(ZONE).date()
    day = today + timedelta(days=14 - today.weekday())
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


@pytest.fixture
def when(monday):
    """`when(1, 9.5)` is half past nine on the Tuesday, in UTC."""

    def moment(day, hour=0.0):
        return (monday + timedelta(days=day, hours=hour)).astimezone(UTC)

    return moment


@pytest.fixture
def gpu_machine(transactional_db):
    return machines.add_machine(actor=None, name="dgx-01", gpu_model="A100 80 GB", gpu_count=8, memory_gb=512)


@pytest.fixture
def other_machine(transactional_db):
    return machines.add_machine(actor=None, name="dgx-02", gpu_model="A100 80 GB", gpu_count=8, memory_gb=512)


@pytest.fixture
def book(gpu_machine, when):
    """`book(alice, (1, 9), (1, 18), 4)` books four GPUs, Tuesday from nine to six."""

    def make(owner, start, end, gpus, machine=None, **values):
        lines = [RequestedAllocation((machine or gpu_machine).pk, gpus, 0)]
        return booking.book(actor=None, owner=owner, start=when(*start), end=when(*end), allocations=lines, **values)

    return make


@pytest.fixture
def timeline(browser_page, monday):
    """`timeline(alice)` opens the timeline of that week."""

    def load(person, **options):
        page = browser_page(person, **options)
        visit_live(page, f"/farm/?day={monday.date().isoformat()}", "farm-timeline")
        return page

    return load
