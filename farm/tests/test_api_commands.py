"""/api/v1/farm/ beyond reading and booking: machines, closures, projects, lines, versions, slots, what is free."""

import pytest

from farm.domain import machines
from farm.models import Allocation, Closure, Machine, Project, Reservation
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
BASE = "/api/v1/farm"
SPAN = {"start": "2030-01-07T09:00:00Z", "end": "2030-01-07T10:00:00Z"}


def error_of(answer):
    return answer.json()["error"]


def test_a_machine_is_changed_and_retired_only_with_a_word_for_what_it_displaces(api_of, alice, staff, take):
    row = take(alice, 9, 10, 6)
    api, address = api_of(staff), f"{BASE}/resources/1"
    for refused in (
        api.patch(address, {"gpu_count": 4}),
        api.delete(address),
        api.delete(f"{address}?confirm=false"),
        api.patch(address, {"state": "retired"}),
    ):
        assert (refused.status_code, error_of(refused)["code"]) == (409, "would_displace")
        assert error_of(refused)["reservations"] == [row.pk]
    assert Machine.objects.get().gpu_count == 12
    assert api.patch(address, {"gpu_count": 4, "confirm": True}).json()["gpu_count"] == 4
    assert api.get(f"{BASE}/reservations/{row.pk}").json()["state"] == "displaced"
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
def test_a_machine_out_of_shape_is_named(api_of, staff, body, status, field):
    machines.add_machine(actor=None, name="taken", gpu_count=1, memory_gb=1)
    refused = api_of(staff).patch(f"{BASE}/resources/1", body)
    assert (refused.status_code, error_of(refused)["field"]) == (status, field)


def test_machines_and_closures_are_for_staff_and_machines_to_change(api, api_of, alice, program):
    closure = machines.close(actor=None, machine_id=1, start=at(9), end=at(10))
    asks = [
        lambda api: api.patch(f"{BASE}/resources/1", {"location": "B12"}),
        lambda api: api.post(f"{BASE}/closures", {"resource": 1, **SPAN}),
        lambda api: api.delete(f"{BASE}/closures/{closure.pk}"),
        lambda api: api.delete(f"{BASE}/resources/1"),
    ]
    assert [ask(api).status_code for ask in asks] == [401] * 4
    assert [ask(api_of(alice)).status_code for ask in asks] == [403] * 4
    assert [ask(api_of(program)).status_code for ask in asks] == [200, 201, 204, 204]


def test_a_closure_says_what_it_displaces_and_is_made_with_a_word(api_of, alice, staff, take):
    row = take(alice, 9, 10, 6)
    body = {"resource": 1, **SPAN, "gpus": 8, "memory_gb": 0, "reason": "fans"}
    refused = api_of(staff).post(f"{BASE}/closures/", body)
    assert (refused.status_code, error_of(refused)["reservations"]) == (409, [row.pk])
    assert Closure.objects.count() == 0
    made = api_of(staff).post(f"{BASE}/closures/", {**body, "confirm": True})
    assert made.status_code == 201
    assert made.json() == {"id": made.json()["id"], **body}
    assert api_of(alice).get(made["Location"]).json() == made.json()
    assert Reservation.objects.get().state == "displaced"


def test_closures_are_found_by_machine_and_window_and_end_when_they_are_deleted(api_of, alice, staff, frozen):
    other = machines.add_machine(actor=None, gpu_count=1, memory_gb=1).pk
    first = machines.close(actor=None, machine_id=1, start=at(9), end=at(10)).pk
    second = machines.close(actor=None, machine_id=other, start=at(11), end=at(12)).pk

    def found(query):
        return [row["id"] for row in api_of(alice).get(f"{BASE}/closures{query}").json()["results"]]

    assert found("") == [first, second]
    assert found(f"?resource={other}") == [second]
    assert found("?to=2030-01-07T11:00:00Z") == [first]
    assert found("?from=2030-01-07T10:00:00Z") == [second]
    assert api_of(staff).delete(f"{BASE}/closures/{second}").status_code == 204
    frozen.move_to(at(9.5))
    assert api_of(staff).delete(f"{BASE}/closures/{first}").status_code == 204
    assert found("") == [first]
    assert Closure.objects.get().end == at(9.5)


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
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
def test_a_closure_out_of_shape_is_named(api_of, staff, wrong, status, field):
    refused = api_of(staff).post(f"{BASE}/closures", {"resource": 1, **SPAN, **wrong})
    assert (refused.status_code, error_of(refused)["field"]) == (status, field)
    assert Closure.objects.count() == 0


def test_projects_are_shown_to_those_in_them_and_members_to_their_owners(api_of, alice, bob, charlie, staff, settings):
    team = Project.objects.create(name="team")
    team.owners.add(alice), team.members.add(bob)
    address = f"{BASE}/projects/{team.pk}"
    whole = {"id": team.pk, "name": "team", "owners": ["alice"], "members": ["bob"]}
    assert api_of(alice).get(address).json() == api_of(staff).get(address).json() == whole
    assert "members" not in api_of(bob).get(address).json()
    assert api_of(bob).get(f"{BASE}/projects").json()["results"] == [
        {"id": team.pk, "name": "team", "owners": ["alice"]}
    ]
    assert api_of(charlie).get(address).status_code == 404
    assert api_of(charlie).get(f"{BASE}/projects").json()["results"] == []
    settings.FARM_NAMES = "staff"
    assert api_of(bob).get(address).json() == {"id": team.pk, "name": "team"}
    assert api_of(alice).get(address).json() == whole


