"""What the booking form answers where there is no room, and the first time at which there is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from farm.domain import booking, machines
from farm.models import Reservation
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at
from farm.tests.test_booking_form import FORM, offers_of, other, second, text_of, value_of

pytestmark = pytest.mark.django_db
__all__ = ["other"]


@pytest.mark.usefixtures("frozen")
def test_a_refusal_keeps_the_answers_and_its_offers_can_be_taken(take, machine, alice, bob, client_of):
    take(bob, 8, 10, 10, purpose="first")
    client = client_of(alice)
    response = client.post("/farm/book/", {**FORM, "resource": machine.pk})
    page = text_of(response)
    assert response.status_code == 409
    assert "Not enough free capacity on ferme-1: 2 GPU missing" in page
    assert 'value="a try"' in page
    offers = offers_of(page)
    assert [offer["gpus"] for offer in offers] == ["4", "2"]  # another time, a smaller share
    for offer in offers:
        assert client.post("/farm/book/", offer).status_code == 302
    assert {row.start for row in Reservation.objects.filter(owner=alice)} == {at(9), at(10)}


@pytest.mark.usefixtures("frozen")
def test_the_earliest_possible_is_filled_in_and_not_booked(machine, alice, bob, client_of):
    start = timezone.now()
    booking.book(
        actor=None,
        owner=bob,
        start=start,
        end=start + timedelta(days=2),
        allocations=[RequestedAllocation(machine.pk, 12, 0)],
    )
    page = text_of(client_of(alice).post("/farm/book/", {**FORM, "resource": "", "action": "earliest"}))
    assert 'value="2030-01-03T13:00"' in page  # noon UTC is one in Paris
    assert Reservation.objects.count() == 1


@pytest.mark.usefixtures("frozen")
def test_a_refusal_names_the_tightest_stretch_and_lists_them_all(machine, take, alice, bob, client_of):
    take(bob, 9, 10, 10)
    take(bob, 11, 12, 12)
    sent = {**FORM, "resource": machine.pk, "start": "2030-01-07T10:00", "end": "2030-01-07T14:00"}
    response = client_of(alice).post("/farm/book/", sent)
    page = text_of(response)
    assert response.status_code == 409
    assert "Not enough free capacity on ferme-1: up to 4 GPU missing, 2 times in Mon 7 Jan 10:00 – 13:00." in page
    assert "ferme-1, Mon 7 Jan 10:00 – 11:00: 2 GPU short" in page
    assert "ferme-1, Mon 7 Jan 12:00 – 13:00: 4 GPU short" in page
    assert "free when it is tightest: nothing" in page


@pytest.mark.usefixtures("frozen")
def test_every_alternative_of_several_machines_keeps_them_all_and_can_be_taken(
    machine, other, take, alice, bob, client_of
):
    machines.add_machine(actor=None, name="lyra-2", gpu_count=4, memory_gb=64, gpu_model="L40S")
    take(bob, 9, 11, 3, machine_id=other.pk)
    client = client_of(alice)
    response = client.post("/farm/book/", {**FORM, "resource": machine.pk, **second(other.pk, 2)})
    offers = offers_of(text_of(response))
    assert [(offer["lines"], offer["m2-gpus"]) for offer in offers] == [("2", "2"), ("2", "2"), ("2", "1")]
    for offer in offers:
        assert client.post("/farm/book/", offer).status_code == 302
    assert {row.lines.count() for row in Reservation.objects.filter(owner=alice)} == {2}


@pytest.mark.usefixtures("frozen")
def test_the_earliest_is_found_for_all_the_machines_together(machine, other, alice, bob, client_of):
    start = timezone.now()
    for row, hours in ((machine, 3), (other, 5)):
        lines = [RequestedAllocation(row.pk, row.gpu_count, 0)]
        booking.book(actor=None, owner=bob, start=start, end=start + timedelta(hours=hours), allocations=lines)
    sent = {**FORM, "resource": "", "gpus": 1, **second(other.pk), "action": "earliest"}
    page = text_of(client_of(alice).post("/farm/book/", sent))
    assert "The earliest that fits is ferme-1, lyra-1, Tue 1 Jan 18:00 – 20:00." in page
    assert value_of(page, "start") == "2030-01-01T18:00"
