"""The refusal of the booking form: what is missing, when, why, and alternatives that can be booked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from farm.domain import booking, machines
from farm.models import Reservation
from farm.rules.limits import RequestedAllocation
from farm.tests.builders import FORM, second_machine
from farm.tests.conftest import at
from farm.tests.page_text import alternatives_of, text_of, value_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(machine):
    return machines.add_machine(actor=None, name="lyra-1", gpu_count=4, memory_gb=64, gpu_model="L40S", tags=["nvlink"])


@pytest.mark.usefixtures("frozen")
def test_a_refusal_keeps_what_was_typed_and_its_alternatives_can_be_booked(take, machine, alice, bob, client_of):
    take(bob, 8, 10, 10, purpose="first")
    client = client_of(alice)
    response = client.post("/farm/book/", {**FORM, "resource": machine.pk})
    page = text_of(response)
    assert response.status_code == 409
    assert "Not enough free capacity on ferme-1: 2 GPUs missing" in page
    assert 'value="a try"' in page
    alternatives = alternatives_of(page)
    assert [alternative["gpus"] for alternative in alternatives] == ["4", "2"]  # another time, a smaller share
    for alternative in alternatives:
        assert client.post("/farm/book/", alternative).status_code == 302
    assert {row.start for row in Reservation.objects.filter(owner=alice)} == {at(9), at(10)}


@pytest.mark.usefixtures("frozen")
def test_the_earliest_slot_is_filled_in_and_not_booked(machine, alice, bob, client_of):
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
def test_a_refusal_names_the_worst_shortage_and_lists_all_of_them(machine, take, alice, bob, client_of):
    take(bob, 9, 10, 10)
    take(bob, 11, 12, 12)
    data = {**FORM, "resource": machine.pk, "start": "2030-01-07T10:00", "end": "2030-01-07T14:00"}
    response = client_of(alice).post("/farm/book/", data)
    page = text_of(response)
    assert response.status_code == 409
    title = "Not enough free capacity on ferme-1: up to 4 GPUs missing, 2 times in Mon 7 Jan 10:00 – 13:00."
    assert f"{title} It has 12 GPUs · 16 GB." in page
    assert "ferme-1, Mon 7 Jan 10:00 – 11:00: 2 GPUs short" in page
    assert "ferme-1, Mon 7 Jan 12:00 – 13:00: 4 GPUs short" in page
    assert "free at the busiest moment: nothing" in page


@pytest.mark.usefixtures("frozen")
def test_every_alternative_for_several_machines_keeps_all_of_them_and_can_be_booked(
    machine, other, take, alice, bob, client_of
):
    machines.add_machine(actor=None, name="lyra-2", gpu_count=4, memory_gb=64, gpu_model="L40S")
    take(bob, 9, 11, 3, machine_id=other.pk)
    client = client_of(alice)
    response = client.post("/farm/book/", {**FORM, "resource": machine.pk, **second_machine(other.pk, 2)})
    alternatives = alternatives_of(text_of(response))
    assert [(alternative["lines"], alternative["m2-gpus"]) for alternative in alternatives] == [
        ("2", "2"),
        ("2", "2"),
        ("2", "1"),
    ]
    for alternative in alternatives:
        assert client.post("/farm/book/", alternative).status_code == 302
    assert {row.lines.count() for row in Reservation.objects.filter(owner=alice)} == {2}


@pytest.mark.usefixtures("frozen")
def test_the_earliest_slot_is_one_time_for_all_machines(machine, other, alice, bob, client_of):
    start = timezone.now()
    for row, hours in ((machine, 3), (other, 5)):
        lines = [RequestedAllocation(row.pk, row.gpu_count, 0)]
        booking.book(actor=None, owner=bob, start=start, end=start + timedelta(hours=hours), allocations=lines)
    data = {**FORM, "resource": "", "gpus": 1, **second_machine(other.pk), "action": "earliest"}
    page = text_of(client_of(alice).post("/farm/book/", data))
    assert "The earliest that fits is ferme-1, lyra-1, Tue 1 Jan 18:00 – 20:00." in page
    assert value_of(page, "start") == "2030-01-01T18:00"


@pytest.mark.usefixtures("frozen")
def test_a_refusal_names_the_closure_and_its_time(machine, alice, client_of):
    machines.close(actor=None, machine_id=machine.pk, start=at(8), end=at(18), reason="New fans", confirm=True)
    response = client_of(alice).post("/farm/book/", {**FORM, "resource": machine.pk})
    assert response.status_code == 409
    assert "Closed Mon 7 Jan 09:00 – 19:00 (New fans)." in text_of(response)
