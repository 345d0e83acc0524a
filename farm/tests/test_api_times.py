"""Times of the modern API: a request names their zone, an answer is UTC in whole seconds."""

from datetime import timedelta

import pytest

from farm.domain import booking, machines
from farm.models import Reservation
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
BASE = "/api/v1/farm"
LINES = [{"resource": 1, "gpus": 1, "memory_gb": 1}]
BODIES = [
    ("post", "/reservations/", {"end": "2030-01-07T11:00:00Z", "lines": LINES}, "start"),
    ("post", "/reservations/", {"start": "2030-01-07T09:00:00Z", "lines": LINES}, "end"),
    ("post", "/closures/", {"resource": 1, "end": "2030-01-07T11:00:00Z"}, "start"),
]


@pytest.mark.parametrize(("method", "path", "body", "field"), BODIES)
def test_a_time_without_a_zone_is_refused_and_the_field_is_named(api_of, staff, method, path, body, field):
    for naive in ("2030-01-07T10:00:00", "2030-01-07T10:00", "2030-01-07 10:00"):
        answer = getattr(api_of(staff), method)(BASE + path, {**body, field: naive})
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)
        assert "time zone" in answer.json()["error"]["message"]
    assert getattr(api_of(staff), method)(BASE + path, {**body, field: "2030-01-07T10:30:00+01:00"}).status_code == 201


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/reservations/", "from"), ("/closures/", "to"), ("/resources/1/availability/", "from"),
        ("/slots?hours=1&gpus=1", "after"),
    ],
)  # fmt: skip
def test_a_filter_without_a_zone_is_refused(api_of, alice, path, field):
    separator = "&" if "?" in path else "?"
    answer = api_of(alice).get(f"{BASE}{path}{separator}{field}=2030-01-07T10:00:00")
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)


def test_answers_are_utc_in_whole_seconds(api_of, alice, take, machine, frozen):
    row = take(alice, 9, 12, 4)
    Reservation.objects.filter(pk=row.pk).update(created_at=at(8) + timedelta(microseconds=123_456))
    frozen.move_to(at(10) + timedelta(microseconds=654_321))
    booking.give_back(actor=alice, reservation_id=row.pk)
    shown = api_of(alice).get(f"{BASE}/reservations/{row.pk}").json()
    assert (shown["start"], shown["end"], shown["created_at"]) == (
        "2030-01-07T09:00:00Z", "2030-01-07T10:00:00Z", "2030-01-07T08:00:00Z",
    )  # fmt: skip
    machines.close(actor=None, machine_id=machine.pk, start=at(11) + timedelta(microseconds=5), end=at(12))
    steps = api_of(alice).get(f"{BASE}/resources/1/availability?to=2030-01-08T00:00:00Z").json()["steps"]
    assert all(len(step[name]) == 20 and step[name].endswith("Z") for step in steps for name in ("start", "end"))
