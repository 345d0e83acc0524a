"""/api/v1/farm/reservations/: the lines of a booking one by one, and the version that a change was made for."""

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts import tokens
from farm.models import Allocation, Reservation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
BASE = "/api/v1/farm"
SPAN = {"start": "2030-01-07T09:00:00Z", "end": "2030-01-07T10:00:00Z"}


def error_of(answer):
    return answer.json()["error"]


def test_lines_are_added_changed_and_removed_one_by_one(api_of, alice, bob):
    api = api_of(alice)
    made = api.post(f"{BASE}/reservations", SPAN)
    address = f"{BASE}/reservations/{made.json()['id']}"
    assert (made.json()["state"], made.json()["lines"]) == ("draft", [])
    line = {"resource": 1, "gpus": 2, "memory_gb": 3}
    assert api_of(bob).post(f"{address}/lines", line).status_code == 403
    added = api.post(f"{address}/lines/", line)
    assert (added.status_code, added.json()["state"], added.json()["version"]) == (201, "confirmed", 2)
    assert api.post(f"{address}/lines", line).status_code == 409
    assert api.get(f"{address}/lines").json() == [line]
    assert api.patch(f"{address}/lines/1", {"gpus": 12, "memory_gb": 0}).json()["lines"][0]["gpus"] == 12
    assert error_of(api.patch(f"{address}/lines/1", {"gpus": 13, "memory_gb": 0}))["missing"][0]["gpus"] == 1
    assert error_of(api.patch(f"{address}/lines/1", {"memory_gb": 1}))["field"] == "gpus"
    for machine_id in ("9", "x", "9" * 30):
        assert api.patch(f"{address}/lines/{machine_id}", {"gpus": 1, "memory_gb": 0}).status_code == 404
        assert api.delete(f"{address}/lines/{machine_id}").status_code == 404
    assert api.delete(f"{address}/lines/1").json()["state"] == "cancelled"
    assert not Allocation.objects.exists()


def test_a_new_booking_reads_only_what_it_decides_on_and_is_answered_like_a_later_read(
    alice, machine, django_assert_num_queries
):
    api = APIClient(headers={"authorization": f"Bearer {tokens.issue(alice).access_token}"})
    body = {**SPAN, "purpose": "é", "lines": [{"resource": machine.pk, "gpus": 2, "memory_gb": 3}]}
    api.post(f"{BASE}/reservations", body)  # makes the row of the holder
    # Person, holder; savepoint; booking, audit event, notifications; machine, its load; allocation; end of savepoint.
    count = 10 + connection.features.has_select_for_update  # MariaDB locks the holder's row
    with django_assert_num_queries(count + 2):  # the owner's choice, the mail
        made = api.post(f"{BASE}/reservations", body)
    assert made.status_code == 201
    assert made.content == api.get(f"{BASE}/reservations/{made.json()['id']}").content
    type(alice).objects.update(email="")
    with django_assert_num_queries(count):
        api.post(f"{BASE}/reservations", body)


def test_a_change_made_for_an_older_version_is_refused(api_of, alice, take):
    row = take(alice, 9, 10, 1)
    address = f"{BASE}/reservations/{row.pk}"
    assert api_of(alice).patch(address, {"end": "2030-01-07T11:00:00Z", "version": 1}).json()["version"] == 2
    refused = api_of(alice).patch(address, {"end": "2030-01-07T12:00:00Z", "version": 1})
    assert (refused.status_code, error_of(refused)["code"], error_of(refused)["version"]) == (
        409,
        "changed_meanwhile",
        2,
    )
    assert api_of(alice).patch(address, {"end": "2030-01-07T12:00:00Z", "version": 2}).status_code == 200


def test_a_booking_is_not_left_without_a_machine(api_of, alice, take):
    row = take(alice, 9, 10, 1)
    refused = api_of(alice).patch(f"{BASE}/reservations/{row.pk}", {"lines": []})
    assert (refused.status_code, error_of(refused)["field"]) == (400, "lines")
    assert Reservation.objects.get().lines.count() == 1
