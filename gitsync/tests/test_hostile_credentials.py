"""People who want the commits of others through a credential, and credentials that would stop others.

A real `git http-backend` that wants a token. It counts as a server on the Internet.
"""

import pytest

from gitsync.domain import credentials, moves, registrations
from gitsync.domain.ownership_proof import proof_branch
from gitsync.git.failures import Reason, TransportFailed
from gitsync.models import Commit, EarlierTime, FormerRepository, LocalCopy, Registration
from gitsync.syncing import ownership
from gitsync.tests import builders
from gitsync.tests.builders import event_kinds, sync_now
from gitsync.values import CourseIds
from kernel.database.text_hash import text_hash

pytestmark = pytest.mark.django_db
COURSE = CourseIds("ada", "H2027", "StruDon")
TOKEN = "glpat-not-a-real-token"
BEARER = f"Bearer {TOKEN}"


@pytest.fixture(autouse=True)
def on_the_internet(git_server, settings):
    settings.DEMO_GIT_SERVER = git_server.host


@pytest.fixture
def private(git_server):
    git_server.accepted = {BEARER: 200}


def course_token(git_server):
    return credentials.save_token(None, COURSE, host=f"http://{git_server.host}", token=TOKEN, bearer=True)


def unconfirmed(git_server, student):
    row = builders.registration(git_server.url("bob"), student)
    Registration.objects.filter(pk=row.pk).update(confirmed=False)
    row.refresh_from_db()
    return row


# --- a redirect to the repository of somebody else --------------------------------------------------------------------
@pytest.fixture
def redirected(git_server, work):
    """Mallory's own repository was read and confirmed; now its server redirects to bob's. Returns the registration."""
    own = git_server.create("own")
    own.commit("mine", README_txt="x\n")
    own.push()
    mallory = builders.registration(git_server.url("own"), "mallory")
    sync_now(mallory)
    own.bare.rename(own.bare.with_name("gone.git"))
    git_server.moved = {"own": "bob"}
    sync_now(mallory)
    builders.clear_events()
    return mallory


def accept(git_server, **values):
    arguments = {"student_id": "mallory", "repo_path": "/", "new_url": git_server.url("bob"), "confirmed": False}
    moves.accept_move(COURSE, None, **{**arguments, **values})


def test_a_student_who_was_confirmed_elsewhere_reads_no_private_repository_by_a_redirect(redirected, git_server):
    course_token(git_server)
    accept(git_server)
    git_server.accepted = {BEARER: 200}

    assert sync_now(redirected).status == LocalCopy.Status.OK

    redirected.refresh_from_db()
    assert redirected.hidden
    assert event_kinds() == []


def test_a_teacher_who_accepts_the_new_address_confirms_it(redirected, git_server):
    course_token(git_server)
    accept(git_server, confirmed=True)
    git_server.accepted = {BEARER: 200}
    sync_now(redirected)
    redirected.refresh_from_db()
    assert not redirected.hidden
    assert "OnNewCommits" in event_kinds()


def test_a_new_address_that_the_public_reads_hides_nothing(redirected, git_server):
    accept(git_server)
    sync_now(redirected)
    redirected.refresh_from_db()
    assert not redirected.hidden


# --- a repository that is made private --------------------------------------------------------------------------------
def test_a_student_who_makes_the_repository_private_and_gives_another_one_keeps_its_times(git_server, work):
    """Else what the former repository lacked at the deadline could no longer be called late."""
    bob = unconfirmed(git_server, "bob")
    sync_now(bob)
    number = Commit.objects.count()
    course_token(git_server)
    git_server.accepted = {BEARER: 200}
    sync_now(bob)
    bob.refresh_from_db()
    assert bob.hidden

    values = {"student_id": "bob", "repo_url": git_server.url("other"), "confirmed": False}
    registrations.register_repository(COURSE, **values)

    assert EarlierTime.objects.filter(student__student_id="bob").count() == number > 0
    assert Registration.objects.get().former_read_at == FormerRepository.objects.get().read_at


