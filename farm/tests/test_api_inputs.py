"""What the modern API does not know is refused: fields, filters, versions. Nothing is ignored in silence."""

import pytest

from farm.domain import booking
from farm.models import Reservation
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
BASE = "/api/v1/farm"
SPAN = {"start": "2030-01-07T09:00:00Z", "end": "2030-01-07T11:00:00Z"}
LINE = {"resource": 1, "gpus": 1, "memory_gb": 1}


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("post", "/reservations/", {**SPAN, "lines": [LINE], "project_id": 7}, "project_id"),
        ("post", "/reservations/", {**SPAN, "lines": [{**LINE, "memory": 1}]}, "lines.0.memory"),
        ("post", "/reservations/", {**SPAN, "id": 3}, "id"),
        ("patch", "/reservations/{}/", {"ende": "2030-01-07T12:00:00Z"}, "ende"),
        ("post", "/reservations/{}/lines/", {**LINE, "gpu": 1}, "gpu"),
        ("patch", "/reservations/{}/lines/1/", {"gpus": 1, "memory_gb": 1, "resource": 1}, "resource"),
        ("post", "/closures/", {"resource": 1, **SPAN, "force": True}, "force"),
        ("post", "/resources/", {"name": "x", "gpu_count": 1, "memory_gb": 1, "gpus": 1}, "gpus"),
        ("patch", "/resources/1/", {"note": "x"}, "note"),
    ],
)
def test_an_unknown_field_is_refused_by_name(api_of, staff, take, alice, method, path, body, field):
    row = take(alice, 12, 13, 1)
    before = Reservation.objects.count()
    answer = getattr(api_of(staff), method)(BASE + path.format(row.pk), body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field), answer.json()
    assert Reservation.objects.count() == before


def test_the_field_that_was_perhaps_meant_is_named(api_of, alice):
    answer = api_of(alice).post(f"{BASE}/reservations/", {**SPAN, "project_id": 7})
    assert answer.json()["error"]["message"] == "There is no field “project_id”. Did you mean “project”?"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/reservations/?project_id=7", "project_id"), ("/reservations/?mine=1&ownr=alice", "ownr"),
        ("/resources/?gpu_model=A100", "gpu_model"), ("/closures/?machine=1", "machine"),
        ("/projects/?owner=x", "owner"),
        ("/slots?gpus=1&hours=1&gpu_model=x", "gpu_model"), ("/resources/1/availability?days=3", "days"),
    ],
)  # fmt: skip
def test_an_unknown_filter_is_refused_by_name(api_of, alice, path, name):
    answer = api_of(alice).get(BASE + path)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, name)


@pytest.mark.parametrize("path", ["/api/v1/courses/?semster=1", "/api/v1/gitsync/requests/?status=x"])
def test_the_other_apps_refuse_unknown_filters_too(api_of, staff, path):
    assert api_of(staff).get(path).status_code == 400


def test_machines_and_slots_are_filtered_by_the_same_word(api_of, staff, alice):
    api_of(staff).post(f"{BASE}/resources/", {"name": "dgx", "gpu_count": 8, "memory_gb": 64, "gpu_model": "H100"})
    machines = api_of(alice).get(f"{BASE}/resources/?model=h100").json()["results"]
    slots = api_of(alice).get(f"{BASE}/slots?gpus=1&hours=1&model=h100").json()
    assert [row["name"] for row in machines] == [row["name"] for row in slots] == ["dgx"]


def test_memory_that_is_left_out_goes_with_the_gpus(api_of, alice):
    """ferme-1 has 12 GPUs and 16 GB."""
    api = api_of(alice)
    made = api.post(f"{BASE}/reservations/", {**SPAN, "lines": [{"resource": 1, "gpus": 6}]}).json()
    assert made["lines"] == [{"resource": 1, "gpus": 6, "memory_gb": 8}]
    changed = api.patch(f"{BASE}/reservations/{made['id']}/lines/1/", {"gpus": 3}).json()
    assert changed["lines"] == [{"resource": 1, "gpus": 3, "memory_gb": 4}]
    none = api.patch(f"{BASE}/reservations/{made['id']}/lines/1/", {"gpus": 3, "memory_gb": 0}).json()
    assert none["lines"][0]["memory_gb"] == 0  # said


