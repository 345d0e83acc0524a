"""Who may do what on the French wire: every verb of every address, asked by everybody."""

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
CALLERS = ["nobody", "owner", "stranger", "teacher", "staff", "machine", "peer"]
SPAN = {"date_debut": "2030-01-08 09:00:00", "date_fin": "2030-01-08 10:00:00"}
SHARE = {"nbGPU": 1, "nbMemoire": 1}
# method, address, body, and the status for each caller in the order of CALLERS. {own} is a booking of the owner's with
# a line on machine 1, {draft} one of hers without.
READ = [401, 200, 200, 200, 200, 200, 200]
MANAGE = [401, 403, 403, 403, 200, 200, 200]
OWN = [401, 200, 403, 403, 200, 200, 200]


def made(statuses, status=201):
    return [status if code == 200 else code for code in statuses]


TABLE = [
    ("GET", "/Ressource", None, READ),
    ("GET", "/Ressource/1", None, READ),
    ("GET", "/Reservation", None, READ),
    ("GET", "/Reservation/{own}", None, READ),
    ("GET", "/RessourceReserve", None, READ),
    ("GET", "/RessourceReserve/idRessource/1", None, READ),
    ("GET", "/RessourceReserve/idReservation/{own}", None, READ),
    ("POST", "/Ressource", {"quantiteGPU": 1, "quantiteMemoire": 1}, made(MANAGE)),
    ("PUT", "/Ressource/1", {"quantiteGPU": 24, "quantiteMemoire": 16}, MANAGE),
    ("PATCH", "/Ressource/1", {"quantiteGPU": 24}, MANAGE),
    ("DELETE", "/Ressource/1", {"confirmer": True}, made(MANAGE, 204)),
    ("POST", "/Reservation", SPAN, [401, 201, 201, 201, 201, 400, 400]),
    ("POST", "/Reservation", {**SPAN, "nomUtilisateur": "owner"}, made(OWN)),
    ("PUT", "/Reservation/{own}", SPAN, OWN),
    ("PATCH", "/Reservation/{own}", {"date_fin": "2030-01-07 11:00:00"}, OWN),
    ("DELETE", "/Reservation/{own}", None, made(OWN, 204)),
    ("POST", "/RessourceReserve", {"idReservation": "{draft}", "idRessource": 1, **SHARE}, made(OWN)),
    ("PUT", "/RessourceReserve", {"idReservation": "{own}", "idRessource": 1, **SHARE}, OWN),
    ("PATCH", "/RessourceReserve", {"idReservation": "{own}", "idRessource": 1, **SHARE}, OWN),
    ("DELETE", "/RessourceReserve", {"idReservation": "{own}", "idRessource": 1}, made(OWN, 204)),
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
VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@pytest.fixture
def world(person):
    """The owner's booking and her draft, by the names that stand for them in the table."""
    owner = person("owner")
    span = {"start": at(9), "end": at(10)}
    own = booking.book(actor=None, owner=owner, allocations=[RequestedAllocation(1, 2, 2)], **span)
    draft = booking.book(actor=None, owner=owner, **span)
    return {"{owner}": owner, "{own}": own.pk, "{draft}": draft.pk}


def filled(world, address, body):
    address = address.replace("{own}", str(world["{own}"]))
    return address, body and {
        word: world.get(value, value) if isinstance(value, str) else value for word, value in body.items()
    }


@pytest.fixture
def client_for(world, api_of, teacher, staff, program, charlie, settings):
    settings.TRUSTED_NETWORKS = [ipaddress.ip_network("10.1.0.0/16")]
    people = {"owner": world["{owner}"], "stranger": charlie, "teacher": teacher, "staff": staff, "machine": program}

    def make(caller):
        if caller in people:
            return api_of(people[caller])
        return APIClient(REMOTE_ADDR="10.1.2.3" if caller == "peer" else "10.2.0.1")

    return make


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(("method", "address", "body", "statuses"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_each_caller_may_what_the_table_says(client_for, world, caller, method, address, body, statuses):
    expected = statuses[CALLERS.index(caller)]
    before = list(Reservation.objects.values())
    where, what = filled(world, address, body)
    answer = client_for(caller).generic(method, where, *_json(what))
    assert answer.status_code == expected, answer.content
    assert "Location" not in answer or expected == 201  # never a redirect
    if expected >= 400:
        assert set(answer.json()["error"]) >= {"code", "message", "field"}
        assert list(Reservation.objects.values()) == before


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_verb_answers_with_and_without_a_final_slash_or_is_405(client_for, world, address, slash):
    client = client_for("staff")
    for method in VERBS:
        answer = client.generic(method, filled(world, address, None)[0] + slash, *_json({"odd": 1}))
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
def test_a_session_needs_its_csrf_token_for_every_unsafe_verb(world, staff, method, address, body):
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    where, what = filled(world, address, body)
    assert client.generic(method, where, *_json(what)).status_code == 403
    client.get("/farm/")  # a page with a form
    token = client.cookies["csrftoken"].value
    assert client.generic(method, where, *_json(what), headers={"X-CSRFToken": token}).status_code < 300


@pytest.mark.parametrize(
    "odd",
    [
        {"REMOTE_ADDR": "10.2.0.1", "HTTP_X_FORWARDED_FOR": "10.1.2.3", "HTTP_X_REAL_IP": "10.1.2.3"},
        {"REMOTE_ADDR": "10.1.2.3", "HTTP_ORIGIN": "https://elsewhere.example"},
        {"REMOTE_ADDR": "10.1.2.3", "HTTP_SEC_FETCH_SITE": "cross-site"},
    ],
    ids=["a forwarded address", "a page elsewhere", "a browser"],
)
def test_a_peer_is_known_by_its_socket_and_is_no_browser(client_for, odd):
    client = client_for("peer")
    assert client.get("/Reservation").status_code == 200
    assert client.get("/Reservation", **odd).status_code == 401


def test_a_bearer_that_is_odd_or_over_is_401(api, frozen, api_of, alice):
    assert api.get("/Reservation", headers={"Authorization": "Bearer odd"}).status_code == 401
    late = api_of(alice)
    frozen.shift(24 * 3600)
    assert late.get("/Reservation").status_code == 401


def _json(body):
    return (json.dumps(body), "application/json") if body is not None else ()


def test_a_peer_cannot_be_the_owner_of_a_booking(client_for):
    """It has a name and no account: to name itself is to name nobody."""
    answer = client_for("peer").post("/Reservation", {**SPAN, "nomUtilisateur": "peer:10.1.2.3"})
    assert answer.status_code == 404
    assert answer.json()["error"]["field"] == "nomUtilisateur"
