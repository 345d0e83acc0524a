"""The values that the booking form begins with, the earliest slot, and the preview."""

import pytest

from farm.domain import booking, machines
from farm.models import Reservation
from farm.rules.limits import RequestedAllocation
from farm.tests.builders import FORM
from farm.tests.conftest import at
from farm.tests.page_text import text_of, value_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(machine):
    return machines.add_machine(actor=None, name="lyra-1", gpu_count=4, memory_gb=64, gpu_model="L40S", tags=["nvlink"])


@pytest.mark.usefixtures("frozen")
def test_the_address_fills_in_the_form_and_its_span_is_drawn_on_the_machine(machine, take, alice, bob, client_of):
    take(bob, 9, 10, 6)
    address = f"/farm/book/?resource={machine.pk}&gpus=6&start=2030-01-07T09:00Z&end=2030-01-07T11:00Z"
    page = text_of(client_of(alice).get(address))
    assert (value_of(page, "start"), value_of(page, "end")) == ("2030-01-07T10:00", "2030-01-07T12:00")  # in Paris
    assert value_of(page, "memory_gb") is None  # empty: the part that goes with six of twelve GPUs
    assert "t-ask" in page and "Fits on ferme-1 for 2 hours: 6 GPU · 8 GB, 12 GPU-hours." in page


@pytest.mark.usefixtures("frozen")
def test_the_preview_names_the_first_time_that_fits_and_draws_no_invalid_form(machine, take, alice, bob, client_of):
    take(bob, 9, 10, 6)
    client = client_of(alice)
    query = {"resource": machine.pk, "gpus": 7, "memory_gb": 1, "start": "2030-01-07T10:00", "end": "2030-01-07T12:00"}
    page = text_of(client.get("/farm/book/preview/", query))
    assert "Does not fit then. The first time that does: Mon 7 Jan 11:00 – 13:00, on ferme-1." in page
    for invalid in ({"gpus": "-"}, {"start": "0001-01-01T00:00"}, {"end": "9999-12-31T23:59"}, {"length": "99999"}):
        response = client.get("/farm/book/preview/", query | invalid)
        assert response.status_code == 200 and "<svg" not in text_of(response)


@pytest.mark.usefixtures("frozen")
def test_a_copied_booking_has_the_machines_and_only_the_facts_the_person_may_see(
    machine, other, alice, bob, client_of, settings
):
    settings.FARM_NAMES = "staff"
    lines = [RequestedAllocation(machine.pk, 2, 3), RequestedAllocation(other.pk, 1, 8)]
    secret = booking.book(actor=bob, owner=bob, start=at(9), end=at(14), allocations=lines, purpose="secret")
    page = text_of(client_of(bob).get(f"/farm/book/?like={secret.pk}"))
    assert value_of(page, "purpose") == "secret" and value_of(page, "m2-memory_gb") == "8"
    assert (value_of(page, "start"), value_of(page, "end")) == ("2030-01-07T10:00", "2030-01-07T15:00")
    page = text_of(client_of(alice).get(f"/farm/book/?like={secret.pk}"))
    assert "secret" not in page and value_of(page, "m2-memory_gb") == "8"
    assert client_of(alice).get("/farm/book/?like=99999999999999999999").status_code == 200


@pytest.mark.usefixtures("frozen")
def test_the_earliest_slot_needs_no_purpose_but_booking_does(machine, alice, client_of):
    without_purpose = {**FORM, "purpose": "", "action": "earliest"}
    response = client_of(alice).post("/farm/book/", without_purpose)
    page = text_of(response)
    assert response.status_code == 200 and "The earliest that fits is ferme-1" in page
    assert "aria-invalid" not in page and Reservation.objects.count() == 0
    assert client_of(alice).post("/farm/book/", {**without_purpose, "action": "preview"}).status_code == 200
    assert client_of(alice).post("/farm/book/", {**without_purpose, "action": "book"}).status_code == 400


@pytest.mark.usefixtures("frozen")
def test_find_a_slot_fills_in_the_earliest_time_and_leaves_any_machine_open(machine, take, alice, bob, client_of):
    booking.book(
        actor=None, owner=bob, start=at(12, 1), end=at(20, 1), allocations=[RequestedAllocation(machine.pk, 12, 0)]
    )
    page = text_of(client_of(alice).get("/farm/book/?earliest=1"))
    assert "The earliest time that fits is Tue 1 Jan 21:00 – 23:00." in page
    assert value_of(page, "start") == "2030-01-01T21:00" and '<option value="" selected>' in page
    named = text_of(client_of(alice).get(f"/farm/book/?earliest=1&resource={machine.pk}"))
    assert "The earliest that fits is ferme-1, Tue 1 Jan 21:00 – 23:00." in named
