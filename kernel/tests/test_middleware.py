"""Pages and APIs are not stored by caches, and a WebSocket handshake is refused."""

import pytest
from django.test import Client
from django.urls import reverse

PRIVATE = ["/", "/farm/", "/courses/", "/account/", "/api/v1/farm/reservations/", "/api/v1/courses/", "/Ressource"]


@pytest.mark.parametrize("path", PRIVATE)
def test_pages_and_apis_of_a_person_are_not_stored(client_of, staff, path):
    answer = client_of(staff).get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/admin/", "/admin/accounts/user/", "/events/ticket", "/metrics"])
def test_a_view_with_its_own_caching_does_not_allow_to_store_either(client_of, staff, path):
    assert "no-store" in client_of(staff).get(path).headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/farm/", "/nothing", "/api/v1/nothing", "/api/v1/farm/reservations/"])
def test_refusals_and_redirects_are_not_stored(client, db, path):
    answer = client.get(path)
    assert answer.status_code in (302, 401, 404)
    assert answer.headers["Cache-Control"] == "no-store"


def test_answers_to_programs_are_not_stored(api, api_of, alice, program):
    answer = api.post("/api/v1/token/", {"username": "alice", "password": "atelier-demo"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert api_of(program).post("/_git_api", {"_C": "x"}).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/events/", "/farm/", "/nothing"])
def test_a_websocket_handshake_is_refused(client, path):
    answer = client.get(path, headers={"Upgrade": "WebSocket", "Connection": "Upgrade"})
    assert answer.status_code == 400


def test_another_upgrade_is_ignored(db):
    answer = Client().get(reverse("sign-in"), headers={"Upgrade": "h2c", "Connection": "Upgrade"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/courses/3/tasks/5/delete/", "/courses/3/tasks/5/"),
        ("/courses/3/archive/", "/courses/3/"),
        ("/courses/3/students/alice/repository/7/remove/", "/courses/3/students/alice/repository/"),
        ("/courses/3/tasks/5/deadline/7/remove/", "/courses/3/tasks/5/deadline/"),
        ("/farm/bookings/3/cancel/", "/farm/bookings/3/"),
        ("/farm/capacity/check/", "/farm/"),
        ("/account/theme/", "/account/"),
        ("/sign-out/", "/"),
    ],
)
def test_the_address_of_a_form_leads_to_the_page_above_it(client_of, staff, address, page):
    client = client_of(staff)
    assert client.get(address).url == page
    assert client.put(address).status_code == 405


def test_an_api_still_answers_405(api_of, program):
    assert api_of(program).get("/_git_api").status_code == 405
    assert api_of(program).get("/hooks/abc/").status_code == 405
