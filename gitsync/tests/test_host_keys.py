"""The keys of SSH servers: published ones, and accepting one after comparing its fingerprint."""

import pytest

from accounts.models import AuditEvent
from gitsync.domain import host_keys
from gitsync.git.ssh_keys import fingerprint, new_key_pair
from gitsync.models import HostKey
from gitsync.queries.host_keys import keys_of_host
from gitsync.rules.ssh_servers import SHIPPED, ssh_address
from kernel.errors import Busy, Conflict, Malformed, NotAllowed

HOST = "127.0.0.1"
# As the forges publish them.
PUBLISHED = {
    "github.com": [
        "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
        "SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM",
    ],
    "gitlab.com": [
        "SHA256:eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8",
        "SHA256:HbW3g8zUjNSksFbqTiUWPWg2Bq1x8xdGUrliXFzSnUw",
    ],
    "bitbucket.org": [
        "SHA256:ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM",
        "SHA256:FC73VB6C4OQLSCrjEayhMp9UMxS97caD/Yyi2bhW/J0",
    ],
    "codeberg.org": [
        "SHA256:mIlxA9k46MmM6qdJOdMnAQpzGxF4WIVVL+fj+wZbw0g",
        "SHA256:T9FYDEHELhVkulEKKwge5aVhVTbqCW0MIRwAfpARs/E",
    ],
    "ssh.dev.azure.com": ["SHA256:ohD8VZEXGWo6Ez8GSEJQ9WpafgLFsOfLOtGGQCQo6Og"],
}


@pytest.fixture
def server(ssh_server, settings):
    settings.GIT_SCHEMES = frozenset({"https", "ssh"})
    return ssh_server


def test_the_shipped_keys_have_the_published_fingerprints():
    assert {server: [fingerprint(key) for key in keys] for server, keys in SHIPPED.items()} == PUBLISHED


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        ("github.com", "/ada/tp.git", ("github.com", "/ada/tp.git")),
        ("git.school.example:8443", "/ada/tp", ("git.school.example", "/ada/tp")),
        ("[::1]:8080", "/ada/tp", ("::1", "/ada/tp")),
        ("dev.azure.com", "/org/project/_git/tp", ("ssh.dev.azure.com", "/v3/org/project/tp")),
        ("dev.azure.com", "/org/_git/tp", ("ssh.dev.azure.com", "/v3/org/tp/tp")),
    ],
)
def test_the_ssh_server_follows_from_the_https_address(host, path, expected):
    assert ssh_address(host, path) == expected


def test_published_keys_hold_for_the_port_of_ssh_alone(db):
    assert keys_of_host("dev.azure.com", 22) == SHIPPED["ssh.dev.azure.com"]
    assert keys_of_host("github.com", 443) == keys_of_host("git.school.example", 22) == ()


def test_a_teacher_accepts_the_key_with_the_fingerprint_that_they_saw(server, teacher):
    shown = server.host_keys[0]
    row = host_keys.accept(teacher, f"{HOST}:8443", server.port, fingerprint(shown))
    assert keys_of_host(f"{HOST}:8443", server.port) == (shown,) == (row.line,)
    event = AuditEvent.objects.get(verb="gitsync.accept_host_key")
    assert (event.actor, event.subject, event.before) == (teacher, f"host_key:{row.pk}", {})
    assert event.after == {"server": f"{HOST}:{server.port}", "fingerprint": fingerprint(shown)}


def test_accepting_twice_changes_nothing(server, teacher):
    first = host_keys.accept(teacher, HOST, server.port, fingerprint(server.host_keys[0]))
    assert host_keys.accept(teacher, HOST, server.port, fingerprint(server.host_keys[0])) == first
    assert AuditEvent.objects.filter(verb="gitsync.accept_host_key").count() == 1


def test_another_key_than_the_one_that_was_seen_is_not_accepted(server, teacher):
    with pytest.raises(Conflict) as refused:
        host_keys.accept(teacher, HOST, server.port, fingerprint(new_key_pair().public))
    assert fingerprint(server.host_keys[0]) in refused.value.message
    assert not HostKey.objects.exists()


def test_a_changed_key_is_accepted_by_the_staff_alone(server, teacher, staff):
    kind, key, *_comment = new_key_pair().public.split()
    HostKey.objects.create(host=HOST, port=server.port, kind=kind, key=key, fingerprint=fingerprint(f"{kind} {key}"))
    shown = fingerprint(server.host_keys[0])
    with pytest.raises(Conflict) as refused:
        host_keys.accept(teacher, HOST, server.port, shown)
    assert refused.value.code == "host_key_changed"
    with pytest.raises(NotAllowed):
        host_keys.accept(teacher, HOST, server.port, shown, replace=True)
    host_keys.accept(staff, HOST, server.port, shown, replace=True)
    assert keys_of_host(HOST, server.port) == (server.host_keys[0],)
    event = AuditEvent.objects.get(verb="gitsync.accept_host_key")
    assert event.before == {"fingerprint": fingerprint(f"{kind} {key}")}


@pytest.mark.parametrize(
    ("host", "port", "error"),
    [(HOST, 0, Malformed), ("10.0.0.1", 22, Malformed), ("school.internal", 22, Malformed), ("", 22, Malformed)],
)
def test_an_impossible_server_is_not_contacted(server, teacher, host, port, error):
    with pytest.raises(error):
        host_keys.accept(teacher, host, port, "SHA256:x")


def test_a_server_that_does_not_answer_is_said(server, teacher, settings):
    settings.GIT_LOCAL_SERVERS = frozenset({f"{HOST}:1"})
    with pytest.raises(Busy):
        host_keys.accept(teacher, HOST, 1, "SHA256:x")


def test_students_accept_no_keys(server, mallory):
    with pytest.raises(NotAllowed):
        host_keys.accept(mallory, HOST, server.port, fingerprint(server.host_keys[0]))


def test_nothing_is_accepted_while_ssh_is_switched_off(ssh_server, teacher):
    with pytest.raises(Conflict):
        host_keys.accept(teacher, HOST, ssh_server.port, fingerprint(ssh_server.host_keys[0]))
