"""Tokens and private keys are in no row, log, event, task or process list, whatever the server answers."""

import base64
import logging
import subprocess

import pytest
from django.db import connection

from gitsync.domain import credentials, host_keys
from gitsync.git import smart_http
from gitsync.git.failures import Reason
from gitsync.git.ssh_client import read_host_key
from gitsync.git.ssh_keys import KeyPair, fingerprint
from gitsync.models import Credential
from gitsync.syncing import credential_check
from gitsync.syncing.credential_choice import secret_of
from gitsync.tests import builders
from gitsync.tests.builders import sync_now
from gitsync.values import CourseIds

pytestmark = pytest.mark.django_db
COURSE = CourseIds("ada", "H2027", "StruDon")
TOKEN, USER = "glpat-Secret0123456789", "oauth2"
PAIR = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()


def rows():
    """Return every value of every table, as one text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            yield from (repr(value) for row in cursor.fetchall() for value in row)


def processes():
    return subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True).stdout


@pytest.fixture
def written(caplog, capsys, queued):
    """Return all that was written since the test began, but for what the test itself names."""
    caplog.set_level(logging.DEBUG)

    def everything(secret_texts):
        output = capsys.readouterr()
        texts = [*rows(), caplog.text, output.out, output.err, repr(queued), processes()]
        return [text[:300] for text in texts for secret in secret_texts if secret in text]

    return everything


def break_down(*_arguments, **_options):
    raise ValueError("a fault that nobody expected")


@pytest.mark.parametrize("bearer", [False, True])
def test_a_token_stays_secret(git_server, work, registration, settings, monkeypatch, written, bearer):
    settings.DEMO_GIT_SERVER = git_server.host
    header = f"Bearer {TOKEN}" if bearer else f"Basic {PAIR}"
    git_server.accepted = {header: 200}
    credential = credentials.save_token(
        None, COURSE, host=git_server.host, token=TOKEN, user_name="" if bearer else USER, bearer=bearer
    )
    assert sync_now(registration).read_with == credential
    for status in (401, 403, 404, 500):
        git_server.accepted = {header: status}
        assert sync_now(registration).reason
        credential_check.check(credential.pk)
    git_server.accepted = {header: 200}
    git_server.moved = {"bob": f"http://{TOKEN}@elsewhere.example.org/bob"}
    sync_now(registration)
    git_server.moved = {}
    with monkeypatch.context() as patch:
        patch.setattr(smart_http, "_check_response", break_down)
        assert sync_now(registration).reason == Reason.BROKEN
    credential.refresh_from_db()
    assert written([TOKEN, PAIR]) == []
    assert TOKEN not in repr(credential) + repr(secret_of(credential)) + str(vars(credential))


@pytest.mark.parametrize("token", ["bad\ntoken", "bad token é"])
def test_a_token_that_is_refused_is_not_repeated(token, written):
    with pytest.raises(Exception) as refused:
        credentials.save_token(None, COURSE, host="gitlab.example.org", token=token)
    assert token not in repr(refused.value)
    assert written([token, token.replace("\n", "\\n")]) == []


def test_a_private_key_stays_secret(ssh_server, settings, written):
    settings.GIT_SCHEMES = ["https", "ssh"]
    work = ssh_server.create("bob")
    work.commit("first", README_txt="hello\n")
    work.push()
    host = f"127.0.0.1:{ssh_server.port}"
    registration = builders.registration(f"https://{host}/bob.git")
    key = credentials.make_deploy_key(None, registration, ssh_port=ssh_server.port, user_name=ssh_server.user)
    assert sync_now(registration).reason == Reason.HOST_KEY_UNKNOWN
    host_keys.accept(None, host, ssh_server.port, fingerprint(read_host_key("127.0.0.1", ssh_server.port)))
    assert sync_now(registration).reason == Reason.CREDENTIAL_REFUSED
    ssh_server.allow(KeyPair(key.public_key, ""))
    local_copy = sync_now(registration)
    assert (local_copy.head, local_copy.read_with) == (work.head(), key)
    credential_check.check(key.pk)
    key.refresh_from_db()
    assert not key.last_error
    private = secret_of(key).private_key
    body = [line for line in private.splitlines() if line and not line.startswith("---")]
    assert written([body[1], body[-1], "PRIVATE KEY"]) == []
    assert body[1] not in repr(Credential.objects.get(pk=key.pk)) + repr(secret_of(key))
