"""/api/v1/farm/closures/: made, found, ended, refused."""

import pytest

from farm.domain import machines
from farm.models import Closure, Reservation
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
BASE = "/api/v1/farm"
SPAN = {"start": "2030-01-07T09:00:00Z", "end": "2030-01-07T10:00:00Z"}


def error_of(answer):
    return answer.json()["error"]


def test_a_closure_names_the_bookings_it_would_displace_and_is_made_with_confirm(api_of, alice, staff, take):
    booked = take(alice, 9, 10, 6)
    body = {"resource": 1, **SPAN, "gpus": 8, "memory_gb": 0, "reason": "fans"}
    refused = api_of(staff).post(f"{BASE}/closures/", body)
    assert (refused.status_code, error_of(refused)["reservations"]) == (409, [booked.pk])
    assert Closure.objects.count() == 0
    made = api_of(staff).post(f"{BASE}/closures/", {**body, "confirm": True})
    assert made.status_code == 201
    assert made.json() == {"id": made.json()["id"], **body}
    assert api_of(alice).get(made["Location"]).json() == made.json()
    assert Reservation.objects.get().state == "displaced"


def test_closures_are_filtered_by_machine_and_window_and_end_when_deleted(api_of, alice, staff, frozen):
    other = machines.add_machine(actor=None, gpu_count=1, memory_gb=1).pk
    first = machines.close(actor=None, machine_id=1, start=at(9), end=at(10)).pk
    second = machines.close(actor=None, machine_id=other, start=at(11), end=at(12)).pk

    def ids(query):
        return [row["id"] for row in api_of(alice).get(f"{BASE}/closures{query}").json()["results"]]

    assert ids("") == [first, second]
    assert ids(f"?resource={other}") == [second]
    assert ids("?to=2030-01-07T11:00:00Z") == [first]
    assert ids("?from=2030-01-07T10:00:00Z") == [second]
    assert api_of(staff).delete(f"{BASE}/closures/{second}").status_code == 204
    frozen.move_to(at(9.5))
    assert api_of(staff).delete(f"{BASE}/closures/{first}").status_code == 204
    assert ids("") == [first]
    assert Closure.objects.get().end == at(9.5)


@pytest.mark.parametrize(
    ("invalid", "status", "field"),
    [
        ({"resource": 99}, 404, "resource"),
        ({"resource": None}, 400, "resource"),
        ({"end": SPAN["start"]}, 400, "end"),
        ({"gpus": 0, "memory_gb": 0}, 400, "gpus"),
        ({"gpus": -1}, 400, "gpus"),
        ({"reason": "x" * 201}, 400, "reason"),
        ({"start": "0001-01-01T00:00:00Z"}, 400, "start"),
    ],
)
def test_an_invalid_closure_is_refused_with_the_field(api_of, staff, invalid, status, field):
    refused = api_of(staff).post(f"{BASE}/closures", {"resource": 1, **SPAN, **invalid})
    assert (refused.status_code, error_of(refused)["field"]) == (status, field)
    assert Closure.objects.count() == 0
