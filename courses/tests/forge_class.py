"""A class on a forge that answers as the forges document, for the tests of connections."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from courses.domain import forge_connections, forge_work, roster
from courses.models import Course, ForgeConnection
from gitsync.tests.forge_server import TOKEN, ForgeServer, serving_forge
from kernel.testing.people import make_person

KINDS = ["github", "gitlab", "gitea", "bitbucket"]


@pytest.fixture(params=KINDS)
def forge(request: Any, settings: Any) -> Iterator[ForgeServer]:
    """A forge of each kind; `indirect` parameters choose fewer."""
    with serving_forge(request.param) as server:
        settings.GIT_LOCAL_SERVERS = frozenset({server.host})
        settings.PUBLIC_URL = "https://atelier.example"
        yield server


@pytest.fixture
def connect(school: SimpleNamespace, teacher: Any, forge: ForgeServer) -> Any:
    """`connect()` connects the course with the group `class` and reads its list, as the worker does."""

    def run(token: str = TOKEN, **values: Any) -> ForgeConnection:
        given: dict[str, Any] = {"forge": forge.kind, "base_url": forge.url, "owner": "class", "repo_path": "/depot"}
        connection = forge_connections.connect(teacher, school.course, token=token, **given | values)
        return work_on(connection)

    return run


def work_on(connection: ForgeConnection) -> ForgeConnection:
    """Do the work of the worker, and return the connection as it is afterwards."""
    forge_work.work(connection.pk)
    return ForgeConnection.objects.select_related("course__semester__teacher").get(pk=connection.pk)


def go_on(connection: ForgeConnection) -> ForgeConnection:
    """Work after the lease of a worker that was killed has ended, or after a wait."""
    ForgeConnection.objects.filter(pk=connection.pk).update(leased_until=None)
    ForgeConnection.objects.exclude(next_attempt_at=None).update(next_attempt_at=connection.created_at)
    return work_on(connection)


def enrol_many(teacher: Any, course: Course, number: int) -> list[str]:
    """Enrol students and return their user names."""
    names = [f"student{index:03}" for index in range(number)]
    for name in names:
        make_person(name)
        roster.enrol(teacher, course, username=name, group_id="A1")
    return names


def states(connection: ForgeConnection) -> dict[str, str]:
    """Return the state of each repository, by its name."""
    return dict(connection.repositories.values_list("full_name", "state"))


def students(connection: ForgeConnection) -> dict[str, str | None]:
    """Return the user name of the student of each repository, by its name."""
    return dict(connection.repositories.values_list("full_name", "enrolment__person__username"))
