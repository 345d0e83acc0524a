"""Bodies are limited while they arrive: by the size of their route, by time, and in number."""

import asyncio
import json

import pytest

from config import admission
from config.admission import Admission
from config.body_places import Room
from config.tests.body_callers import Caller, echo
from kernel.web.body_limit import body_limit_of


def call(caller, application=None):
    asyncio.run((application or Admission(echo))(caller.scope, caller.receive, caller.send))
    return caller


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(admission, "FIRST_SECONDS", 0.05)


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/livez", 0),
        ("/readyz/", 0),
        ("/_git_api", 1_000_000),
        ("/Ressource", 1_000_000),
        ("/RessourceReserve/idRessource/1", 1_000_000),
        ("/_http/messages/", 12_000_000),
        ("/_git_hook", 26_214_400),
        ("/_git_hook/", 26_214_400),
        ("/hooks/abc/", 26_214_400),
        ("/sign-in/", 2_621_440),
        ("/nowhere", 2_621_440),
    ],
)
def test_each_route_has_its_own_limit(path, limit):
    assert body_limit_of(path) == limit


def test_the_view_of_a_path_is_looked_up_once(monkeypatch, settings):
    assert [body_limit_of(path) for path in ("/_git_api", "/sign-in/")] == [1_000_000, 2_621_440]
    monkeypatch.setattr("kernel.web.body_limit.resolve", None)
    assert body_limit_of("/_git_api") == 1_000_000
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5
    assert body_limit_of("/sign-in/") == 5


def test_a_body_within_its_limit_reaches_django_unchanged():
    assert call(Caller(parts=[b"x" * 1000] * 100)).body == b"100000"
    assert call(Caller("/_git_api", [b"x" * 1_000_000], length=1_000_000)).body == b"1000000"


@pytest.mark.parametrize("length", [None, 1_000_001])
def test_a_program_s_body_over_the_limit_is_413_with_the_error_object(length):
    caller = call(Caller("/_git_api", [b"x" * 100_001] * 10, length=length))
    assert caller.status == 413
    error = {"code": "too_large", "message": "The body is larger than 1000000 bytes.", "field": ""}
    assert json.loads(caller.body) == {"error": error}
    assert caller.headers[b"connection"] == b"close"


def test_a_person_s_body_over_the_limit_gets_a_page():
    caller = call(Caller("/admin/", [b"x" * 1_000_000] * 19))
    assert caller.status == 413
    assert "larger than 2.6 MB" in caller.body.decode()


def test_an_endless_body_is_read_no_further_than_for_the_sake_of_a_browser():
    caller = call(Caller("/livez", [b"x" * 1_000_000] * 400))
    assert caller.status == 413
    assert caller.taken <= admission.DRAINED + 1_000_000


def test_a_body_that_says_that_it_is_much_too_large_is_not_read_at_all():
    caller = call(Caller("/account/", [b"x" * 1_000_000], length=400_000_000))
    assert (caller.status, caller.taken) == (413, 0)


@pytest.mark.parametrize("parts", [[], [b"x"], [b"x" * 1000] * 3])
def test_a_body_that_stops_is_408_and_does_not_reach_django(quick, parts):
    caller = call(Caller("/api/v1/token/", parts, complete=False))
    assert caller.status == 408
    assert json.loads(caller.body)["error"]["code"] == "timeout"


def test_a_body_that_arrives_at_a_fair_rate_has_more_time(quick, monkeypatch):
    monkeypatch.setattr(admission, "BYTES_PER_SECOND", 1000)
    caller = Caller(parts=[b"x" * 500] * 6)
    receive = caller.receive

    async def slow():
        await asyncio.sleep(0.04)
        return await receive()

    caller.receive = slow
    assert call(caller).body == b"3000"


def test_half_sent_bodies_of_one_address_hold_up_nobody_else(monkeypatch):
    monkeypatch.setattr(admission, "SMALL", Room(400, 3, 100, 15))

    async def scenario():
        application = Admission(echo)
        stuck = [Caller(parts=[b"x"], complete=False, address="192.0.2.66") for _ in range(30)]
        tasks = [asyncio.create_task(application(one.scope, one.receive, one.send)) for one in stuck]
        await asyncio.sleep(0.01)
        assert sum(caller.taken for caller in stuck) == 3  # the bodies of the others are not read
        other = Caller(parts=[b"x" * 10], address="192.0.2.1")
        await asyncio.wait_for(application(other.scope, other.receive, other.send), 1)
        assert other.body == b"10"
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(scenario())


def test_a_caller_that_waits_too_long_for_a_place_is_503(monkeypatch):
    monkeypatch.setattr(admission, "SMALL", Room(0, 1, 1, 0.05))
    caller = call(Caller("/Ressource", [b"x"]))
    assert caller.status == 503
    assert caller.headers[b"retry-after"] == b"5"


def test_a_request_without_a_body_waits_for_no_place(monkeypatch):
    monkeypatch.setattr(admission, "SMALL", Room(0, 0, 0, 0.05))
    caller = Caller("/livez", [b""], length=0)
    assert call(caller).body == b"0"
