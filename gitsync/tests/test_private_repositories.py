"""Private repositories are read with credentials, over a real `git http-backend` that wants a token."""

import base64
from datetime import timedelta

import pytest
from django.utils import timezone

from gitsync.domain import credentials
from gitsync.git.failures import Reason
from gitsync.models import Credential, LocalCopy
from gitsync.tests import builders
from gitsync.tests.builders import event_kinds, events, sync_now
from gitsync.values import CourseIds

pytestmark = pytest.mark.django_db
COURSE, OTHER = CourseIds("ada", "H2027", "StruDon"), CourseIds("ada", "H2027", "Other")
TOKEN = "glpat-not-a-real-token"
BEARER = f"Bearer {TOKEN}"
BASIC = "Basic " + base64.b64encode(f"oauth2:{TOKEN}".encode()).decode()


@pytest.fixture(autouse=True)
def private(git_server, settings):
    """The server counts as one on the Internet, and wants the token."""
    settings.DEMO_GIT_SERVER = git_server.host
    git_server.accepted = {BEARER: 200, BASIC: 200}
    return git_server


def course_token(git_server, **values):
    return credentials.save_token(None, COURSE, **{"host": f"http://{git_server.host}", "token": TOKEN, **values})


@pytest.mark.parametrize("values", [{"bearer": True}, {"user_name": "oauth2"}])
def test_a_repository_of_the_course_is_read_with_the_course_s_token(git_server, work, registration, values):
    credential = course_token(git_server, **values)
    local_copy = sync_now(registration)
    assert (local_copy.status, local_copy.head, local_copy.read_with) == (LocalCopy.Status.OK, work.head(), credential)
    registration.refresh_from_db()
    assert registration.repository.public is False
    credential.refresh_from_db()
    assert credential.last_used_at and not credential.last_error
    assert "OnClone" in event_kinds()


@pytest.mark.parametrize(
    ("status", "reason"), [(401, Reason.CREDENTIAL_REFUSED), (403, Reason.CREDENTIAL_SCOPE), (404, Reason.NOT_FOUND)]
)
def test_a_token_that_does_not_suffice_has_its_reason_in_the_event(git_server, work, registration, status, reason):
    git_server.accepted = {BEARER: status}
    credential = course_token(git_server, bearer=True)
    local_copy = sync_now(registration)
    assert (local_copy.status, local_copy.reason) == (LocalCopy.Status.FAILING, reason)
    assert [(event.kind, event.body["reason"]) for event in events()] == [("OnCloneFailed", reason)]
    credential.refresh_from_db()
    assert credential.last_error == reason


def test_a_token_that_has_expired_is_not_sent(git_server, work, registration):
    credential = course_token(git_server, bearer=True)
    Credential.objects.update(expires_on=timezone.localdate() - timedelta(days=1))
    local_copy = sync_now(registration)
    assert local_copy.reason == Reason.CREDENTIAL_EXPIRED
    assert [event.body["reason"] for event in events()] == ["credential_expired"]
    credential.refresh_from_db()
    assert credential.last_error == Reason.CREDENTIAL_EXPIRED


def test_a_token_revoked_at_the_forge_and_one_revoked_here(git_server, work, registration):
    credential = course_token(git_server, bearer=True)
    sync_now(registration)
    git_server.accepted = {"Bearer other": 200}
    assert sync_now(registration).reason == Reason.CREDENTIAL_REFUSED
    assert event_kinds()[-1] == "OnPullFailed"
    credentials.revoke(None, credential.pk)
    credential.refresh_from_db()
    assert credential.sealed == ""
    git_server.accepted = {BEARER: 200}
    assert sync_now(registration).reason == Reason.NO_ACCESS


def test_a_replaced_token_reads_at_once(git_server, work, registration):
    git_server.accepted = {"Bearer new": 200}
    credential = course_token(git_server, bearer=True)
    assert sync_now(registration).reason == Reason.CREDENTIAL_REFUSED
    credentials.replace(None, credential.pk, token="new")
    assert sync_now(registration).status == LocalCopy.Status.OK