def steps_of(row):
    """Return each change of a booking: method, address and body."""
    return [
        ("patch", f"{BASE}/reservations/{row.pk}/", {"purpose": "new"}),
        ("post", f"{BASE}/reservations/{row.pk}/cancel/", {}),
        ("patch", f"{BASE}/reservations/{row.pk}/lines/1/", {"gpus": 2}),
        ("post", f"{BASE}/reservations/{row.pk}/lines/", {"resource": 1, "gpus": 1}),
        ("delete", f"{BASE}/reservations/{row.pk}/lines/1/", None),
        ("post", f"{BASE}/reservations/{row.pk}/give-back/", {}),
    ]


@pytest.mark.parametrize("number", range(6))
def test_a_change_of_another_version_than_if_match_is_412(api_of, alice, take, number):
    row = take(alice, 9, 12, 1)
    api = api_of(alice)
    seen = api.get(f"{BASE}/reservations/{row.pk}/")["ETag"]
    booking.change(actor=alice, reservation_id=row.pk, end=at(13))
    method, address, body = steps_of(row)[number]
    answer = getattr(api, method)(address, body, headers={"If-Match": seen})
    assert (answer.status_code, answer.json()["error"]["code"]) == (412, "changed_meanwhile")
    row.refresh_from_db()
    assert (row.version, row.state, row.purpose) == (2, "confirmed", "")


def test_a_change_of_the_version_of_if_match_is_made_and_gives_the_next(api_of, alice, take):
    row = take(alice, 9, 12, 1)
    api, address = api_of(alice), f"{BASE}/reservations/{row.pk}/"
    seen = api.get(address)["ETag"]
    changed = api.patch(address, {"purpose": "new"}, headers={"If-Match": seen})
    assert (changed.status_code, seen, changed["ETag"]) == (200, '"1"', '"2"')
    assert api.patch(address, {"purpose": "again"}, headers={"If-Match": "*"}).status_code == 200
    assert api.patch(address, {"purpose": "x", "version": 2}).status_code == 409


@pytest.mark.parametrize("header", ["1", 'W/"1"', '"1", "2"', '"x"', '"' + "9" * 30 + '"'])
def test_an_if_match_that_is_no_etag_of_ours_is_refused(api_of, alice, take, header):
    row = take(alice, 9, 12, 1)
    answer = api_of(alice).patch(f"{BASE}/reservations/{row.pk}/", {"purpose": "x"}, headers={"If-Match": header})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "If-Match")


def test_if_match_is_refused_where_nothing_has_a_version(api_of, staff):
    answer = api_of(staff).patch(f"{BASE}/resources/1/", {"notes": "x"}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["error"]["code"]) == (412, "no_versions")


@pytest.fixture
def document(api_of, alice):
    return api_of(alice).get("/api/v1/schema", HTTP_ACCEPT="application/json").json()


def test_a_client_can_book_without_ids_and_versions(document):
    schemas = document["components"]["schemas"]
    assert set(schemas["ReservationInput"]["required"]) == {"start", "end"}
    assert not {"id", "state", "version", "created_at"} & set(schemas["ReservationInput"]["properties"])
    assert {"id", "state", "lines", "start", "end"} <= set(schemas["Reservation"]["required"])


def test_every_operation_has_a_readable_id_and_a_summary_and_errors_are_described_once(document):
    operations = [one for path in document["paths"].values() for one in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids) and "farm_reservations_cancel" in ids and "farm_reservations_change" in ids
    assert not [name for name in ids if name.endswith(("_retrieve", "_partial_update", "_update", "_destroy"))]
    assert all(operation["summary"] for operation in operations)
    errors = [
        answer for one in operations for status, answer in one["responses"].items() if status >= "400"
    ]  # fmt: skip
    assert errors and all(set(answer) == {"$ref"} for answer in errors)


def test_texts_are_english_without_accept_language_and_else_in_the_caller_s_language(api_of, alice, settings):
    settings.LANGUAGE_CODE = "fr"
    alice.language = ""
    alice.save(update_fields=["language"])
    address = f"{BASE}/reservations/?state=nothing"
    plain = api_of(alice).get(address).json()["error"]["message"]
    french = api_of(alice).get(address, headers={"Accept-Language": "fr"}).json()["error"]["message"]
    assert "is not a valid choice" in plain and "n'est pas un choix valide" in french.replace("’", "'")
    alice.language = "fr"
    alice.save(update_fields=["language"])
    assert api_of(alice).get(address).json()["error"]["message"] == french
    english = api_of(alice).get(address, headers={"Accept-Language": "en"}).json()["error"]["message"]
    assert english == plain
