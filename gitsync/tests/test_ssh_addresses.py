"""Addresses of SSH on the wire: accepted only where GIT_SCHEMES has ssh, and one repository with the https address."""

import pytest

from gitsync.domain import repositories
from gitsync.models import LocalCopy
from gitsync.rules import repository_url
from gitsync.syncing import sync, sync_queue
from gitsync.tests import builders
from kernel.errors import Malformed

HOST = "127.0.0.1"
SSH = frozenset({"https", "ssh"})
HTTPS, SSH_URL = "https://github.com/bob/project", "git@github.com:bob/project.git"
ADDRESSES = [
    ("ssh://git@github.com/Bob/Project.git", "github.com", "/bob/project", "/Bob/Project.git"),
    ("git@github.com:Bob/Project.git", "github.com", "/bob/project", "/Bob/Project.git"),
    ("ssh://gitea@git.school.example:2222/ada/tp", "git.school.example", "/ada/tp", "/ada/tp"),
    ("git@ssh.dev.azure.com:v3/org/Project/tp", "dev.azure.com", "/org/project/_git/tp", "/org/Project/_git/tp"),
]


@pytest.mark.parametrize(("address", "host", "path", "fetch_path"), ADDRESSES)
def test_an_ssh_address_has_the_host_and_path_of_the_https_address(settings, address, host, path, fetch_path):
    settings.GIT_SCHEMES = SSH
    url = repository_url.parse(address)
    assert (url.scheme, url.host, url.path, url.fetch_path) == ("ssh", host, path, fetch_path)
    assert not repository_url.is_public_server(url.scheme, url.host)


@pytest.mark.parametrize("address", [address for address, *_rest in ADDRESSES])
def test_ssh_addresses_are_refused_by_default(address):
    with pytest.raises(Malformed):
        repository_url.parse(address)


@pytest.mark.parametrize(
    "address",
    [
        "ssh://git:secret@github.com/bob/project",
        "ssh://git@10.0.0.1/bob/project",
        "git@localhost:bob/project",
        "ssh://git@github.com/",
        "git+ssh://git@github.com/bob/project",
        "git://github.com/bob/project",
        "https://git@github.com/bob/project",
        "ssh://git@github.com:99999/bob/project",
    ],
)
def test_other_addresses_are_refused_also_with_ssh(settings, address):
    settings.GIT_SCHEMES = SSH
    with pytest.raises(Malformed) as refused:
        repository_url.parse(address)
    assert "secret" not in refused.value.message


def test_only_the_allowed_forges_are_accepted(settings):
    settings.GIT_SCHEMES, settings.GIT_HOSTS = SSH, frozenset({"dev.azure.com"})
    assert repository_url.parse("git@ssh.dev.azure.com:v3/org/project/tp").host == "dev.azure.com"
    with pytest.raises(Malformed):
        repository_url.parse("git@github.com:bob/project")


def test_a_local_server_keeps_its_port(settings):
    settings.GIT_SCHEMES, settings.GIT_LOCAL_SERVERS = SSH, frozenset({"127.0.0.1:2222"})
    assert repository_url.parse("ssh://git@127.0.0.1:2222/bob/tp").host == "127.0.0.1:2222"


@pytest.mark.parametrize("urls", [(HTTPS, SSH_URL), (SSH_URL, HTTPS)])
def test_both_addresses_are_one_repository_and_the_https_one_holds(db, settings, urls):
    settings.GIT_SCHEMES = SSH
    first, second = map(repositories.ensure, urls)
    assert first == second
    assert (second.scheme, second.path) == ("https", "/bob/project")


def test_an_ssh_address_does_not_hide_a_public_repository(db, settings):
    settings.GIT_SCHEMES = SSH
    assert repositories.ensure(HTTPS).public
    assert repositories.ensure(SSH_URL).public


def test_a_repository_that_was_read_with_a_key_stays_hidden_when_somebody_names_its_https_address(db, settings):
    settings.GIT_SCHEMES = SSH
    assert not repositories.ensure(SSH_URL).public
    assert not repositories.ensure(HTTPS).public


def test_a_repository_with_an_ssh_address_is_not_contacted_without_a_key(db, ssh_server, settings):
    settings.GIT_SCHEMES = SSH
    ssh_server.create("bob")
    before = ssh_server.connections()
    registration = builders.registration(f"ssh://{HOST}:{ssh_server.port}/bob.git")
    sync_queue.request_sync(registration.repository_id)
    sync.sync_repository(registration.repository_id)
    local_copy = LocalCopy.objects.get(repository=registration.repository_id)
    assert (local_copy.reason, local_copy.detail) == ("no_access", "there is no key for this server")
    assert ssh_server.connections() == before
    assert not registration.repository.public
