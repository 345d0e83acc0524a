"""Tests of connections with forges: the list, the proposals, the registered repositories, and the hooks."""

from types import SimpleNamespace
from typing import Any

import pytest

from accounts.models import AuditEvent
from courses.domain import forge_choices, forge_connections, student_repositories
from courses.git import git_module
from courses.models import ForgeConnection, ForgeRepository, StudentRepository
from courses.pages import forge_list
from courses.tests.forge_class import states, students, work_on
from gitsync.models import Registration
from gitsync.tests import forge_shapes
from gitsync.tests.forge_server import TOKEN, ForgeServer
from kernel.errors import Conflict, Malformed, NotAllowed

State, RowState, Match = ForgeConnection.State, ForgeRepository.State, ForgeRepository.Match
pytestmark = [pytest.mark.django_db, pytest.mark.database]
one_kind = pytest.mark.parametrize("forge", ["gitlab"], indirect=True)


def test_the_list_is_read_and_students_are_proposed(forge: ForgeServer, connect: Any) -> None:
    forge.add("class/tp-alice")
    forge.add("class/secret-project", "bob|Bob Martin|bob@school.example")
    forge.add("class/starter")
    connection = connect()
    assert connection.state == State.PROPOSED
    expected = {"class/tp-alice": "alice", "class/secret-project": "bob", "class/starter": None}
    assert students(connection) == expected
    assert all(not row.hooks for row in forge.repositories)
    assert not StudentRepository.objects.exists()


def test_people_are_asked_for_only_where_names_do_not_settle(forge: ForgeServer, connect: Any) -> None:
    forge.add("class/alice")
    forge.add("class/bob")
    forge.add("class/starter")
    connect()
    assert len(forge.requests) == 1


def test_repositories_are_registered_and_hooked(
    forge: ForgeServer,
    connect: Any,
    teacher: Any,
    school: SimpleNamespace,
) -> None:
    forge.add("class/alice")
    forge.add("class/bob")
    forge.add("class/starter")
    connection = connect()
    forge_connections.install(teacher, connection)
    connection = work_on(connection)
    assert connection.state == State.INSTALLED
    hook = git_module.hook_address(school.course)
    assert forge.hook_urls() == [[hook.url], [hook.url], []]
    (stored,) = forge.repositories[0].hooks.values()
    assert forge_shapes.hook_secret(forge.kind, stored) == hook.secret
    given = set(StudentRepository.objects.values_list("enrolment__person__username", "repo_path", "url"))
    assert given == {(name, "/depot", f"{forge.url}/class/{name}.git") for name in ("alice", "bob")}
    assert Registration.objects.filter(confirmed=True).count() == 2
    assert not Registration.objects.waiting().exists()


def test_a_hook_that_is_there_is_used_and_old_ones_go(
    forge: ForgeServer,
    connect: Any,
    teacher: Any,
    school: SimpleNamespace,
) -> None:
    forge.add("class/alice")
    connection = connect()
    forge_connections.install(teacher, connection)
    work_on(connection)
    before = git_module.hook_address(school.course).url
    git_module.renew_hook_address(school.course, teacher)
    after = git_module.hook_address(school.course).url
    assert forge.hook_urls() == [[before]]
    forge_connections.install(teacher, ForgeConnection.objects.get())
    work_on(connection)
    assert forge.hook_urls() == [[after]]
    forge_connections.install(teacher, ForgeConnection.objects.get())
    work_on(connection)
    assert forge.hook_urls() == [[after]]


def test_other_hooks_stay_and_ours_are_removed_at_the_end(forge: ForgeServer, connect: Any, teacher: Any) -> None:
    stored = forge.add("class/alice")
    other = {"url": "https://ci.example/hook", "config": {"url": "https://ci.example/hook"}}
    stored.hooks["{9}" if forge.kind == "bitbucket" else "9"] = other
    connection = connect()
    forge_connections.install(teacher, connection)
    connection = work_on(connection)
    assert len(stored.hooks) == 2
    forge_connections.remove_hooks(teacher, connection)
    connection = work_on(connection)
    assert (connection.state, connection.sealed_token) == (State.REMOVED, "")
    assert list(stored.hooks.values()) == [other]
    assert StudentRepository.objects.count() == 1


@one_kind
def test_a_repository_of_another_student_that_somebody_gave_is_not_theirs(
    forge: ForgeServer,
    connect: Any,
    bob: Any,
    teacher: Any,
    school: SimpleNamespace,
) -> None:
    forge.add("class/secret-project")
    url = f"{forge.url}/class/secret-project.git"
    student_repositories.give_repository(bob, school.bob, repo_path="/depot", url=url)
    connection = connect()
    row = connection.repositories.get()
    assert (row.enrolment, row.match, row.candidates) == (None, Match.GIVEN, ["bob"])
    with pytest.raises(Conflict):
        forge_connections.install(teacher, connection)
    assert Registration.objects.waiting().count() == 1


