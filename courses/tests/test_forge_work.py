"""Tests of the work of connections with forges: killed workers, limits, errors, many repositories."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from courses.domain import forge_connections, forge_leases, forge_work
from courses.git import git_module
from courses.models import ForgeConnection, ForgeRepository, StudentRepository
from courses.tests.forge_class import enrol_many, go_on, states, work_on
from gitsync.forges import api_requests
from gitsync.models import Registration
from gitsync.tests import forge_shapes
from gitsync.tests.forge_server import TOKEN, ForgeServer

State, RowState = ForgeConnection.State, ForgeRepository.State
pytestmark = [pytest.mark.django_db, pytest.mark.database]
one_kind = pytest.mark.parametrize("forge", ["gitlab"], indirect=True)


class Killed(BaseException):
    """The process ended here: nothing after it runs."""


@pytest.mark.parametrize(
    ("forge", "after"), [("github", 1), ("gitlab", 100), ("gitea", 239), ("bitbucket", 60)], indirect=["forge"]
)
def test_a_killed_worker_leaves_nothing_twice(
    forge: ForgeServer,
    connect: Any,
    teacher: Any,
    school: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    after: int,
) -> None:
    names = enrol_many(teacher, school.course, 120)
    for name in names:
        forge.add(f"class/tp-{name}")
    connection = connect()
    forge_connections.install(teacher, connection)
    send, sent = api_requests.ForgeApi._send, []

    def send_and_die(self: Any, method: str, url: str, body: Any) -> Any:
        answer = send(self, method, url, body)
        sent.append(method)
        if method == "POST" and len(sent) >= after:  # the forge has made the hook, and nobody wrote that down
            raise Killed
        return answer

    monkeypatch.setattr(api_requests.ForgeApi, "_send", send_and_die)
    with pytest.raises(Killed):
        work_on(connection)
    monkeypatch.setattr(api_requests.ForgeApi, "_send", send)
    assert work_on(connection).state == State.INSTALLING  # the lease has not ended: this worker does nothing
    connection = go_on(connection)
    assert connection.state == State.INSTALLED
    hook = git_module.hook_address(school.course)
    assert forge.hook_urls() == [[hook.url]] * 120
    assert StudentRepository.objects.count() == Registration.objects.count() == 120
    assert set(states(connection).values()) == {RowState.INSTALLED}


def test_a_limit_in_the_middle_waits_and_goes_on(forge: ForgeServer, connect: Any, teacher: Any) -> None:
    for number in range(149):
        forge.add(f"class/thing-{number}")
    forge.add("class/bob")
    forge.add("class/alice")
    forge.answer(r"GET /(groups|orgs|repositories)/", 429, {"message": "slow down"}, Retry_After="30").skips = 1
    connection = connect()
    assert connection.repositories.count() == (50 if forge.kind == "gitea" else 100)
    assert (connection.state, connection.problem) == (State.LISTING, "limit")
    assert connection.next_attempt_at is not None and not forge_connections.is_stopped(connection)
    assert work_on(connection).problem == "limit"  # it waits
    connection = go_on(connection)
    assert connection.problem == "" and connection.repositories.count() == 151
    forge.answer("POST", 503, "down").is_after = True  # the hook is made, and the answer is lost
    forge_connections.install(teacher, connection)
    connection = work_on(connection)
    assert (connection.state, connection.problem) == (State.INSTALLING, "unavailable")
    connection = go_on(connection)
    assert connection.state == State.INSTALLED and states(connection)["class/alice"] == RowState.INSTALLED
    assert len(forge.hook_urls()[150]) == 1


def test_a_repository_that_always_fails_does_not_stop_the_others(
    forge: ForgeServer,
    connect: Any,
    teacher: Any,
) -> None:
    forge.add("class/alice")
    forge.add("class/bob")
    connection = connect()
    forge_connections.install(teacher, connection)
    forge.answer(r"POST .*(alice|/1/)", 500, "broken", times=99)
    for _attempt in range(3):
        connection = go_on(connection)
    assert connection.state == State.INSTALLED
    assert states(connection) == {"class/alice": RowState.FAILED, "class/bob": RowState.INSTALLED}
    forge.answers.clear()
    forge_connections.install(teacher, connection)
    assert set(states(work_on(connection)).values()) == {RowState.INSTALLED}


def test_too_little_scope_stops_and_a_new_token_goes_on(forge: ForgeServer, connect: Any, teacher: Any) -> None:
    forge.add("class/alice")
    connection = connect()
    forge_connections.install(teacher, connection)
    forge.answer("POST", 403, forge_shapes.TOO_LITTLE_SCOPE[forge.kind])
    connection = work_on(connection)
    assert connection.problem == "scope" and forge_connections.is_stopped(connection)
    assert forge.hook_urls() == [[]]
    forge_connections.replace_token(teacher, connection, TOKEN)
    assert work_on(connection).state == State.INSTALLED
    assert len(forge.hook_urls()[0]) == 1


def test_a_token_revoked_in_the_middle_stops_and_a_new_one_goes_on(
    forge: ForgeServer, connect: Any, teacher: Any
) -> None:
    forge.add("class/alice")
    forge.add("class/bob")
    connection = connect()
    forge_connections.install(teacher, connection)
    forge.answer("POST", 401, forge_shapes.WRONG_TOKEN[forge.kind], times=99).skips = 1
    connection = work_on(connection)
    assert connection.problem in ("token", "expired") and forge_connections.is_stopped(connection)
    assert sorted(map(len, forge.hook_urls())) == [0, 1]
    forge.answers.clear()
    forge_connections.replace_token(teacher, connection, TOKEN)
    assert work_on(connection).state == State.INSTALLED
    assert list(map(len, forge.hook_urls())) == [1, 1]


def test_a_wrong_token_is_a_problem_of_the_connection(forge: ForgeServer, connect: Any) -> None:
    forge.add("class/alice")
    connection = connect("a-wrong-token")
    assert connection.state == State.LISTING and connection.problem in ("token", "expired")
    assert forge_connections.is_stopped(connection)


@one_kind
def test_two_thousand_repositories_are_listed(forge: ForgeServer, connect: Any, monkeypatch: Any) -> None:
    for number in range(2000):
        forge.add(f"class/thing-{number}")
    monkeypatch.setattr(forge_work, "needs_people", lambda _connection: [])
    connection = connect()
    assert connection.state == State.PROPOSED and connection.repositories.count() == 2000
    assert len(forge.requests) == 20


@one_kind
def test_a_forge_that_stays_down_asks_a_person(forge: ForgeServer, connect: Any, teacher: Any) -> None:
    forge.add("class/alice")
    forge.answer("GET", 503, "down", times=99)
    connection = connect()
    waits = []
    while not forge_connections.is_stopped(connection):
        waits.append(round((connection.next_attempt_at - connection.touched_at).total_seconds()))
        connection = go_on(connection)
    assert waits == [5, 15, 60, 300, 900, 900, 900, 900, 900]
    forge.answers.clear()
    forge_connections.try_again(teacher, connection)
    assert work_on(connection).state == State.PROPOSED


@one_kind
def test_an_error_that_nobody_foresaw_asks_a_person_in_the_end(
    forge: ForgeServer, connect: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_arguments: object) -> None:
        raise ValueError("odd")

    monkeypatch.setattr(forge_work, "_keep", broken)
    forge.add("class/alice")
    connection = connect()
    assert connection.lease == "" and connection.problem_detail == "ValueError"
    for _time in range(forge_leases.TRIES):
        connection = go_on(connection)
    assert forge_connections.is_stopped(connection)
    assert TOKEN not in caplog.text


@one_kind
def test_the_sweep_queues_what_nobody_works_on(
    forge: ForgeServer, connect: Any, teacher: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge.add("class/alice")
    connection = connect()
    forge_connections.install(teacher, connection)
    queued: list[int] = []
    monkeypatch.setattr(forge_leases, "queue_after_commit", lambda _task, pk: queued.append(pk))
    forge_leases.queue_stalled()
    assert queued == []  # it was changed just now
    ForgeConnection.objects.update(touched_at=connection.created_at - timedelta(minutes=5))
    forge_leases.queue_stalled()
    assert queued == [connection.pk]
