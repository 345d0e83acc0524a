"""Private repositories over HTTP: `git http-backend` behind Basic and Bearer, with right and wrong tokens."""

import base64
import uuid

import pytest

from gitsync.git import store, transport
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.http_credential import HttpCredential
from gitsync.git.transport import RemoteUrl

TOKEN = "glpat-not-a-real-token"
BASIC = "Basic " + base64.b64encode(f"oauth2:{TOKEN}".encode()).decode()


def fetched(server, credential):
    with store.incoming(uuid.uuid4()) as incoming:
        return transport.fetch(RemoteUrl("http", server.host, "/bob.git"), {}, "", incoming.open, credential=credential)


@pytest.mark.parametrize(("user", "header"), [("oauth2", BASIC), (None, f"Bearer {TOKEN}")])
def test_a_private_repository_is_read_with_its_token(git_server, work, user, header):
    git_server.accepted = {header: 200}
    assert fetched(git_server, HttpCredential(git_server.host, TOKEN, user)).head == work.head()


@pytest.mark.parametrize(
    ("status", "reason", "detail"),
    [
        (401, Reason.CREDENTIAL_REFUSED, "the server refused the token"),
        (403, Reason.CREDENTIAL_SCOPE, "the token may not read this repository"),
    ],
)
def test_a_refused_token_has_its_own_sentence(git_server, work, status, reason, detail):
    git_server.accepted = {f"Bearer {TOKEN}": status}
    with pytest.raises(TransportFailed) as failed:
        fetched(git_server, HttpCredential(git_server.host, TOKEN))
    assert (failed.value.reason, failed.value.detail) == (reason, detail)
    assert TOKEN not in repr(failed.value)


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1", ""])
def test_a_token_of_another_server_is_not_sent(git_server, work, host):
    git_server.accepted = {f"Bearer {TOKEN}": 200}
    with pytest.raises(TransportFailed) as failed:
        fetched(git_server, HttpCredential(host, TOKEN))
    assert (failed.value.reason, failed.value.detail) == (Reason.NO_ACCESS, "")


def test_the_text_of_a_credential_has_no_token():
    assert TOKEN not in repr(HttpCredential("gitlab.school.example", TOKEN, "oauth2"))


@pytest.mark.parametrize("token", ["", "secret word", "secret\r\nHost: x", "secret\n", "secret\0", "secreté"])
def test_a_token_that_no_header_may_have_is_refused_without_naming_it(token):
    with pytest.raises(ValueError, match="printable ASCII") as refused:
        HttpCredential("gitlab.school.example", token)
    assert "secret" not in str(refused.value)
