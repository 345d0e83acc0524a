"""Tests of the clients of forges against a server that answers as the forges document their APIs."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from gitsync.forges import api_requests, connect
from gitsync.forges.refusals import ForgeFailed, Reason
from gitsync.forges.remote_objects import RemoteHook, RemoteRepository
from gitsync.tests import forge_shapes
from gitsync.tests.forge_server import TOKEN, ForgeServer, serving_forge
from kernel.errors import Malformed

KINDS = list(connect.CLIENTS)
URL, SECRET = "https://atelier.example/hooks/abc/", "whsec_c2VjcmV0"
BAD_LISTS = ["<html>", "null", "{}", '[{"id": 1}]', "[1]", "[" * 100_000, '[{"id": "' + "9" * 101 + '"}]']


@pytest.fixture(params=KINDS)
def forge(request: Any, settings: Any) -> Iterator[ForgeServer]:
    with serving_forge(request.param) as server:
        settings.GIT_LOCAL_SERVERS = frozenset({server.host})
        yield server


@pytest.fixture
def client(forge: ForgeServer) -> Iterator[Any]:
    with connect.open_forge(forge.kind, forge.url, TOKEN) as client:
        yield client


def all_repositories(client: Any, owner: str = "class") -> list[RemoteRepository]:
    found, page = [], ""
    while True:
        part = client.repositories(owner, page)
        found += part.repositories
        page = part.next_page
        if not page:
            return found


def test_all_pages_of_a_group_are_read(forge: ForgeServer, client: Any) -> None:
    for number in range(230):
        forge.add(f"class/student-{number}", is_private=number % 2 == 0)
    forge.add("other/thing")
    found = all_repositories(client)
    assert [row.full_name for row in found] == [f"class/student-{number}" for number in range(230)]
    assert [row.is_private for row in found[:2]] == [True, False]
    assert found[7].clone_url == f"{forge.url}/class/student-7.git"
    assert len({row.remote_id for row in found}) == 230


def test_people_of_a_repository_are_read(forge: ForgeServer, client: Any) -> None:
    forge.add("class/tp", *(f"user{number}|Name {number}|u{number}@school.example" for number in range(120)))
    members = client.members(all_repositories(client)[0])
    assert len(members) == 120 and members[0].login == "user0"
    assert members[0].email == ("u0@school.example" if forge.kind == "gitea" else "")
    assert members[0].name == ("" if forge.kind == "github" else "Name 0")


def test_a_hook_is_created_found_changed_and_deleted(forge: ForgeServer, client: Any) -> None:
    stored = forge.add("class/tp")
    repository = all_repositories(client)[0]
    hook_id = client.create_hook(repository, URL, SECRET)
    assert client.hooks(repository) == [RemoteHook(hook_id, URL)]
    assert forge_shapes.hook_secret(forge.kind, stored.hooks[hook_id]) == SECRET
    client.update_hook(repository, hook_id, URL, "whsec_b3RoZXI=")
    assert forge_shapes.hook_secret(forge.kind, stored.hooks[hook_id]) == "whsec_b3RoZXI="
    client.delete_hook(repository, hook_id)
    client.delete_hook(repository, hook_id)  # gone already
    assert stored.hooks == {}


def test_a_wrong_token_is_named(forge: ForgeServer) -> None:
    forge.add("class/tp")
    with connect.open_forge(forge.kind, forge.url, "wrong") as client, pytest.raises(ForgeFailed) as failed:
        client.repositories("class")
    assert failed.value.reason in (Reason.TOKEN, Reason.EXPIRED)
    assert "wrong" not in str(failed.value)


def test_an_expired_token_is_named(forge: ForgeServer, client: Any) -> None:
    forge.answer("GET", 401, forge_shapes.EXPIRED_TOKEN)
    with pytest.raises(ForgeFailed) as failed:
        client.repositories("class")
    assert failed.value.reason == Reason.EXPIRED


def test_a_token_with_too_little_scope_names_the_scope(forge: ForgeServer, client: Any) -> None:
    forge.add("class/tp")
    repository = all_repositories(client)[0]
    headers: dict[str, Any] = (
        {"X_Accepted_GitHub_Permissions": "repository_hooks=write"} if forge.kind == "github" else {}
    )
    forge.answer("POST", 403, forge_shapes.TOO_LITTLE_SCOPE[forge.kind], **headers)
    with pytest.raises(ForgeFailed) as failed:
        client.create_hook(repository, URL, SECRET)
    assert failed.value.reason == Reason.SCOPE
    names = {"github": "repository_hooks=write", "gitlab": "api", "gitea": "write:repository", "bitbucket": "webhook"}
    assert names[forge.kind] in failed.value.detail


def test_a_limit_says_how_long_to_wait(forge: ForgeServer, client: Any) -> None:
    forge.answer("GET", 429, {"message": "Too many requests"}, Retry_After="17")
    with pytest.raises(ForgeFailed) as failed:
        client.repositories("class")
    assert (failed.value.reason, failed.value.wait) == (Reason.LIMIT, 17.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 60.0),
        ("999999", 86_400.0),
        ("9" * 5000, 60.0),
        ("\xb2", 60.0),
        ("soon", 60.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 60.0),
    ],
)
@pytest.mark.parametrize("forge", ["gitlab"], indirect=True)
def test_a_strange_retry_after_waits_at_most_a_day(forge: ForgeServer, client: Any, text: str, seconds: float) -> None:
    forge.answer("GET", 429, {"message": "Too many requests"}, Retry_After=text)
    with pytest.raises(ForgeFailed) as failed:
        client.repositories("class")
    assert (failed.value.reason, failed.value.wait) == (Reason.LIMIT, seconds)


def test_githubs_limit_is_a_403_with_the_moment_when_it_ends(forge: ForgeServer, client: Any) -> None:
    body = {"message": "API rate limit exceeded for user ID 1."}
    forge.answer("GET", 403, body, X_RateLimit_Remaining="0", X_RateLimit_Reset="1000")
    with pytest.raises(ForgeFailed) as failed:
        client.repositories("class")
    assert (failed.value.reason, failed.value.wait) == (Reason.LIMIT, 1.0)


@pytest.mark.parametrize("name", ["Retry_After", "X_RateLimit_Reset"])
def test_a_limit_with_an_odd_number_is_a_limit(forge: ForgeServer, client: Any, name: str) -> None:
    forge.answer("GET", 429, {"message": "Too many requests"}, **{name: "\u00b2"})
    with pytest.raises(ForgeFailed) as failed:
        client.repositories("class")
    assert (failed.value.reason, failed.value.wait) == (Reason.LIMIT, api_requests.SECONDS_OF_A_LIMIT)


def test_a_next_page_that_is_no_address_is_refused(forge: ForgeServer, client: Any) -> None:
    with pytest.raises(ForgeFailed) as failed:
        client.repositories("class", "https://[")
    assert failed.value.reason == Reason.UNREADABLE


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (500, Reason.UNAVAILABLE),
        (502, Reason.UNAVAILABLE),
        (403, Reason.NOT_ALLOWED),
        (404, Reason.NOT_FOUND),
        (422, Reason.REFUSED),
        (301, Reason.UNREADABLE),
    ],
)
def test_other_answers_have_a_reason(forge: ForgeServer, client: Any, status: int, reason: Reason) -> None:
    forge.answer("GET", status, "<html>", times=2, Location="http://127.0.0.1:1/")
    with pytest.raises(ForgeFailed) as failed:
        client.repositories("class")
    assert failed.value.reason == reason


@pytest.mark.parametrize("body", BAD_LISTS)
def test_an_answer_of_another_shape_is_refused(forge: ForgeServer, client: Any, body: str) -> None:
    forge.answer("GET", 200, body)
    with pytest.raises(ForgeFailed) as failed:
        client.repositories("class")
    assert failed.value.reason == Reason.UNREADABLE


def test_the_token_is_not_sent_to_another_server(forge: ForgeServer, client: Any) -> None:
    with serving_forge(forge.kind) as other:
        with pytest.raises(ForgeFailed) as failed:
            client.repositories("class", f"{other.url}/api/v4/groups/class/projects")
        assert failed.value.reason == Reason.UNREADABLE
        assert other.requests == []


def test_a_server_in_a_private_network_is_not_contacted(forge: ForgeServer, settings: Any) -> None:
    settings.GIT_LOCAL_SERVERS = frozenset()
    with connect.open_forge(forge.kind, forge.url, TOKEN) as client, pytest.raises(ForgeFailed) as failed:
        client.repositories("class")
    assert failed.value.reason == Reason.ADDRESS
    assert forge.requests == []


def test_the_words_of_a_forge_can_be_stored(forge: ForgeServer, client: Any) -> None:
    forge.answer("GET", 422, {"message": "\ud800 not\x00 this\n" * 1000})
    with pytest.raises(ForgeFailed) as failed:
        client.repositories("class")
    assert failed.value.detail.startswith("not this") and len(failed.value.detail.encode()) <= 300


@pytest.mark.parametrize("kind", list(connect.SYSTEM_HOOKS))
def test_a_hook_of_the_whole_forge(kind: str, settings: Any) -> None:
    with ExitStack() as stack:
        forge = stack.enter_context(serving_forge(kind))
        settings.GIT_LOCAL_SERVERS = frozenset({forge.host})
        client = stack.enter_context(connect.open_system_hooks(kind, forge.url, TOKEN))
        hook_id = client.create_system_hook("https://atelier.example/_git_hook")
        assert list(client.system_hooks()) == [RemoteHook(hook_id, "https://atelier.example/_git_hook")]
        client.delete_system_hook(hook_id)
        assert forge.system_hooks == {}


@pytest.mark.parametrize(
    ("kind", "text", "address"),
    [
        ("github", "", "https://github.com"),
        ("gitlab", "git.school.example", "https://git.school.example"),
        ("gitea", "https://Codeberg.org/", "https://codeberg.org"),
    ],
)
def test_the_address_of_a_server_is_cleaned(kind: str, text: str, address: str) -> None:
    assert connect.clean_address(kind, text) == address


@pytest.mark.parametrize("text", ["http://git.school.example", "https://git.school.example/group", "10.0.0.1", "a b"])
def test_a_bad_address_names_its_field(text: str) -> None:
    with pytest.raises(Malformed) as refusal:
        connect.clean_address("gitlab", text)
    assert refusal.value.field == "base_url"
