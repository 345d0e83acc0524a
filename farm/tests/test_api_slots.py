"""/api/v1/farm/slots: the earliest slot of each machine in which a need fits."""

import pytest

from farm.domain import machines

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
BASE = "/api/v1/farm"


def error_of(answer):
    return answer.json()["error"]


def test_the_earliest_slot_of_each_machine_is_found_filtered_and_can_be_booked(api_of, alice, take):
    big = machines.add_machine(actor=None, name="big", gpu_count=16, memory_gb=64, gpu_model="A100", tags=["nvlink"])
    machines.add_machine(actor=None, name="small", gpu_count=1, memory_gb=4)
    take(alice, 9, 12, 12)
    query = "gpus=8&memory_gb=2&hours=1.5&after=2030-01-07T09:00:00Z&before=2030-01-08T00:00:00Z"

    def slots(more=""):
        return api_of(alice).get(f"{BASE}/slots?{query}{more}").json()

    share = {"gpus": 8, "memory_gb": 2}
    first = {"resource": big.pk, "name": "big", "start": "2030-01-07T09:00:00Z", "end": "2030-01-07T10:30:00Z", **share}
    later = {"resource": 1, "name": "ferme-1", "start": "2030-01-07T12:00:00Z", "end": "2030-01-07T13:30:00Z", **share}
    assert slots() == [first, later]
    assert slots("&tag=nvlink") == slots("&model=a100") == slots(f"&resource={big.pk}") == slots("&limit=1") == [first]
    assert slots("&tag=nvlink&tag=other") == slots("&resource=99") == []
    machines.change_machine(actor=None, machine_id=big.pk, state="draining")
    assert slots() == [later]
    line = {"resource": 1, **share}
    body = {"start": later["start"], "end": later["end"], "lines": [line]}
    assert api_of(alice).post(f"{BASE}/reservations", body).status_code == 201


def test_a_slot_is_never_in_the_past(api_of, alice):
    slots = api_of(alice).get(f"{BASE}/slots?gpus=1&hours=1&after=2029-01-01T00:00:00Z").json()
    assert slots[0]["start"] == "2030-01-01T12:00:00Z"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("hours=1", "gpus"),
        ("gpus=1", "hours"),
        ("gpus=1&hours=0", "hours"),
        ("gpus=1&hours=NaN", "hours"),
        ("gpus=1&hours=1e9", "hours"),
        ("gpus=1&hours=2401", "hours"),
        ("gpus=-1&hours=1", "gpus"),
        ("gpus=1&hours=1&before=2029-01-01T00:00:00Z", "before"),
        ("gpus=1&hours=1&before=2031-01-01T00:00:00Z", "before"),
        ("gpus=1&hours=1&resource=x", "resource.0"),
        ("gpus=1&hours=1&limit=0", "limit"),
    ],
)
def test_an_invalid_query_is_refused_with_the_field(api_of, alice, query, field):
    refused = api_of(alice).get(f"{BASE}/slots?{query}")
    assert (refused.status_code, error_of(refused)["field"]) == (400, field)
