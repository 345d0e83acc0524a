"""Addresses of SSH on the wire: accepted only where GIT_SCHEMES has ssh, and one repository with the https address."""

import pytest

from gitsync.rules import repository_url
from kernel.errors import Malformed

SSH = frozenset({"https", "ssh"})
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
