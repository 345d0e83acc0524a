"""Permissions on the French wire: each method of each address for each caller."""

import ipaddress
import json

import pytest
from django.test import Client
from rest_framework.test import APIClient

from farm.domain import booking
from farm.models import Reservation
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
CALLERS = ["nobody", "owner", "stranger", "teacher", "staff", "program", "peer"]
SPAN = {"date_debut": "2030-01-08 09:00:00", "date_fin": "2030-01-08 10:00:00"}
SHARE = {"nbGPU": 1, "nbMemoire": 1}
# Method, address, body, and the status for each caller in the order of CALLERS. {own} is the id of a booking of the
# owner with machine 1, {draft} the id of her draft.
READ = [401, 200, 200, 200, 200, 200, 200]
MANAGE = [401, 403, 403, 403, 200, 200, 200]
OWN = [401, 200, 403, 403, 200, 200, 200]


def succeeding_with(statuses, status=201):
    return [status if code == 200 else code for code in statuses]


TABLE = [
    ("GET", "/Ressource", None, READ),
    ("GET", "/Ressource/1", None, READ),
    ("GET", "/Reservation", None, READ),
    ("GET", "/Reservation/{own}", None, READ),
    ("GET", "/RessourceReserve", None, READ),
    ("GET", "/RessourceReserve/idRessource/1", None, READ),
    ("GET", "/RessourceReserve/idReservation/{own}", None, READ),
    ("POST", "/Ressource", {"quantiteGPU": 1, "quantiteMemoire": 1}, succeeding_with(MANAGE)),
    ("PUT", "/Ressource/1", {"quantiteGPU": 24, "quantiteMemoire": 16}, MANAGE),
    ("PATCH", "/Ressource/1", {"quantiteGPU": 24}, MANAGE),
    ("DELETE", "/Ressource/1", {"confirmer": True}, succeeding_with(MANAGE, 204)),
    ("POST", "/Reservation", SPAN, [401, 201, 201, 201, 201, 400, 400]),
    ("POST", "/Reservation", {**SPAN, "nomUtilisateur": "owner"}, succeeding_with(OWN)),
    ("PUT", "/Reservation/{own}", SPAN, OWN),
    ("PATCH", "/Reservation/{own}", {"date_fin": "2030-01-07 11:00:00"}, OWN),
    ("DELETE", "/Reservation/{own}", None, succeeding_with(OWN, 204)),
    ("POST", "/RessourceReserve", {"idReservation": "{draft}", "idRessource": 1, **SHARE}, succeeding_with(OWN)),
    ("PUT", "/RessourceReserve", {"idReservation": "{own}", "idRessource": 1, **SHARE}, OWN),
    ("PATCH", "/RessourceReserve", {"idReservation": "{own}", "idRessource": 1, **SHARE}, OWN),
    ("DELETE", "/RessourceReserve", {"idReservation": "{own}", "idRessource": 1}, succeeding_with(OWN, 204)),
]
ADDRESSES = {
    "/Ressource": "GET POST",
    "/Ressource/1": "GET PUT PATCH DELETE",
    "/Reservation": "GET POST",
    "/Reservation/{own}": "GET PUT PATCH DELETE",
    "/RessourceReserve": "GET POST PUT PATCH DELETE",
    "/RessourceReserve/idRessource/1": "GET",
    "/RessourceReserve/idReservation/{own}": "GET",
}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@pytest.fixture
def placeholders(person):
    """The owner's booking and draft, under their placeholders in the table."""
    owner = person("owner")
    span = {"start": at(9), "end": at(10)}
    own = booking.book(actor=None, owner=owner, allocations=[RequestedAllocation(1, 2, 2)], **span)
    draft = booking.book(actor=None, owner=owner, **span)
    return {"{owner}": owner, "{own}": own.pk, "{draft}": draft.pk}


def filled(placeholders, address, body):
    address = address.replace("{own}", str(placeholders["{own}"]))
    return address, body and {
        name: placeholders.get(value, value) if isinstance(value, str) else value for name, value in body.items()
    }


