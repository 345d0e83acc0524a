"""Which repositories everybody can read: those of servers outside GIT_LOCAL_SERVERS, and the demonstration's."""

import pytest

from gitsync.models import Registration, Request
from gitsync.rules.repository_url import is_public_server
from gitsync.tests.builders import event_kinds
from gitsync.tests.student_messages import EVERYTHING, commits, read_now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("enrolled_in_strudon")]


def test_the_demonstration_s_own_server_counts_as_public(register, send, mallory, git_server, settings):
    settings.DEMO_GIT_SERVER = git_server.host
    assert register(mallory).error == ""
    read_now()
    assert event_kinds() == EVERYTHING
    assert commits(send, mallory) == ["first", "TP1 done"]


def test_a_repository_of_a_public_forge_is_not_hidden(send, mallory):
    number = send(mallory, "RegisterGitRepo", repoUrl="https://github.com/a/b").json()["request_id"]
    assert Request.objects.get(pk=number).state == "pending"
    assert not Registration.objects.get().hidden


def test_a_program_that_repeats_a_student_s_public_registration_sends_no_event_again(
    register, mallory, program, git_server, settings
):
    settings.DEMO_GIT_SERVER = git_server.host
    register(mallory)
    read_now()
    assert not Registration.objects.get().confirmed
    register(program)
    read_now()
    assert Registration.objects.get().confirmed
    assert event_kinds() == EVERYTHING


def test_a_server_that_becomes_local_hides_what_only_students_registered(send, mallory, program, settings):
    """A forge without a public address fails, until the operator names it. Nothing of it is shown then either."""
    url = "https://git.school.example/a/b"
    send(mallory, "RegisterGitRepo", repoUrl=url)
    assert not Registration.objects.get().hidden
    settings.GIT_LOCAL_SERVERS = frozenset({"git.school.example:443"})
    read_now()
    assert Registration.objects.waiting().count() == 1

    settings.GIT_LOCAL_SERVERS = frozenset()
    read_now()
    assert Registration.objects.waiting().count() == 1, "until the server is read as the public reads it"


@pytest.mark.parametrize(
    ("scheme", "host", "public"),
    [
        ("https", "git.school.example", False),
        ("http", "git.school.example", True),
        ("http", "git.school.example:8080", False),
        ("https", "[::1]:8124", False),
        ("https", "[::1]", True),
        ("http", "127.0.0.1:9000", True),
        ("https", "github.com", True),
    ],
)
def test_a_server_in_git_local_servers_is_not_public(settings, scheme, host, public):
    local = {"git.school.example:443", "git.school.example:8080", "[::1]:8124", "127.0.0.1:9000"}
    settings.GIT_LOCAL_SERVERS, settings.DEMO_GIT_SERVER = frozenset(local), "127.0.0.1:9000"
    assert is_public_server(scheme, host) is public
