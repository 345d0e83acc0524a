"""/api/v1/farm/ for programs: its root, its document, booking, refusals, and addresses that are not valid."""

import pytest
from django.core.management import call_command

from farm.models import Reservation
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
BASE = "/api/v1/farm"

BODY = {
    "start": "2030-01-07T09:00:00Z",
    "end": "2030-01-07T10:00:00Z",
    "purpose": "a try",
    "lines": [{"resource": 1, "gpus": 4, "memory_gb": 2}],
}


def test_machines_are_listed_filtered_and_added(api_of, staff, alice):
    assert api_of(staff).post(f"{BASE}/resources/", {"name": "dgx", "gpu_count": 8, "memory_gb": 64}).status_code == 201
    assert api_of(alice).post(f"{BASE}/resources/", {"name": "x", "gpu_count": 8, "memory_gb": 64}).status_code == 403
    machines = api_of(alice).get(f"{BASE}/resources?min_gpus=10").json()["results"]
    assert [row["id"] for row in machines] == [1]


def test_the_root_links_every_list_and_needs_a_sign_in(api_of, client, alice):
    api = api_of(alice)
    addresses = api.get(f"{BASE}/").json()
    assert set(addresses) == {"resources", "closures", "projects", "reservations", "slots"}
    answers = {name: api.get(address).status_code for name, address in addresses.items()}
    assert answers == {"resources": 200, "closures": 200, "projects": 200, "reservations": 200, "slots": 400}
    assert client.get(f"{BASE}/").status_code == 401


def test_the_same_booking_is_accepted_until_the_machine_is_full(api_of, alice):
    api = api_of(alice)
    answers = [api.post(f"{BASE}/reservations/", BODY) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 409]
    error = answers[-1].json()["error"]
    assert error["missing"][0]["from"] == "2030-01-07T09:00:00Z"
    assert error["alternatives"][0]["start"] == "2030-01-07T10:00:00Z"
    made = answers[0].json()
    assert (made["owner"], made["state"], made["lines"]) == ("alice", "confirmed", BODY["lines"])


@pytest.mark.parametrize(
    ("invalid", "status", "field"),
    [
        ({"start": "x"}, 400, "start"),
        ({"lines": [{"resource": 1, "gpus": -1, "memory_gb": 0}]}, 400, "lines.0.gpus"),
        ({"lines": [BODY["lines"][0], {"resource": 2, "gpus": 0, "memory_gb": 0}]}, 400, "lines.1.gpus"),
        ({"lines": [{"resource": 99, "gpus": 1, "memory_gb": 0}]}, 404, "resource"),
        ({"owner": "bob"}, 403, "owner"),
        ({"project": 7}, 404, "project"),
        ({"end": "2030-01-07T09:00:00Z"}, 400, "end"),
    ],
)
def test_a_refusal_names_the_field_at_fault(api_of, alice, invalid, status, field):
    answer = api_of(alice).post(f"{BASE}/reservations/", {**BODY, **invalid})
    assert answer.status_code == status
    assert answer.json()["error"]["field"] == field
    assert Reservation.objects.count() == 0


def test_only_its_owner_moves_cancels_and_gives_back_a_booking(api_of, alice, bob, frozen):
    address = f"{BASE}/reservations/{api_of(alice).post(f'{BASE}/reservations/', BODY).json()['id']}"
    assert api_of(bob).patch(address, {"end": "2030-01-07T11:00:00Z"}).status_code == 403
    assert api_of(alice).patch(address, {"end": "2030-01-07T12:00:00Z"}).json()["version"] == 2
    assert api_of(alice).post(f"{address}/give-back/").status_code == 409
    frozen.move_to(at(10))
    assert api_of(alice).post(f"{address}/cancel").status_code == 409
    assert api_of(alice).post(f"{address}/give-back").json()["state"] == "released"


def test_names_are_absent_where_the_policy_hides_them(api_of, alice, bob, staff, settings):
    settings.FARM_NAMES = "staff"
    api_of(bob).post(f"{BASE}/reservations/", BODY)
    hidden = api_of(alice).get(f"{BASE}/reservations/").json()["results"][0]
    assert not {"owner", "purpose", "project"} & set(hidden)
    assert api_of(staff).get(f"{BASE}/reservations/").json()["results"][0]["owner"] == "bob"


def test_a_list_takes_a_window_and_its_number_of_queries_is_constant(api_of, alice, assert_flat):
    api = api_of(alice)

    def make_bookings(count):
        for number in range(count):
            hour = 9 + number % 12
            span = {"start": f"2030-01-08T{hour:02}:00:00Z", "end": f"2030-01-08T{hour:02}:30:00Z"}
            assert (
                api.post(
                    f"{BASE}/reservations/",
                    {**BODY, **span, "lines": [{**BODY["lines"][0], "gpus": 1, "memory_gb": 0}]},
                ).status_code
                == 201
            )

    make_bookings(1)
    assert_flat(lambda: api.get(f"{BASE}/reservations/?mine=true"), lambda: make_bookings(30))
    page = api.get(f"{BASE}/reservations/?from=2030-01-08T10:00:00Z&to=2030-01-08T10:30:00Z").json()
    assert {row["start"] for row in page["results"]} == {"2030-01-08T10:00:00Z"}


def test_the_openapi_document_describes_the_farm_without_the_french_paths(api_of, alice):
    paths = api_of(alice).get("/api/v1/schema", HTTP_ACCEPT="application/json").json()["paths"]
    assert any(path.startswith("/api/v1/farm/reservations") for path in paths)
    assert not any("Ressource" in path for path in paths)


def test_the_openapi_document_is_valid_and_without_warnings(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


@pytest.mark.parametrize("path", ["/api/v1/farm/reservations/", "/Reservation", "/RessourceReserve"])
@pytest.mark.parametrize(
    "query",
    [
        "from=0001-01-01T00:00:00%2B14:00",
        "to=0001-01-01T00:00:00Z",
        "from=0001-01-01%2000:00:00",
        "to=9999-12-31T23:59:59Z",
    ],
)
def test_the_first_and_last_dates_of_the_calendar_do_not_crash(client_of, alice, path, query):
    assert client_of(alice).get(f"{path}?{query}").status_code in (200, 400)


def test_a_machine_id_that_is_too_large_is_refused(client_of, alice):
    assert client_of(alice).get(f"/api/v1/farm/reservations/?resource={10**20}").status_code == 400


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00"])
def test_the_booking_page_opens_with_any_time_in_its_address(client_of, alice, moment):
    assert client_of(alice).get(f"/farm/book/?start={moment}&end={moment}").status_code == 200


@pytest.mark.parametrize("address", ["resources", "closures", "projects", "reservations", "resources/1/availability"])
def test_every_address_answers_with_and_without_a_final_slash_and_in_a_browser(client_of, alice, address):
    for slash in ("", "/"):
        assert client_of(alice).get(f"{BASE}/{address}{slash}").status_code == 200
        page = client_of(alice).get(f"{BASE}/{address}{slash}", headers={"Accept": "text/html"})
        assert page["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("noun", ["resources", "closures", "projects", "reservations"])
@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "9" * 40, "%00", "é"])
def test_an_id_that_is_no_id_is_404_in_json(api_of, alice, noun, number):
    answer = api_of(alice).get(f"{BASE}/{noun}/{number}")
    assert answer.status_code == 404
    assert set(answer.json()["error"]) >= {"code", "message", "field"}