@one_kind
def test_a_student_with_another_repository_keeps_it(
    forge: ForgeServer,
    connect: Any,
    bob: Any,
    teacher: Any,
    school: SimpleNamespace,
) -> None:
    forge.add("class/bob")
    student_repositories.give_repository(bob, school.bob, repo_path="/depot", url=f"{forge.url}/bob/own.git")
    connection = connect()
    forge_connections.install(teacher, connection)
    row = work_on(connection).repositories.get()
    assert (row.state, row.problem) == (RowState.FAILED, "other")
    assert StudentRepository.objects.get().url == f"{forge.url}/bob/own.git"
    assert forge.hook_urls() == [[]]


@one_kind
def test_the_teacher_chooses_and_no_student_twice(forge: ForgeServer, connect: Any, teacher: Any) -> None:
    forge.add("class/one")
    forge.add("class/two")
    connection = connect()
    first, second = connection.repositories.order_by("pk").values_list("pk", flat=True)
    assert forge_choices.choose_students(teacher, connection, {first: "Alice", second: "bob"}) == 2
    with pytest.raises(Malformed):
        forge_choices.choose_students(teacher, connection, {second: "alice"})
    with pytest.raises(Malformed) as refusal:
        forge_choices.choose_students(teacher, connection, {second: "nobody"})
    assert refusal.value.field == f"student_{second}"
    assert forge_choices.choose_students(teacher, connection, {first: "", second: "alice"}) == 2
    assert students(connection) == {"class/one": None, "class/two": "alice"}


@one_kind
def test_the_token_is_nowhere(forge: ForgeServer, connect: Any, teacher: Any, client_of: Any, caplog: Any) -> None:
    forge.add("class/alice")
    connection = connect()
    row = ForgeConnection.objects.filter(pk=connection.pk).values().get()
    events = list(AuditEvent.objects.values())
    page = client_of(teacher).get(f"/courses/{connection.course_id}/forge/{connection.pk}/").content.decode()
    assert TOKEN not in f"{row} {events} {page} {caplog.text}"
    assert set(forge.tokens) == {TOKEN}


@one_kind
def test_only_who_may_change_the_course_connects(forge: ForgeServer, connect: Any, alice: Any) -> None:
    forge.add("class/alice")
    connection = connect()
    for command in (forge_connections.install, forge_connections.remove_hooks, forge_connections.forget):
        with pytest.raises(NotAllowed):
            command(alice, connection)


@one_kind
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"owner": "  "}, "owner"),
        ({"owner": "a/../b"}, "owner"),
        ({"owner": "https://other.example/x"}, "owner"),
        ({"base_url": "http://10.0.0.1"}, "base_url"),
        ({"token": "short"}, "token"),
        ({"token": "with a space in it"}, "token"),
        ({"token": "with-a-line\r\nX-Evil: 1"}, "token"),
        ({"repo_path": "/nowhere"}, "repo_path"),
    ],
)
def test_bad_input_names_its_field(forge: ForgeServer, connect: Any, values: dict[str, str], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        connect(**values)
    assert refusal.value.field == field
    assert forge.requests == []


@one_kind
def test_connecting_again_keeps_what_is_installed(forge: ForgeServer, connect: Any, teacher: Any) -> None:
    forge.add("class/alice")
    connection = connect()
    forge_connections.install(teacher, connection)
    work_on(connection)
    forge.add("class/bob")
    again = connect()
    assert again.pk == connection.pk
    assert states(again) == {"class/alice": RowState.INSTALLED, "class/bob": RowState.LISTED}
    assert students(again)["class/bob"] == "bob"


@one_kind
def test_students_who_share_a_repository_become_a_team(forge, connect, teacher, school):
    forge.add("class/pair")
    connection = connect()
    row = connection.repositories.get()
    with pytest.raises(Malformed):
        forge_choices.choose_students(teacher, connection, {row.pk: "alice, nobody"})
    assert forge_choices.choose_students(teacher, connection, {row.pk: "alice, Bob; alice"}) == 1
    assert forge_choices.choose_students(teacher, connection, {row.pk: "alice bob"}) == 0
    forge_connections.install(teacher, connection)
    work_on(connection)
    team = school.course.teams.get()
    assert (team.title, {member.person.username for member in team.members.all()}) == ("pair", {"alice", "bob"})
    assert set(StudentRepository.objects.values_list("enrolment__person__username", "url")) == {
        (name, row.clone_url) for name in ("alice", "bob")
    }
    page = forge_list.list_repositories(connection, show="all", number=1)
    assert [shown.username for shown in page.rows] == ["alice, bob"]
    work_on(connection)
    assert school.course.teams.count() == 1
