"""/api/v1/farm/resources/: machines are changed and retired, and what is free on one of them."""

import pytest

from farm.domain import machines
from farm.models import Machine
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
BASE = "/api/v1/farm"
SPAN = {"start": "2030-01-07T09:00:00Z", "end": "2030-01-07T10:00:00Z"}


def error_of(answer):
    return answer.json()["error"]


def test_a_change_that_displaces_bookings_needs_confirm(api_of, alice, staff, take):
    booked = take(alice, 9, 10, 6)
    api, address = api_of(staff), f"{BASE}/resources/1"
    for refused in (
        api.patch(address, {"gpu_count": 4}),
        api.delete(address),
        api.delete(f"{address}?confirm=false"),
        api.patch(address, {"state": "retired"}),
    ):
        assert (refused.status_code, error_of(refused)["code"]) == (409, "would_displace")
        assert error_of(refused)["reservations"] == [booked.pk]
    assert Machine.objects.get().gpu_count == 12
    assert api.patch(address, {"gpu_count": 4, "confirm": True}).json()["gpu_count"] == 4
    assert api.get(f"{BASE}/reservations/{booked.pk}").json()["state"] == "displaced"
    assert api.delete(f"{address}?confirm=true").status_code == 204
    assert api.get(f"{BASE}/resources").json()["results"] == []
    assert [machine["id"] for machine in api.get(f"{BASE}/resources?state=retired").json()["results"]] == [1]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"gpu_count": -1}, 400, "gpu_count"),
        ({"gpu_count": 10**8}, 400, "gpu_count"),
        ({"name": ""}, 400, "name"),
        ({"name": "taken"}, 409, "name"),
        ({"state": "asleep"}, 400, "state"),
        ({"tags": "a"}, 400, "tags"),
        ({"tags": ["a", {}]}, 400, "tags.1"),
        ({"tags": [1]}, 400, "tags.0"),
        ({"name": 7}, 400, "name"),
        ({"gpu_count": 0, "memory_gb": 0}, 400, "gpu_count"),
    ],
)
def test_an_invalid_machine_is_refused_with_the_field(api_of, staff, body, status, field):
    machines.add_machine(actor=None, name="taken", gpu_count=1, memory_gb=1)
    refused = api_of(staff).patch(f"{BASE}/resources/1", body)
    assert (refused.status_code, error_of(refused)["field"]) == (status, field)


def test_only_staff_and_programs_change_machines_and_closures(api, api_of, alice, program):
    closure = machines.close(actor=None, machine_id=1, start=at(9), end=at(10))
    requests = [
        lambda api: api.patch(f"{BASE}/resources/1", {"location": "B12"}),
        lambda api: api.post(f"{BASE}/closures", {"resource": 1, **SPAN}),
        lambda api: api.delete(f"{BASE}/closures/{closure.pk}"),
        lambda api: api.delete(f"{BASE}/resources/1"),
    ]
    assert [send(api).status_code for send in requests] == [401] * 4
    assert [send(api_of(alice)).status_code for send in requests] == [403] * 4
    assert [send(api_of(program)).status_code for send in requests] == [200, 201, 204, 204]


def test_availability_comes_in_steps_that_cover_the_window(api_of, alice, take, staff):
    take(alice, 9, 11, 6, 4)
    machines.close(actor=None, machine_id=1, start=at(10), end=at(12), gpus=4, memory_gb=0)
    address = f"{BASE}/resources/1/availability"
    window = api_of(alice).get(f"{address}?from=2030-01-07T08:00:00Z&to=2030-01-07T13:00:00Z").json()
    assert {window[name] for name in ("from", "to", "resource", "state")} == {
        "2030-01-07T08:00:00Z", "2030-01-07T13:00:00Z", 1, "open",
    }  # fmt: skip
    assert [
        (step["start"][11:13], step["end"][11:13], step["gpus"], step["memory_gb"]) for step in window["steps"]
    ] == [
        ("08", "09", 12, 16),
        ("09", "10", 6, 12),
        ("10", "11", 2, 12),
        ("11", "12", 8, 16),
        ("12", "13", 12, 16),
    ]
    week = api_of(alice).get(address).json()
    assert (week["from"], week["to"]) == ("2030-01-01T12:00:00Z", "2030-01-08T12:00:00Z")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?from=odd", 400),
        ("?to=2020-01-01T00:00:00Z", 400),
        ("?from=2030-01-01T00:00:00Z&to=2030-06-01T00:00:00Z", 400),
    ],
)
def test_an_invalid_window_of_the_availability_is_refused_with_the_field(api_of, alice, query, status):
    refused = api_of(alice).get(f"{BASE}/resources/1/availability{query}")
    assert (refused.status_code, error_of(refused)["field"]) == (status, "from" if "odd" in query else "to")
    assert api_of(alice).get(f"{BASE}/resources/9/availability").status_code == 404
