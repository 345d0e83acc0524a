"""The count of bookings ahead, on every timeline, is that of the list of bookings."""

from datetime import timedelta

import pytest

from farm.domain import booking
from farm.models import Reservation
from farm.queries.upcoming import count_upcoming
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.mark.usefixtures("frozen")
def test_bookings_that_run_or_lie_ahead_are_counted_until_they_end(take, alice, bob):
    take(alice, 9, 10, 1)
    take(alice, 11, 12, 1)
    take(bob, 9, 12, 1)
    cancelled = take(alice, 9, 12, 1)
    booking.cancel(actor=alice, reservation_id=cancelled.pk, version=cancelled.version)
    for now, count in ((at(8), 2), (at(9.5), 2), (at(10), 1), (at(11.5), 1), (at(12), 0), (at(12) + timedelta(200), 0)):
        assert count_upcoming(alice, now) == Reservation.objects.upcoming(alice, now).count() == count, now
