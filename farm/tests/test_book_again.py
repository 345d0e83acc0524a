"""The page of a booking that is cancelled, refused or displaced: what can be booked instead."""

import re

import pytest

from farm.domain import machines
from farm.models import Reservation
from farm.tests.conftest import at
from farm.tests.page_text import alternatives_of, text_of

pytestmark = pytest.mark.django_db


def address_of(row):
    return f"/farm/bookings/{row.pk}/"


@pytest.fixture
def other(machine):
    return machines.add_machine(actor=None, name="lyra-1", gpu_count=4, memory_gb=64)


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("state", ["cancelled", "rejected"])
def test_a_cancelled_or_refused_booking_offers_the_same_again_where_it_fits(take, alice, client_of, state):
    row = take(alice, 9, 10, 2, purpose="mine")
    Reservation.objects.filter(pk=row.pk).update(state=state)
    row.lines.update(held=False)
    client = client_of(alice)
    page = text_of(client.get(address_of(row)))
    assert "The same again" in page and 'id="change"' not in page
    (alternative,) = alternatives_of(page)
    assert client.post("/farm/book/", alternative).status_code == 302
    again = Reservation.objects.latest("pk")
    assert (again.start, again.purpose, again.state) == (row.start, "mine", "confirmed")


@pytest.mark.usefixtures("frozen")
def test_a_displaced_booking_offers_what_fits_beside_the_closure(take, machine, other, alice, client_of):
    row = take(alice, 9, 10, 2, purpose="mine")
    machines.close(actor=None, machine_id=machine.pk, start=at(8), end=at(12), reason="fan", confirm=True)
    client = client_of(alice)
    page = text_of(client.get(address_of(row)))
    assert re.findall(r'class="at-alt-kind">([^<]+)<', page) == [
        "Another time, same machine", "Another machine, same time",
    ]  # fmt: skip
    for alternative in alternatives_of(page):
        assert client.post("/farm/book/", alternative).status_code == 302
    machines.retire(actor=None, machine_id=machine.pk, confirm=True)
    kinds = re.findall(r'class="at-alt-kind">([^<]+)<', text_of(client.get(address_of(row))))
    assert kinds == ["Another machine, same time"]  # a retired machine never comes back