def test_a_student_who_only_named_a_private_repository_gets_no_times_of_it(git_server, work, private):
    course_token(git_server)
    mallory = unconfirmed(git_server, "mallory")
    sync_now(mallory)
    values = {"student_id": "mallory", "repo_url": git_server.url("other"), "confirmed": False}
    registrations.register_repository(COURSE, **values)
    assert (EarlierTime.objects.count(), FormerRepository.objects.count()) == (0, 0)


# --- proofs that are none ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("answer_to_another", "is_proof"),
    [
        (None, False),
        (Reason.TIMEOUT, False),
        (Reason.UNREACHABLE, False),
        (Reason.CREDENTIAL_REFUSED, True),
        (Reason.NO_ACCESS, True),
        (Reason.NOT_FOUND, True),
    ],
)
def test_an_own_token_is_a_proof_only_where_the_server_refuses_another(git_server, work, answer_to_another, is_proof):
    mallory = unconfirmed(git_server, "mallory")
    credentials.save_token(None, mallory, token="own", bearer=True)
    mallory.repository.public = False
    mallory.repository.save()

    def attempt(secret):
        return None if secret.token == "own" or answer_to_another is None else TransportFailed(answer_to_another)

    ownership.confirm_proven(LocalCopy.objects.get(), {}, attempt)
    mallory.refresh_from_db()
    assert mallory.confirmed is is_proof


def test_a_branch_at_a_former_address_proves_nothing_about_the_present_one(git_server, work):
    mallory = unconfirmed(git_server, "mallory")
    mallory.repository.public = False
    mallory.repository.save()
    local_copy = LocalCopy.objects.select_related("repository").get()
    heads = {proof_branch(mallory): work.head()}
    type(mallory.repository).objects.update(path="/victim", path_hash=text_hash("/victim"))

    ownership.confirm_proven(local_copy, heads, lambda _secret: None)

    mallory.refresh_from_db()
    assert mallory.hidden


# --- credentials that would stop others -------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_the_trouble_of_a_student_s_token_does_not_stop_the_course_s(git_server, work, registration, status):
    git_server.accepted = {"Bearer spent": status, BEARER: 200}
    credentials.save_token(None, registration, token="spent", bearer=True)
    right = course_token(git_server)
    assert sync_now(registration).read_with == right


def test_tokens_of_many_who_only_name_a_repository_do_not_stop_the_course_s(git_server, work, registration, private):
    for number in range(15):
        stranger = unconfirmed(git_server, f"stranger{number}")
        credentials.save_token(None, stranger, token=f"wrong{number}", bearer=True)
    right = course_token(git_server)
    local_copy = sync_now(registration)
    assert (local_copy.status, local_copy.read_with) == (LocalCopy.Status.OK, right)
    assert Registration.objects.waiting().count() == 15


def test_the_first_student_s_own_token_gets_its_turn_after_those_that_failed(git_server, work, private):
    for number in range(15):
        stranger = unconfirmed(git_server, f"stranger{number}")
        credentials.save_token(None, stranger, token=f"wrong{number}", bearer=True)
    bob = unconfirmed(git_server, "bob")
    credentials.save_token(None, bob, token=TOKEN, bearer=True)
    for _time in range(3):
        sync_now(bob)
    bob.refresh_from_db()
    assert not bob.hidden
    assert Registration.objects.waiting().count() == 15


def test_a_stranger_s_token_and_a_moment_of_trouble_do_not_hide_a_public_repository_for_good(git_server, work):
    bob, mallory = unconfirmed(git_server, "bob"), unconfirmed(git_server, "mallory")
    sync_now(bob)
    credentials.save_token(None, mallory, token="own", bearer=True)
    git_server.accepted = {"Bearer own": 200}
    sync_now(bob)
    assert Registration.objects.waiting().get().student.student_id == "bob"
    git_server.accepted = {}

    assert sync_now(bob).read_with is None

    assert not Registration.objects.waiting().exists()
