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
