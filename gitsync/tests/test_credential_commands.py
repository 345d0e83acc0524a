"""The commands about credentials: what they refuse, what they write, and what they never write."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from gitsync.domain import credentials
from gitsync.git.failures import Reason
from gitsync.models import Credential, LocalCopy, Registration, Repository
from gitsync.syncing import credential_check
from gitsync.tests import builders
from gitsync.tests.builders import sync_now
from gitsync.values import CourseIds
from kernel.errors import Conflict, Malformed

pytestmark = pytest.mark.django_db
COURSE = CourseIds("ada", "H2027", "StruDon")
TOKEN = "glpat-not-a-real-token"
GITLAB = {"host": "gitlab.example.org", "token": TOKEN}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"token": ""}, "token"),
        ({"token": "two words"}, "token"),
        ({"token": "line\nbreak"}, "token"),
        ({"token": "é"}, "token"),
        ({"token": "x" * 4001}, "token"),
        ({"host": ""}, "host"),
        ({"host": "gitlab.example.org/group"}, "host"),
        ({"host": "localhost"}, "host"),
        ({"host": "10.0.0.1"}, "host"),
        ({"host": "ftp://gitlab.example.org"}, "host"),
        ({"user_name": "a:b"}, "user_name"),
        ({"user_name": "a b"}, "user_name"),
        ({"path_prefixes": ["a/../b"]}, "path_prefixes"),
        ({"path_prefixes": [f"p{number}" for number in range(51)]}, "path_prefixes"),
        ({"expires_on": timezone.localdate() - timedelta(days=1)}, "expires_on"),
        ({"expires_on": timezone.localdate() + timedelta(days=4000)}, "expires_on"),
    ],
)
def test_a_bad_value_is_refused_at_its_field_and_stores_nothing(values, field):
    with pytest.raises(Malformed) as refused:
        credentials.save_token(None, COURSE, **{**GITLAB, **values})
    assert refused.value.field == field
    assert TOKEN not in str(refused.value)
    assert not Credential.objects.exists()


def test_server_and_paths_are_kept_as_repositories_have_them():
    credential = credentials.save_token(
        None, COURSE, host="https://GitLab.com/", token=f" {TOKEN}\n", path_prefixes=["/SysProg/", "", "sysprog", "Éa"]
    )
    assert (credential.host, credential.path_prefixes) == ("gitlab.com", ["sysprog", "éa"])
    assert (credential.kind, credential.user_name) == ("basic", "git")


def test_a_deploy_key_needs_ssh(settings):
    with pytest.raises(Conflict):
        credentials.make_deploy_key(None, COURSE, host="gitlab.example.org")
    settings.GIT_SCHEMES = ["https", "ssh"]
    key = credentials.make_deploy_key(None, COURSE, host="gitlab.example.org")
    assert key.public_key.startswith("ssh-ed25519 ")
    assert "PRIVATE" not in key.sealed
    with pytest.raises(Malformed):
        credentials.make_deploy_key(None, COURSE, host="gitlab.example.org", ssh_port=0)


def test_a_new_key_pair_replaces_the_old_one(settings):
    settings.GIT_SCHEMES = ["https", "ssh"]
    key = credentials.make_deploy_key(None, COURSE, host="gitlab.example.org")
    again = credentials.replace(None, key.pk)
    assert again.public_key != key.public_key


def test_no_more_than_the_limit(registration):
    for _number in range(5):
        credentials.save_token(None, registration, token=TOKEN)
    with pytest.raises(Conflict):
        credentials.save_token(None, registration, token=TOKEN)
    credentials.revoke(None, Credential.objects.first().pk)
    credentials.save_token(None, registration, token=TOKEN)


def test_a_revoked_credential_is_neither_replaced_nor_tested():
    credential = credentials.save_token(None, COURSE, **GITLAB)
    credentials.revoke(None, credential.pk)
    credentials.revoke(None, credential.pk)
    with pytest.raises(Conflict):
        credentials.replace(None, credential.pk, token="x")
    with pytest.raises(Conflict):
        credentials.request_test(credential.pk)
    assert AuditEvent.objects.filter(verb="gitsync.revoke_credential").count() == 1


def test_the_audit_log_has_every_command_and_no_secret(staff):
    credential = credentials.save_token(staff, COURSE, **GITLAB)
    credentials.replace(staff, credential.pk, token="glpat-another")
    credentials.revoke(staff, credential.pk)
    rows = list(AuditEvent.objects.filter(verb__contains="credential").order_by("pk"))
    assert [row.verb.partition(".")[2] for row in rows] == [
        "add_credential",
        "replace_credential",
        "revoke_credential",
    ]
    assert not any("glpat" in str(vars(row)) for row in rows)


def test_test_access_tells_whether_the_server_lets_it_read(git_server, work, registration, queued, settings):
    settings.DEMO_GIT_SERVER = git_server.host
    git_server.accepted = {f"Bearer {TOKEN}": 200}
    credential = credentials.save_token(None, COURSE, host=git_server.host, token=TOKEN, bearer=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "queue_after_commit", lambda *task: queued.append(task))
        credentials.request_test(credential.pk)
        credentials.request_test(credential.pk)
    assert queued.count(("gitsync.tasks.test_credential", credential.pk)) == 1
    credential.refresh_from_db()
    assert credential.is_being_tested()
    credential_check.check(credential.pk)
    credential.refresh_from_db()
    assert not credential.is_being_tested() and not credential.last_error
    git_server.accepted = {f"Bearer {TOKEN}": 403}
    credential_check.check(credential.pk)
    credential.refresh_from_db()
    assert credential.last_error == Reason.CREDENTIAL_SCOPE


def test_a_test_without_a_repository_says_so():
    credential = credentials.save_token(None, COURSE, **GITLAB)
    credential_check.check(credential.pk)
    credential.refresh_from_db()
    assert credential.last_error == credential_check.NO_REPOSITORY


def test_a_new_token_has_the_unread_repositories_read_at_once(git_server, work, registration, settings):
    settings.DEMO_GIT_SERVER = git_server.host
    git_server.accepted = {f"Bearer {TOKEN}": 200}
    assert sync_now(registration).status == LocalCopy.Status.FAILING
    credentials.save_token(None, COURSE, host=git_server.host, token=TOKEN, bearer=True)
    local_copy = LocalCopy.objects.get()
    assert local_copy.dirty and local_copy.next_attempt_at <= timezone.now() + timedelta(seconds=5)


@pytest.mark.parametrize("name", ["bob", "nobody"])
def test_a_student_s_test_tells_not_which_repositories_a_server_of_this_network_has(git_server, work, name):
    hidden = builders.registration(git_server.url(name), "mallory")
    Registration.objects.update(confirmed=False)
    Repository.objects.update(public=False)
    credential = credentials.save_token(None, hidden, token=TOKEN, bearer=True)
    credential_check.check(credential.pk)
    credential.refresh_from_db()
    assert (credential.last_error, credential.last_error_detail) == (Reason.CREDENTIAL_REFUSED, "")


@pytest.mark.parametrize("name", ["bob", "nobody"])
def test_nor_does_a_read_tell_it(git_server, work, name):
    """The server is open to this installation: bob's repository is read without the token, which is tested then."""
    hidden = builders.registration(git_server.url(name), "mallory")
    Registration.objects.update(confirmed=False)
    Repository.objects.update(public=False)
    credential = credentials.save_token(None, hidden, token=TOKEN, bearer=True)
    sync_now(hidden)
    credential.refresh_from_db()
    assert (credential.last_error, credential.last_error_detail) == (Reason.CREDENTIAL_REFUSED, "")
    assert credential.last_used_at is None
