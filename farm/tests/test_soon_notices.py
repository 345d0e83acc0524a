"""Mails about bookings that are about to start or to end."""

from datetime import timedelta

import pytest

from farm.domain import booking
from farm.models import Reservation
from farm.notices.soon import notify_soon
from farm.tests.conftest import at
from farm.tests.sent_mails import last_mail, notified
from mail import choices
from mail.models import Mail, Notice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stopped_clock(frozen):
    return frozen


@pytest.fixture
def wants_soon(alice):
    choices.choose(alice.pk, {"farm.starts_soon": "at-once", "farm.ends_soon": "at-once"})


def test_fifteen_minutes_before_its_start_and_its_end_a_booking_is_told_once(book, alice, wants_soon):
    row = book(alice, alice)
    for minutes in range(-30, 200):
        notify_soon(at(9) + timedelta(minutes=minutes))
    assert notified() == [("farm.starts_soon", "alice"), ("farm.ends_soon", "alice")]
    assert [mail.subject for mail in Mail.objects.order_by("pk")] == [
        "Your booking starts at 10:00",
        "Your booking ends at 13:00",
    ]
    assert last_mail().path == f"/farm/bookings/{row.pk}/" and "* ferme-1: 4 GPU · 2 GB" in last_mail().text


@pytest.mark.parametrize(("minutes", "count"), [(-16, 0), (-15, 1), (-1, 1), (0, 0)])
def test_it_is_told_in_the_last_fifteen_minutes(book, alice, wants_soon, minutes, count):
    book(alice, alice)
    notify_soon(at(9) + timedelta(minutes=minutes))
    assert len(notified()) == count


def test_a_booking_that_moves_is_told_again_and_a_cancelled_one_is_not(book, alice, wants_soon):
    row = book(alice, alice)
    notify_soon(at(8.75))
    booking.change(actor=alice, reservation_id=row.pk, start=at(10))
    notify_soon(at(9.75))
    assert notified() == [("farm.starts_soon", "alice")] * 2
    booking.change(actor=alice, reservation_id=row.pk, start=at(11))
    booking.cancel(actor=alice, reservation_id=row.pk)
    notify_soon(at(10.75))
    assert len(notified()) == 2


def test_by_default_nobody_is_told_and_it_is_never_in_the_daily_mail(book, alice):
    book(alice, alice)
    choices.choose(alice.pk, {"farm.starts_soon": "daily"})
    notify_soon(at(8.75))
    assert notified() == [] and not Notice.objects.exists()


def test_the_minute_s_run_needs_few_queries(book, person, alice, wants_soon, assert_flat, queries_of):
    def grow():
        for number in range(20):
            other = person(f"p{number}")
            start = at(9) + timedelta(hours=3 * number, days=1)
            row = book(other, other, start=start, end=start + timedelta(hours=1))
            Reservation.objects.filter(pk=row.pk).update(start=at(9), end=at(10))

    assert len(queries_of(lambda: notify_soon(at(8.75)))) <= 2
    book(alice, alice)
    notify_soon(at(8.75))
    assert_flat(lambda: notify_soon(at(8.75)), grow, limit=6)
