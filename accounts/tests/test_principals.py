"""Programs: service accounts with bearer tokens, and trusted peers by the address of their socket."""

import ipaddress

import pytest
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from accounts.api.permissions import IsProgram, IsStaffOrProgram, IsTeacher
from accounts.audit import record
from accounts.principals import TrustedPeer, is_program


class ProgramsOnly(APIView):
    permission_classes = [IsAuthenticated, IsProgram]

    def post(self, request):
        return Response({"name": request.user.username, "pk": request.user.pk})


@pytest.fixture
def network(settings):
    settings.TRUSTED_NETWORKS = [ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/8")]


def post(address, **headers):
    return ProgramsOnly.as_view()(
        APIRequestFactory().post("/", {}, format="json", REMOTE_ADDR=address, headers=headers)
    )


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "fd00::7"])
def test_a_peer_in_a_trusted_network_needs_no_token(network, db, address):
    answer = post(address)
    assert answer.status_code == 200
    assert answer.data["pk"] is None
    assert answer.data["name"].startswith("peer:")


@pytest.mark.parametrize("address", ["10.2.0.1", "127.0.0.1", "::1", "", "unix:"])
def test_a_peer_outside_the_trusted_networks_needs_a_token(network, db, address):
    assert post(address).status_code == 401


def test_no_peer_is_trusted_without_trusted_networks(db):
    assert post("10.1.2.3").status_code == 401


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-Ip", "Forwarded"])
def test_a_forwarded_header_makes_no_peer_trusted(network, db, header):
    assert post("192.0.2.1", **{header: "10.1.2.3"}).status_code == 401


@pytest.mark.parametrize("header", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_browser_in_a_trusted_network_is_not_a_trusted_peer(network, db, header):
    assert post("10.1.2.3", **header).status_code == 401


class Whoami(APIView):
    def get(self, request):
        return Response({"name": request.user.username})


def test_a_person_with_a_session_stays_that_person_in_a_trusted_network(network, alice):
    request = APIRequestFactory().get("/", REMOTE_ADDR="10.1.2.3")
    request.user = alice  # as the authentication middleware sets it
    assert Whoami.as_view()(request).data == {"name": "alice"}


def test_a_closed_service_account_is_refused(api_of, program, db):
    client = api_of(program)
    assert client.get("/api/v1/schema/").status_code == 200
    program.is_active = False
    program.save()
    assert client.get("/api/v1/schema/").status_code == 401


def test_programs_are_service_accounts_and_trusted_peers(alice, teacher, staff, program):
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
def test_each_permission_class_allows_the_callers_it_names(permission, allowed, alice, teacher, staff, program):
    allowed_names = set()
    for user in (alice, teacher, staff, program, TrustedPeer("10.1.2.3")):
        request = APIRequestFactory().get("/")
        force_authenticate(request, user)
        request.user = user
        if permission().has_permission(request, None):
            allowed_names.add(user.username)
    assert allowed_names == allowed


def test_an_event_of_a_trusted_peer_is_recorded_with_its_address(db):
    event = record(TrustedPeer("10.1.2.3"), "farm.book", "reservation:1")
    assert (event.actor, event.actor_name) == (None, "peer:10.1.2.3")