def test_the_next_credential_is_tried_when_one_does_not_suffice(git_server, work, registration):
    wrong = credentials.save_token(None, registration, token="wrong", bearer=True)
    right = course_token(git_server, bearer=True)
    assert sync_now(registration).read_with == right
    wrong.refresh_from_db()
    assert wrong.last_error == Reason.CREDENTIAL_REFUSED


def test_the_credential_that_worked_is_tried_first_and_alone(git_server, work, registration):
    credentials.save_token(None, registration, token="wrong", bearer=True)
    course_token(git_server, bearer=True)
    sync_now(registration)
    git_server.requests.clear()
    assert sync_now(registration).status == LocalCopy.Status.OK
    assert len(git_server.requests) == 2, "refs, by protocol 2: one GET and one POST"


def test_a_public_repository_is_read_without_a_token_and_stays_public(git_server, work, registration):
    git_server.accepted = {}
    course_token(git_server, bearer=True)
    local_copy = sync_now(registration)
    assert (local_copy.status, local_copy.read_with) == (LocalCopy.Status.OK, None)
    registration.refresh_from_db()
    assert registration.repository.public is True


def test_a_repository_that_became_public_no_longer_needs_its_token(git_server, work, registration):
    credential = course_token(git_server, bearer=True)
    sync_now(registration)
    credentials.revoke(None, credential.pk)
    git_server.accepted = {}
    assert sync_now(registration).read_with is None
    registration.refresh_from_db()
    assert registration.repository.public is True


@pytest.mark.parametrize(
    ("prefixes", "is_read"), [(["bob.git"], False), (["bob"], True), (["bo"], False), ([], True), (["x", "bob"], True)]
)
def test_a_token_is_used_only_below_its_paths(git_server, work, registration, prefixes, is_read):
    course_token(git_server, bearer=True, path_prefixes=prefixes)
    assert (sync_now(registration).status == LocalCopy.Status.OK) is is_read


def test_a_token_of_another_course_is_not_used(git_server, work, registration):
    credentials.save_token(None, OTHER, host=f"http://{git_server.host}", token=TOKEN, bearer=True)
    assert sync_now(registration).reason == Reason.NO_ACCESS


def test_a_server_s_token_is_used_for_the_courses_that_it_serves(git_server, work, registration):
    values = {"host": f"http://{git_server.host}", "token": TOKEN, "bearer": True}
    credentials.save_token(None, None, courses=[OTHER], **values)
    assert sync_now(registration).reason == Reason.NO_ACCESS
    right = credentials.save_token(None, None, courses=[COURSE], **values)
    assert sync_now(registration).read_with == right


def test_a_token_is_never_sent_to_the_target_of_a_redirect(git_server, work, registration):
    course_token(git_server, bearer=True)
    git_server.moved = {"bob": "other"}
    sync_now(registration)  # at the second spelling of the address, which the server has
    assert not any("other" in path for _method, path in git_server.requests)


def test_a_sealing_key_that_is_gone_has_its_sentence(git_server, work, registration, settings):
    course_token(git_server, bearer=True)
    settings.SECRET_KEY = "another"
    local_copy = sync_now(registration)
    assert (local_copy.reason, local_copy.detail) == (
        Reason.CREDENTIAL_REFUSED,
        "the sealing key of this installation has changed",
    )


def test_two_repositories_of_a_class_share_the_course_s_token(git_server, work, registration):
    eve_work = git_server.create("eve")
    eve_work.commit("first", README_txt="x")
    eve_work.push()
    course_token(git_server, bearer=True)
    eve = builders.registration(git_server.url("eve"), "eve")
    assert sync_now(registration).status == sync_now(eve).status == LocalCopy.Status.OK