@pytest.fixture
def client_for(placeholders, api_of, teacher, staff, program, charlie, settings):
    settings.TRUSTED_NETWORKS = [ipaddress.ip_network("10.1.0.0/16")]
    people = {
        "owner": placeholders["{owner}"],
        "stranger": charlie,
        "teacher": teacher,
        "staff": staff,
        "program": program,
    }

    def make(caller):
        if caller in people:
            return api_of(people[caller])
        return APIClient(REMOTE_ADDR="10.1.2.3" if caller == "peer" else "10.2.0.1")

    return make


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(("method", "address", "body", "statuses"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_each_caller_gets_the_status_of_the_table(client_for, placeholders, caller, method, address, body, statuses):
    expected = statuses[CALLERS.index(caller)]
    before = list(Reservation.objects.values())
    path, values = filled(placeholders, address, body)
    answer = client_for(caller).generic(method, path, *_json(values))
    assert answer.status_code == expected, answer.content
    assert "Location" not in answer or expected == 201  # never a redirect
    if expected >= 400:
        assert set(answer.json()["error"]) >= {"code", "message", "field"}
        assert list(Reservation.objects.values()) == before


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_method_answers_with_and_without_a_final_slash_or_is_405(client_for, placeholders, address, slash):
    client = client_for("staff")
    for method in METHODS:
        answer = client.generic(method, filled(placeholders, address, None)[0] + slash, *_json({"unknown": 1}))
        allowed = method in ADDRESSES[address].split()
        assert (answer.status_code == 405) != allowed, (method, answer.status_code)
        assert not 300 <= answer.status_code < 400
        if not allowed:
            assert answer.json()["error"]["code"] == "method_not_allowed"
            assert set(ADDRESSES[address].split()) <= set(answer["Allow"].split(", "))


@pytest.mark.parametrize(
    ("method", "address", "body"),
    [row[:3] for row in TABLE if row[0] != "GET"],
    ids=[f"{r[0]} {r[1]}" for r in TABLE[7:]],
)
def test_a_session_needs_its_csrf_token_for_every_unsafe_method(placeholders, staff, method, address, body):
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    path, values = filled(placeholders, address, body)
    assert client.generic(method, path, *_json(values)).status_code == 403
    client.get("/farm/")  # a page with a form
    token = client.cookies["csrftoken"].value
    assert client.generic(method, path, *_json(values), headers={"X-CSRFToken": token}).status_code < 300


@pytest.mark.parametrize(
    "request_values",
    [
        {"REMOTE_ADDR": "10.2.0.1", "HTTP_X_FORWARDED_FOR": "10.1.2.3", "HTTP_X_REAL_IP": "10.1.2.3"},
        {"REMOTE_ADDR": "10.1.2.3", "HTTP_ORIGIN": "https://elsewhere.example"},
        {"REMOTE_ADDR": "10.1.2.3", "HTTP_SEC_FETCH_SITE": "cross-site"},
    ],
    ids=["a forwarded address", "a page elsewhere", "a browser"],
)
def test_a_peer_is_identified_by_its_socket_address_and_is_never_a_browser(client_for, request_values):
    client = client_for("peer")
    assert client.get("/Reservation").status_code == 200
    assert client.get("/Reservation", **request_values).status_code == 401


def test_an_invalid_or_expired_bearer_token_is_401(api, frozen, api_of, alice):
    assert api.get("/Reservation", headers={"Authorization": "Bearer invalid"}).status_code == 401
    client = api_of(alice)
    frozen.shift(24 * 3600)
    assert client.get("/Reservation").status_code == 401


def _json(body):
    return (json.dumps(body), "application/json") if body is not None else ()


def test_a_peer_cannot_be_the_owner_of_a_booking(client_for):
    """It has a name but no account: no person has its name."""
    answer = client_for("peer").post("/Reservation", {**SPAN, "nomUtilisateur": "peer:10.1.2.3"})
    assert answer.status_code == 404
    assert answer.json()["error"]["field"] == "nomUtilisateur"