def test_a_booking_is_charged_to_a_project_one_is_in_and_others_do_not_exist(api_of, alice, bob, staff):
    team = Project.objects.create(name="team")
    team.members.add(bob)
    body = {**SPAN, "project": team.pk, "lines": []}
    assert api_of(bob).post(f"{BASE}/reservations", body).json()["project"] == team.pk
    assert api_of(alice).post(f"{BASE}/reservations", body).status_code == 404
    assert api_of(staff).post(f"{BASE}/reservations", {**body, "owner": "alice"}).status_code == 403


def test_a_draft_gets_its_lines_one_by_one(api_of, alice, bob):
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
    assert error_of(api.patch(f"{address}/lines/1", {"gpus": 1}))["field"] == "memory_gb"
    for number in ("9", "x", "9" * 30):
        assert api.patch(f"{address}/lines/{number}", {"gpus": 1, "memory_gb": 0}).status_code == 404
        assert api.delete(f"{address}/lines/{number}").status_code == 404
    assert api.delete(f"{address}/lines/1").json()["state"] == "cancelled"
    assert not Allocation.objects.exists()


def test_a_change_of_something_that_was_changed_meanwhile_is_refused(api_of, alice, take):
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


def test_what_is_free_comes_in_steps_that_cover_the_window(api_of, alice, take, staff):
    take(alice, 9, 11, 6, 4)
    machines.close(actor=None, machine_id=1, start=at(10), end=at(12), gpus=4, memory_gb=0)
    address = f"{BASE}/resources/1/availability"
    found = api_of(alice).get(f"{address}?from=2030-01-07T08:00:00Z&to=2030-01-07T13:00:00Z").json()
    assert {found[name] for name in ("from", "to", "resource", "state")} == {
        "2030-01-07T08:00:00Z", "2030-01-07T13:00:00Z", 1, "open",
    }  # fmt: skip
    assert [(step["start"][11:13], step["end"][11:13], step["gpus"], step["memory_gb"]) for step in found["steps"]] == [
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
def test_an_odd_window_of_what_is_free_is_named(api_of, alice, query, status):
    refused = api_of(alice).get(f"{BASE}/resources/1/availability{query}")
    assert (refused.status_code, error_of(refused)["field"]) == (status, "from" if "odd" in query else "to")
    assert api_of(alice).get(f"{BASE}/resources/9/availability").status_code == 404


def test_the_earliest_fits_of_every_machine_that_has_one(api_of, alice, take):
    big = machines.add_machine(actor=None, name="big", gpu_count=16, memory_gb=64, gpu_model="A100", tags=["nvlink"])
    machines.add_machine(actor=None, name="small", gpu_count=1, memory_gb=4)
    take(alice, 9, 12, 12)
    query = "gpus=8&memory_gb=2&hours=1.5&after=2030-01-07T09:00:00Z&before=2030-01-08T00:00:00Z"

    def found(more=""):
        return api_of(alice).get(f"{BASE}/slots?{query}{more}").json()

    share = {"gpus": 8, "memory_gb": 2}
    first = {"resource": big.pk, "name": "big", "start": "2030-01-07T09:00:00Z", "end": "2030-01-07T10:30:00Z", **share}
    later = {"resource": 1, "name": "ferme-1", "start": "2030-01-07T12:00:00Z", "end": "2030-01-07T13:30:00Z", **share}
    assert found() == [first, later]
    assert found("&tag=nvlink") == found("&model=a100") == found(f"&resource={big.pk}") == found("&limit=1") == [first]
    assert found("&tag=nvlink&tag=other") == found("&resource=99") == []
    machines.change_machine(actor=None, machine_id=big.pk, state="draining")
    assert found() == [later]
    line = {"resource": 1, **share}
    body = {"start": later["start"], "end": later["end"], "lines": [line]}
    assert api_of(alice).post(f"{BASE}/reservations", body).status_code == 201


def test_a_slot_is_never_in_the_past(api_of, alice):
    found = api_of(alice).get(f"{BASE}/slots?gpus=1&hours=1&after=2029-01-01T00:00:00Z").json()
    assert found[0]["start"] == "2030-01-01T12:00:00Z"


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
def test_an_odd_need_is_named(api_of, alice, query, field):
    refused = api_of(alice).get(f"{BASE}/slots?{query}")
    assert (refused.status_code, error_of(refused)["field"]) == (400, field)


@pytest.mark.parametrize("address", ["resources", "closures", "projects", "reservations", "resources/1/availability"])
def test_every_address_answers_with_and_without_a_final_slash_and_in_a_browser(client_of, alice, address):
    for slash in ("", "/"):
        assert client_of(alice).get(f"{BASE}/{address}{slash}").status_code == 200
        page = client_of(alice).get(f"{BASE}/{address}{slash}", headers={"Accept": "text/html"})
        assert page["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("noun", ["resources", "closures", "projects", "reservations"])
@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "9" * 40, "%00", "é"])
def test_a_number_that_is_nothing_is_404_in_json(api_of, alice, noun, number):
    answer = api_of(alice).get(f"{BASE}/{noun}/{number}")
    assert answer.status_code == 404
    assert set(error_of(answer)) >= {"code", "message", "field"}
