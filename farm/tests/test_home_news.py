"""The news of the home page: changes of a person's bookings by others, and nothing about the bookings of others."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import recent_activity
from farm.domain import booking, machines
from farm.rules.limits import RequestedAllocation

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_booking_that_others_cancelled_is_news_for_its_owner_alone(alice, bob, staff):
    machine = machines.add_machine(actor=None, name="dgx", gpu_model="A100", gpu_count=8, memory_gb=64)
    start = timezone.now() + timedelta(days=1)
    shares = [RequestedAllocation(machine.pk, 1, 0)]
    row = booking.book(actor=alice, owner=alice, start=start, end=start + timedelta(hours=2), allocations=shares)
    booking.cancel(actor=staff, reservation_id=row.pk, version=row.version)

    def titles(person):
        return [entry.title for entry in recent_activity.recent_entries(person)]

    assert titles(alice) == ["Booking cancelled", "Booking made"]
    assert titles(bob) == []
