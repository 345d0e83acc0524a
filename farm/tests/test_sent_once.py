"""Forms that are sent twice: a second click, or Back and Book, leads to the booking that exists."""

import re

import pytest

from farm.domain import booking
from farm.domain.sent_once import SentForm, make_once, new_key
from farm.models import Closure, KeptAnswer, Reservation
from farm.tests.builders import FORM
from farm.tests.conftest import at
from farm.tests.page_text import alternatives_of, text_of, value_of
from kernel.testing.threads import run_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
BOOK = "/farm/book/"
CLOSE = {
    "start": "2030-01-07T10:00", "end": "2030-01-07T12:00", "how_much": "all", "gpus": "", "memory_gb": "",
    "reason": "fan", "confirm": "Close for maintenance",
}  # fmt: skip


@pytest.fixture
def form(client_of, alice, machine):
    """The form of one page, with its key."""
    return {**FORM, "resource": machine.pk, "key": value_of(text_of(client_of(alice).get(BOOK)), "key")}


def test_back_and_book_again_leads_to_the_booking_that_exists(client_of, alice, form):
    client = client_of(alice)
    assert client.post(BOOK, form)["Location"] == "/farm/bookings/"
    row = Reservation.objects.get()
    again = client.post(BOOK, {**form, "next": "/farm/"})
    assert again["Location"] == f"/farm/bookings/{row.pk}/"
    assert "This booking exists already. Nothing was booked twice." in text_of(client.get(again["Location"]))
    assert Reservation.objects.count() == 1


def test_other_values_or_a_new_page_book_another_time(client_of, alice, form):
    client = client_of(alice)
    for sent in (form, {**form, "gpus": 3}, {**form, "key": new_key()}):
        assert client.post(BOOK, sent)["Location"] == "/farm/bookings/"
    assert Reservation.objects.count() == 3


def test_the_same_form_books_again_after_its_booking_was_cancelled(client_of, alice, form):
    client = client_of(alice)
    client.post(BOOK, form)
    booking.cancel(actor=alice, reservation_id=Reservation.objects.get().pk)
    for count in (2, 2):
        client.post(BOOK, form)
        assert Reservation.objects.count() == count


def test_a_refused_form_keeps_its_key_and_its_alternatives_are_taken_once(client_of, alice, bob, take, machine, form):
    take(bob, 9, 11, 12)
    client = client_of(alice)
    refused = client.post(BOOK, form)
    page = text_of(refused)
    assert refused.status_code == 409 and form["key"] in page
    alternative = alternatives_of(page)[0]
    first, second = (client.post(BOOK, alternative) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert Reservation.objects.filter(owner=alice).count() == 1


def test_the_key_of_one_person_says_nothing_about_another(client_of, alice, bob, form):
    client_of(alice).post(BOOK, form)
    client_of(bob).post(BOOK, form)
    assert Reservation.objects.filter(owner=bob).count() == 1


def test_a_closure_is_made_once_however_often_its_form_is_sent(client_of, staff, machine):
    address = f"/admin/farm/machine/steps/close/?ids={machine.pk}"
    client = client_of(staff)
    preview = text_of(client.post(address, {name: value for name, value in CLOSE.items() if name != "confirm"}))
    data = {**CLOSE, "key": re.search(r'name="key" value="(\w+)"', preview)[1]}
    for _ in range(2):
        assert client.post(address, data).status_code == 302
    assert Closure.objects.count() == 1


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_eight_times_at_once_books_once(take, alice):
    sent = SentForm(alice, new_key(), {"gpus": 1})
    outcomes = run_at_once(
        lambda _number: make_once(
            sent,
            lambda pk: Reservation.objects.filter(pk=pk).first(),
            lambda also: take(alice, 9, 10, 12, also=also),
        ),
        8,
    )
    assert sorted(existed for _row, existed in outcomes) == [False] + [True] * 7
    assert Reservation.objects.filter(start=at(9)).count() == 1
    assert KeptAnswer.objects.count() == 1
