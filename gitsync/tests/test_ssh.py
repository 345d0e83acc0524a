"""Private repositories over SSH, read from a real sshd: keys, host keys, and what is refused."""

import uuid

import pytest

from gitsync.git import ssh_client, store, transport
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.ssh_keys import fingerprint, new_key_pair
from gitsync.git.transport import Limits, RemoteUrl

HOST = "127.0.0.1"


@pytest.fixture
def ssh_work(ssh_server):
    """A working copy of the repository `bob` of the SSH server, with two commits that are pushed."""
    work = ssh_server.create("bob")
    work.commit("first", README_txt="hello\n")
    work.commit("TP1 done", tp1__Main_txt="1\n2\n3\n")
    work.push()
    return work


def fetched(credential, path="/bob.git", *, host=HOST, scheme="https", known=None, **limits):
    folder = uuid.uuid4()
    with store.incoming(folder) as incoming:
        url = RemoteUrl(scheme, host, path)
        remote = transport.fetch(url, known or {}, "", incoming.open, Limits(**limits), credential)
        if not known:
            assert remote.head.encode() in incoming.open().object_store
        return remote


def failure(credential, path="/bob.git", **options):
    with pytest.raises(TransportFailed) as failed:
        fetched(credential, path, **options)
    assert list(store.folders()) == []
    return failed.value


@pytest.mark.parametrize("scheme", ["https", "ssh"])
def test_a_private_repository_is_read_with_its_key(ssh_server, ssh_work, scheme):
    remote = fetched(ssh_server.credential(), scheme=scheme)
    assert (remote.branch, remote.head, remote.path) == ("main", ssh_work.head(), "/bob.git")


def test_an_unchanged_repository_is_read_without_its_objects(ssh_server, ssh_work):
    remote = fetched(ssh_server.credential(), known={"main": ssh_work.head()})
    assert remote.heads == {"main": ssh_work.head()}


def test_new_commits_are_fetched_into_the_same_store(ssh_server, ssh_work):
    with store.incoming(uuid.uuid4()) as incoming:
        url, credential = RemoteUrl("https", HOST, "/bob.git"), ssh_server.credential()
        first = transport.fetch(url, {}, "", incoming.open, credential=credential)
        ssh_work.commit("second", tp2__Main_txt="4\n")
        ssh_work.push()
        second = transport.fetch(url, first.heads, "main", incoming.open, credential=credential)
        assert second.head == ssh_work.head()
        assert second.head.encode() in incoming.open().object_store


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_the_server_is_asked_for_the_kind_of_key_that_is_known(ssh_server, ssh_work, kind):
    known = tuple(line for line in ssh_server.host_keys if line.startswith(kind))
    assert len(known) == 1
    assert fetched(ssh_server.credential(host_keys=known)).head == ssh_work.head()


@pytest.mark.parametrize("number", [0, 1])
def test_a_wrong_or_revoked_key_is_refused(ssh_server, ssh_work, number):
    credential = ssh_server.credential() if number else ssh_server.credential(private_key=new_key_pair().private)
    if number:
        ssh_server.allow(new_key_pair())
    failed = failure(credential)
    assert (failed.reason, failed.detail) == (Reason.CREDENTIAL_REFUSED, "the server refused the key")


def test_a_damaged_key_is_refused_without_naming_it(ssh_server, ssh_work):
    failed = failure(ssh_server.credential(private_key="-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n"))
    assert failed.reason == Reason.CREDENTIAL_REFUSED
    assert "secret" not in repr(failed)


def test_no_key_is_offered_to_a_server_that_shows_another_key_than_before(ssh_server, ssh_work):
    before = len(ssh_server.log())
    failed = failure(ssh_server.credential(host_keys=(new_key_pair("").public.strip(),)))
    assert failed.reason == Reason.HOST_KEY_CHANGED
    assert failed.detail == fingerprint(ssh_server.host_keys[0])
    assert "Accepted" not in ssh_server.log()[before:]


def test_a_change_to_another_kind_of_key_is_a_change(ssh_server, ssh_work):
    failed = failure(ssh_server.credential(host_keys=("ecdsa-sha2-nistp521 AAAA",)))
    assert failed.reason == Reason.HOST_KEY_CHANGED


def test_an_unknown_server_is_refused_with_its_fingerprint(ssh_server, ssh_work):
    failed = failure(ssh_server.credential(host_keys=()))
    assert (failed.reason, failed.detail) == (Reason.HOST_KEY_UNKNOWN, fingerprint(ssh_server.host_keys[0]))


def test_the_key_of_a_server_is_read_before_anybody_signs_in(ssh_server):
    before = len(ssh_server.log())
    assert ssh_client.read_host_key(HOST, ssh_server.port) == ssh_server.host_keys[0]
    assert "Accepted" not in ssh_server.log()[before:]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/nobody.git", Reason.NOT_FOUND),
        ("/refused.git", Reason.NO_ACCESS),
        ("/garbage.git", Reason.BROKEN),
        ("/it's/`id`/$(id).git", Reason.NOT_FOUND),
    ],
)
def test_a_repository_that_is_not_served_gives_its_reason(ssh_server, ssh_work, path, reason):
    assert failure(ssh_server.credential(), path).reason == reason


def test_a_command_that_hangs_is_left_at_the_deadline(ssh_server, ssh_work):
    assert failure(ssh_server.credential(), "/hangs.git", seconds=1).reason == Reason.TIMEOUT


def test_too_many_bytes_end_the_contact(ssh_server, ssh_work):
    assert failure(ssh_server.credential(), "/floods.git", max_bytes=300_000, seconds=20).reason == Reason.TOO_LARGE


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1:22", ""])
def test_a_key_of_another_server_is_not_used(ssh_server, ssh_work, host):
    before = ssh_server.connections()
    failed = failure(ssh_server.credential(host=host), scheme="ssh")
    assert (failed.reason, failed.detail) == (Reason.NO_ACCESS, "there is no key for this server")
    assert ssh_server.connections() == before


def test_a_private_address_is_not_contacted(ssh_server, ssh_work, settings):
    settings.GIT_LOCAL_SERVERS = frozenset()
    assert failure(ssh_server.credential()).reason == Reason.REFUSED_ADDRESS


def test_keys_and_settings_of_this_machine_are_not_used(ssh_server, ssh_work, monkeypatch, tmp_path):
    """A right key in the home folder and a known_hosts file there change nothing."""
    folder = tmp_path / ".ssh"
    folder.mkdir()
    (folder / "id_ed25519").write_text(ssh_server.key.private)
    (folder / "known_hosts").write_text(f"[{HOST}]:{ssh_server.port} {ssh_server.host_keys[0]}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert failure(ssh_server.credential(private_key=new_key_pair().private)).reason == Reason.CREDENTIAL_REFUSED
    assert failure(ssh_server.credential(host_keys=())).reason == Reason.HOST_KEY_UNKNOWN


def test_the_text_of_a_credential_has_no_key(ssh_server):
    assert "PRIVATE" not in repr(ssh_server.credential()) + repr(ssh_server.key)
