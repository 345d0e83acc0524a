"""Machines: bearers of service accounts, and peers in TRUSTED_NETWORKS by the address of their socket."""

import ipaddress

import pytest
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from accounts.audit import record
from accounts.permissions import IsProgram, IsStaffOrProgram, IsTeacher
from accounts.principals import TrustedPeer, is_program


class MachinesOnly(APIView):
    permission_classes = [IsAuthenticated, IsProgram]

    def post(self, request):
        return Response({"name": request.user.username, "pk": request.user.pk})


@pytest.fixture
def network(settings):
    settings.TRUSTED_NETWORKS = [ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/8")]


def post(address, **headers):
    return MachinesOnly.as_view()(
        APIRequestFactory().post("/", {}, format="json", REMOTE_ADDR=address, headers=headers)
    )


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "fd00::7"])
def test_a_peer_in_a_trusted_network_needs_no_token(network, db, address):
    answer = post(address)
    assert answer.status_code == 200
    assert answer.data["pk"] is None
    assert answer.data["name"].startswith("peer:")


@pytest.mark.parametrize("address", ["10.2.0.1", "127.0.0.1", "::1", "", "unix:"])
def test_any_other_peer_does(network, db, address):
    assert post(address).status_code == 401


def test_nobody_is_trusted_unless_a_network_is_named(db):
    assert post("10.1.2.3").status_code == 401


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-Ip", "Forwarded"])
def test_a_header_makes_nobody_trusted(network, db, header):
    assert post("192.0.2.1", **{header: "10.1.2.3"}).status_code == 401


@pytest.mark.parametrize("header", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_web_page_cannot_speak_for_the_network_it_is_read_in(network, db, header):
    assert post("10.1.2.3", **header).status_code == 401


class Whoami(APIView):
    def get(self, request):
        return Response({"name": request.user.username})


def test_a_person_with_a_session_stays_that_person_in_a_trusted_network(network, alice):
    request = APIRequestFactory().get("/", REMOTE_ADDR="10.1.2.3")
    request.user = alice  # as the session's middleware leaves it
    assert Whoami.as_view()(request).data == {"name": "alice"}


def test_a_closed_service_account_is_refused(api_of, program, db):
    client = api_of(program)
    assert client.get("/api/v1/schema/").status_code == 200
    program.is_active = False
    program.save()
    assert client.get("/api/v1/schema/").status_code == 401


def test_who_is_a_machine(alice, teacher, staff, program):
    from django.contrib.auth.models import AnonymousUser

    assert is_program(program)
    assert is_program(TrustedPeer("10.1.2.3"))
    assert not any(is_program(user) for user in (alice, teacher, staff, AnonymousUser(), None))


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [
        (IsProgram, {"program", "peer:10.1.2.3"}),
        (IsStaffOrProgram, {"program", "peer:10.1.2.3", "staff"}),
        (IsTeacher, {"teacher", "staff"}),  # staff of the fixtures is a teacher too
    ],
)
def test_each_permission_lets_in_whom_it_names(permission, allowed, alice, teacher, staff, program):
    let_in = set()
    for user in (alice, teacher, staff, program, TrustedPeer("10.1.2.3")):
        request = APIRequestFactory().get("/")
        force_authenticate(request, user)
        request.user = user
        if permission().has_permission(request, None):
            let_in.add(user.username)
    assert let_in == allowed


def test_what_a_peer_did_is_written_under_its_address(db):
    event = record(TrustedPeer("10.1.2.3"), "farm.book", "reservation:1")
    assert (event.actor, event.actor_name) == (None, "peer:10.1.2.3")
