"""The sentences of a connection's page about tokens, hooks, names and many repositories, each with what to do next."""

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils.html import escape

from courses.domain import forge_connections, forge_work, roster
from courses.git import git_module
from courses.models import ForgeConnection
from courses.tests.forge_class import work_on
from gitsync.tests import forge_shapes
from gitsync.tests.forge_hooks import received_deliveries
from gitsync.tests.forge_server import ForgeServer
from kernel.testing.people import make_person

pytestmark = pytest.mark.django_db
one_kind = pytest.mark.parametrize("forge", ["gitlab"], indirect=True)
NEW_TOKEN = "New token"
SCOPES = {"github": "repository_hooks=write", "gitlab": "api", "gitea": "write:repository", "bitbucket": "webhook"}


@pytest.fixture
def page_of(client_of: Any, teacher: Any) -> Any:
    """`page_of(connection)`: the page of a connection, as its teacher sees it."""

    def get(connection: ForgeConnection, query: str = "") -> str:
        path = f"/courses/{connection.course_id}/forge/{connection.pk}/{query}"
        page: str = client_of(teacher).get(path).content.decode()
        return page

    return get


def test_a_wrong_or_revoked_token_asks_for_another(forge: ForgeServer, connect: Any, page_of: Any) -> None:
    forge.add("class/alice")
    page = page_of(connect("a-wrong-token"))
    wrong = "The forge refuses the token: it is wrong or was revoked. Give a new one." in page
    assert wrong or "The token has expired. Give a new one." in page  # Bitbucket says no more than one of three
    assert NEW_TOKEN in page and "Try again" not in page


def test_an_expired_token_asks_for_another(forge: ForgeServer, connect: Any, page_of: Any) -> None:
    forge.answer("GET", 401, forge_shapes.EXPIRED_TOKEN)
    page = page_of(connect())
    assert "The token has expired. Give a new one." in page and NEW_TOKEN in page


def test_too_little_scope_is_named(forge: ForgeServer, connect: Any, teacher: Any, page_of: Any) -> None:
    forge.add("class/alice")
    connection = connect()
    headers = {"X_Accepted_GitHub_Permissions": "repository_hooks=write"} if forge.kind == "github" else {}
    forge.answer("POST", 403, forge_shapes.TOO_LITTLE_SCOPE[forge.kind], **headers)
    forge_connections.install(teacher, connection)
    page = page_of(work_on(connection))
    assert (
        "The token has too few rights. Give one with more rights. The forge says: " in page
        and SCOPES[forge.kind] in page
    )
    assert NEW_TOKEN in page


@pytest.mark.parametrize("forge", ["github"], indirect=True)
def test_a_hook_that_exists_and_is_not_listed_is_said_in_the_words_of_the_forge(
    forge: ForgeServer, connect: Any, teacher: Any, page_of: Any
) -> None:
    forge.add("class/alice")
    connection = connect()
    forge.answer("POST", 422, forge_shapes.HOOK_EXISTS)
    forge_connections.install(teacher, connection)
    page = page_of(work_on(connection))
    assert (
        "Mend what it names, and try again. The forge says: Validation Failed Hook already exists on this repository"
        in page
    )
    assert "Check every hook and install what is missing" in page


@one_kind
def test_names_that_fit_nobody_or_two_wait_for_the_teacher(
    forge: ForgeServer, connect: Any, teacher: Any, school: SimpleNamespace, page_of: Any
) -> None:
    make_person("carol")
    roster.enrol(teacher, school.course, username="carol", group_id="A1")
    forge.add("class/starter")
    forge.add("class/pair", "alice", "bob")
    forge.add("class/tp1-carol")
    forge.add("class/tp2-carol")
    connection = connect()
    page = page_of(connection, "?show=settle")
    for sentence in (
        "No student found",
        "Several students come into question: alice, bob",
        "Another repository fits the same student: carol",
        "Check the students, and enter the user names that are missing.",
    ):
        assert sentence in page
    address = f"/courses/{connection.course_id}/forge/{connection.pk}/"
    assert "4 repositories found; 0 of 3 students have one." in page and address in page


@one_kind
def test_installing_without_a_student_is_refused(
    forge: ForgeServer, connect: Any, teacher: Any, client_of: Any
) -> None:
    forge.add("class/starter")
    connection = connect()
    path = f"/courses/{connection.course_id}/forge/{connection.pk}/"
    page = client_of(teacher).post(path, {"do": "install"}, follow=True).content.decode()
    assert "No repository has a student yet. Choose the students first." in page


@one_kind
def test_a_user_name_that_nobody_has_is_refused(forge: ForgeServer, connect: Any, teacher: Any, client_of: Any) -> None:
    forge.add("class/starter")
    connection = connect()
    path = f"/courses/{connection.course_id}/forge/{connection.pk}/"
    data = {"do": "install", f"student_{connection.repositories.get().pk}": "nobody"}
    page = client_of(teacher).post(path, data, follow=True).content.decode()
    assert escape("“nobody” is not a student of this course. Check the user name.") in page


@one_kind
def test_two_thousand_repositories_are_shown_in_pages(
    forge: ForgeServer, connect: Any, page_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2000):
        forge.add(f"class/thing-{number}")
    monkeypatch.setattr(forge_work, "needs_people", lambda _connection: [])
    page = page_of(connect())
    assert "2000 repositories found; 0 of 2 students have one." in page.replace("\xa0", "").replace(",", "")
    assert page.count('name="student_') == 50 and "Pages of repositories" in page


@one_kind
def test_more_repositories_than_are_listed_stop_the_work(
    forge: ForgeServer, connect: Any, page_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forge_work, "MAX_REPOSITORIES", 3)
    for name in ("alice", "bob", "starter"):
        forge.add(f"class/{name}")
    connect()
    assert connect().problem == ""  # the same three again
    forge.add("class/one-more")
    page = page_of(connect())
    assert "It has more repositories than Atelier lists." in page and "Forget the connection" in page


@one_kind
def test_the_page_says_what_the_token_reads(forge: ForgeServer, connect: Any, teacher: Any, page_of: Any) -> None:
    forge.add("class/alice")
    connection = connect()
    assert "Once you have confirmed the list, the private repositories of class are read with it." in page_of(
        connection
    )
    forge_connections.install(teacher, connection)
    page = page_of(work_on(connection))
    assert "The private repositories of class are read with it." in page
    assert "Private repositories can then no longer be read with it." in page
    assert "read with it" not in page_of(connect(reads_with_token=False))


@one_kind
def test_the_page_says_how_many_repositories_have_sent_a_hook(
    forge: ForgeServer, connect: Any, teacher: Any, school: SimpleNamespace, page_of: Any, client: Any
) -> None:
    forge.add("class/alice")
    forge.add("class/bob")
    connection = connect()
    forge_connections.install(teacher, connection)
    connection = work_on(connection)
    page = page_of(connection)
    assert "A hook has arrived from 0 of 2 so far." in page and "Show those without one" in page
    hook = git_module.hook_address(school.course)
    for name in ("alice", "bob"):
        body = {"object_kind": "push", "project": {"git_http_url": f"{forge.url}/class/{name}.git"}, "after": "a" * 40}
        headers = {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Token": hook.secret, "Idempotency-Key": name}
        path = urlsplit(hook.url).path
        assert client.post(path, body, content_type="application/json", headers=headers).status_code == 202
    received_deliveries()
    page = page_of(connection)
    assert "A hook has arrived from 2 of 2 so far." in page and "Show those without one" not in page
